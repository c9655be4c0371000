/* SPDX-License-Identifier: MIT */
/*
 * follow.h - reads the events for a view: of a recording, to its end, or with --live those of this
 * machine, until it is stopped.
 */
#ifndef VIGIL_FOLLOW_H
#define VIGIL_FOLLOW_H

#include <vigil/vigil.h>

#include "confinement.h"
#include "options.h"
#include "output.h"
#include "progress.h"

struct follow {
	const char *command; /* name of the command, for messages */
	const struct options *options;
	const char *path; /* of a recording, "-": standard input; NULL: live */
	uint32_t types;   /* event types that the view needs */
	/* Live: opens what needs the sensor open, such as threads that write; NULL: nothing.
	 * Reports failures. Returns EXIT_FINE to continue. */
	int (*opened)(void *context);
	/* Live: handles SIGHUP, for commands that set this (cli_catch_reopen). Returns EXIT_FINE to
	 * continue, otherwise the exit status after an error message. */
	int (*reopen)(void *context);
	/* Takes each event in order. Negative: failed and reported. */
	int (*take)(void *context, const struct vigil_event *event);
	void *context;
	uint64_t events;                /* taken so far */
	bool snapshot_reported;         /* live: all processes of the snapshot are reported */
	uint64_t unreadable;            /* unreadable parts or lines, which were reported */
	struct confinement confinement; /* live */
	struct progress progress;       /* of a recording */
	int64_t stopped_ms;             /* live: time of the stop; 0: not stopped */
};

/* Reads the operand that options_parse left: FILE, or none with --live. Returns -1 to continue,
 * otherwise the exit status. */
int follow_parse(struct follow *follow, int argc, char **argv);

/* Live: gives up privileges that are not needed even for opening; called before `output`, the file
 * for the view, or NULL, is opened. follow->options must be set. */
void follow_confine(struct follow *follow, const char *output);

/* Runs to the end of the recording, the limit of --count or --duration, or a signal. A signal ends
 * a live view normally and aborts the reading of a recording. Returns the exit status; EXIT_FINE
 * also if the recording is damaged. */
int follow_run(struct follow *follow);

/* Makes a whole view: opens output, calls make(follow->context) to fill it, during which follow
 * runs, and completes it. An incomplete view is removed. Sets follow->options, and output from
 * options->how. Returns the exit status of make or of a failure that was reported; EXIT_ERROR if
 * the recording is damaged. */
int follow_into(struct follow *follow, struct options *options, struct output *output,
		int (*make)(void *context));

/* Formats the number of events and the file they are from. */
#define UNREADABLE "%" PRIu64 " parts or lines of %s could not be read and are missing"

#endif /* VIGIL_FOLLOW_H */
