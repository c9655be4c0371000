/* SPDX-License-Identifier: MIT */
/* moment.h - the parts of a date that the time modifiers compare. */
#ifndef VIGIL_DETECT_MOMENT_H
#define VIGIL_DETECT_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum moment_part {
	MOMENT_NONE,
	MOMENT_MINUTE,
	MOMENT_HOUR,
	MOMENT_DAY,
	MOMENT_WEEK, /* of ISO 8601: 1 to 53 */
	MOMENT_MONTH,
	MOMENT_YEAR
};

/* Reads a part of "YYYY-MM-DD" or "YYYY-MM-DD HH:MM...", with a blank or a T between; what follows
 * the minutes is ignored, a time zone too. Returns false if the text is no such date, or has no
 * time for a part of it. */
bool moment_read(int64_t *value, enum moment_part part, const char *text, size_t length);

#endif /* VIGIL_DETECT_MOMENT_H */
