/* SPDX-License-Identifier: MIT */
/*
 * settings.h - a file of settings: a line a setting, `name = value`; blanks
 * around both do not count, nor do lines that are empty. A comment is from a # that
 * begins a line or follows a blank to the end of the line. A value between quotes, " or ',
 * is all that stands between them.
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

/* Reads the whole file; *text is to be freed. A file that is not there is an
 * empty one unless it is needed. */
enum vigil_code settings_read(char **text, const char *path, bool needed,
			      struct vigil_error *error);

/* The next setting, beginning with *at = text and setting->line = 0; it changes
 * the text. False: the end. */
bool settings_next(char **at, struct setting *setting);

/* yes, true, on, or "" for yes; no, false, off. Case does not count. */
bool settings_yes_no(const char *value, bool *out);

#endif /* VIGIL_SETTINGS_H */
