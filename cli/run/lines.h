/* SPDX-License-Identifier: MIT */
/*
 * lines.h - events as text, for the log and the outputs of `vigil run`: an event is formatted once
 * for all that have the same format. One thread uses all of them.
 */
#ifndef VIGIL_LINES_H
#define VIGIL_LINES_H

#include <stdbool.h>

#include <vigil/vigil.h>

#include "common/output.h"

struct line_format {
	enum vigil_format format;
	bool utc;
	struct field_options choice;
};

struct lines;

/* Returns the lines of a format, to be closed; NULL: no memory. The texts of `format` are copied. */
struct lines *lines_open(const struct line_format *format);
void lines_close(struct lines *lines);

/* Names the event that is printed next, which does not change until the next call. NULL: none. */
void lines_begin(const struct vigil_event *event);

/* As vigil_print(). Any event: that of lines_begin() is formatted only the first time. */
const char *lines_print(struct lines *lines, const struct vigil_event *event, size_t *length);

/* As vigil_print_heading(). */
const char *lines_heading(struct lines *lines, size_t *length);

#endif /* VIGIL_LINES_H */
