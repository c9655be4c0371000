/* SPDX-License-Identifier: MIT */
/*
 * follow.h - the events that a view is made of: a recording's, to its end, or with
 * --live those of this machine, until it is told to stop.
 */
#ifndef VIGIL_FOLLOW_H
#define VIGIL_FOLLOW_H

#include <vigil/vigil.h>

#include "confinement.h"
#include "options.h"
#include "output.h"
#include "progress.h"

struct follow {
	const char *command; /* of vigil, for messages */
	const struct options *options;
	const char *path; /* of a recording, "-": standard input; NULL: live */
	uint32_t types;   /* what the view is made of */
	/* Live: opens what needs the sensor open, such as threads that write; NULL: nothing. It
	 * says what fails; EXIT_FINE: go on. */
	int (*opened)(void *context);
	/* Live: SIGHUP came, which a command that sets this catches (cli_catch_reopen). EXIT_FINE:
	 * go on; else the exit status, after saying why. */
	int (*reopen)(void *context);
	/* Takes each event in order; negative: failed, and said so. */
	int (*take)(void *context, const struct vigil_event *event);
	void *context;
	uint64_t events;                /* taken so far */
	bool snapshot_told;             /* live: all processes that ran before are reported */
	uint64_t unreadable;            /* parts or lines that could not be read, which was said */
	struct confinement confinement; /* live */
	struct progress progress;       /* of a recording */
	int64_t stopped_ms;             /* live: when it was to stop; 0: not yet */
};

/* The operand that options_parse left: FILE, or none with --live. -1: go on; else the
 * exit status. */
int follow_parse(struct follow *follow, int argc, char **argv);

/* Live: gives up what not even opening needs, before `output`, a file that the view is made
 * into, or NULL, is opened. follow->options must be set. */
void follow_confine(struct follow *follow, const char *output);

/* Runs to the end: the recording's, that of --count or --duration, or a signal, which
 * ends a live view well and gives up on a recording. Returns the exit status; EXIT_FINE
 * too where the recording is damaged. */
int follow_run(struct follow *follow);

/* A whole view: opens output, lets make(follow->context) fill it, which runs follow in
 * between, and completes it; what make could not finish is taken away. Sets
 * follow->options, and output from options->how. Returns the exit status, that of make
 * or of what failed and was said; EXIT_ERROR where the recording is damaged. */
int follow_into(struct follow *follow, struct options *options, struct output *output,
		int (*make)(void *context));

/* How many there are, and of which file. */
#define UNREADABLE "%" PRIu64 " parts or lines of %s could not be read and are missing"

#endif /* VIGIL_FOLLOW_H */
