/* SPDX-License-Identifier: MIT */
/* test_wall.c - wall-clock times of events before and after the clock was set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/linux/wall.h"

#define SECOND UINT64_C(1000000000)
#define THEN   (1700000000 * SECOND) /* when the machine booted, by its clock */

static void steps(void **state)
{
	struct wall wall = { 0 };

	(void)state;
	wall_note(&wall, 10 * SECOND, THEN);
	wall_note(&wall, 20 * SECOND, THEN + 3600 * SECOND);
	wall_note(&wall, 30 * SECOND, THEN - 60 * SECOND);
	assert_int_equal(wall_at(&wall, 5 * SECOND), THEN + 5 * SECOND);
	assert_int_equal(wall_at(&wall, 20 * SECOND - 1), THEN + 20 * SECOND - 1);
	assert_int_equal(wall_at(&wall, 20 * SECOND), THEN + 3620 * SECOND);
	assert_int_equal(wall_at(&wall, 30 * SECOND - 1), THEN + 3630 * SECOND - 1);
	assert_int_equal(wall_at(&wall, 31 * SECOND), THEN - 29 * SECOND);
}

/* Small adjustments of the clock are not stored as steps. */
static void adjusted(void **state)
{
	struct wall wall = { 0 };
	uint64_t offset = THEN;

	(void)state;
	wall_note(&wall, SECOND, offset);
	wall_note(&wall, 2 * SECOND, offset += 3600 * SECOND);
	for (uint64_t i = 3; i < 1000; i++)
		wall_note(&wall, i * SECOND, offset += 500000);
	assert_int_equal(wall.steps, 1);
	assert_int_equal(wall_at(&wall, SECOND), THEN + SECOND);
	assert_int_equal(wall_at(&wall, 1000 * SECOND), offset + 1000 * SECOND);
	wall_note(&wall, 1000 * SECOND, offset + 15000); /* noise */
	assert_int_equal(wall.offset, offset);
}

static void more_steps_than_are_kept(void **state)
{
	struct wall wall = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 3 * WALL_STEPS; i++)
		wall_note(&wall, (i + 1) * SECOND, THEN + i * 60 * SECOND);
	for (uint64_t i = 2 * WALL_STEPS; i < 3 * WALL_STEPS; i++)
		assert_int_equal(wall_at(&wall, (i + 1) * SECOND),
				 THEN + (i + 1) * SECOND + i * 60 * SECOND);
	assert_int_equal(wall_at(&wall, 0), THEN + (2 * WALL_STEPS - 1) * 60 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps),
		cmocka_unit_test(adjusted),
		cmocka_unit_test(more_steps_than_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
