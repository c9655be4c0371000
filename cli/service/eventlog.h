/* SPDX-License-Identifier: MIT */
/*
 * eventlog.h - writes rare events to the Windows event log, from which other tools collect them.
 * messages.mc has a message for each type, numbered as the type.
 */
#ifndef VIGIL_EVENTLOG_H
#define VIGIL_EVENTLOG_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "core/bytes.h"

#define EVENTLOG_LOG    L"Vigil-Sensor" /* a source must not have the name of a log */
#define EVENTLOG_SOURCE L"Vigil"
#define EVENTLOG_TYPES  "remote-thread,access,denied,lost,status,alert" /* default for the service */

/* The event log accepts 31,839 UTF-16 units in one string; whole lines are kept below that. */
#define EVENTLOG_UNITS_MAX 31000u

/* Appends the fields of an event, one line `field: value` each; a value cannot begin a new line.
 * Each value is cut at 8,000 columns. */
void eventlog_text(struct vigil_buffer *to, const struct vigil_event *event);

/* Appends one value as text, cut at 8,000 columns. windows: as in eventlog_text, from the record. */
void eventlog_value(struct vigil_buffer *to, enum vigil_value_kind kind,
		    const struct vigil_value *value, bool windows);

/* Returns the length of the whole lines that fit into `units` of UTF-16. */
size_t eventlog_fitting(const char *text, size_t length, size_t units);

struct eventlog {
	uint32_t types; /* VIGIL_TYPE_BITs of types to write; 0: none */
	void *source;
	struct vigil_buffer text;
	bool failed; /* a failure was reported */
};

/* Other systems than Windows have no event log: there these do nothing.
 *
 * Reports a failure, and continues: nothing depends on the event log. */
void eventlog_open(struct eventlog *log);
void eventlog_event(struct eventlog *log, const struct vigil_event *event);
void eventlog_close(struct eventlog *log);

#endif /* VIGIL_EVENTLOG_H */
