/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "input.h"

static enum vigil_code failed(struct vigil_error *error, const char *path,
			      const struct vigil_error *why)
{
	switch (why->code) {
	case VIGIL_ERROR_MEMORY:
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	case VIGIL_ERROR_FORMAT:
		return vigil_fail(error, VIGIL_ERROR_FORMAT, "%.300s is no file of settings: %s.",
				  path, why->text);
	case VIGIL_ERROR_PRIVILEGE:
		return vigil_fail(error, VIGIL_ERROR_PRIVILEGE,
				  "cannot read %.300s: %s. Run as root.", path, why->text);
	default:
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "cannot read %.300s: %s. Name another with --config.", path,
				  why->text);
	}
}

enum vigil_code settings_read(char **text, const char *path, bool needed, struct vigil_error *error)
{
	struct vigil_error why;
	size_t length;

	if (input_read(text, &length, path, SETTINGS_BYTES_MAX, &why) < 0) {
		if (needed || errno != ENOENT)
			return failed(error, path, &why);
		*text = calloc(1, 1);
		return *text ? VIGIL_OK : vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	}
	if (memchr(*text, '\0', length))
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "%.300s is no file of settings: it is not text.", path);
	return VIGIL_OK;
}

/* Without the blanks on both sides. */
static char *trimmed(char *text)
{
	size_t length;

	text += strspn(text, " \t\r");
	length = strlen(text);
	while (length > 0 && strchr(" \t\r", text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

bool settings_next(char **at, struct setting *setting)
{
	while (**at) {
		char *line = *at, *end = strchr(line, '\n'), *equals;

		*at = end ? end + 1 : line + strlen(line);
		if (end)
			*end = '\0';
		setting->line++;
		line = trimmed(line);
		if (*line == '\0' || *line == '#')
			continue;
		equals = strchr(line, '=');
		setting->value = equals ? trimmed(equals + 1) : "";
		if (equals)
			*equals = '\0';
		setting->name = trimmed(line);
		return true;
	}
	return false;
}

bool settings_yes_no(const char *value, bool *out)
{
	*out = strcmp(value, "no") != 0;
	return !*out || !*value || strcmp(value, "yes") == 0;
}
