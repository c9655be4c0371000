/* SPDX-License-Identifier: MIT */
/* test_settle.c - when a rules file that has changed is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cmocka.h>

#include "enforce/linux/settle.h"

static char path[] = "/tmp/vigil-settle-XXXXXX";

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

static void by_rename(void **state)
{
	struct settle s = { 0 };

	(void)state;
	write_file("deny name=x\n");
	assert_int_equal(settle_wait_ms(&s, path, 1000), -1);
	settle_note(&s, IN_MOVED_TO, 1000);
	assert_int_equal(settle_wait_ms(&s, path, 1000), 0);
	write_file("");
	assert_int_equal(settle_wait_ms(&s, path, 1000), 0);
}

static void in_place(void **state)
{
	struct settle s = { 0 };

	(void)state;
	write_file("deny name=x\n");
	settle_note(&s, IN_MODIFY, 1000); /* emptied */
	assert_int_equal(settle_wait_ms(&s, path, 9000), -1);
	settle_note(&s, IN_MODIFY, 1001);
	settle_note(&s, IN_CLOSE_WRITE, 1002);
	assert_int_equal(settle_wait_ms(&s, path, 1002), SETTLE_QUIET_MS);
	assert_int_equal(settle_wait_ms(&s, path, 1002 + SETTLE_QUIET_MS), 0);
	/* Another write begins before the file was read. */
	settle_note(&s, IN_MODIFY, 1050);
	assert_int_equal(settle_wait_ms(&s, path, 9000), -1);
	settle_note(&s, IN_CLOSE_WRITE, 1060);
	assert_int_equal(settle_wait_ms(&s, path, 1102), 58);
}

static void incomplete_file(void **state)
{
	static const char *const parts[] = { "", "deny name=x\ndeny na" };
	struct settle s = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		write_file(parts[i]);
		settle_note(&s, IN_MODIFY, 1000);
		settle_note(&s, IN_CLOSE_WRITE, 1000);
		assert_int_equal(settle_wait_ms(&s, path, 1000), SETTLE_PART_MS);
		assert_int_equal(settle_wait_ms(&s, path, 1000 + SETTLE_PART_MS), 0);
	}
	unlink(path);
	assert_int_equal(settle_wait_ms(&s, path, 1000), SETTLE_PART_MS);
}

static void not_closed(void **state)
{
	struct settle s = { 0 };

	(void)state;
	write_file("deny name=x\n");
	settle_note(&s, IN_MODIFY, 1000);
	assert_false(settle_is_stuck(&s, 1000 + SETTLE_WARN_MS - 1));
	assert_true(settle_is_stuck(&s, 1000 + SETTLE_WARN_MS));
	assert_false(settle_is_stuck(&s, 1000 + 2 * SETTLE_WARN_MS)); /* reported once */
	settle_note(&s, IN_ATTRIB, 20000);                            /* `vigil rules load` */
	assert_int_equal(settle_wait_ms(&s, path, 20000 + SETTLE_QUIET_MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_rename),
		cmocka_unit_test(in_place),
		cmocka_unit_test(incomplete_file),
		cmocka_unit_test(not_closed),
	};
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
