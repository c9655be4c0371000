/* SPDX-License-Identifier: MIT */
#include "sensor/linux/environment.h"

#include <string.h>

#include "core/error.h"

#define NAME_MAX_BYTES (sizeof(((struct environment_name *)0)->word) - 1)

static void set_name(struct environment_name *name, const char *text, size_t length)
{
	*name = (struct environment_name){ 0 };
	memcpy(name->word, text, length);
	((char *)name->word)[length] = '=';
	memset(name->mask, 0xff, length + 1);
}

int environment_parse(const char *list, struct environment_name names[VIGIL_ENVIRONMENT_NAMES],
		      struct vigil_error *error)
{
	int count = 0;

	for (const char *at = list;; at++) {
		size_t length = strcspn(at, ",");

		if (length == 0 || memchr(at, '=', length))
			return vigil_fail(error, VIGIL_ERROR_USAGE,
					  "\"%.200s\" is not a list of names of environment "
					  "variables; write for example PATH,LD_PRELOAD",
					  list);
		if (length > NAME_MAX_BYTES)
			return vigil_fail(error, VIGIL_ERROR_USAGE,
					  "the name of an environment variable has at most "
					  "%zu bytes: \"%.*s\"",
					  NAME_MAX_BYTES, (int)length, at);
		if (count == VIGIL_ENVIRONMENT_NAMES)
			return vigil_fail(error, VIGIL_ERROR_USAGE,
					  "at most %d environment variables can be named",
					  VIGIL_ENVIRONMENT_NAMES);
		set_name(&names[count++], at, length);
		at += length;
		if (!*at)
			return count;
	}
}
