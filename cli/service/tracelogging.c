/* SPDX-License-Identifier: MIT */
#include "tracelogging.h"

#include "eventlog.h"

#define EPOCH_1970 116444736000000000ull /* of FILETIME: 100 ns since 1601 */
#define CUT_FIELD  "vigil.etw.cut"
#define CUT_BYTES  (sizeof(CUT_FIELD) + 3) /* in metadata and data */

static void put_number(struct vigil_buffer *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		vigil_put_char(to, (char)(value >> 8 * i));
}

/* Writes the size of a description into its first two bytes. */
static void set_size(struct vigil_buffer *to)
{
	if (to->failed)
		return;
	to->data[0] = (char)to->length;
	to->data[1] = (char)(to->length >> 8);
}

void tracelogging_provider(struct vigil_buffer *to, const char *name)
{
	put_number(to, 0, 2);
	vigil_put(to, name, strlen(name) + 1);
	set_size(to);
}

static void put_field(struct tracelogging *to, const char *name, unsigned in, unsigned out)
{
	vigil_put(&to->metadata, name, strlen(name) + 1);
	put_number(&to->metadata, in | (out ? TRACELOGGING_HAS_OUT : 0), 1);
	if (out)
		put_number(&to->metadata, out, 1);
}

static bool field_fits(const struct tracelogging *to, const char *name, size_t bytes)
{
	return to->metadata.length + to->data.length + strlen(name) + 3 + bytes + CUT_BYTES <=
	       TRACELOGGING_BYTES_MAX;
}

static void put_text_field(struct tracelogging *to, const char *name)
{
	put_field(to, name, TRACELOGGING_STRING, TRACELOGGING_OUT_UTF8);
	put_number(&to->data, to->text.length, 2);
	vigil_put(&to->data, to->text.data, to->text.length);
}

static void put_value(struct tracelogging *to, const struct vigil_field *field,
		      const struct vigil_value *value)
{
	switch (field->kind) {
	case VIGIL_VALUE_SIGNED:
		put_field(to, field->name, TRACELOGGING_INT64, 0);
		put_number(&to->data, (uint64_t)value->i, 8);
		break;
	case VIGIL_VALUE_BOOL:
		put_field(to, field->name, TRACELOGGING_UINT8, TRACELOGGING_OUT_BOOLEAN);
		put_number(&to->data, value->u, 1);
		break;
	case VIGIL_VALUE_HEX:
		put_field(to, field->name, TRACELOGGING_HEXINT64, 0);
		put_number(&to->data, value->u, 8);
		break;
	case VIGIL_VALUE_TIME:
		put_field(to, field->name, TRACELOGGING_FILETIME, 0);
		put_number(&to->data, value->u / 100 + EPOCH_1970, 8);
		break;
	case VIGIL_VALUE_STRING:
	case VIGIL_VALUE_LIST:
	case VIGIL_VALUE_BINARY:
		put_text_field(to, field->name);
		break;
	default: /* numbers, and times in nanoseconds */
		put_field(to, field->name, TRACELOGGING_UINT64, 0);
		put_number(&to->data, value->u, 8);
	}
}

static bool is_text(enum vigil_value_kind kind)
{
	return kind == VIGIL_VALUE_STRING || kind == VIGIL_VALUE_LIST || kind == VIGIL_VALUE_BINARY;
}

static void add_field(struct tracelogging *to, const struct vigil_event *event,
		      const struct vigil_field *field)
{
	struct vigil_value value;

	if (field->kind == VIGIL_VALUE_OBJECT ||
	    !(field->types & VIGIL_TYPE_BIT(event->record->type)) || !field->get(event, &value))
		return;
	to->text.length = 0;
	if (is_text(field->kind))
		eventlog_value(&to->text, field->kind, &value,
			       event->record->encoding == VIGIL_UTF16LE);
	if (field_fits(to, field->name, is_text(field->kind) ? to->text.length + 2 : 8))
		put_value(to, field, &value);
	else
		to->cut = true;
}

bool tracelogging_event(struct tracelogging *to, const struct vigil_event *event)
{
	const char *name = vigil_type_name(event->record->type);
	const struct vigil_field *fields;
	size_t count;

	to->metadata.length = to->data.length = 0;
	to->metadata.failed = to->data.failed = to->text.failed = to->cut = false;
	put_number(&to->metadata, 0, 2);
	put_number(&to->metadata, 0, 1); /* no tags */
	vigil_put(&to->metadata, name, strlen(name) + 1);
	fields = vigil_fields(&count);
	for (size_t i = 0; i < count; i++)
		add_field(to, event, &fields[i]);
	if (to->cut) {
		put_field(to, CUT_FIELD, TRACELOGGING_UINT8, TRACELOGGING_OUT_BOOLEAN);
		put_number(&to->data, 1, 1);
	}
	set_size(&to->metadata);
	return !to->metadata.failed && !to->data.failed && !to->text.failed;
}

uint8_t tracelogging_level(uint32_t type)
{
	return type == VIGIL_EVENT_PROCESS_DENIED || type == VIGIL_EVENT_LOST ||
		       type == VIGIL_EVENT_ALERT
		   ? 3  /* warning */
		   : 4; /* information */
}

uint64_t tracelogging_keyword(uint32_t type)
{
	return VIGIL_TYPE_BIT(type);
}

void tracelogging_free(struct tracelogging *to)
{
	vigil_buffer_free(&to->metadata);
	vigil_buffer_free(&to->data);
	vigil_buffer_free(&to->text);
}
