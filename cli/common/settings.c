/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/error.h"
#include "os/input.h"

static enum vigil_code failed(struct vigil_error *error, const char *path,
			      const struct vigil_error *why)
{
	switch (why->code) {
	case VIGIL_ERROR_MEMORY:
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	case VIGIL_ERROR_FORMAT:
		return vigil_fail(error, VIGIL_ERROR_USAGE, "%.300s is no file of settings: %s.",
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
	if (length >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) { /* UTF-8 byte order mark */
		length -= 3;
		memmove(*text, *text + 3, length + 1);
	}
	if (memchr(*text, '\0', length))
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "%.300s is no file of settings: it is not text.", path);
	return VIGIL_OK;
}

/* Returns where a comment begins, or the end of the line. */
static char *comment_of(char *line)
{
	char *at = strchr(line, '#');

	while (at && at != line && at[-1] != ' ' && at[-1] != '\t')
		at = strchr(at + 1, '#');
	return at ? at : line + strlen(line);
}

/* Removes blanks on both sides. */
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

/* Returns the text between the quotes with which a value begins; only a comment may follow. NULL:
 * the closing quote is missing, or something else follows it. */
static char *unquoted(char *value)
{
	char *end = strchr(value + 1, *value), *rest = end ? end + 1 : NULL;

	if (!end || (*rest && !strchr(" \t\r", *rest)))
		return NULL;
	rest = trimmed(rest);
	*end = '\0';
	return *rest == '\0' || *rest == '#' ? value + 1 : NULL;
}

static void read_value(struct setting *setting, char *value)
{
	setting->wrong = NULL;
	if (*value == '"' || *value == '\'') {
		setting->value = unquoted(value);
		if (setting->value)
			return;
		setting->wrong = "a value that begins with a quote ends with one";
	}
	*comment_of(value) = '\0';
	setting->value = trimmed(value);
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
		equals = memchr(line, '=', (size_t)(comment_of(line) - line));
		read_value(setting, equals ? trimmed(equals + 1) : line + strlen(line));
		*(equals ? equals : comment_of(line)) = '\0';
		setting->name = trimmed(line);
		return true;
	}
	return false;
}

bool settings_yes_no(const char *value, bool *out)
{
	static const struct {
		const char *word;
		bool yes;
	} words[] = { { "", true },    { "yes", true },    { "true", true }, { "on", true },
		      { "no", false }, { "false", false }, { "off", false } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(value, words[i].word) == 0) {
			*out = words[i].yes;
			return true;
		}
	return false;
}
