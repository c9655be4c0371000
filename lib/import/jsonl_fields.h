/* SPDX-License-Identifier: MIT */
/* jsonl_fields.h - the fields of a line of JSON, put into a record. */
#ifndef VIGIL_IMPORT_JSONL_FIELDS_H
#define VIGIL_IMPORT_JSONL_FIELDS_H

#include "import/jsonl.h"

/* Stores the numbers of the header and of the body, and, where the record has a part IDS as
 * its first one, of that. A value of another form is noted in jsonl->unreadable. */
void jsonl_put_values(struct jsonl *jsonl, const struct json_value *line,
		      struct vigil_header *record);

/* Adds the parts whose fields the line has. whole: with what the line says of them, where they
 * were learned and what is wrong with them. */
void jsonl_put_parts(struct jsonl *jsonl, const struct json_value *line,
		     struct vigil_header *record, bool whole);

#endif /* VIGIL_IMPORT_JSONL_FIELDS_H */
