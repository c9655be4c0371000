/* SPDX-License-Identifier: MIT */
/*
 * anonymous.h - limits the reports of executable memory without a file to the first mapping of
 * each kind, for each program that a process runs. A JIT compiler maps such memory thousands of
 * times.
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
	uint8_t *seen; /* by PID: a bit for each kind. Pages never written use no memory. */
};

/* Returns 0 or -ENOMEM. */
int anonymous_open(struct anonymous *anonymous);
void anonymous_close(struct anonymous *anonymous);

/* Whether the record reports executable memory without a file. */
bool anonymous_is(const struct vigil_header *record);

/*
 * Whether the record reports executable memory of a kind that its process already had. Must be
 * called with all records of the stream in order, because it tracks starts and ends of programs.
 */
bool anonymous_is_repeated(struct anonymous *anonymous, const struct vigil_header *record);

#endif /* VIGIL_SENSOR_LINUX_ANONYMOUS_H */
