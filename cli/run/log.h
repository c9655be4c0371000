/* SPDX-License-Identifier: MIT */
/* log.h - the log of a service: formatted events in files that rotate. */
#ifndef VIGIL_LOG_H
#define VIGIL_LOG_H

#include <stdbool.h>

#include <vigil/vigil.h>

#include "feed.h"
#include "rotate.h"

struct log_options {
	const char *path;
	struct line_format how;
	uint64_t max_size;
	unsigned keep;
	bool trust_path;
};

struct log {
	struct rotate file;
	char *heading;
	struct feed feed;
};

/* On failure log->file.error has the reason. */
enum vigil_code log_open(struct log *log, const struct log_options *options);

/* Changes the options of an open log, whose path stays the same text. On failure nothing has changed
 * and memory is short. */
enum vigil_code log_change(struct log *log, const struct log_options *options);

/* Takes one event. Never fails: an event that cannot be written is counted. */
void log_event(struct log *log, const struct vigil_event *event);

/* Writes the buffered lines; after a failure, at most once a second. */
void log_flush(struct log *log);

/* Writes the buffered lines and continues in the file that now has the log's name. After an error
 * the previous file stays in use, and log->file.error has the reason. */
enum vigil_code log_reopen(struct log *log);

/* Writes the rest. After an error not everything is in the file: the account of log->feed has the
 * number of missing events, and so do the last lines, in space that is reserved for them. */
enum vigil_code log_close(struct log *log);

#endif /* VIGIL_LOG_H */
