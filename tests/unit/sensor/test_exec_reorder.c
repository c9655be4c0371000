/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "sensor/linux/exec_reorder.h"

static struct exec_reorder reorder;

static struct vigil_header make_image(uint32_t pid, uint64_t mono)
{
	return (struct vigil_header){ .size = sizeof(struct vigil_header),
				      .type = VIGIL_EVENT_IMAGE_LOAD,
				      .mono = mono,
				      .actor = { .pid = pid } };
}

static bool hold_image(uint32_t pid, uint64_t mono)
{
	struct vigil_header record = make_image(pid, mono);

	return exec_reorder_hold(&reorder, &record);
}

static void expect_next(uint32_t pid, uint64_t mono)
{
	const struct vigil_header *record = exec_reorder_next(&reorder);

	assert_non_null(record);
	assert_int_equal(record->actor.pid, pid);
	assert_int_equal(record->mono, mono);
}

static int close_reorder(void **state)
{
	(void)state;
	exec_reorder_close(&reorder);
	return 0;
}

static void only_what_an_exec_maps(void **state)
{
	(void)state;
	assert_false(hold_image(7, 1)); /* of the program before */
	exec_reorder_begin(&reorder, 7, 2);
	assert_true(hold_image(7, 3));
	assert_false(hold_image(8, 3)); /* of another process */
	assert_true(hold_image(7, 4));
	assert_null(exec_reorder_next(&reorder));
	exec_reorder_end(&reorder, 7, 10);
	expect_next(7, 10); /* in their order, with the time of the exec */
	expect_next(7, 10);
	assert_null(exec_reorder_next(&reorder));
	assert_false(hold_image(7, 11));
}

static void several_at_once(void **state)
{
	(void)state;
	exec_reorder_begin(&reorder, 1, 1);
	exec_reorder_begin(&reorder, 2, 1);
	assert_true(hold_image(1, 2));
	assert_true(hold_image(2, 3));
	assert_true(hold_image(1, 4));
	exec_reorder_end(&reorder, 3, 9); /* no exec of this PID has begun */
	assert_null(exec_reorder_next(&reorder));
	exec_reorder_end(&reorder, 2, 5);
	expect_next(2, 5);
	assert_null(exec_reorder_next(&reorder));
	exec_reorder_end(&reorder, 1, 3); /* later records keep their time */
	expect_next(1, 3);
	expect_next(1, 4);
	assert_null(exec_reorder_next(&reorder));
}

static void a_failed_exec_expires(void **state)
{
	(void)state;
	exec_reorder_begin(&reorder, 1, 100);
	assert_true(hold_image(1, 120));
	assert_false(exec_reorder_expire(&reorder, 100));
	assert_true(exec_reorder_expire(&reorder, 101));
	expect_next(1, 120); /* with its own time */
	assert_false(exec_reorder_expire(&reorder, 1000));
	assert_false(hold_image(1, 130));
}

static void bounds(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid <= EXEC_REORDER_EXECS + 1; pid++)
		exec_reorder_begin(&reorder, pid, pid);
	assert_true(hold_image(EXEC_REORDER_EXECS, 1));
	assert_false(hold_image(EXEC_REORDER_EXECS + 1, 1)); /* more execs than that are not held */
	for (int i = 1; i < EXEC_REORDER_RECORDS; i++)
		assert_true(hold_image(1, 5));
	assert_false(hold_image(1, 5));
	exec_reorder_begin(&reorder, 1,
			   6); /* a second exec of the same process uses no more space */
	exec_reorder_end(&reorder, 1, 6);
	for (int i = 1; i < EXEC_REORDER_RECORDS; i++)
		expect_next(1, 6);
	assert_null(exec_reorder_next(&reorder));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(only_what_an_exec_maps, close_reorder),
		cmocka_unit_test_teardown(several_at_once, close_reorder),
		cmocka_unit_test_teardown(a_failed_exec_expires, close_reorder),
		cmocka_unit_test_teardown(bounds, close_reorder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
