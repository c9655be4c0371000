/* SPDX-License-Identifier: MIT */
/*
 * settings.h - a settings file: one `name = value` a line. Blanks around both and empty lines are
 * ignored. A comment is from a # that begins a line or follows a blank to the end of the line. A
 * value in quotes, " or ', is the text between them.
 */
#ifndef VIGIL_SETTINGS_H
#define VIGIL_SETTINGS_H

#include <stdbool.h>

#include <vigil/vigil.h>

#define SETTINGS_BYTES_MAX (64u << 10)

struct setting {
	const char *name;
	const char *value; /* "" where the line has no = */
	unsigned line;     /* from 1 */
	const char *wrong; /* what is wrong with the line; NULL: nothing */
};

/* Reads the whole file; *text is to be freed. A missing file counts as empty unless it is
 * needed. */
enum vigil_code settings_read(char **text, const char *path, bool needed,
			      struct vigil_error *error);

/* Gets the next setting, beginning with *at = text and setting->line = 0; modifies the text.
 * Returns false at the end. */
bool settings_next(char **at, struct setting *setting);

/* Reads yes, true, on, or "" for yes; no, false, off for no. Case does not matter. */
bool settings_yes_no(const char *value, bool *out);

#endif /* VIGIL_SETTINGS_H */
