/* SPDX-License-Identifier: MIT */
/*
 * json_line.h - parses one line of JSON into values that can be looked up by name.
 *
 * SQLite's JSON parser does the work: recordings need SQLite anyway, and it is tested for
 * every failed allocation.
 */
#ifndef VIGIL_CORE_JSON_LINE_H
#define VIGIL_CORE_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define JSON_VALUES_MAX (1u << 18) /* values per line; more than the items of the longest record */

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

/* A value. The values in an array or object follow it directly, each followed by the values in
 * it. */
struct json_value {
	enum json_type type;
	uint32_t key_length;
	uint32_t text_length;
	uint32_t count; /* values in it, including nested ones */
	/* key and text end with a NUL and are valid until the next line is read. For an integer
	 * that does not fit an int64_t, text has the digits as they are in the line. */
	const char *key;
	const char *text;
	const uint8_t
	    *names; /* outermost value only: hashes of the names that json_find can find */
};

struct json_reader;

/* Returns NULL if out of memory. A reader may be used by one thread at a time. */
struct json_reader *json_reader_open(void);
void json_reader_close(struct json_reader *reader);

/* Parses a line. *out, the outermost value, is valid until the next call. Returns
 * VIGIL_ERROR_FORMAT if the line is not JSON or has too many values, VIGIL_ERROR_MEMORY if out
 * of memory, and fills error. */
enum vigil_code json_read_line(struct json_reader *reader, const char *line, size_t length,
			       const struct json_value **out, struct vigil_error *error);

/* Returns the value of a dotted name ("process.parent.pid"), or NULL. */
const struct json_value *json_find(const struct json_value *object, const char *name);

/* Returns the value of one key, which may contain dots, or NULL. */
const struct json_value *json_member(const struct json_value *object, const char *key,
				     size_t length);

/* Iterates over the values of an array: NULL returns the first value; after the last, returns
 * NULL. */
const struct json_value *json_next_item(const struct json_value *array,
					const struct json_value *item);

/* Return the number of a JSON_INTEGER, limited to the range of the type; 0 for other types. */
int64_t json_signed(const struct json_value *value);
uint64_t json_unsigned(const struct json_value *value);

#endif /* VIGIL_CORE_JSON_LINE_H */
