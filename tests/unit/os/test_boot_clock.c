/* SPDX-License-Identifier: MIT */
/* test_boot_clock.c - the boot clock, also in a time namespace. Offsets: test_process.py. */
#include "make_event.h"
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "os/boot_clock.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 /* linux/sched.h */
#endif

#define SKIPPED 77

static void counts_since_boot(void **state)
{
	uint64_t before, now, after;
	struct timespec clock;

	(void)state;
	assert_true(boot_clock_init());
	before = boot_clock_ns();
	clock_gettime(CLOCK_BOOTTIME, &clock);
	after = boot_clock_ns();
	now = (uint64_t)clock.tv_sec * 1000000000u + (uint64_t)clock.tv_nsec;
	assert_in_range(boot_clock_from_proc(now), before, after);
}

/* Between unshare and the fork or exec that follows, the offset cannot be known. */
static void children_have_another_one(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (unshare(CLONE_NEWTIME) < 0)
			_exit(SKIPPED);
		_exit(boot_clock_init());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_have_another_one), /* before this process has called it */
		cmocka_unit_test(counts_since_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
