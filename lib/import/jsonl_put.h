/* SPDX-License-Identifier: MIT */
/* jsonl_put.h - builds a record from a line of JSON: header, body, parts. */
#ifndef VIGIL_IMPORT_JSONL_PUT_H
#define VIGIL_IMPORT_JSONL_PUT_H

#include "import/jsonl.h"

/* Begins the next record of jsonl->record: a body in which everything is unknown, no parts. */
struct vigil_header *jsonl_begin(struct jsonl *jsonl, uint16_t type, uint8_t encoding);

static inline void *jsonl_body(struct vigil_header *record)
{
	return record + 1;
}

/* Adds a part: length bytes of UTF-8, from which the sensor had cut `missing` bytes. What does not
 * fit into the record is cut, and the part is marked as truncated. */
void jsonl_put_part(struct vigil_header *record, uint16_t kind, uint8_t source, uint8_t flags,
		    const char *value, size_t length, uint64_t missing);

#endif /* VIGIL_IMPORT_JSONL_PUT_H */
