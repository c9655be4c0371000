/* SPDX-License-Identifier: MIT */
/*
 * json_line.h - reads one line of JSON into values that can be looked up by name.
 *
 * SQLite's own JSON parser does the work: recordings need SQLite anyway, and it is tested
 * for every failed allocation.
 */
#ifndef VIGIL_CORE_JSON_LINE_H
#define VIGIL_CORE_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define JSON_VALUES_MAX (1u << 18) /* in a line; more than the items of the longest record */

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_INTEGER,
	JSON_REAL,
	JSON_TEXT,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A value. The values in an array or object follow it, each followed by its own. */
struct json_value {
	enum json_type type;
	uint32_t key_length;
	uint32_t text_length;
	uint32_t count; /* values in it, theirs included */
	/* Ended by a NUL, valid until the next line is read. Of a number the text is its digits
	 * as the line has them where they fit no int64_t. */
	const char *key;
	const char *text;
	const uint8_t *names; /* of the outermost value: which names json_find may find */
};

struct json_reader;

/* NULL: no memory. A reader belongs to one thread at a time. */
struct json_reader *json_reader_open(void);
void json_reader_close(struct json_reader *reader);

/* Reads a line; *out, the outermost value, is valid until the next call. Returns
 * VIGIL_ERROR_FORMAT where the line is not JSON or has too many values, VIGIL_ERROR_MEMORY
 * where memory ran out; error says which. */
enum vigil_code json_read_line(struct json_reader *reader, const char *line, size_t length,
			       const struct json_value **out, struct vigil_error *error);

/* The value of a dotted name ("process.parent.pid"), or NULL. */
const struct json_value *json_find(const struct json_value *object, const char *name);

/* The value of one key, which may contain dots, or NULL. */
const struct json_value *json_member(const struct json_value *object, const char *key,
				     size_t length);

/* Goes through the values of an array: NULL gives the first, and is returned after the last. */
const struct json_value *json_next_item(const struct json_value *array,
					const struct json_value *item);

/* The number of a JSON_INTEGER, limited to what the type can hold; else 0. */
int64_t json_signed(const struct json_value *value);
uint64_t json_unsigned(const struct json_value *value);

#endif /* VIGIL_CORE_JSON_LINE_H */
