/* SPDX-License-Identifier: MIT */
/*
 * exec_reorder.h - keeps the mappings that exec makes until exec itself is told.
 *
 * The kernel maps a new image first and tells of the exec last, so in order of
 * time its mappings would belong to the program before. perf says when an exec
 * passes its point of no return; from then on what its process maps waits here
 * for the exec's record, and comes right behind it, with its time.
 */
#ifndef VIGIL_SENSOR_LINUX_EXEC_REORDER_H
#define VIGIL_SENSOR_LINUX_EXEC_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

#define HOLD_EXECS   256  /* under way at once; the mappings of more are not held */
#define HOLD_RECORDS 1024 /* held at once */

struct hold_exec {
	uint32_t pid;
	uint64_t mono;
};

struct hold {
	struct hold_exec exec[HOLD_EXECS];
	size_t execs;
	struct vigil_header *held[HOLD_RECORDS]; /* copies, in order of time */
	size_t count;
	uint32_t free_pid; /* whose records hold_next gives; 0: nobody's */
	uint64_t free_mono;
	struct vigil_header *given; /* the last one, still the caller's */
};

void hold_close(struct hold *hold);

/* An exec of pid has begun. */
void hold_begin(struct hold *hold, uint32_t pid, uint64_t mono);

/* True: the record of a mapping was kept, its exec is under way. */
bool hold_keep(struct hold *hold, const struct vigil_header *record);

/* The exec of pid was told with this time, or the process has ended. */
void hold_end(struct hold *hold, uint32_t pid, uint64_t mono);

/* Ends one exec that began before `mono`: it has failed. False: there is none. */
bool hold_expire(struct hold *hold, uint64_t mono);

/* The next record that waits no longer; NULL: none. Valid until the next call. */
struct vigil_header *hold_next(struct hold *hold);

#endif /* VIGIL_SENSOR_LINUX_EXEC_REORDER_H */
