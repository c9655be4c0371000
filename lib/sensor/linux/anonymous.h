/* SPDX-License-Identifier: MIT */
/*
 * anonymous.h - executable memory without a file: of each program that a process runs, the first
 * of each kind. A runtime that compiles as it goes maps such memory thousands of times.
 *
 * Kinds: anonymous memory, heap and stack, each writable or not.
 */
#ifndef VIGIL_SENSOR_LINUX_ANONYMOUS_H
#define VIGIL_SENSOR_LINUX_ANONYMOUS_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/event.h>

#define ANONYMOUS_PIDS (4u << 20) /* PID_MAX_LIMIT, include/linux/threads.h */

struct anonymous {
	uint8_t *seen; /* by PID: a bit for each kind. Pages that are not used take no memory. */
};

/* 0 or -ENOMEM. */
int anonymous_open(struct anonymous *anonymous);
void anonymous_close(struct anonymous *anonymous);

/* Whether the record is of executable memory without a file. */
bool anonymous_is(const struct vigil_header *record);

/*
 * To be called with all records of the stream in their order, so that the start and the end of
 * programs are known. Whether the record is that of executable memory, and of a kind that its
 * process had before.
 */
bool anonymous_is_repeated(struct anonymous *anonymous, const struct vigil_header *record);

#endif /* VIGIL_SENSOR_LINUX_ANONYMOUS_H */
