/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "sensor/linux/merge.h"

/* Adds a record of this size whose time, process and content identify it. */
static bool add_record_to(struct merge *merge, uint32_t queue, uint32_t size, uint64_t mono,
			  uint32_t pid, uint64_t order)
{
	struct vigil_header *record = merge_reserve(merge, queue, size);

	if (!record)
		return false;
	memset(record, (int)(order & 0xff), size);
	record->size = size;
	record->mono = mono;
	record->seq = order;
	record->actor.pid = pid;
	merge_add(merge, queue, mono, record);
	return true;
}

static bool add_record(struct merge *merge, uint32_t size, uint64_t mono, uint32_t pid,
		       uint64_t order)
{
	return add_record_to(merge, 0, size, mono, pid, order);
}

/* Opens a batch with one queue. */
static void open_merge(struct merge *merge, size_t bytes)
{
	assert_int_equal(merge_open(merge, &bytes, 1), 0);
}

static void check_whole(const struct vigil_header *record)
{
	const uint8_t *bytes = (const void *)record;

	assert_int_equal((uintptr_t)record % 8, 0);
	for (uint32_t i = sizeof(*record); i < record->size; i++)
		if (bytes[i] != (record->seq & 0xff))
			fail_msg("record %llu damaged at byte %u", (unsigned long long)record->seq,
				 i);
}

static void empty_batch(void **state)
{
	struct merge merge;

	(void)state;
	open_merge(&merge, 4096);
	merge_sort(&merge);
	assert_null(merge_take(&merge, UINT64_MAX));
	assert_false(merge_pending(&merge));
	merge_close(&merge);
}

/* The output is sorted, stable and complete, for runs of many lengths and often equal times. */
static void random_runs(void **state)
{
	uint64_t seed = 4711;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint64_t count = make_random(&seed) % 3000, mono = 0, taken = 0;
		uint64_t run = 1 + make_random(&seed) % 300;
		const struct vigil_header *record, *last = NULL;
		struct merge merge;

		open_merge(&merge, 1 << 20);
		for (uint64_t i = 0; i < count; i++) {
			uint32_t size = 56 + 8 * (uint32_t)(make_random(&seed) % 20);

			if (make_random(&seed) % run == 0)
				mono = make_random(&seed) % 1000;
			mono += make_random(&seed) % 3;
			assert_true(add_record(&merge, size, mono, 1, i));
		}
		merge_sort(&merge);
		assert_int_equal(merge_pending(&merge), count > 0);
		for (; (record = merge_take(&merge, UINT64_MAX - 1)); last = record, taken++) {
			check_whole(record);
			if (last)
				assert_true(
				    last->mono < record->mono ||
				    (last->mono == record->mono && last->seq < record->seq));
		}
		assert_int_equal(taken, count);
		assert_false(merge_pending(&merge));
		merge_close(&merge);
	}
}

/* Nine tenths are later than the horizon in each round, and are moved without damage. */
static void rounds_carry_over(void **state)
{
	uint64_t seed = 99, order = 0, taken = 0, last_mono = 0, last_seq = 0, clock = 0;
	struct merge merge;

	(void)state;
	open_merge(&merge, 1 << 20);
	for (int round = 0; round < 2000; round++) {
		uint64_t horizon;
		const struct vigil_header *record;

		for (int i = 0; i < 50; i++) {
			uint32_t size = 56 + 8 * (uint32_t)(make_random(&seed) % 6);

			if (add_record(&merge, size, clock + make_random(&seed) % 10000, 1, order))
				order++;
		}
		merge_sort(&merge);
		clock += 500;
		horizon = clock - 1; /* no later record is older */
		while ((record = merge_take(&merge, horizon))) {
			check_whole(record);
			assert_true(record->mono <= horizon);
			assert_true(record->mono > last_mono ||
				    (record->mono == last_mono && record->seq > last_seq) ||
				    taken == 0);
			last_mono = record->mono;
			last_seq = record->seq;
			taken++;
		}
	}
	while (merge_take(&merge, UINT64_MAX - 1))
		taken++;
	assert_int_equal(taken, order);
	assert_true(order > 50000);
	merge_close(&merge);
}

static void a_full_queue_refuses_and_recovers(void **state)
{
	const uint32_t size = MERGE_RECORD_MIN;
	struct merge merge;
	const struct vigil_header *record;

	(void)state;
	open_merge(&merge, size * 10);
	for (uint64_t i = 0; i < 10; i++)
		assert_true(add_record(&merge, size, 10 - i, 1, i));
	assert_false(add_record(&merge, 56, 1, 1, 10));
	assert_null(merge_reserve(&merge, 0, UINT32_MAX));
	merge_sort(&merge);
	assert_int_equal(merge_take(&merge, 100)->seq, 9);
	assert_int_equal(merge_take(&merge, 100)->seq, 8);
	assert_false(add_record(&merge, 2 * size + 8, 1, 1, 10)); /* two were taken, not three */
	assert_true(add_record(&merge, 2 * size, 100, 1, 10));
	assert_false(add_record(&merge, 56, 1, 1, 11));
	merge_sort(&merge);
	for (uint64_t i = 8; i-- > 0;) {
		record = merge_take(&merge, 100);
		assert_int_equal(record->seq, i);
		check_whole(record);
	}
	assert_int_equal(merge_take(&merge, 100)->seq, 10);
	merge_close(&merge);

	open_merge(&merge, 3 * size + size / 2); /* the number of small records is bounded too */
	for (uint64_t i = 0; i < 3; i++)
		assert_true(add_record(&merge, 64, i, 1, i));
	assert_false(add_record(&merge, 64, 4, 1, 4));
	assert_int_equal(merge_take(&merge, 100)->seq, 0);
	assert_true(add_record(&merge, 64, 4, 1, 4));
	assert_false(add_record(&merge, 64, 5, 1, 5));
	merge_close(&merge);
}

/* All records of the flooded queue are newer than those that the other queue still has. */
static void a_flooded_queue_leaves_the_others_their_memory(void **state)
{
	const size_t capacity[] = { 64 * MERGE_RECORD_MIN, 4 * MERGE_RECORD_MIN };
	uint64_t order = 0, given = 0;
	struct merge merge;

	(void)state;
	assert_int_equal(merge_open(&merge, capacity, 2), 0);
	while (add_record_to(&merge, 0, 64, 1000 + order, 1, order))
		order++;
	assert_int_equal(order, 64);
	for (uint64_t mono = 1; mono <= 100;) { /* a reader's rounds */
		while (mono <= 100 && add_record_to(&merge, 1, 64, mono, 2, order++))
			mono++;
		merge_sort(&merge);
		assert_non_null(merge_take(&merge, mono));
		for (given++; merge_take(&merge, mono); given++) {
		}
	}
	assert_int_equal(given, 100);
	assert_false(add_record_to(&merge, 0, 64, 5000, 1, order));
	assert_int_equal(merge_take(&merge, 1000)->seq, 0);
	assert_true(add_record_to(&merge, 0, 64, 5000, 1, order));
	merge_close(&merge);
}

static void the_horizon_is_inclusive(void **state)
{
	struct merge merge;

	(void)state;
	open_merge(&merge, 4096);
	assert_true(add_record(&merge, 56, 5, 1, 1));
	merge_sort(&merge);
	assert_null(merge_take(&merge, 4));
	assert_true(merge_pending(&merge));
	assert_non_null(merge_take(&merge, 5));
	assert_null(merge_take(&merge, 5));
	merge_close(&merge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_batch),
		cmocka_unit_test(random_runs),
		cmocka_unit_test(rounds_carry_over),
		cmocka_unit_test(a_full_queue_refuses_and_recovers),
		cmocka_unit_test(a_flooded_queue_leaves_the_others_their_memory),
		cmocka_unit_test(the_horizon_is_inclusive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
