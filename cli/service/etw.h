/* SPDX-License-Identifier: MIT */
/*
 * etw.h - sends events to Event Tracing for Windows, as the TraceLogging provider Vigil-Sensor, for
 * logman, PerfView, the Windows Performance Recorder and other consumers. An event that no consumer
 * asks for is not encoded.
 */
#ifndef VIGIL_ETW_H
#define VIGIL_ETW_H

#include <stdbool.h>
#include <stdint.h>

#include "tracelogging.h"

struct etw {
	uint64_t handle; /* 0: not registered */
	struct vigil_buffer provider;
	struct tracelogging event;
	/* Sent; not sent because ETW refused them (it had no free buffer) or memory was short. */
	uint64_t sent, refused;
};

/* Other systems than Windows have no ETW: there these do nothing.
 *
 * Nothing depends on ETW: a failure is reported, and what was refused is counted and reported when
 * it is closed. */
void etw_open(struct etw *etw);
void etw_event(struct etw *etw, const struct vigil_event *event);
void etw_close(struct etw *etw);

#endif /* VIGIL_ETW_H */
