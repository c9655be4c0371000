/* SPDX-License-Identifier: MIT */
/*
 * make_jsonl.h - shared by tests of the JSON import: a recording, a file of JSON lines, and numbered
 * records to add to the recording.
 */
#ifndef MAKE_JSONL_H
#define MAKE_JSONL_H

#include <unistd.h>

#include "make_record.h"
#include "recording/schema.h"

extern char directory[];                /* of the group of tests */
extern char recording[64], lines[64];   /* files in it */
extern struct vigil_recorder *recorder; /* of `recording` */
extern struct record record;            /* the latest one that was begun */
extern uint64_t seq;                    /* its number */
extern uint8_t encoding;                /* of the records: VIGIL_BYTES or VIGIL_UTF16LE */

/* For the group of tests. */
int make_directory(void **state);
int remove_all(void **state);

/* Begins a record with the next number, and returns its body, which has a different number in each
 * field. */
void *begin(uint32_t type, uint32_t pid);

/* Adds a part to `record`. missing: how many bytes were cut off. */
void part(uint32_t kind, const char *text, size_t length, size_t missing);
void text(uint32_t kind, const char *value);
void add_file_info(uint32_t kind); /* VIGIL_PART_FILE_VERSION or VIGIL_PART_SIGNATURE */

/* Adds `record` to the recording. */
void add(void);
void add_start(uint32_t type, uint32_t pid, uint32_t parent); /* also begins it */

/* Returns a whole file as JSON, which the caller frees, and the number of lines that fail. */
char *print(const char *path, uint32_t types, int *failures);

/* Writes the file `lines`. */
void write_lines(const char *content);

#endif /* MAKE_JSONL_H */
