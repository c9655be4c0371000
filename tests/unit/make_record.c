/* SPDX-License-Identifier: MIT */
#include "make_record.h"

void *record_begin(struct record *record, uint32_t type)
{
	size_t size = sizeof(struct vigil_header) + decode_longest_body_size((uint16_t)type);

	memset(record->bytes, 0, size);
	record->header.size = (uint32_t)size;
	record->header.type = (uint16_t)type;
	record->header.fixed = (uint16_t)size;
	record->header.version = VIGIL_RECORD_VERSION;
	record->header.cpu = 0xffff;
	return record->bytes + sizeof(struct vigil_header);
}

void record_part(struct record *record, uint32_t kind, const void *value, size_t length,
		 size_t original)
{
	struct vigil_part part = { .kind = (uint16_t)kind,
				   .length = (uint32_t)length,
				   .original = (uint32_t)original };
	size_t size = (sizeof(part) + length + 7) & ~(size_t)7;
	uint8_t *at = record->bytes + record->header.size;

	assert_true(record->header.size + size <= sizeof(record->bytes));
	memset(at, 0, size);
	memcpy(at, &part, sizeof(part));
	if (length)
		memcpy(at + sizeof(part), value, length);
	record->header.size += (uint32_t)size;
}

void story_begin(struct story *story, uint32_t dead_max)
{
	memset(story, 0, sizeof(*story));
	story->table = table_new(dead_max);
	assert_non_null(story->table);
	assert_int_equal(decoder_open(&story->decoder), 0);
	story->mono = 1000;
	story->to_wall = 1763669662000000000u;
}

void story_end(struct story *story)
{
	table_free(story->table);
	decoder_close(&story->decoder);
}

enum table_result story_apply(struct story *story)
{
	struct vigil_header *header = &story->record.header;

	header->mono = story->mono;
	header->time = story->mono + story->to_wall;
	assert_int_equal(decode(&story->decoder, header, header->size, &story->event, NULL),
			 VIGIL_OK);
	return table_apply(story->table, &story->event, header);
}

struct vigil_id story_id(uint32_t pid, uint64_t start_key)
{
	return (struct vigil_id){ .pid = pid, .start_key = start_key };
}

enum table_result story_start(struct story *story, uint32_t type, struct vigil_id process,
			      struct vigil_id parent, const char *image)
{
	struct vigil_process_body *body = record_begin(&story->record, type);

	body->process = process;
	body->process.tid = process.pid;
	body->parent = parent;
	body->start = process.start_key + story->to_wall;
	story->record.header.actor = type == VIGIL_EVENT_PROCESS_CREATE ? parent : process;
	if (image)
		record_part(&story->record, VIGIL_PART_IMAGE, image, strlen(image), strlen(image));
	return story_apply(story);
}

enum table_result story_exit(struct story *story, struct vigil_id process, struct vigil_id parent)
{
	struct vigil_exit_body *body = record_begin(&story->record, VIGIL_EVENT_PROCESS_EXIT);

	body->process = process;
	body->parent = parent;
	body->start = process.start_key + story->to_wall;
	story->record.header.actor = process;
	return story_apply(story);
}

enum table_result story_image(struct story *story, struct vigil_id process)
{
	struct vigil_image_body *body = record_begin(&story->record, VIGIL_EVENT_IMAGE_LOAD);

	body->process = process;
	story->record.header.actor = process;
	return story_apply(story);
}
