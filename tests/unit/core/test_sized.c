/* SPDX-License-Identifier: MIT */
/* test_sized.c - structs of older and newer programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <vigil/vigil.h>

#include "core/sized.h"

struct old {
	size_t size;
	uint32_t first;
};

struct known {
	size_t size;
	uint32_t first, second;
};

struct newer {
	size_t size;
	uint32_t first, second;
	uint64_t third;
};

static void older_structs_have_defaults(void **state)
{
	struct {
		struct old old;
		uint32_t after[4]; /* must not be read */
	} program = { { offsetof(struct old, first) + sizeof(uint32_t), 7 }, { 1, 2, 3, 4 } };
	struct known known;

	(void)state;
	assert_true(sized_read(&known, sizeof(known), &program.old));
	assert_int_equal(known.size, sizeof(known));
	assert_int_equal(known.first, 7);
	assert_int_equal(known.second, 0);
	assert_true(sized_read(&known, sizeof(known), NULL));
	assert_int_equal(known.first, 0);
}

static void newer_structs_need_a_zero_tail(void **state)
{
	struct newer newer = { sizeof(newer), 7, 8, 0 };
	struct known known;

	(void)state;
	assert_true(sized_read(&known, sizeof(known), &newer));
	assert_int_equal(known.size, sizeof(known));
	assert_int_equal(known.second, 8);
	newer.third = UINT64_C(1) << 56; /* its last byte */
	assert_false(sized_read(&known, sizeof(known), &newer));
}

static void a_size_must_be_set(void **state)
{
	struct known known = { 0, 7, 8 }, to;

	(void)state;
	assert_false(sized_read(&to, sizeof(to), &known));
	known.size = sizeof(known.size) - 1;
	assert_false(sized_read(&to, sizeof(to), &known));
	known.size = sizeof(known.size);
	assert_true(sized_read(&to, sizeof(to), &known));
	assert_int_equal(to.first, 0);
}

static void what_is_written_fits(void **state)
{
	const struct known from = { sizeof(from), 7, 8 };
	struct newer newer = { sizeof(newer), 1, 1, 1 };
	struct known small = { offsetof(struct known, second), 1, 1 }, none = { 0, 1, 1 };

	(void)state;
	sized_write(&newer, &from, sizeof(from));
	assert_int_equal(newer.size, sizeof(newer));
	assert_int_equal(newer.second, 8);
	assert_int_equal(newer.third, 1);
	sized_write(&small, &from, sizeof(from));
	assert_int_equal(small.first, 7);
	assert_int_equal(small.second, 1);
	sized_write(&none, &from, sizeof(from));
	assert_int_equal(none.first, 1);
}

/* The public functions with structs of both. */
static void the_library_takes_both(void **state)
{
	struct {
		struct vigil_printer_options options;
		uint64_t later;
	} newer = { { .size = sizeof(newer), .format = VIGIL_FORMAT_JSON }, 0 };
	struct vigil_printer_options older = { .size =
						   offsetof(struct vigil_printer_options, color),
					       .format = VIGIL_FORMAT_JSON };
	struct vigil_printer *printer = vigil_printer_new(&newer.options);
	struct vigil_options options = { .size = 4 };
	struct vigil_error error;
	struct vigil *v;

	(void)state;
	assert_non_null(printer);
	vigil_printer_free(printer);
	newer.later = 1;
	assert_null(vigil_printer_new(&newer.options));
	printer = vigil_printer_new(&older);
	assert_non_null(printer);
	vigil_printer_free(printer);
	assert_int_equal(vigil_open_file(&v, "/dev/null", &options, &error), VIGIL_ERROR_USAGE);
	assert_null(v);
	assert_non_null(strstr(error.text, "vigil_options.size"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_structs_have_defaults),
		cmocka_unit_test(newer_structs_need_a_zero_tail),
		cmocka_unit_test(a_size_must_be_set),
		cmocka_unit_test(what_is_written_fits),
		cmocka_unit_test(the_library_takes_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
