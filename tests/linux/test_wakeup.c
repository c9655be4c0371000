/* SPDX-License-Identifier: MIT */
/*
 * test_wakeup.c - a reader that falls asleep at any moment while a record is written finds the
 * ring not empty, or is woken: else the last record of a burst would wait for a timer.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "os/ring.h"
#include "wakeup.skel.h"

#define ROUNDS 100000
#define END_MS 500 /* at most, on a busy machine */

static struct wakeup_bpf *bpf;
static struct ring ring;
static int program;
static uint32_t asked, answered; /* records: the producer writes one for each that is asked */

/* Onto one CPU, before all others there: both sides must run at the same time. */
static void take_cpu(int which)
{
	struct sched_param first = { .sched_priority = 1 };
	cpu_set_t allowed, one;
	int seen = 0;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	CPU_ZERO(&one);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && seen++ == which)
			CPU_SET(cpu, &one);
	pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &first);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void *produce(void *context)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	take_cpu(1);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		uint32_t wanted;

		do
			wanted = __atomic_load_n(&asked, __ATOMIC_SEQ_CST);
		while (wanted < i);
		if (wanted > ROUNDS)
			break;
		bpf_prog_test_run_opts(program, &options);
		__atomic_store_n(&answered, i, __ATOMIC_SEQ_CST);
	}
	return context;
}

/* Falls asleep *delay steps after a record was asked for, and sets *delay so that the next
 * time is nearer to when the record appears. False: with a record in the ring, it would sleep
 * on. */
static bool sleeps_well(uint32_t round, uint32_t *delay)
{
	volatile uint32_t *sleeping = &bpf->bss->sleeping;
	uint32_t length;
	bool empty;

	while (ring_peek(&ring, &length))
		ring_advance(&ring);
	__atomic_store_n(sleeping, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&asked, round, __ATOMIC_SEQ_CST);
	for (volatile uint32_t i = 0; i < *delay; i++)
		;
	__atomic_store_n(sleeping, 1, __ATOMIC_SEQ_CST);
	empty = ring_is_empty(&ring);
	while (__atomic_load_n(&answered, __ATOMIC_SEQ_CST) < round)
		;
	if (empty)
		*delay += 1 + round % 7;
	else if (*delay > 7)
		*delay -= 1 + round % 5;
	return !empty || __atomic_load_n(sleeping, __ATOMIC_SEQ_CST) == 0;
}

static void *fall_asleep(void *context)
{
	uint64_t end = now_ms() + END_MS;
	uint32_t *missed = context, rounds = 0, delay = 0;

	take_cpu(0);
	while (rounds < ROUNDS && now_ms() < end)
		*missed += !sleeps_well(++rounds, &delay);
	__atomic_store_n(&asked, UINT32_MAX, __ATOMIC_SEQ_CST);
	print_message("%u of %u records came without a wake-up\n", *missed, rounds);
	return NULL;
}

static void check(struct bpf_program *which)
{
	pthread_t reader, producer;
	uint32_t missed = 0;

	program = bpf_program__fd(which);
	asked = answered = 0;
	assert_int_equal(pthread_create(&producer, NULL, produce, NULL), 0);
	assert_int_equal(pthread_create(&reader, NULL, fall_asleep, &missed), 0);
	pthread_join(reader, NULL);
	pthread_join(producer, NULL);
	assert_int_equal(missed, 0);
}

static void records_that_are_copied(void **state)
{
	(void)state;
	check(bpf->progs.output_record);
}

static void records_made_in_place(void **state)
{
	(void)state;
	check(bpf->progs.submit_record);
}

static int load(void **state)
{
	(void)state;
	bpf = wakeup_bpf__open();
	if (!bpf)
		return -1;
	bpf_map__set_max_entries(bpf->maps.counters, (uint32_t)libbpf_num_possible_cpus());
	if (wakeup_bpf__load(bpf))
		return -1;
	return ring_open(&ring, bpf_map__fd(bpf->maps.ring), bpf_map__max_entries(bpf->maps.ring));
}

static int unload(void **state)
{
	(void)state;
	ring_close(&ring);
	wakeup_bpf__destroy(bpf);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_that_are_copied),
		cmocka_unit_test(records_made_in_place),
	};

	if (geteuid() != 0 || sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		printf("1..0 # SKIP it takes two CPUs, and root, who may load BPF programs\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, load, unload);
}
