/* SPDX-License-Identifier: MIT */
/*
 * tracelogging.h - events in the TraceLogging format of Event Tracing for Windows, in which each
 * event carries the names and types of its fields. Independent of the system: etw_windows.c sends
 * what this makes.
 */
#ifndef VIGIL_TRACELOGGING_H
#define VIGIL_TRACELOGGING_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "core/bytes.h"

#define TRACELOGGING_PROVIDER "Vigil-Sensor"

/* {2bfa0c60-be4f-5ed5-b529-82251e48b4e0}, which tools compute from the name: the first 16 bytes of
 * the SHA-1 of a fixed GUID and the name in capitals, marked as version 5. */
#define TRACELOGGING_ID \
	{ \
		0x2bfa0c60, 0xbe4f, 0x5ed5, \
		{ \
			0xb5, 0x29, 0x82, 0x25, 0x1e, 0x48, 0xb4, 0xe0 \
		} \
	}

/* ETW accepts events of 64 KiB, with headers. A value that would exceed this is left out, and the
 * event has the field vigil.etw.cut. */
#define TRACELOGGING_BYTES_MAX 60000u

/* How a type of a field is encoded: TDH_INTYPE_... and TDH_OUTTYPE_... of tdh.h. */
enum {
	TRACELOGGING_INT64 = 9,
	TRACELOGGING_UINT64 = 10,
	TRACELOGGING_UINT8 = 4,
	TRACELOGGING_FILETIME = 17,
	TRACELOGGING_HEXINT64 = 21,
	TRACELOGGING_STRING = 23, /* bytes after their number, in two bytes */
	TRACELOGGING_HAS_OUT = 0x80,
	TRACELOGGING_OUT_BOOLEAN = 3,
	TRACELOGGING_OUT_UTF8 = 35,
};

/* What is sent for one event. The buffers are reused for the next; the caller frees them. */
struct tracelogging {
	struct vigil_buffer metadata; /* names and types */
	struct vigil_buffer data;     /* values, in the same order */
	struct vigil_buffer text;     /* of one value */
	bool cut;                     /* a value did not fit */
};

/* Appends the description of a provider. */
void tracelogging_provider(struct vigil_buffer *to, const char *name);

/* Encodes an event: its name is that of its type, its fields are those of JSON. Text is made visible
 * and cut at 8,000 columns, as in the event log. Returns false if memory is short. */
bool tracelogging_event(struct tracelogging *to, const struct vigil_event *event);

/* The event's level (1 critical to 5 verbose) and its keyword, by which consumers choose: the
 * VIGIL_TYPE_BIT of its type. */
uint8_t tracelogging_level(uint32_t type);
uint64_t tracelogging_keyword(uint32_t type);

void tracelogging_free(struct tracelogging *to);

#endif /* VIGIL_TRACELOGGING_H */
