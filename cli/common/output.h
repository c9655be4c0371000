/* SPDX-License-Identifier: MIT */
/*
 * output.h - the output of a command's events: standard output, standard error or a file. Written
 * in large blocks; call `output_flush` when no more events are ready.
 */
#ifndef VIGIL_OUTPUT_H
#define VIGIL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <vigil/vigil.h>

#include "account.h"
#include "os/output_file.h"

enum color_choice {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER
};

/* Which fields JSON has: as in struct vigil_printer_options. */
struct field_options {
	const char *fields, *omit;
	bool compact;
};

struct output {
	struct vigil_printer *printer;
	const char *name;        /* for messages */
	const char *path;        /* of the file; NULL: fd belongs to the caller */
	unsigned flags;          /* with which it is reopened */
	struct output_file file; /* not open: fd belongs to the caller */
	int fd;
	char *data;
	size_t length, capacity;
	struct account account; /* of the events */
	uint64_t reserve;       /* of a file, for LOST events after a failure */
	bool shared;            /* other processes may append to the file */
	int64_t deadline_ms; /* os_now_ms() from which a reader that reads nothing is not waited for
			      * longer than a second; 0: none */
	struct vigil_error error;
};

struct output_options {
	enum vigil_format format;
	enum color_choice color;
	const char *path; /* NULL: fd */
	bool standard;    /* `-` was given for it: fd is standard output */
	int fd;
	bool append;
	bool whole;      /* the file is created or replaced only when it is complete */
	bool trust_path; /* FILE may be in a folder that other users can change: output_file.h */
	bool utc;
	struct field_options choice;
	int width; /* -1: the terminal's width, or unlimited */
};

enum vigil_code output_open(struct output *output, const struct output_options *options);

/* Writes one event, or some text. */
enum vigil_code output_event(struct output *output, const struct vigil_event *event);
enum vigil_code output_text(struct output *output, const char *text, size_t length);
enum vigil_code output_flush(struct output *output);

/* Flushes, then continues in the file that now has the output's name, appending to it. Returns an
 * error, also in output->error, if the output cannot be written. If the new file cannot be opened,
 * sets *why and continues in the previous file. */
enum vigil_code output_reopen(struct output *output, struct vigil_error *why);

/* Flushes and closes. An error of a file may be reported only here. */
enum vigil_code output_close(struct output *output);

/* Closes without completing: a file that must be whole is not created. */
void output_discard(struct output *output);

/* Whether to use colors on fd: --color, then NO_COLOR and TERM, then the terminal. */
bool output_is_colored(enum color_choice choice, int fd);

#endif /* VIGIL_OUTPUT_H */
