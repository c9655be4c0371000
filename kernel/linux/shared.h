/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* shared.h - what vigil.bpf.c and its loader (lib/source/linux.c) agree on. */
#ifndef VIGIL_SHARED_H
#define VIGIL_SHARED_H

#include <vigil/event.h>

/* Arguments are recorded up to this many bytes, paths up to PATH_MAX. */
#define VIGIL_ARGS_MAX 65536
#define VIGIL_PATH_MAX 4096

/* The ring's records are those of event.h but for three things that the loader
 * completes: header.time and process.start (wall clock), and header.seq, in which
 * the program leaves how many records the ring had refused when this one was
 * written. A step of it between two records is the place of a loss. */

/* Counters of one CPU, summed by the loader. */
struct vigil_cpu_counters {
	uint64_t produced[VIGIL_TYPE_MAX];
	uint64_t refused[VIGIL_TYPE_MAX]; /* of these: no room in the ring */
	uint64_t unreadable;              /* parts whose memory could not be read */
};

/* Scratch memory in which a record of variable length is put together: one per
 * CPU for exec, one more for the iterator. */
struct vigil_scratch {
	uint8_t record[98304] __attribute__((aligned(8)));
	uint8_t path[2 * VIGIL_PATH_MAX];
	uint8_t name[256];
	uint32_t at; /* where in path the path begins */
};

#endif /* VIGIL_SHARED_H */
