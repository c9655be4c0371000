/* SPDX-License-Identifier: MIT */
#include "sensor/linux/wall.h"

#define NOISE 20000   /* ns: the two clocks are not read at exactly the same time */
#define STEP  1000000 /* ns: more than a clock that is slewed changes between two calls */

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

void wall_note(struct wall *wall, uint64_t mono, uint64_t offset)
{
	uint64_t change = distance(offset, wall->offset);

	if (change <= NOISE)
		return;
	if (change > STEP && wall->offset)
		wall->step[wall->steps++ % WALL_STEPS] = (struct wall_step){ mono, wall->offset };
	wall->offset = offset;
}

uint64_t wall_at(const struct wall *wall, uint64_t mono)
{
	uint64_t kept = wall->steps < WALL_STEPS ? wall->steps : WALL_STEPS;
	uint64_t offset = wall->offset;

	for (uint64_t i = 1; i <= kept; i++) { /* the latest first */
		const struct wall_step *step = &wall->step[(wall->steps - i) % WALL_STEPS];

		if (mono >= step->mono)
			break;
		offset = step->offset;
	}
	return mono + offset;
}
