/* SPDX-License-Identifier: MIT */
/* jsonl_value.h - values out of a line of JSON. What a line lacks, or has in another
 * form, is unknown: 0 or NULL. */
#ifndef VIGIL_IMPORT_JSONL_VALUE_H
#define VIGIL_IMPORT_JSONL_VALUE_H

#include "core/json_line.h"
#include "record/fields.h"

const char *jsonl_text(const struct json_value *line, const char *name);
uint64_t jsonl_unsigned(const struct json_value *line, const char *name);

/* Whether a list of strings has this one. */
bool jsonl_lists(const struct json_value *line, const char *name, const char *item);

/* "2026-11-20T20:14:22.123456789Z" */
uint64_t jsonl_time(const char *text);

/* An entity id's three numbers; false: text is none. */
bool jsonl_entity(const char *text, uint32_t *machine, struct vigil_id *id);

/* A value of a field of this kind, as the record has it at the field's source. false: it is not
 * of that form, or does not fit there. */
bool jsonl_number(const struct json_value *value, const struct field_source *source,
		  enum vigil_value_kind kind, uint64_t *out);

/* A string, list (each item ended by a NUL) or bytes in hexadecimal; exact, where
 * vigil.raw has them. `missing`: what the sensor cut. */
struct jsonl_bytes {
	char *memory; /* to be freed */
	const char *data;
	size_t length;
	uint64_t missing;
	bool unreadable; /* the line has a value, not all of it is of this form */
	bool failed;     /* memory ran out: what the line has is not known */
};

bool jsonl_bytes(const struct json_value *line, const char *name, struct jsonl_bytes *out);

#endif /* VIGIL_IMPORT_JSONL_VALUE_H */
