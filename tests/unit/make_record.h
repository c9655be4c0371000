/* SPDX-License-Identifier: MIT */
/*
 * make_record.h - records exactly as a sensor writes them, and a process table to which a series of
 * them is added.
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

/* Begins a header and a zeroed body, and returns the body. */
void *record_begin(struct record *record, uint32_t type);

/* Adds a part, padded with zeros to a multiple of 8. */
void record_part(struct record *record, uint32_t kind, const void *value, size_t length,
		 size_t original);

/*
 * A story: each function adds one record to the table. Times are those of the monotonic clock; the
 * wall clock is ahead of it by `to_wall`. Returns the table's result; the event is in story->event
 * until the next call.
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

enum table_result story_apply(struct story *story);

struct vigil_id story_id(uint32_t pid, uint64_t start_key);

/* CREATE, EXEC or PROCESS_SNAPSHOT; image may be NULL. The process started at its key. */
enum table_result story_start(struct story *story, uint32_t type, struct vigil_id process,
			      struct vigil_id parent, const char *image);
enum table_result story_exit(struct story *story, struct vigil_id process, struct vigil_id parent);
enum table_result story_image(struct story *story, struct vigil_id process);

#endif /* MAKE_RECORD_H */
