/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "core/json_string.h"

static void json_begin_value(struct json *json, const char *name)
{
	if (json->comma)
		vigil_put_char(&json->out, ',');
	if (name) {
		vigil_put_json(&json->out, name, strlen(name));
		vigil_put_char(&json->out, ':');
	}
	json->comma = true;
}

void json_text(struct json *json, const char *name, const char *text)
{
	json_begin_value(json, name);
	if (text)
		vigil_put_json(&json->out, text, strlen(text));
	else
		vigil_put_text(&json->out, "null");
}

void json_number(struct json *json, const char *name, uint64_t number)
{
	json_begin_value(json, name);
	vigil_put_unsigned(&json->out, number);
}

void json_seconds(struct json *json, const char *name, uint64_t ms)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000);
	json_begin_value(json, name);
	vigil_put_text(&json->out, text);
}

void json_open(struct json *json, const char *name, char bracket)
{
	json_begin_value(json, name);
	vigil_put_char(&json->out, bracket);
	json->comma = false;
}

void json_close(struct json *json, char bracket)
{
	vigil_put_char(&json->out, bracket);
	json->comma = true;
}

int json_print(struct json *json)
{
	int status = EXIT_FINE;

	vigil_put(&json->out, "\n", 2); /* including the NUL */
	if (json->out.failed) {
		cli_say("no memory");
		status = EXIT_ERROR;
	} else {
		cli_print_own(json->out.data);
	}
	vigil_buffer_free(&json->out);
	*json = (struct json){ .comma = false };
	return status;
}
