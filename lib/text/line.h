/* SPDX-License-Identifier: MIT */
/*
 * line.h - one line for a terminal.
 *
 * It counts columns, not bytes, and ends with an ellipsis where it would exceed the width. No byte
 * of an event reaches the terminal as a control sequence, and none is invisible: core/unicode.h
 * specifies what is escaped (\n, \x1b, \u202e, \xff).
 */
#ifndef VIGIL_TEXT_LINE_H
#define VIGIL_TEXT_LINE_H

#include <vigil/vigil.h>

#include "core/bytes.h"

enum vigil_style {
	VIGIL_PLAIN,
	VIGIL_DIM,
	VIGIL_BOLD,
	VIGIL_RED,
	VIGIL_GREEN,
	VIGIL_YELLOW,
	VIGIL_BLUE,
	VIGIL_CYAN,
	VIGIL_ALARM
};

/* The time zone of printed times. */
struct vigil_zone {
	bool utc;       /* otherwise local time */
	uint64_t from;  /* s: start of the quarter hour in which offset is valid; 0: none yet */
	int32_t offset; /* s: local time minus UTC, modulo 24 hours */
};

struct vigil_line {
	struct vigil_buffer *out;
	unsigned width;  /* 0: unlimited */
	unsigned column; /* columns written */
	size_t mark;     /* length of out up to which an ellipsis still fits */
	bool color;
	bool styled;  /* a style other than PLAIN is in force */
	bool full;    /* shortened: nothing more is written */
	bool windows; /* a backslash is a separator and is not escaped */
};

void vigil_line_begin(struct vigil_line *line, struct vigil_buffer *out, unsigned width,
		      bool color);
void vigil_line_end(struct vigil_line *line); /* with the newline */

void vigil_line_style(struct vigil_line *line, enum vigil_style style);

/* text: a constant of this program, printable ASCII. */
void vigil_line_text(struct vigil_line *line, const char *text);
void vigil_line_unsigned(struct vigil_line *line, uint64_t value);
void vigil_line_hex(struct vigil_line *line, uint64_t value);
void vigil_line_duration(struct vigil_line *line, uint64_t ns); /* 12.3 ms */
void vigil_line_size(struct vigil_line *line, uint64_t bytes);  /* 1.9 MiB */
void vigil_line_spaces(struct vigil_line *line, unsigned count);

/* A time in that zone: 14:02:11.123, 2026-11-20. */
void vigil_line_time(struct vigil_line *line, struct vigil_zone *zone, uint64_t ns);
void vigil_line_date(struct vigil_line *line, struct vigil_zone *zone, uint64_t ns);
/* Adds spaces up to this column, at least one. */
void vigil_line_to(struct vigil_line *line, unsigned column);

/* Adds bytes of an event, at most `columns` wide (0: up to the end of the line). */
void vigil_line_string(struct vigil_line *line, struct vigil_string s, unsigned columns);

/* Adds arguments in a form that can be typed into a shell. */
void vigil_line_command(struct vigil_line *line, struct vigil_string args);

#endif /* VIGIL_TEXT_LINE_H */
