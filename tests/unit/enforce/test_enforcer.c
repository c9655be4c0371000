/* SPDX-License-Identifier: MIT */
/* test_enforcer.c - an enforcer that cannot start says why, and frees everything. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "enforce/linux/enforcer.h"

static int first_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* No descriptor is left for the second event. */
static void no_descriptors(void **state)
{
	struct rlimit before, limit;
	struct vigil_error error = { VIGIL_OK, "" };
	struct enforcer *enforcer;
	int free_before = first_free();
	enum vigil_code code;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)free_before + 2;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	code = enforcer_open(&enforcer, "/no/rules", false, &error);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(code, VIGIL_ERROR_SYSTEM);
	assert_non_null(strstr(error.text, strerror(EMFILE)));
	assert_null(enforcer);
	assert_int_equal(first_free(), free_before);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_descriptors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
