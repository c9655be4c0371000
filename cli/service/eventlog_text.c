/* SPDX-License-Identifier: MIT */
#include "eventlog.h"

#include "text/visible.h"

#define COLUMNS_MAX 8000

void eventlog_value(struct vigil_buffer *to, enum vigil_value_kind kind,
		    const struct vigil_value *value, bool windows)
{
	switch (kind) {
	case VIGIL_VALUE_SIGNED:
		vigil_put_signed(to, value->i);
		break;
	case VIGIL_VALUE_BOOL:
		vigil_put_text(to, value->u ? "true" : "false");
		break;
	case VIGIL_VALUE_HEX:
		vigil_put_hex(to, value->u);
		break;
	case VIGIL_VALUE_TIME:
		vigil_put_utc(to, value->u, 'T', 9);
		vigil_put_char(to, 'Z');
		break;
	case VIGIL_VALUE_STRING:
	case VIGIL_VALUE_LIST:
		visible_put(to, value->s, kind == VIGIL_VALUE_LIST, windows, COLUMNS_MAX);
		break;
	case VIGIL_VALUE_BINARY:
		vigil_put_hex_bytes(to, value->s.data, value->s.length);
		break;
	default: /* numbers, and times in nanoseconds */
		vigil_put_unsigned(to, value->u);
	}
}

void eventlog_text(struct vigil_buffer *to, const struct vigil_event *event)
{
	bool windows = event->record->encoding == VIGIL_UTF16LE;
	uint32_t type = VIGIL_TYPE_BIT(event->record->type);
	const struct vigil_field *fields;
	size_t count;

	fields = vigil_fields(&count);
	for (size_t i = 0; i < count; i++) {
		struct vigil_value value;

		if (fields[i].kind == VIGIL_VALUE_OBJECT || !(fields[i].types & type) ||
		    !fields[i].get(event, &value))
			continue;
		vigil_put_text(to, fields[i].name);
		vigil_put_text(to, ": ");
		eventlog_value(to, fields[i].kind, &value, windows);
		vigil_put_text(to, "\r\n");
	}
}

/* A UTF-8 character is one UTF-16 unit, or two if it has four bytes. */
size_t eventlog_fitting(const char *text, size_t length, size_t units)
{
	size_t whole = 0, used = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		used += (byte & 0xc0) != 0x80;
		used += byte >= 0xf0;
		if (used > units)
			break;
		if (byte == '\n')
			whole = i + 1;
	}
	return whole;
}
