/* SPDX-License-Identifier: MIT */
/*
 * make_record.h - records as a sensor writes them, byte for byte, and a table
 * that is told a story with them.
 */
#ifndef MAKE_RECORD_H
#define MAKE_RECORD_H

#include "make_event.h"

#include "process/table.h"
#include "record/decode.h"

struct record {
	union {
		struct vigil_header header;
		uint64_t align;
		uint8_t bytes[VIGIL_RECORD_MAX];
	};
};

/* A header and a zeroed body, which is returned. */
void *record_begin(struct record *record, uint32_t type);

/* One more part, with zeros up to a multiple of 8 and not one byte more. */
void record_part(struct record *record, uint32_t kind, const void *value, size_t length,
		 size_t original);

/*
 * A story: each function tells the table one record. Times are those of the
 * monotonic clock; the wall clock is ahead of it by `to_wall`. Returns what the
 * table says; the event is in story->event until the next one.
 */
struct story {
	struct table *table;
	struct decoder decoder;
	struct record record;
	struct vigil_event event;
	uint64_t mono, to_wall;
};

void story_begin(struct story *story, uint32_t dead_max);
void story_end(struct story *story);

enum table_result story_tell(struct story *story);

struct vigil_id story_id(uint32_t pid, uint64_t start_key);

/* CREATE, EXEC or PROCESS_SNAPSHOT; image may be NULL. The process started at its key. */
enum table_result story_start(struct story *story, uint32_t type, struct vigil_id process,
			      struct vigil_id parent, const char *image);
enum table_result story_exit(struct story *story, struct vigil_id process, struct vigil_id parent);
enum table_result story_image(struct story *story, struct vigil_id process);

#endif /* MAKE_RECORD_H */
