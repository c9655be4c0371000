/* SPDX-License-Identifier: MIT */
/* json.h - writes JSON objects and arrays: names, commas and escapes. */
#ifndef VIGIL_CLI_JSON_H
#define VIGIL_CLI_JSON_H

#include <stdint.h>

#include "core/bytes.h"

/* Zero-initialized: nothing written yet. A lack of memory sets out.failed. */
struct json {
	struct vigil_buffer out; /* freed by the owner */
	bool comma;              /* before the next value */
};

/* Each writes a value. name: of the member, or NULL in an array or at the top level. */
void json_text(struct json *json, const char *name, const char *text); /* text NULL: null */
void json_number(struct json *json, const char *name, uint64_t number);
void json_seconds(struct json *json, const char *name, uint64_t ms); /* with three decimals */

/* Begins an object '{' or array '['; ends the innermost with '}' or ']'. */
void json_open(struct json *json, const char *name, char bracket);
void json_close(struct json *json, char bracket);

/* Writes the document and a newline to standard output, and frees it. Returns the exit status. */
int json_print(struct json *json);

#endif /* VIGIL_CLI_JSON_H */
