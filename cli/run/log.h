/* SPDX-License-Identifier: MIT */
/*
 * log.h - the log of a service: events, printed, in files that rotate. While the
 * disk is full events wait in memory; those for which there is no room are
 * counted, and LOST events tell of them at their place once the log goes on.
 */
#ifndef VIGIL_LOG_H
#define VIGIL_LOG_H

#include <stdbool.h>

#include <vigil/vigil.h>

#include "common/account.h"
#include "rotate.h"

struct log_options {
	const char *path;
	enum vigil_format format;
	bool utc;
	uint64_t max_size;
	unsigned keep;
	bool trust_path;
};

struct log {
	struct rotate file;
	struct vigil_printer *printer;
	char *heading;
	char *data; /* lines that are not written yet */
	size_t length;
	bool failing; /* the last write failed */
	int64_t retry;
	struct account account;
};

/* On failure log->file.error says why. */
enum vigil_code log_open(struct log *log, const struct log_options *options);

/* Takes one event. Never fails: what cannot be written is counted. */
void log_event(struct log *log, const struct vigil_event *event);

/* Writes what is at hand; where writing has failed, not before a second is over. */
void log_flush(struct log *log);

/* Writes what is at hand, and goes on in the file that has the name of the log now. An error:
 * it goes on in the one before, and log->file.error says why. */
enum vigil_code log_reopen(struct log *log);

/* Writes the rest. An error: not everything is in the file, log->account says how
 * much is not, and so do the last lines, in room that is kept for them. */
enum vigil_code log_close(struct log *log);

#endif /* VIGIL_LOG_H */
