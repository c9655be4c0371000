/* SPDX-License-Identifier: MIT */
/*
 * settings.h - a file of settings: a line a setting, `name = value`; blanks
 * around both do not count, nor do lines that are empty or begin with #.
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
};

/* Reads the whole file; *text is to be freed. A file that is not there is an
 * empty one unless it is needed. */
enum vigil_code settings_read(char **text, const char *path, bool needed,
			      struct vigil_error *error);

/* The next setting, beginning with *at = text and setting->line = 0; it changes
 * the text. False: the end. */
bool settings_next(char **at, struct setting *setting);

/* "yes", "no", and "" for yes. */
bool settings_yes_no(const char *value, bool *out);

#endif /* VIGIL_SETTINGS_H */
