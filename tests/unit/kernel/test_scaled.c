/* SPDX-License-Identifier: MIT */
/* test_scaled.c - proportions of CPU times, as BPF computes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/cdefs.h>

#include <cmocka.h>

#include "scaled.h"

#define SECOND UINT64_C(1000000000)
#define DAY    (86400 * SECOND)
#define TICK   UINT64_C(4000000)

/* Correct to 2^-29 of whole, and 1 for the rounding of the division. */
static void expect(uint64_t part, uint64_t whole, uint64_t total)
{
	uint64_t exact = (uint64_t)((unsigned __int128)part * whole / total);
	uint64_t got = scaled(part, whole, total);
	uint64_t error = got > exact ? got - exact : exact - got;

	if (error > (whole >> 29) + 1)
		fail_msg("%llu * %llu / %llu is %llu, not %llu", (unsigned long long)part,
			 (unsigned long long)whole, (unsigned long long)total,
			 (unsigned long long)got, (unsigned long long)exact);
}

static void proportions(void **state)
{
	(void)state;
	expect(1, 1, 2);
	expect(1, 2, 2);
	expect(SECOND, 3 * SECOND, 2 * SECOND);
	expect(10 * SECOND, 30 * SECOND, 20 * SECOND);
	expect(DAY, 20 * DAY, 19 * DAY);
	expect(UINT64_MAX / 2, UINT64_MAX, UINT64_MAX);
	expect(UINT64_MAX, UINT64_MAX, UINT64_MAX);
}

/* Few ticks, and a long time: a process that always sleeps at the tick. */
static void few_ticks_and_a_long_time(void **state)
{
	(void)state;
	for (uint64_t days = 1; days < 10000; days *= 2) {
		expect(TICK, days * DAY, 2 * TICK);
		expect(TICK, days * DAY, 1000 * TICK);
		expect(1, days * DAY, 2);
	}
}

static void every_size(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		uint64_t total, part, whole;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		total = random >> (random % 60) | 1;
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		part = random % total;
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		whole = random >> (random % 64);
		expect(part, whole, total);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proportions),
		cmocka_unit_test(few_ticks_and_a_long_time),
		cmocka_unit_test(every_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
