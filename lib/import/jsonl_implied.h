/* SPDX-License-Identifier: MIT */
/* jsonl_implied.h - what a line of JSON implies by leaving a field out: the rules of
 * record/implied.h in the other direction. They apply only to lines that have vigil.format. */
#ifndef VIGIL_IMPORT_JSONL_IMPLIED_H
#define VIGIL_IMPORT_JSONL_IMPLIED_H

#include "import/jsonl.h"
#include "import/jsonl_value.h"

/* Returns the value of a field, given its index in vigil_fields(), or of the field that stands for
 * it; NULL: neither. */
const struct json_value *jsonl_find(const struct jsonl *jsonl, const struct json_value *line,
				    uint16_t field);

/* Returns whether the line has no such field, which therefore has the implied value. A null is a
 * field. */
bool jsonl_is_implied(const struct jsonl *jsonl, const struct json_value *line, const char *name);

/* Stores the numbers that the line implies, once those that it has are stored. */
void jsonl_imply_numbers(const struct jsonl *jsonl, const struct json_value *line,
			 struct vigil_header *record);

/* Returns when the parent started, as the line states or implies; 0: unknown. event: with its
 * times. id: of the parent. */
uint64_t jsonl_parent_start(const struct jsonl *jsonl, const struct json_value *line,
			    const struct vigil_header *event, const struct vigil_id *id);

/* Makes the arguments of the command line and their lengths. Returns false if the line does not
 * imply them. Free out->memory. */
bool jsonl_imply_args(const struct jsonl *jsonl, const struct json_value *line,
		      struct jsonl_bytes *out);

#endif /* VIGIL_IMPORT_JSONL_IMPLIED_H */
