/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "sensor/linux/exec_reorder.h"

static struct hold hold;

static struct vigil_header image(uint32_t pid, uint64_t mono)
{
	return (struct vigil_header){ .size = sizeof(struct vigil_header),
				      .type = VIGIL_IMAGE_LOAD,
				      .mono = mono,
				      .actor = { .pid = pid } };
}

static bool keep(uint32_t pid, uint64_t mono)
{
	struct vigil_header record = image(pid, mono);

	return hold_keep(&hold, &record);
}

static void want(uint32_t pid, uint64_t mono)
{
	const struct vigil_header *record = hold_next(&hold);

	assert_non_null(record);
	assert_int_equal(record->actor.pid, pid);
	assert_int_equal(record->mono, mono);
}

static int close_hold(void **state)
{
	(void)state;
	hold_close(&hold);
	return 0;
}

static void only_what_an_exec_maps(void **state)
{
	(void)state;
	assert_false(keep(7, 1)); /* of the program before */
	hold_begin(&hold, 7, 2);
	assert_true(keep(7, 3));
	assert_false(keep(8, 3)); /* of another process */
	assert_true(keep(7, 4));
	assert_null(hold_next(&hold));
	hold_end(&hold, 7, 10);
	want(7, 10); /* in their order, with the time of the exec */
	want(7, 10);
	assert_null(hold_next(&hold));
	assert_false(keep(7, 11));
}

static void several_at_once(void **state)
{
	(void)state;
	hold_begin(&hold, 1, 1);
	hold_begin(&hold, 2, 1);
	assert_true(keep(1, 2));
	assert_true(keep(2, 3));
	assert_true(keep(1, 4));
	hold_end(&hold, 3, 9); /* nobody's */
	assert_null(hold_next(&hold));
	hold_end(&hold, 2, 5);
	want(2, 5);
	assert_null(hold_next(&hold));
	hold_end(&hold, 1, 3); /* what is younger keeps its time */
	want(1, 3);
	want(1, 4);
	assert_null(hold_next(&hold));
}

static void a_failed_exec_expires(void **state)
{
	(void)state;
	hold_begin(&hold, 1, 100);
	assert_true(keep(1, 120));
	assert_false(hold_expire(&hold, 100));
	assert_true(hold_expire(&hold, 101));
	want(1, 120); /* with its own time */
	assert_false(hold_expire(&hold, 1000));
	assert_false(keep(1, 130));
}

static void bounds(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid <= HOLD_EXECS + 1; pid++)
		hold_begin(&hold, pid, pid);
	assert_true(keep(HOLD_EXECS, 1));
	assert_false(keep(HOLD_EXECS + 1, 1)); /* more execs than that are not held */
	for (int i = 1; i < HOLD_RECORDS; i++)
		assert_true(keep(1, 5));
	assert_false(keep(1, 5));
	hold_begin(&hold, 1, 6); /* a second one of the same process takes no more room */
	hold_end(&hold, 1, 6);
	for (int i = 1; i < HOLD_RECORDS; i++)
		want(1, 6);
	assert_null(hold_next(&hold));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(only_what_an_exec_maps, close_hold),
		cmocka_unit_test_teardown(several_at_once, close_hold),
		cmocka_unit_test_teardown(a_failed_exec_expires, close_hold),
		cmocka_unit_test_teardown(bounds, close_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
