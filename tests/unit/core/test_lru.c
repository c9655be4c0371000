/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "core/lru.h"

static void replaces_the_least_recently_used(void **state)
{
	struct lru *lru = lru_open(sizeof(int), sizeof(int), 3);

	(void)state;
	assert_non_null(lru);
	for (int i = 1; i <= 3; i++)
		lru_add(lru, &i, &(int){ 10 * i });
	assert_int_equal(*(const int *)lru_find(lru, &(int){ 1 }),
			 10); /* now the most recently used */
	lru_add(lru, &(int){ 4 }, &(int){ 40 });
	assert_null(lru_find(lru, &(int){ 2 }));
	assert_int_equal(*(const int *)lru_find(lru, &(int){ 1 }), 10);
	assert_int_equal(*(const int *)lru_find(lru, &(int){ 3 }), 30);
	assert_int_equal(*(const int *)lru_find(lru, &(int){ 4 }), 40);
	lru_close(lru);
}

static void one_entry(void **state)
{
	struct lru *lru = lru_open(3, 1, 1); /* sizes that are not multiples of 8 */

	(void)state;
	assert_non_null(lru);
	lru_add(lru, "abc", "1");
	assert_int_equal(*(const char *)lru_find(lru, "abc"), '1');
	lru_add(lru, "abd", "2");
	assert_null(lru_find(lru, "abc"));
	assert_int_equal(*(const char *)lru_find(lru, "abd"), '2');
	lru_close(lru);
}

/* Compares with a plain list in order of use. */
static void as_a_list_would(void **state)
{
	enum {
		MAX = 37,
		KEYS = 120
	};
	struct lru *lru = lru_open(sizeof(uint64_t), sizeof(uint64_t), MAX);
	uint64_t used[KEYS] = { 0 }, now = 0, seed = 7;

	(void)state;
	assert_non_null(lru);
	for (int step = 0; step < 200000; step++) {
		uint64_t key = make_random(&seed) % KEYS, newer = 0;
		const uint64_t *found = lru_find(lru, &key);

		for (int i = 0; i < KEYS; i++)
			newer += used[i] > used[key];
		assert_true((found != NULL) == (used[key] && newer < MAX));
		if (found)
			assert_int_equal(*found, key * key);
		else
			lru_add(lru, &key, &(uint64_t){ key * key });
		used[key] = ++now;
	}
	lru_close(lru);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_the_least_recently_used),
		cmocka_unit_test(one_entry),
		cmocka_unit_test(as_a_list_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
