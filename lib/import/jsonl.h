/* SPDX-License-Identifier: MIT */
/*
 * jsonl.h - a line of our JSON back into the record that it was made of.
 *
 * A line tells of an event and, beside it, what was known of its process, parent, actor
 * and target. The first becomes the record; the rest becomes records marked as context
 * before it, where the lines so far have not told the same: a file that a filter has
 * passed over is then printed again as it is.
 */
#ifndef VIGIL_IMPORT_JSONL_H
#define VIGIL_IMPORT_JSONL_H

#include <vigil/vigil.h>

#include "core/json_line.h"
#include "record/source.h"

#define JSONL_RECORDS 7          /* that a line makes at most */
#define JSONL_STORES  63         /* fields of a type that become the same */
#define JSONL_KNOWN   (1u << 13) /* processes of which it is remembered what was told */

/* What the fields of a type become: numbers of the record, parts, items of parts, items of the
 * part CONTAINER_INFO. */
enum jsonl_list {
	JSONL_NUMBERS,
	JSONL_PARTS,
	JSONL_ITEMS,
	JSONL_INFO,
	JSONL_LISTS
};

struct jsonl_stores {
	uint16_t count;
	uint16_t store[JSONL_STORES]; /* of field_stores */
};

struct jsonl {
	struct {
		uint32_t pid, hash;
		uint64_t start_key;
		unsigned detail; /* how much was told; 0: unused */
	} known[JSONL_KNOWN];
	uint32_t machine; /* as entity ids have it */
	char host[256];
	bool started; /* machine and host were told */
	union {
		struct vigil_header header;
		uint8_t bytes[VIGIL_RECORD_MAX];
	} record[JSONL_RECORDS];
	int count;
	struct jsonl_stores stores[VIGIL_TYPE_MAX][JSONL_LISTS];
	bool failed;     /* memory ran out while the line was read */
	bool unreadable; /* a value of the line is not of the form that it has here */
};

/* NULL: no memory. Freed with free(). */
struct jsonl *jsonl_new(void);

/* Makes jsonl->record of a line, jsonl->count of them. VIGIL_ERROR_FORMAT: it is no event
 * of ours; VIGIL_ERROR_MEMORY: memory ran out, and no record is made. error says why, without
 * the line's number. */
enum vigil_code jsonl_convert(struct jsonl *jsonl, const struct json_value *line,
			      struct vigil_error *error);

/* Opens a file of JSON lines, or "-" for standard input, as a source. */
enum vigil_code source_open_jsonl(struct source **out, const char *path, struct vigil_error *error);

#endif /* VIGIL_IMPORT_JSONL_H */
