/* SPDX-License-Identifier: MIT */
/*
 * wall.h - converts a time since boot to the wall-clock time of that moment. The clock may be
 * set between an event and its reading; the event keeps the time that the clock showed when it
 * happened.
 */
#ifndef VIGIL_SENSOR_LINUX_WALL_H
#define VIGIL_SENSOR_LINUX_WALL_H

#include <stdint.h>

#define WALL_STEPS 8

struct wall {
	uint64_t offset; /* wall clock = time since boot + this, both in ns */
	struct wall_step {
		uint64_t mono;   /* ns since boot: the clock was set just before this */
		uint64_t offset; /* before the step */
	} step[WALL_STEPS];      /* a ring: [steps % WALL_STEPS] is the next */
	uint64_t steps;          /* so far */
};

/* Notes the offset at the time `mono`. It must be called regularly, and at once when the clock
 * is set, so that events before and after a step are distinguished. Small changes, such as
 * those of NTP, are not steps. */
void wall_note(struct wall *wall, uint64_t mono, uint64_t offset);

/* The wall-clock time at `mono`, in ns since 1970 UTC. Only the WALL_STEPS latest steps are
 * known; before them, the offset before the oldest one is used. */
uint64_t wall_at(const struct wall *wall, uint64_t mono);

#endif /* VIGIL_SENSOR_LINUX_WALL_H */
