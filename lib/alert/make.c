/* SPDX-License-Identifier: MIT */
#include "alert/make.h"

#include <stdlib.h>
#include <string.h>

#include "record/builder.h"
#include "record/subject.h"

/* Bytes of UTF-8. All parts together, in UTF-16, are smaller than a record. */
#define VALUE_MAX 1024u /* of a matched value */
#define PART_MAX  8192u

bool alert_record_open(struct alert_record *record)
{
	*record = (struct alert_record){ .record = malloc(VIGIL_RECORD_MAX) };
	return record->record && decoder_open(&record->decoder) == 0;
}

void alert_record_close(struct alert_record *record)
{
	free(record->record);
	decoder_close(&record->decoder);
	vigil_buffer_free(&record->text);
	*record = (struct alert_record){ 0 };
}

/* The longest beginning of whole characters in `max` bytes. */
static uint32_t cut_text(const char *text, uint32_t length, uint32_t max)
{
	if (length <= max)
		return length;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* Adds text in the encoding of the record. */
static void put_part(struct record_builder *builder, uint8_t encoding, uint16_t kind,
		     const char *text, size_t length)
{
	uint32_t kept = cut_text(text, (uint32_t)length, PART_MAX);
	bool wide = encoding == VIGIL_UTF16LE;
	struct vigil_part *part;

	if (length == 0)
		return;
	part = builder_open(builder, kind, VIGIL_PART_ORIGIN_NONE, wide ? 2 * kept : kept);
	if (!part)
		return;
	if (wide) {
		builder_close(builder, part, vigil_utf8_to_utf16(part + 1, text, kept));
	} else {
		memcpy(part + 1, text, kept);
		builder_close(builder, part, kept);
	}
	if (kept < length) {
		part->flags = VIGIL_PART_FLAG_CUT;
		part->original += (uint32_t)(length - kept) * (wide ? 2 : 1);
	}
}

static void put_item(struct vigil_buffer *text, const char *key, const char *value)
{
	if (!value || *value == '\0')
		return;
	vigil_put_text(text, key);
	vigil_put_char(text, '=');
	vigil_put(text, value, cut_text(value, (uint32_t)strlen(value), PART_MAX / 2));
	vigil_put_char(text, '\0');
}

static void put_list(struct vigil_buffer *text, const struct detect_strings *strings)
{
	text->length = 0;
	for (uint32_t i = 0; i < strings->count; i++)
		vigil_put(text, strings->text[i], strlen(strings->text[i]) + 1);
}

static void put_info(struct vigil_buffer *text, const struct detect_info *info)
{
	text->length = 0;
	put_item(text, "title", info->title);
	put_item(text, "description", info->description);
	put_item(text, "author", info->author);
	put_item(text, "license", info->license);
	put_item(text, "status", detect_status_name(info->status));
}

/* ---- what was matched ---- */

static void put_scalar(struct vigil_buffer *text, const struct detect_value *value)
{
	if (value->kind == DETECT_NUMBER)
		vigil_put_signed(text, value->number);
	else if (value->kind == DETECT_STRING)
		vigil_put(text, value->string, cut_text(value->string, value->length, VALUE_MAX));
}

static void put_value(struct vigil_buffer *text, const struct detect_value *value)
{
	put_scalar(text, value);
	for (uint32_t i = 0; value->kind == DETECT_LIST && i < value->length && i < 8; i++) {
		if (value->item[i].kind == DETECT_UNKNOWN)
			continue;
		if (i > 0)
			vigil_put(text, ", ", 2);
		put_scalar(text, &value->item[i]);
	}
}

static bool is_named_before(const struct alert_subject *subject, uint32_t at)
{
	const char *field = subject->match[at].field;

	for (uint32_t i = 0; i < at; i++) {
		const char *other = subject->match[i].field;

		if (other == field || (other && field && strcmp(other, field) == 0))
			return true;
	}
	return false;
}

/* Each field once. A NUL in a value would end its item. */
static void put_matches(struct vigil_buffer *text, const struct alert_subject *subject)
{
	text->length = 0;
	vigil_put(text, subject->matched.data, subject->matched.length);
	for (uint32_t i = 0; i < subject->matches; i++) {
		const struct detect_match *match = &subject->match[i];
		size_t begin;

		if (is_named_before(subject, i))
			continue;
		vigil_put_text(text, match->field ? match->field : "keywords");
		vigil_put_char(text, '=');
		begin = text->length;
		put_value(text, &match->value);
		for (size_t at = begin; !text->failed && at < text->length; at++)
			if (text->data[at] == '\0')
				text->data[at] = ' ';
		vigil_put_char(text, '\0');
	}
}

/* ---- the record ---- */

static void put_ids(struct record_builder *builder, const struct vigil_event *about)
{
	struct vigil_ids ids = vigil_subject_ids(about);

	if (about->record->encoding == VIGIL_BYTES)
		builder_add(builder, VIGIL_PART_IDS, VIGIL_PART_ORIGIN_KERNEL, &ids, sizeof(ids));
}

static void put_parts(struct alert_record *record, struct record_builder *builder,
		      const struct alert_subject *subject, const struct vigil_event *about)
{
	uint8_t encoding = about->record->encoding;
	uint32_t type = about->record->type;
	struct vigil_buffer *text = &record->text;

	if (!subject->apart)
		put_ids(builder, about);
	if (!subject->apart && (type == VIGIL_EVENT_IMAGE_LOAD || type == VIGIL_EVENT_DRIVER_LOAD))
		put_part(builder, encoding, VIGIL_PART_IMAGE, about->part[VIGIL_PART_IMAGE].data,
			 about->part[VIGIL_PART_IMAGE].length);
	put_part(builder, encoding, VIGIL_PART_RULE, subject->id, strlen(subject->id));
	put_info(text, subject->info);
	put_part(builder, encoding, VIGIL_PART_RULE_INFO, text->data, text->length);
	put_list(text, &subject->info->references);
	put_part(builder, encoding, VIGIL_PART_REFERENCES, text->data, text->length);
	put_list(text, &subject->info->tags);
	put_part(builder, encoding, VIGIL_PART_TAGS, text->data, text->length);
	put_matches(text, subject);
	put_part(builder, encoding, VIGIL_PART_MATCHED, text->data, text->length);
}

static void set_header(struct vigil_header *header, const struct vigil_header *about)
{
	header->cpu = about->cpu;
	header->seq = about->seq;
	header->time = about->time;
	header->mono = about->mono;
	header->actor = about->actor;
}

static void set_body(struct vigil_alert_body *body, const struct alert_subject *subject,
		     const struct vigil_event *about)
{
	const struct vigil_id *process = subject->apart ? NULL : vigil_subject_id(about);
	const struct vigil_id *target = subject->apart ? NULL : vigil_target_id(about);

	if (process)
		body->process =
		    (struct vigil_id){ .pid = process->pid, .start_key = process->start_key };
	if (target)
		body->target = *target;
	body->hits = subject->hits;
	body->level = subject->info->level;
	body->about = about->record->type;
}

const struct vigil_event *alert_make(struct alert_record *record,
				     const struct alert_subject *subject,
				     const struct vigil_event *about)
{
	struct record_builder builder;
	struct vigil_header *header;
	struct vigil_alert_body *body = builder_begin(&builder, record->record, VIGIL_RECORD_MAX,
						      VIGIL_EVENT_ALERT, about->record->encoding);

	set_body(body, subject, about);
	put_parts(record, &builder, subject, about);
	header = builder_end(&builder);
	if (!header || record->text.failed) {
		record->text.failed = false;
		return NULL;
	}
	set_header(header, about->record);
	if (subject->apart)
		memset(&header->actor, 0, sizeof(header->actor));
	if (decode(&record->decoder, header, header->size, &record->event, NULL) < 0)
		return NULL;
	record->event.machine = about->machine;
	record->event.host = about->host;
	if (subject->apart)
		return &record->event;
	record->event.process = about->process;
	record->event.parent = about->parent;
	record->event.actor = about->actor;
	record->event.target = about->target;
	record->event.ancestors = about->ancestors;
	record->event.ancestor_names = about->ancestor_names;
	return &record->event;
}
