/* SPDX-License-Identifier: MIT */
/*
 * jsonl.h - converts a line of Vigil's JSON back into the record from which it was made.
 *
 * A line describes an event and what was known of its process, parent, actor and target. The event
 * becomes the record. The processes become records before it, marked as context, unless earlier
 * lines have reported the same. A file that has been filtered is therefore printed again unchanged.
 */
#ifndef VIGIL_IMPORT_JSONL_H
#define VIGIL_IMPORT_JSONL_H

#include <vigil/vigil.h>

#include "core/json_line.h"
#include "record/source.h"

#define JSONL_RECORDS 7          /* maximum per line */
#define JSONL_STORES  63         /* maximum number of stored fields per type */
#define JSONL_KNOWN   (1u << 13) /* processes for which reported facts are remembered */

/* What the fields of a type become: numbers of the record, parts, items of parts, items of the part
 * CONTAINER_INFO. */
enum jsonl_list {
	JSONL_NUMBERS,
	JSONL_PARTS,
	JSONL_ITEMS,
	JSONL_INFO,
	JSONL_LISTS
};

struct jsonl_stores {
	uint16_t count;
	uint16_t store[JSONL_STORES]; /* indexes in field_stores */
};

struct jsonl {
	struct {
		uint32_t pid, hash;
		uint64_t start_key;
		unsigned detail; /* how much was reported; 0: unused */
	} known[JSONL_KNOWN];
	uint32_t machine; /* as in entity ids */
	char host[256];
	bool started; /* machine and host were reported */
	union {
		struct vigil_header header;
		uint8_t bytes[VIGIL_RECORD_MAX];
	} record[JSONL_RECORDS];
	int count;
	/* Of the present line: */
	uint16_t type;
	uint8_t system; /* enum field_system */
	bool implies;   /* what it leaves out follows from the rest, see record/implied.h */
	struct jsonl_stores stores[VIGIL_TYPE_MAX][JSONL_LISTS];
	bool failed;     /* memory ran out while reading the line */
	bool unreadable; /* a value of the line is of an unexpected form */
};

/* Returns NULL if memory runs out. Freed with free(). */
struct jsonl *jsonl_new(void);

/* Makes jsonl->count records in jsonl->record from a line. VIGIL_ERROR_FORMAT: it is not an event
 * of Vigil; VIGIL_ERROR_MEMORY: memory ran out, and no record is made. error gives the reason,
 * without the line number. */
enum vigil_code jsonl_convert(struct jsonl *jsonl, const struct json_value *line,
			      struct vigil_error *error);

/* Opens a file of JSON lines, or "-" for standard input, as a source. */
enum vigil_code source_open_jsonl(struct source **out, const char *path, struct vigil_error *error);

#endif /* VIGIL_IMPORT_JSONL_H */
