/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#define DEAD_MAX 4

void stream_open(struct stream *stream, const uint8_t *bytes, size_t size, bool repair)
{
	*stream = (struct stream){ .bytes = bytes, .left = size, .repair = repair };
	stream->table = table_new(DEAD_MAX);
	if (!stream->table || decoder_open(&stream->decoder) < 0)
		abort();
}

void stream_close(struct stream *stream)
{
	free(stream->record);
	table_free(stream->table);
	decoder_close(&stream->decoder);
}

static void repair(struct vigil_header *record, size_t left)
{
	record->size &= ~7u;
	if (record->size > left || record->size < sizeof(*record))
		record->size = (uint32_t)(left & ~(size_t)7);
	record->version = VIGIL_RECORD_VERSION;
	record->encoding &= 1;
	record->type %= VIGIL_TYPE_MAX + 1;
	record->fixed &= 0xfff8;
	if (record->fixed > record->size)
		record->fixed = (uint16_t)record->size;
}

/* A reader must be able to trust these, whatever the record was. */
static void check(const struct vigil_event *event)
{
	for (size_t i = 0; i < VIGIL_PART_MAX; i++) {
		const struct vigil_string *part = &event->part[i];

		if (part->data[part->length] != '\0' || part->original < part->length)
			abort();
	}
}

/* No more than the records can have reported, and no more ended processes than the limit. */
static void check_counts(struct stream *stream)
{
	uint64_t alive, dead;

	stream->told++;
	table_count(stream->table, &alive, &dead);
	if (alive > stream->told || dead > DEAD_MAX)
		abort();
}

bool stream_next(struct stream *stream)
{
	while (stream->left >= sizeof(struct vigil_header)) {
		struct vigil_header head;
		enum table_result says;
		size_t size;

		memcpy(&head, stream->bytes, sizeof(head));
		if (stream->repair)
			repair(&head, stream->left);
		size = head.size < stream->left ? head.size : stream->left;
		if (size < sizeof(head))
			size = sizeof(head);
		free(stream->record);
		stream->record = malloc(size);
		if (!stream->record)
			abort();
		memcpy(stream->record, stream->bytes, size);
		memcpy(stream->record, &head, sizeof(head));
		stream->bytes += size;
		stream->left -= size;
		if (decode(&stream->decoder, stream->record, size, &stream->event, NULL) < 0)
			continue;
		check(&stream->event);
		says = table_apply(stream->table, &stream->event, stream->record);
		check_counts(stream);
		if (says == TABLE_NEW)
			return true;
	}
	return false;
}
