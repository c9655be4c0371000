/* SPDX-License-Identifier: MIT */
/*
 * perfetto.h - events as a trace that ui.perfetto.dev and chrome://tracing open:
 * the Trace Event Format, JSON.
 *
 * Each process is a process, each thread a track. A program that a process runs is
 * a slice (B, E) of the process's first track, a thread one of its own; image
 * loads, denials, remote threads and accesses are instants; an arrow leads from
 * who starts a process to it; a loss is an instant over all. Time is counted from
 * the first event. The format knows no PID that is used again: a second process
 * with a PID gets another number, and the true one is among the slice's values.
 *
 * It streams: of a process and thread only what still runs is kept.
 */
#ifndef VIGIL_VIEWS_PERFETTO_H
#define VIGIL_VIEWS_PERFETTO_H

#include <vigil/vigil.h>

#include "core/bytes.h"

struct perfetto;

struct perfetto *perfetto_new(void); /* NULL: no memory */
void perfetto_free(struct perfetto *perfetto);

/* Each appends to out. Every event must be given, in order. false: no memory. */
bool perfetto_begin(struct perfetto *perfetto, struct vigil_buffer *out);
bool perfetto_event(struct perfetto *perfetto, const struct vigil_event *event,
		    struct vigil_buffer *out);
bool perfetto_end(struct perfetto *perfetto, struct vigil_buffer *out);

#endif /* VIGIL_VIEWS_PERFETTO_H */
