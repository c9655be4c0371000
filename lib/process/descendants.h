/* SPDX-License-Identifier: MIT */
/*
 * descendants.h - given processes and all that they start, directly or indirectly.
 *
 * A member is identified by PID and start key, so a process that reuses the PID is not one.
 * Ended members are kept for a while, because their events may still arrive. The memory is
 * bounded: DESCENDANTS_DEAD_MAX ended members, and living ones up to a number that no system
 * reaches. Not thread-safe.
 */
#ifndef VIGIL_PROCESS_DESCENDANTS_H
#define VIGIL_PROCESS_DESCENDANTS_H

#include <vigil/vigil.h>

struct descendants;

struct descendants *descendants_new(void); /* NULL: out of memory */
void descendants_free(struct descendants *set);

/* Adds a process whose start key is learned from the first event that names it. Returns false if
 * out of memory. */
bool descendants_add(struct descendants *set, uint32_t pid);

/* Whether the event is about a member. Must be called for every event, in order. */
bool descendants_includes(struct descendants *set, const struct vigil_event *event);

#endif /* VIGIL_PROCESS_DESCENDANTS_H */
