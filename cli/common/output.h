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

#include "account.h"
#include "os/output_file.h"

enum color_choice {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER
};

struct output {
	struct vigil_printer *printer;
	const char *name;        /* for messages */
	const char *path;        /* of the file; NULL: fd is the caller's */
	unsigned flags;          /* that it is opened with again */
	struct output_file file; /* not open: fd is the caller's */
	int fd;
	char *data;
	size_t length, capacity;
	struct account account; /* of the events */
	uint64_t reserve;       /* of a file, for what LOST events say at a failure */
	bool shared;            /* others may append to the file, too */
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

/* Flushes, and goes on in the file that has the name of the output now, whose end is gone on
 * with. An error that output->error has: it cannot be written; else, in *why, it goes on in the
 * file before. */
enum vigil_code output_reopen(struct output *output, struct vigil_error *why);

/* Flushes and closes: a file's last error may come only now. */
enum vigil_code output_close(struct output *output);

/* Closes; a file that was to be whole does not appear. */
void output_discard(struct output *output);

/* Whether to use colors on fd: --color, then NO_COLOR and TERM, then the terminal. */
bool output_is_colored(enum color_choice choice, int fd);

#endif /* VIGIL_OUTPUT_H */
