/* SPDX-License-Identifier: MIT */
/*
 * report.h - one page in HTML of all that a stream told: what ran when, who
 * started it, what it cost, what was rare, what was lost.
 *
 * The page needs nothing else: its style and code are in it, and it may load
 * nothing (its Content-Security-Policy names the code by its hash). What events
 * told stands in it as JSON, every name made visible text first. page/ holds the
 * page without the data.
 *
 * Bounds: REPORT_PROCESSES processes, REPORT_IMAGES different images and
 * REPORT_ROWS each of incidents and losses; commands get shorter once there are
 * 24 MiB of text. What did not fit is counted, and the page says so.
 */
#ifndef VIGIL_VIEWS_REPORT_H
#define VIGIL_VIEWS_REPORT_H

#include <vigil/vigil.h>

#define REPORT_PROCESSES 200000
#define REPORT_IMAGES    20000
#define REPORT_ROWS      5000

struct report;

struct report *report_new(void); /* NULL: no memory */
void report_free(struct report *report);

/* Must see every event in order. false: no memory. */
bool report_apply(struct report *report, const struct vigil_event *event);

/* Writes the page, piece by piece; write returns a negative code to stop. source
 * names where the events came from. */
typedef enum vigil_code report_writer(void *context, const char *data, size_t length);
enum vigil_code report_write(struct report *report, const char *source, report_writer *write,
			     void *context);

#endif /* VIGIL_VIEWS_REPORT_H */
