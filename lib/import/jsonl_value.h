/* SPDX-License-Identifier: MIT */
/* jsonl_value.h - reads values from a line of JSON. A value that is absent or has an unexpected
 * form is unknown: 0 or NULL. */
#ifndef VIGIL_IMPORT_JSONL_VALUE_H
#define VIGIL_IMPORT_JSONL_VALUE_H

#include "core/json_line.h"
#include "record/fields.h"

const char *jsonl_text(const struct json_value *line, const char *name);
uint64_t jsonl_unsigned(const struct json_value *line, const char *name);

/* Returns whether a list of strings contains this one. */
bool jsonl_lists(const struct json_value *line, const char *name, const char *item);

/* "2026-11-20T20:14:22.123456789Z" */
uint64_t jsonl_time(const char *text);

/* Reads the three numbers of an entity id. Returns false if text is not an entity id. */
bool jsonl_entity(const char *text, uint32_t *machine, struct vigil_id *id);

/* Reads a value of a field of this kind as the record stores it at the field's source. Returns
 * false if the value has an unexpected form or does not fit there. */
bool jsonl_number(const struct json_value *value, const struct field_source *source,
		  enum vigil_value_kind kind, uint64_t *out);

/* A string, a list (each item terminated by a NUL) or bytes in hexadecimal; the exact bytes if
 * vigil.raw has them. `missing`: bytes that the sensor cut. */
struct jsonl_bytes {
	char *memory; /* to be freed */
	const char *data;
	size_t length;
	uint64_t missing;
	bool unreadable; /* the line has a value, but not all of it has the expected form */
	bool failed;     /* memory ran out: it is not known what the line has */
};

bool jsonl_bytes(const struct json_value *line, const char *name, struct jsonl_bytes *out);

#endif /* VIGIL_IMPORT_JSONL_VALUE_H */
