/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <stdio.h>

#include "core/string_table.h"

static void each_once(void **state)
{
	struct string_table strings = { 0 };
	char text[32];

	(void)state;
	assert_int_equal(string_table_find(&strings, "x", 1), STRINGS_NONE);
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			int length = snprintf(text, sizeof(text), "/usr/lib/lib%u.so", i);

			assert_int_equal(string_table_add(&strings, text, (size_t)length), i);
		}
	assert_int_equal(strings.count, 5000);
	assert_string_equal(strings.text[4711], "/usr/lib/lib4711.so");
	string_table_free(&strings);
}

/* Strings are any bytes: with a NUL within, empty, one a prefix of another. */
static void any_bytes(void **state)
{
	struct string_table strings = { 0 };

	(void)state;
	assert_int_equal(string_table_add(&strings, "", 0), 0);
	assert_int_equal(string_table_add(&strings, "a\0b", 3), 1);
	assert_int_equal(string_table_add(&strings, "a\0c", 3), 2);
	assert_int_equal(string_table_add(&strings, "a", 1), 3);
	assert_int_equal(string_table_find(&strings, "a\0c", 3), 2);
	assert_int_equal(string_table_find(&strings, "a\0", 2), STRINGS_NONE);
	assert_int_equal(strings.bytes, 7 + 4 * STRINGS_OVERHEAD);
	string_table_free(&strings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_once),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
