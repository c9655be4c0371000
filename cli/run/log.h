/* SPDX-License-Identifier: MIT */
/*
 * log.h - the log of a service: formatted events in files that rotate. While the disk is full
 * events wait in memory; those that do not fit are counted, and LOST events report them at their
 * place once the log continues.
 */
#ifndef VIGIL_LOG_H
#define VIGIL_LOG_H

#include <stdbool.h>

#include <vigil/vigil.h>

#include "common/account.h"
#include "common/output.h"
#include "rotate.h"

struct log_options {
	const char *path;
	enum vigil_format format;
	bool utc;
	struct field_options choice;
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

/* On failure log->file.error has the reason. */
enum vigil_code log_open(struct log *log, const struct log_options *options);

/* Takes one event. Never fails: an event that cannot be written is counted. */
void log_event(struct log *log, const struct vigil_event *event);

/* Writes the buffered lines; after a failure, at most once a second. */
void log_flush(struct log *log);

/* Writes the buffered lines and continues in the file that now has the log's name. After an error
 * the previous file stays in use, and log->file.error has the reason. */
enum vigil_code log_reopen(struct log *log);

/* Writes the rest. After an error not everything is in the file: log->account has the number of
 * missing events, and so do the last lines, in space that is reserved for them. */
enum vigil_code log_close(struct log *log);

#endif /* VIGIL_LOG_H */
