/* SPDX-License-Identifier: MIT */
#include "record/decode.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/error.h"
#include "core/sid.h"
#include "record/parts.h"
#include "record/schema.h"

/* The text of the largest record, if all of it is UTF-16: 3 bytes for each 2. */
#define TEXT_MAX (VIGIL_RECORD_MAX / 2 * 3 + VIGIL_PART_MAX + SID_TEXT_MAX)

static void clear_parts(struct event_parts *parts)
{
	memset(parts, 0, sizeof(*parts));
	for (size_t i = 0; i < VIGIL_PART_MAX; i++)
		parts->value[i].data = "";
}

/* Clears the parts that the last record had. They are few of all that there are. */
static void forget_parts(struct decoder *decoder)
{
	for (uint32_t left = decoder->present; left; left &= left - 1) {
		int kind = __builtin_ctz(left);

		decoder->parts.value[kind] = (struct vigil_string){ "", 0, 0 };
		decoder->parts.source[kind] = 0;
		decoder->parts.flags[kind] = 0;
	}
	decoder->present = 0;
}

int decoder_open(struct decoder *decoder)
{
	*decoder = (struct decoder){ .text = malloc(TEXT_MAX), .capacity = TEXT_MAX };
	clear_parts(&decoder->parts);
	return decoder->text ? 0 : -1;
}

void decoder_close(struct decoder *decoder)
{
	free(decoder->text);
	*decoder = (struct decoder){ 0 };
}

size_t decode_body_size(uint16_t type)
{
	static const size_t SIZES[VIGIL_TYPE_MAX] = {
#define SIZE(argument, type, body, ...) [SCHEMA_TYPE(type)] = sizeof(struct body),
		SCHEMA_TYPES(SIZE, )
#undef SIZE
	};

	return type < VIGIL_TYPE_MAX ? SIZES[type] : 0;
}

size_t decode_longest_body_size(uint16_t type)
{
	static const size_t SIZES[VIGIL_TYPE_MAX] = {
#define SIZE(argument, type, body, longest, ...) [SCHEMA_TYPE(type)] = sizeof(struct longest),
		SCHEMA_TYPES(SIZE, )
#undef SIZE
	};

	return type < VIGIL_TYPE_MAX ? SIZES[type] : 0;
}

bool decode_is_text(uint16_t kind)
{
	static const uint8_t CONTENT[VIGIL_PART_MAX] = {
#define CONTENT_OF(part, name, content) [SCHEMA_PART(part)] = (content),
		SCHEMA_PARTS(CONTENT_OF)
#undef CONTENT_OF
	};

	return kind >= VIGIL_PART_MAX || CONTENT[kind] == PART_TEXT;
}

/* Returns the value in place if a NUL follows it; otherwise a copy with one. */
static const char *as_string(struct decoder *decoder, const struct vigil_header *record,
			     const struct vigil_part *part, uint32_t *length)
{
	const char *value = (const char *)(part + 1);
	size_t place = sizeof(*part) + part->length, padded = part_size(part->length);
	char *to = decoder->text + decoder->used;
	size_t sid;

	*length = part->length;
	if (part->kind == VIGIL_PART_USER && (sid = sid_text(to, value, part->length)) > 0)
		*length = (uint32_t)sid;
	else if (record->encoding == VIGIL_UTF16LE && decode_is_text(part->kind))
		*length = (uint32_t)vigil_utf16_to_utf8(to, value, part->length);
	else if (place < padded && value[part->length] == '\0')
		return value;
	else
		memcpy(to, value, part->length);
	to[*length] = '\0';
	decoder->used += *length + 1;
	return to;
}

/* For text converted from UTF-16, the full length is the new length plus the missing bytes. */
static uint32_t original_of(const struct vigil_part *part, uint32_t length)
{
	uint32_t missing = part->original > part->length ? part->original - part->length : 0;

	if (part->original == VIGIL_UNKNOWN || missing >= VIGIL_UNKNOWN - length)
		return VIGIL_UNKNOWN;
	return length + missing;
}

static enum vigil_code decode_parts(struct decoder *decoder, const struct vigil_header *record,
				    struct vigil_error *error)
{
	const struct vigil_part *part;
	size_t at = record->fixed;
	uint32_t seen = 0, length;

	while ((part = part_next(record, &at)) != NULL) {
		if (part->kind >= VIGIL_PART_MAX || part->kind == 0)
			continue; /* a part of a later version */
		if (seen & 1u << part->kind)
			return vigil_fail(error, VIGIL_ERROR_FORMAT,
					  "a record has two parts of kind %u", part->kind);
		seen |= 1u << part->kind;
		decoder->present = seen;
		decoder->parts.value[part->kind].data = as_string(decoder, record, part, &length);
		decoder->parts.value[part->kind].length = length;
		decoder->parts.value[part->kind].original = original_of(part, length);
		decoder->parts.source[part->kind] = part->source;
		decoder->parts.flags[part->kind] = part->flags;
	}
	if (at != record->size)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "a record's part at byte %zu reaches beyond its end", at);
	return VIGIL_OK;
}

static void point_to_parts(struct vigil_event *event, struct event_parts *parts)
{
	event->part = parts->value;
	event->part_origin = parts->source;
	event->part_flags = parts->flags;
	event->part_count = VIGIL_PART_MAX;
}

void event_use_parts(struct vigil_event *event, struct event_parts *parts)
{
	clear_parts(parts);
	point_to_parts(event, parts);
}

const struct vigil_string *vigil_event_part(const struct vigil_event *event,
					    enum vigil_part_id part)
{
	static const struct vigil_string none = { "", 0, 0 };

	return (uint32_t)part < event->part_count ? &event->part[part] : &none;
}

enum vigil_part_origin vigil_event_part_origin(const struct vigil_event *event,
					       enum vigil_part_id part)
{
	return (uint32_t)part < event->part_count ? (enum vigil_part_origin)event->part_origin[part]
						  : VIGIL_PART_ORIGIN_NONE;
}

uint32_t vigil_event_part_flags(const struct vigil_event *event, enum vigil_part_id part)
{
	return (uint32_t)part < event->part_count ? event->part_flags[part] : 0;
}

enum vigil_code decode(struct decoder *decoder, const void *record, size_t size,
		       struct vigil_event *event, struct vigil_error *error)
{
	const struct vigil_header *h = record;

	*event = (struct vigil_event){ .record = h };
	forget_parts(decoder);
	point_to_parts(event, &decoder->parts);
	event->host.data = "";
	decoder->used = 0;
	if (size < sizeof(*h) || h->size < sizeof(*h) || h->size > size || h->size % 8)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "a record's size is wrong (%u of %zu bytes)",
				  size < 4 ? 0 : h->size, size);
	if (h->version != VIGIL_RECORD_VERSION)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "a record has version %u; this program knows version %u",
				  h->version, VIGIL_RECORD_VERSION);
	if (h->size > VIGIL_RECORD_MAX || h->encoding > VIGIL_UTF16LE || h->fixed % 8 ||
	    h->fixed > h->size || h->fixed < sizeof(*h) + decode_body_size(h->type))
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "a record of type %u has a wrong header", h->type);
	event->body = h + 1;
	return decode_parts(decoder, h, error);
}
