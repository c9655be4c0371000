/* SPDX-License-Identifier: MIT */
/*
 * perfetto.h - converts events to a trace for ui.perfetto.dev and chrome://tracing, in the Trace
 * Event Format (JSON).
 *
 * Each process is a process of the trace, each thread a track. A program that a process runs is
 * a slice (B, E) on the first track of the process; a thread is a slice on its track. Image
 * loads, denials, remote threads and accesses are instants. An arrow leads from the creator of
 * a process to the process. A loss is a global instant. Times are relative to the first event.
 * The format does not support reuse of PIDs: a second process with the same PID gets another
 * number, and the real PID is an argument of the slice.
 *
 * It is written as a stream: only running processes and threads are kept in memory. One thread.
 */
#ifndef VIGIL_VIEWS_PERFETTO_H
#define VIGIL_VIEWS_PERFETTO_H

#include <vigil/vigil.h>

#include "core/bytes.h"

struct perfetto;

struct perfetto *perfetto_new(void); /* NULL: memory is exhausted */
void perfetto_free(struct perfetto *perfetto);

/* Append JSON text to out. Every event must be passed, in order. Return false if memory is
 * exhausted. */
bool perfetto_begin(struct perfetto *perfetto, struct vigil_buffer *out);
bool perfetto_event(struct perfetto *perfetto, const struct vigil_event *event,
		    struct vigil_buffer *out);
bool perfetto_end(struct perfetto *perfetto, struct vigil_buffer *out);

#endif /* VIGIL_VIEWS_PERFETTO_H */
