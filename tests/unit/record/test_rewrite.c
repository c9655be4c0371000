/* SPDX-License-Identifier: MIT */
/* Records put together anew, and taken apart without trust. */
#include "make_record.h"

#include <stdlib.h>

#include "record/rewrite.h"

static void a_copy_is_equal(void **state)
{
	struct record from;
	uint8_t *to = malloc(VIGIL_RECORD_MAX);
	const struct vigil_part *part;
	struct vigil_header *made;
	struct rewrite r;
	size_t at;

	(void)state;
	record_begin(&from, VIGIL_IMAGE_LOAD);
	record_part(&from, VIGIL_IMAGE, "odd", 3, 3);
	record_part(&from, VIGIL_USER, "", 0, 0);
	record_part(&from, VIGIL_BUILD_ID, "12345678", 8, 20);
	at = from.header.fixed;
	rewrite_begin(&r, to, &from.header);
	while ((part = rewrite_walk(&from.header, &at)) != NULL)
		rewrite_part(&r, part, part + 1);
	assert_int_equal(at, from.header.size);
	made = rewrite_end(&r);
	assert_non_null(made);
	assert_memory_equal(made, &from.header, from.header.size);
	free(to);
}

static void damage_ends_the_walk(void **state)
{
	struct record from;
	struct vigil_part *part;
	size_t at;

	(void)state;
	record_begin(&from, VIGIL_IMAGE_LOAD);
	record_part(&from, VIGIL_IMAGE, "12345678", 8, 8);
	part = (void *)((uint8_t *)&from.header + from.header.fixed);
	for (uint32_t length = 13; length > 12 && length < 4000000000u; length *= 3) {
		part->length = length;
		at = from.header.fixed;
		assert_null(rewrite_walk(&from.header, &at));
		assert_int_not_equal(at, from.header.size);
	}
	part->length = UINT32_MAX;
	at = from.header.fixed;
	assert_null(rewrite_walk(&from.header, &at));
}

static void too_large(void **state)
{
	struct record from;
	uint8_t *to = malloc(VIGIL_RECORD_MAX), *value = calloc(1, VIGIL_RECORD_MAX);
	struct vigil_part part = { .kind = VIGIL_IMAGE };
	struct rewrite r;

	(void)state;
	record_begin(&from, VIGIL_IMAGE_LOAD);
	part.length = VIGIL_RECORD_MAX - from.header.fixed - (uint32_t)sizeof part;
	rewrite_begin(&r, to, &from.header);
	rewrite_part(&r, &part, value);
	assert_non_null(rewrite_end(&r));
	assert_int_equal(r.size, VIGIL_RECORD_MAX);
	part.length = 0;
	rewrite_part(&r, &part, value);
	assert_null(rewrite_end(&r));
	part.length = UINT32_MAX;
	rewrite_begin(&r, to, &from.header);
	rewrite_part(&r, &part, value);
	assert_null(rewrite_end(&r));
	free(to);
	free(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_equal),
		cmocka_unit_test(damage_ends_the_walk),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
