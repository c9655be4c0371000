/* SPDX-License-Identifier: MIT */
/*
 * feed.h - formatted events on their way to an output that may be unable to take them: a log, a
 * spool. While it is, they wait in memory; those that do not fit are counted, and LOST events report
 * them at their place once the output works again.
 */
#ifndef VIGIL_FEED_H
#define VIGIL_FEED_H

#include <stdbool.h>

#include <vigil/vigil.h>

#include "common/account.h"
#include "lines.h"

#define FEED_CAPACITY (4u << 20) /* maximum bytes that wait */

/* The output. */
struct feed_target {
	/* Puts an event, formatted as a line, into `to`. Returns the bytes; 0: they are more than
	 * space. */
	size_t (*put)(void *context, char *to, size_t space, const struct vigil_event *event,
		      const char *line, size_t length);
	/* Writes what was put. Sets *written to the bytes of whole events that the output has. */
	enum vigil_code (*write)(void *context, char *data, size_t length, size_t *written);
	/* The last writes follow: they may use what was reserved for them. */
	void (*use_reserve)(void *context);
};

struct feed {
	const struct feed_target *target;
	void *context;             /* of the target */
	const char *name;          /* for messages */
	struct vigil_error *error; /* why the last write failed */
	struct lines *lines;       /* its format */
	char *data;                /* events that are not written yet */
	size_t length;
	bool failing; /* the last write failed */
	int64_t retry;
	int64_t withheld_ms; /* withheld events are not reported before */
	struct account account;
};

/* Opens a feed whose target, context, name and error are set. Returns false if memory is short; to
 * be freed in any case. */
bool feed_open(struct feed *feed, const struct line_format *format);
void feed_free(struct feed *feed);

/* Takes one event. Never fails: an event that cannot be written is counted. */
void feed_event(struct feed *feed, const struct vigil_event *event);

/* Counts an event that a limit leaves out; LOST events report such once a second. */
void feed_withhold(struct feed *feed, const struct vigil_event *event);

/* Writes what waits; after a failure, at most once a second. */
void feed_flush(struct feed *feed);

/* Writes what waits, at once. */
void feed_flush_now(struct feed *feed);

/* Writes the rest, or, if that is not possible, how much is missing. Returns the code of *error
 * then. */
enum vigil_code feed_finish(struct feed *feed);

#endif /* VIGIL_FEED_H */
