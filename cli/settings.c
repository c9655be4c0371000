/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static enum vigil_code failed(struct vigil_error *error, const char *path)
{
	int reason = errno;

	return vigil_fail(error, reason == EACCES ? VIGIL_ERROR_PRIVILEGE : VIGIL_ERROR_USAGE,
			  "cannot read %.300s: %s. %s", path, strerror(reason),
			  reason == EACCES ? "Run as root." : "Name another with --config.");
}

static enum vigil_code read_text(char *text, FILE *f, const char *path, struct vigil_error *error)
{
	size_t n = fread(text, 1, SETTINGS_BYTES_MAX + 1, f);

	if (ferror(f))
		return failed(error, path);
	if (n > SETTINGS_BYTES_MAX)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "%.300s is no file of settings: it is larger than 64 KiB.", path);
	if (memchr(text, '\0', n))
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "%.300s is no file of settings: it is not text.", path);
	return VIGIL_OK;
}

enum vigil_code settings_read(char **text, const char *path, bool needed, struct vigil_error *error)
{
	FILE *f = os_open_stream(path);
	enum vigil_code code = VIGIL_OK;

	*text = calloc(1, SETTINGS_BYTES_MAX + 2);
	if (!f && (errno != ENOENT || needed))
		code = failed(error, path);
	else if (!*text)
		code = vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	else if (f)
		code = read_text(*text, f, path, error);
	if (f)
		fclose(f);
	return code;
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
