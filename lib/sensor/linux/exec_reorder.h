/* SPDX-License-Identifier: MIT */
/*
 * exec_reorder.h - holds the image loads of an exec until the record of the exec.
 *
 * The kernel maps a new image before it reports the exec, so in order of time the mappings would
 * belong to the previous program. A perf record marks the point of no return of an exec. From
 * then on the image loads of its process are held here; they follow the record of the exec
 * directly, with its time.
 */
#ifndef VIGIL_SENSOR_LINUX_EXEC_REORDER_H
#define VIGIL_SENSOR_LINUX_EXEC_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

#define EXEC_REORDER_EXECS   256  /* at the same time; the mappings of more are not held */
#define EXEC_REORDER_RECORDS 1024 /* held at the same time */

struct exec_under_way {
	uint32_t pid;
	uint64_t mono;
};

struct exec_reorder {
	struct exec_under_way exec[EXEC_REORDER_EXECS];
	size_t execs;
	struct vigil_header *held[EXEC_REORDER_RECORDS]; /* copies, in order of time */
	size_t count;
	uint32_t free_pid;          /* whose records exec_reorder_next() returns; 0: none */
	uint64_t free_mono;         /* ns since boot: their earliest time */
	struct vigil_header *given; /* the record that the caller still uses */
};

/* Frees the records. A struct of zeros is a valid, empty one. */
void exec_reorder_close(struct exec_reorder *reorder);

/* Notes that an exec of pid has begun, at mono (ns since boot). */
void exec_reorder_begin(struct exec_reorder *reorder, uint32_t pid, uint64_t mono);

/* Holds a copy of an image load if an exec of its process has begun. Returns false if it does
 * not hold it: there is no such exec, or no space. */
bool exec_reorder_hold(struct exec_reorder *reorder, const struct vigil_header *record);

/* Releases the records of pid: its exec was reported with this time, or it has ended. */
void exec_reorder_end(struct exec_reorder *reorder, uint32_t pid, uint64_t mono);

/* Ends one exec that began before `mono`, which has failed. Returns false if there is none. */
bool exec_reorder_expire(struct exec_reorder *reorder, uint64_t mono);

/* Returns the next released record, valid until the next call; NULL: none. */
struct vigil_header *exec_reorder_next(struct exec_reorder *reorder);

#endif /* VIGIL_SENSOR_LINUX_EXEC_REORDER_H */
