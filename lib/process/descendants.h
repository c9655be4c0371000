/* SPDX-License-Identifier: MIT */
/*
 * descendants.h - processes and all that they start, directly or not.
 *
 * A member is known by PID and start key, so a PID that is used again is a
 * stranger. The ended are remembered for a while, because events of theirs may
 * still come. The state is bounded: FAMILY_DEAD_MAX ended ones, and living ones
 * up to a number that no system reaches.
 */
#ifndef VIGIL_PROCESS_DESCENDANTS_H
#define VIGIL_PROCESS_DESCENDANTS_H

#include <vigil/vigil.h>

struct vigil_family;

struct vigil_family *vigil_family_new(void); /* NULL: no memory */
void vigil_family_free(struct vigil_family *family);

/* Adds one whose start key is learned from the first event that names it. */
bool vigil_family_add(struct vigil_family *family, uint32_t pid);

/* Whether the event is about a member. Must see every event, in order. */
bool vigil_family_sees(struct vigil_family *family, const struct vigil_event *event);

#endif /* VIGIL_PROCESS_DESCENDANTS_H */
