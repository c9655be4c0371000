/* SPDX-License-Identifier: MIT */
/*
 * eventlog.h - rare events in the event log of Windows, where other tools collect
 * them. messages.mc has a message for each type; its number is the type's.
 */
#ifndef VIGIL_EVENTLOG_H
#define VIGIL_EVENTLOG_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "core/bytes.h"

#define EVENTLOG_SOURCE L"Vigil"
#define EVENTLOG_TYPES  "remote-thread,access,denied,lost,status" /* of the service */

/* What the log takes in one string is 31,839 units of UTF-16: whole lines below that. */
#define EVENTLOG_UNITS_MAX 31000u

/* Appends an event's fields, a line `field: value` each; what a name holds cannot begin a
 * line of its own. Each value is cut at 8,000 columns. */
void eventlog_text(struct vigil_buffer *to, const struct vigil_event *event);

/* The length of the whole lines that fit into `units` of UTF-16. */
size_t eventlog_fitting(const char *text, size_t length, size_t units);

struct eventlog {
	uint32_t types; /* VIGIL_TYPE_BIT of what goes there; 0: nothing does */
	void *source;
	struct vigil_buffer text;
	bool failed; /* which was said */
};

/* Elsewhere there is none. */
#ifdef _WIN32
/* Says what fails: nothing else waits for this. */
void eventlog_open(struct eventlog *log);
void eventlog_event(struct eventlog *log, const struct vigil_event *event);
void eventlog_close(struct eventlog *log);
#else
static inline void eventlog_open(struct eventlog *log)
{
	(void)log;
}

static inline void eventlog_event(struct eventlog *log, const struct vigil_event *event)
{
	(void)log;
	(void)event;
}

static inline void eventlog_close(struct eventlog *log)
{
	(void)log;
}
#endif

#endif /* VIGIL_EVENTLOG_H */
