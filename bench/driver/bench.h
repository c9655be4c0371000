/* SPDX-License-Identifier: MIT */
/* bench.h - two designs of a capture path, measured alike. */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include "nt.h"

#define BENCH_PID 4242u

/* One design: what a notification does, and what a read does. */
struct design {
	const char *name;
	void (*start)(void);
	void (*capture)(const UNICODE_STRING *path, UINT32 pid, UINT64 base);
	ULONG (*read)(PUCHAR buffer, ULONG room); /* bytes; one caller */
	long (*delivered)(void);                  /* events read so far */
	void (*stop)(void);
};

extern const struct design vigil_design, seeds_design;

void bench_clock_start(void);
VOID bench_system_time(PLARGE_INTEGER time);

#endif
