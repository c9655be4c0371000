/* SPDX-License-Identifier: MIT */
/*
 * wall.h - the wall clock at a moment of the past. Records carry the time since boot; between
 * what happened and its reading somebody may set the clock, which changes nothing about when,
 * by the clock of then, it happened.
 */
#ifndef VIGIL_SENSOR_LINUX_WALL_H
#define VIGIL_SENSOR_LINUX_WALL_H

#include <stdint.h>

#define WALL_STEPS 8

struct wall {
	uint64_t offset; /* wall clock = time since boot + this, both in ns */
	struct wall_step {
		uint64_t mono;   /* the clock was set before this, and after all that came before */
		uint64_t offset; /* until then */
	} step[WALL_STEPS];      /* a ring: [steps % WALL_STEPS] is the next */
	uint64_t steps;
};

/* Notes that the offset is `offset` at `mono`. Called often enough, and at once when the clock is
 * set, it tells what was before a step from what was after it. Small changes, as NTP makes them,
 * are no steps. */
void wall_note(struct wall *wall, uint64_t mono, uint64_t offset);

/* The wall clock at `mono`, ns since 1970 UTC. Before the WALL_STEPS latest steps: as before the
 * oldest of them. */
uint64_t wall_at(const struct wall *wall, uint64_t mono);

#endif /* VIGIL_SENSOR_LINUX_WALL_H */
