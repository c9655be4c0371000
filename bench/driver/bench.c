/* SPDX-License-Identifier: MIT */
/*
 * bench.c - what one event costs the thread it happens on, and in all.
 *
 *	bench-driver [EVENTS]
 *
 * Each design takes image-load events with a path of 60 characters from one, two
 * and eight producers. More producers than processors show what a preempted owner
 * of a lock costs, not how a lock behaves on that many processors. Without a reader
 * they produce as fast as they can: what making and dropping records costs. With
 * one they produce bursts of 100 a millisecond, a rate at which nothing need be
 * lost, and the reader naps 5 ms when there is nothing: what an event costs that
 * arrives. Of several rounds that take turns,
 * the median is shown, in nanoseconds per event:
 *	cpu       a producer's own time, waiting for a spin lock included
 *	elapsed   the same by the clock: what waiting asleep and preemption add
 *	all       producers' and reader's time per event that arrived
 * and first what no design can do without: one look at the clock, one copy of a
 * record's bytes into memory that is not in the cache, one lock.
 */
#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS   7
#define READ_MAX (64u << 10)
#define BURST    100
#define MOST     8 /* producers */

static const UNICODE_STRING path =
    RTL_CONSTANT_STRING(L"\\Device\\HarddiskVolume3\\Windows\\System32\\msvcp110_win.dll");

struct result {
	double cpu, elapsed, all; /* ns per event */
	double lost;              /* share of the events, with a reader */
};

static struct {
	const struct design *design;
	long events;
	pthread_barrier_t ready;
	int paced;
	volatile int done;
	double cpu[MOST], elapsed[MOST], reader;
} run;

static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void *produce(void *which)
{
	long chunk = run.paced ? BURST : run.events, i, n;
	const struct timespec gap = { 0, 1000000 };
	double cpu = 0, elapsed = 0;

	pthread_barrier_wait(&run.ready);
	for (i = 0; i < run.events; i += chunk) {
		double clock = now(CLOCK_MONOTONIC), own = now(CLOCK_THREAD_CPUTIME_ID);

		for (n = i; n < i + chunk; n++)
			run.design->capture(&path, BENCH_PID, (UINT64)n << 12);
		cpu += now(CLOCK_THREAD_CPUTIME_ID) - own;
		elapsed += now(CLOCK_MONOTONIC) - clock;
		if (run.paced)
			nanosleep(&gap, NULL);
	}
	run.cpu[(intptr_t)which] = cpu;
	run.elapsed[(intptr_t)which] = elapsed;
	return NULL;
}

static void *consume(void *unused)
{
	static UCHAR buffer[READ_MAX] __attribute__((aligned(8)));
	const struct timespec nap = { 0, 5000000 };
	double began;
	int last;

	(void)unused;
	pthread_barrier_wait(&run.ready);
	began = now(CLOCK_THREAD_CPUTIME_ID);
	do {
		last = __atomic_load_n(&run.done, __ATOMIC_ACQUIRE);
		while (run.design->read(buffer, sizeof(buffer)) != 0)
			;
		if (!last)
			nanosleep(&nap, NULL);
	} while (!last);
	run.reader = now(CLOCK_THREAD_CPUTIME_ID) - began;
	return NULL;
}

static struct result measure(const struct design *design, int producers, int reader, long events)
{
	pthread_t producer[MOST], consumer;
	struct result result = { 0, 0, 0, 0 };
	double all = 0, total = (double)(events * producers);
	intptr_t i;

	run.design = design;
	run.events = events;
	run.paced = reader;
	run.done = 0;
	design->start();
	pthread_barrier_init(&run.ready, NULL, (unsigned)(producers + reader));
	if (reader)
		pthread_create(&consumer, NULL, consume, NULL);
	for (i = 0; i < producers; i++)
		pthread_create(&producer[i], NULL, produce, (void *)i);
	for (i = 0; i < producers; i++) {
		pthread_join(producer[i], NULL);
		all += run.cpu[i];
		result.elapsed += run.elapsed[i] / total;
	}
	result.cpu = all / total;
	__atomic_store_n(&run.done, 1, __ATOMIC_RELEASE);
	if (reader) {
		pthread_join(consumer, NULL);
		result.all = (all + run.reader) / (double)design->delivered();
		result.lost = 1 - (double)design->delivered() / total;
	}
	pthread_barrier_destroy(&run.ready);
	design->stop();
	return result;
}

static int compare(const void *a, const void *b)
{
	const struct result *one = a, *other = b;

	return one->cpu < other->cpu ? -1 : one->cpu > other->cpu;
}

static struct result median(struct result *rounds)
{
	qsort(rounds, ROUNDS, sizeof(*rounds), compare);
	return rounds[ROUNDS / 2];
}

/* What is left when everything that can be avoided is. */
static void print_least(void)
{
	static UCHAR ring[4 << 20], record[208];
	static KSPIN_LOCK lock;
	double clock = 0, copy = 0, locked = 0, began;
	const long n = 1000000;
	LARGE_INTEGER time;
	size_t at = 0;
	KLOCK_QUEUE_HANDLE held;
	long i;

	began = now(CLOCK_THREAD_CPUTIME_ID);
	for (i = 0; i < n; i++)
		bench_system_time(&time);
	clock = (now(CLOCK_THREAD_CPUTIME_ID) - began) / (double)n;
	began = now(CLOCK_THREAD_CPUTIME_ID);
	for (i = 0; i < n; i++) {
		memcpy(ring + at, record, sizeof(record));
		at = at + 2 * sizeof(record) > sizeof(ring) ? 0 : at + sizeof(record);
	}
	copy = (now(CLOCK_THREAD_CPUTIME_ID) - began) / (double)n;
	began = now(CLOCK_THREAD_CPUTIME_ID);
	for (i = 0; i < n; i++) {
		KeAcquireInStackQueuedSpinLock(&lock, &held);
		KeReleaseInStackQueuedSpinLock(&held);
	}
	locked = (now(CLOCK_THREAD_CPUTIME_ID) - began) / (double)n;
	printf("at least: clock %.1f, copy %.1f, lock %.1f, together %.1f ns\n\n", clock, copy,
	       locked, clock + copy + locked);
}

static void print_result(int producers, int reader, const struct result *seeds,
			 const struct result *vigil)
{
	printf("%9d %6s %5.0f %7.0f", producers, reader ? "yes" : "no", seeds->cpu, seeds->elapsed);
	if (reader)
		printf(" %6.0f", seeds->all);
	else
		printf(" %6s", "");
	printf("  %5.0f %7.0f", vigil->cpu, vigil->elapsed);
	if (reader)
		printf(" %6.0f", vigil->all);
	else
		printf(" %6s", "");
	printf("  %5.1f %7.1f", seeds->cpu / vigil->cpu, seeds->elapsed / vigil->elapsed);
	if (reader)
		printf(" %4.1f   %.1f%% %.1f%%", seeds->all / vigil->all, 100 * seeds->lost,
		       100 * vigil->lost);
	printf("\n");
}

int main(int argc, char **argv)
{
	static const struct {
		int producers, reader;
	} cases[] = { { 1, 0 }, { 2, 0 }, { MOST, 0 }, { 1, 1 }, { 2, 1 }, { MOST, 1 } };
	long events = argc > 1 ? atol(argv[1]) : 300000;
	size_t c;
	int round;

	bench_clock_start();
	print_least();
	printf("                 book, ns               vigil, ns              book/vigil         "
	       "lost\n");
	printf("producers reader   cpu elapsed    all    cpu elapsed    all    cpu elapsed  all\n");
	for (c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		/* The same number in all, so that eight producers do not take eight times as long. */
		long all = events / cases[c].producers;
		long each = cases[c].reader ? all / 20 / BURST * BURST : all;
		struct result seeds_all[ROUNDS], vigil_all[ROUNDS], seeds, vigil;

		for (round = 0; round < ROUNDS; round++) {
			seeds_all[round] =
			    measure(&seeds_design, cases[c].producers, cases[c].reader, each);
			vigil_all[round] =
			    measure(&vigil_design, cases[c].producers, cases[c].reader, each);
		}
		seeds = median(seeds_all);
		vigil = median(vigil_all);
		print_result(cases[c].producers, cases[c].reader, &seeds, &vigil);
	}
	return 0;
}
