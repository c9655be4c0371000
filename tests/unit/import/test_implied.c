/* SPDX-License-Identifier: MIT */
/* test_implied RECORDING - JSON of a recording is imported as the same records, whether or not it
 * leaves out what the rest of a line implies. Prints the bytes of both by type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "implied_check.h"

static const char *recording;

static void imports_the_same(void **state)
{
	char folder[] = "/tmp/vigil-implied-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_true(implied_check(recording, folder) > 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(imports_the_same) };

	if (argc != 2)
		return 2;
	recording = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
