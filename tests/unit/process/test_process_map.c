/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "process/process_map.h"

static struct vigil_id id(uint32_t pid, uint64_t key)
{
	return (struct vigil_id){ .pid = pid, .start_key = key };
}

/* Beside a plain array that knows what should be there. */
static void against_an_array(void **state)
{
	enum {
		MANY = 3000
	};
	static uint32_t truth[MANY];
	struct ids ids = { 0 };
	uint32_t random = 1, count = 0;

	(void)state;
	memset(truth, 0xff, sizeof truth);
	for (uint32_t step = 0; step < 200000; step++) {
		uint32_t n;
		struct vigil_id one;

		random = random * 1664525 + 1013904223;
		n = (random >> 8) % MANY;
		one = id(n % 50, n / 50); /* few PIDs, many keys: PIDs used again */
		assert_int_equal(ids_find(&ids, &one), truth[n]);
		if (random >> 31 || count > MANY / 2) {
			count -= truth[n] != IDS_NONE;
			truth[n] = IDS_NONE;
			ids_remove(&ids, &one);
		} else {
			count += truth[n] == IDS_NONE;
			truth[n] = step;
			assert_true(ids_set(&ids, &one, step));
		}
		assert_int_equal(ids.count, count);
	}
	ids_free(&ids);
}

static void empty(void **state)
{
	struct vigil_id one = id(1, 2);
	struct ids ids = { 0 };

	(void)state;
	assert_int_equal(ids_find(&ids, &one), IDS_NONE);
	ids_remove(&ids, &one);
	ids_free(&ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_an_array),
		cmocka_unit_test(empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
