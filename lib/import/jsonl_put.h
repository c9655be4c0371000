/* SPDX-License-Identifier: MIT */
/* jsonl_put.h - a record that grows out of a line of JSON: its head and body, its parts. */
#ifndef VIGIL_IMPORT_JSONL_PUT_H
#define VIGIL_IMPORT_JSONL_PUT_H

#include "import/jsonl.h"

/* Begins the next of jsonl->record: a body of which nothing is known, no parts. */
struct vigil_header *jsonl_begin(struct jsonl *jsonl, uint16_t type, uint8_t encoding);

static inline void *jsonl_body(struct vigil_header *record)
{
	return record + 1;
}

/* Adds a part: length bytes of UTF-8, of which the sensor had cut `missing` more. What does
 * not fit into the record is cut, which the part says. */
void jsonl_put_part(struct vigil_header *record, uint16_t kind, uint8_t source, uint8_t flags,
		    const char *value, size_t length, uint64_t missing);

#endif /* VIGIL_IMPORT_JSONL_PUT_H */
