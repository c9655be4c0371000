/* SPDX-License-Identifier: MIT */
/*
 * output.h - where a command's events go: standard output, standard error or a
 * file. Written in large pieces; `output_flush` when nothing more is at hand.
 */
#ifndef VIGIL_OUTPUT_H
#define VIGIL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <vigil/vigil.h>

#include "output_file.h"

enum color_choice {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER
};

struct output {
	struct vigil_printer *printer;
	const char *name;        /* for messages */
	struct output_file file; /* not open: fd is the caller's */
	int fd;
	char *data;
	size_t length, capacity;
	struct vigil_error error;
};

struct output_options {
	enum vigil_format format;
	enum color_choice color;
	const char *path; /* NULL: fd */
	int fd;
	bool append;
	bool whole;      /* the file appears, or is replaced, only when it is complete */
	bool trust_path; /* FILE may be where other users can change it: output_file.h */
	bool utc;
	int width; /* -1: the terminal's, or never shorten */
};

enum vigil_code output_open(struct output *output, const struct output_options *options);

/* Writes one event, or some text. */
enum vigil_code output_event(struct output *output, const struct vigil_event *event);
enum vigil_code output_text(struct output *output, const char *text, size_t length);
enum vigil_code output_flush(struct output *output);

/* Flushes and closes: a file's last error may come only now. */
enum vigil_code output_close(struct output *output);

/* Closes; a file that was to be whole does not appear. */
void output_discard(struct output *output);

/* "text", "table", "json", "sysmon-xml"; false: another word. */
bool output_format(const char *name, enum vigil_format *out);
bool output_color(const char *name, enum color_choice *out);

/* Reads --width: 0, or 20 to 10000. */
bool output_width(const char *text, int *out);

/* Whether to use colors on fd: --color, then NO_COLOR and TERM, then the terminal. */
bool output_is_colored(enum color_choice choice, int fd);

#endif /* VIGIL_OUTPUT_H */
