/* SPDX-License-Identifier: MIT */
/* jsonl_fields.h - puts the fields of a line of JSON into a record. */
#ifndef VIGIL_IMPORT_JSONL_FIELDS_H
#define VIGIL_IMPORT_JSONL_FIELDS_H

#include "import/jsonl.h"

/* Stores the numbers of the header and the body and, if the first part of the record is IDS, of
 * that part. Sets jsonl->unreadable if a value has an unexpected form. */
void jsonl_put_values(struct jsonl *jsonl, const struct json_value *line,
		      struct vigil_header *record);

/* Adds the parts whose fields the line has. whole: also with their origin and what is wrong with
 * them, as the line states. */
void jsonl_put_parts(struct jsonl *jsonl, const struct json_value *line,
		     struct vigil_header *record, bool whole);

#endif /* VIGIL_IMPORT_JSONL_FIELDS_H */
