/* SPDX-License-Identifier: MIT */
/* test_children_of.c - conditions children-of: which processes are descendants. */
#include "make_filter.h"

static bool see(uint32_t type, uint32_t pid, uint64_t key, uint32_t parent, uint64_t parent_key)
{
	const struct vigil_id id = { .pid = pid, .start_key = key };
	const struct vigil_id up = { .pid = parent, .start_key = parent_key };

	make_event(&m, type);
	m.header->actor = type == VIGIL_EVENT_PROCESS_CREATE ? up : id;
	if (type == VIGIL_EVENT_PROCESS_EXIT) {
		m.exit->process = id;
		m.exit->parent = up;
	} else if (type == VIGIL_EVENT_IMAGE_LOAD) {
		m.image->process = id;
	} else {
		m.start->process = id;
		m.start->parent = up;
	}
	return matches();
}

#define CREATES(...) see(VIGIL_EVENT_PROCESS_CREATE, __VA_ARGS__)
#define EXECS(...)   see(VIGIL_EVENT_PROCESS_EXEC, __VA_ARGS__)
#define ENDS(...)    see(VIGIL_EVENT_PROCESS_EXIT, __VA_ARGS__)
#define LOADS(...)   see(VIGIL_EVENT_IMAGE_LOAD, __VA_ARGS__, 0, 0)
#define RAN(...)     see(VIGIL_EVENT_PROCESS_SNAPSHOT, __VA_ARGS__)

static void descendants(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_false(CREATES(50, 5, 1, 1));
	assert_true(EXECS(100, 10, 1, 1));
	assert_true(CREATES(101, 11, 100, 10));
	assert_true(EXECS(101, 11, 100, 10));
	assert_true(CREATES(102, 12, 101, 11));
	assert_true(ENDS(101, 11, 100, 10));
	assert_true(EXECS(102, 12, 1, 1)); /* its parent is init now: still a descendant */
	assert_true(CREATES(103, 13, 102, 12));
	assert_true(LOADS(103, 13));
	assert_true(LOADS(101, 11)); /* late: it has ended */
	assert_false(LOADS(50, 5));
	assert_false(CREATES(51, 14, 50, 5));
}

static void a_pid_that_is_used_again_is_a_stranger(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	assert_true(CREATES(101, 11, 100, 10));
	assert_true(ENDS(101, 11, 100, 10));
	assert_false(CREATES(101, 20, 1, 1));
	assert_false(EXECS(101, 20, 1, 1));
	assert_false(LOADS(101, 0)); /* without a key: the process that has the PID now */
	assert_true(LOADS(101, 11)); /* with the old key: the ended process */
	assert_false(CREATES(102, 21, 101, 20));
	assert_true(ENDS(100, 10, 1, 1));
	assert_false(CREATES(100, 30, 1, 1)); /* the root's PID */
	assert_false(CREATES(110, 31, 100, 30));
	assert_true(CREATES(101, 32, 100, 10)); /* late, by its key */
}

static void the_root_is_learned_from_its_child(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(CREATES(101, 11, 100, 10));
	assert_true(EXECS(100, 10, 1, 1));
	assert_false(CREATES(100, 99, 1, 1));
}

static void what_ran_before(void **state)
{
	(void)state;
	want("children-of", "100");
	/* The grandchild is reported first: PIDs start again from low numbers after the highest. */
	assert_false(RAN(30, 30, 90, 90));
	assert_false(RAN(40, 40, 1, 1));
	(void)RAN(90, 90, 100, 10);
	assert_true(RAN(100, 10, 1, 1));
	make_event(&m, VIGIL_EVENT_SNAPSHOT_END);
	assert_true(matches());
	assert_true(CREATES(31, 31, 30, 30));
	assert_true(EXECS(90, 90, 100, 10));
	assert_false(EXECS(40, 40, 1, 1));
	assert_true(vigil_filter_types(filter) & VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE));
}

static void the_roots_of_children_of(void **state)
{
	const uint32_t *pids;

	(void)state;
	assert_int_equal(vigil_filter_roots(filter, &pids), 0);
	want("pid", "7");
	assert_int_equal(vigil_filter_roots(filter, &pids), 0);
	want("children-of", "100");
	want("children-of", "200");
	assert_int_equal(vigil_filter_roots(filter, &pids), 2);
	assert_int_equal(pids[0], 100);
	assert_int_equal(pids[1], 200);
}

/* A chain of five generations, reported in every order. */
static void what_ran_before_in_any_order(void **state)
{
	(void)state;
	free_filter(NULL);
	for (unsigned order = 0; order < 120; order++) {
		unsigned left[] = { 1, 2, 3, 4, 5 }, count = 5, rest = order;

		new_filter(NULL);
		want("children-of", "100");
		for (; count > 0; count--) {
			unsigned pick = rest % count, id = left[pick];

			rest /= count;
			left[pick] = left[count - 1];
			(void)RAN(100 + id, 10 + id, 99 + id, 9 + id);
		}
		for (unsigned id = 1; id <= 5; id++)
			assert_true(LOADS(100 + id, 10 + id));
		assert_false(LOADS(106, 16));
		free_filter(NULL);
	}
	new_filter(NULL);
}

static void a_creator_that_is_not_the_parent(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE); /* as clone(CLONE_PARENT) reports it */
	m.header->actor = (struct vigil_id){ .pid = 100, .start_key = 10 };
	m.start->process = (struct vigil_id){ .pid = 105, .start_key = 15 };
	m.start->parent = (struct vigil_id){ .pid = 1, .start_key = 1 };
	assert_true(matches());
	assert_true(EXECS(105, 15, 1, 1));
}

/* A million generations: memory stays bounded, and no process is forgotten too early or kept too
 * long. */
static void many_short_lives(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	for (uint32_t i = 0; i < 300000; i++) {
		uint32_t pid = 200 + i % 30000;
		uint64_t key = 1000 + i;

		assert_true(CREATES(pid, key, 100, 10));
		assert_true(ENDS(pid, key, 100, 10));
		if (i > 100)
			assert_true(LOADS(200 + (i - 100) % 30000, key - 100));
		if (i > 10000)
			assert_false(LOADS(200 + (i - 10000) % 30000, key - 10000));
	}
}

/* Random starts and ends, compared with a plain list of the living. */
static void births_and_deaths_by_chance(void **state)
{
	static uint64_t keys[60000]; /* 0: no such process, odd: a member */
	uint64_t seed = 5573589319906701683u, next = 2;

	(void)state;
	memset(keys, 0, sizeof(keys));
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	for (int i = 0; i < 400000; i++) {
		uint32_t slot = (uint32_t)(make_random(&seed) % 60000), pid = 200 + slot * 7;
		bool member = make_random(&seed) % 2 == 0;

		if (keys[slot] == 0) {
			next += 2;
			keys[slot] = next + member;
			assert_int_equal(CREATES(pid, keys[slot], member ? 100 : 50,
						 member ? 10 : 5),
					 member);
		} else if (i % 3 == 0) {
			assert_int_equal(ENDS(pid, keys[slot], 1, 1), keys[slot] % 2);
			keys[slot] = 0;
		} else {
			assert_int_equal(LOADS(pid, keys[slot]), keys[slot] % 2);
			assert_int_equal(LOADS(pid, 0), keys[slot] % 2);
		}
	}
}

static void many_at_once(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(
		    CREATES(1000 + i, 1000 + i, i == 0 ? 100 : 999 + i, i == 0 ? 10 : 999 + i));
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(LOADS(1000 + i, 1000 + i));
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(ENDS(1000 + i, 1000 + i, 1, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(descendants),
		TEST(a_pid_that_is_used_again_is_a_stranger),
		TEST(the_root_is_learned_from_its_child),
		TEST(the_roots_of_children_of),
		TEST(what_ran_before),
		TEST(what_ran_before_in_any_order),
		TEST(a_creator_that_is_not_the_parent),
		TEST(many_short_lives),
		TEST(births_and_deaths_by_chance),
		TEST(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
