/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "process/process_map.h"

static struct vigil_id id(uint32_t pid, uint64_t key)
{
	return (struct vigil_id){ .pid = pid, .start_key = key };
}

/* Compares with a plain array of the expected values. */
static void against_an_array(void **state)
{
	enum {
		MANY = 3000
	};
	static uint32_t expected[MANY];
	struct process_map ids = { 0 };
	uint32_t random = 1, count = 0;

	(void)state;
	memset(expected, 0xff, sizeof(expected));
	for (uint32_t step = 0; step < 200000; step++) {
		uint32_t n;
		struct vigil_id one;

		random = random * 1664525 + 1013904223;
		n = (random >> 8) % MANY;
		one = id(n % 50, n / 50); /* few PIDs, many keys: reused PIDs */
		assert_int_equal(process_map_find(&ids, &one), expected[n]);
		if (random >> 31 || count > MANY / 2) {
			count -= expected[n] != PROCESS_MAP_NONE;
			expected[n] = PROCESS_MAP_NONE;
			process_map_remove(&ids, &one);
		} else {
			count += expected[n] == PROCESS_MAP_NONE;
			expected[n] = step;
			assert_true(process_map_set(&ids, &one, step));
		}
		assert_int_equal(ids.count, count);
	}
	process_map_free(&ids);
}

static void empty_map(void **state)
{
	struct vigil_id one = id(1, 2);
	struct process_map ids = { 0 };

	(void)state;
	assert_int_equal(process_map_find(&ids, &one), PROCESS_MAP_NONE);
	process_map_remove(&ids, &one);
	process_map_free(&ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_an_array),
		cmocka_unit_test(empty_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
