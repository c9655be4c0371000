/* SPDX-License-Identifier: MIT */
/*
 * report.h - an HTML page about a stream of events: which processes ran when, their parents,
 * their CPU time, notable events, and losses.
 *
 * The page is self-contained: it includes its style and code, and cannot load anything (its
 * Content-Security-Policy names the code by its hash). The events are in it as JSON; all names
 * were converted to printable text first. page/ contains the page without the data.
 *
 * Limits: REPORT_PROCESSES processes, REPORT_IMAGES different images, and REPORT_ROWS each of
 * incidents and losses; commands are shortened once there are 24 MiB of text. What does not fit
 * is counted, and the page shows the counts. One thread.
 */
#ifndef VIGIL_VIEWS_REPORT_H
#define VIGIL_VIEWS_REPORT_H

#include <vigil/vigil.h>

#define REPORT_PROCESSES 200000
#define REPORT_IMAGES    20000
#define REPORT_ROWS      5000

struct report;

struct report *report_new(void); /* NULL: memory is exhausted */
void report_free(struct report *report);

/* Must be called with every event, in order. Returns false if memory is exhausted. */
bool report_apply(struct report *report, const struct vigil_event *event);

/* Writes the page in pieces; write returns a negative code to stop, which report_write() then
 * returns. source: the origin of the events, shown on the page. */
typedef enum vigil_code report_writer(void *context, const char *data, size_t length);
enum vigil_code report_write(struct report *report, const char *source, report_writer *write,
			     void *context);

#endif /* VIGIL_VIEWS_REPORT_H */
