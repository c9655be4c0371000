/* SPDX-License-Identifier: MIT */
/*
 * bench.c - what one event costs the thread it happens on, and in all.
 *
 *	bench-driver [EVENTS]
 *
 * Each design takes image-load events with a path of 60 characters from one and
 * two producers, alone and with a reader that naps when there is nothing. Of
 * several rounds that take turns, the median is shown:
 *	cpu       a producer's own time per event, waiting for a spin lock included
 *	elapsed   the same by the clock: what waiting asleep and preemption add
 *	all       time of all threads per event that reached the reader
 * The pool is malloc, which has a cache for each thread and so costs a fraction
 * of a kernel's: the seeds' figures are the least they can be.
 */
#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS   7
#define READ_MAX (64u << 10)

static const UNICODE_STRING path =
    RTL_CONSTANT_STRING(L"\\Device\\HarddiskVolume3\\Windows\\System32\\msvcp110_win.dll");

struct result {
	double cpu, elapsed, all; /* ns per event */
};

static struct {
	const struct design *design;
	long events;
	pthread_barrier_t ready;
	volatile int done;
	double cpu[2];
} run;

static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void *produce(void *which)
{
	double began;
	long i;

	pthread_barrier_wait(&run.ready);
	began = now(CLOCK_THREAD_CPUTIME_ID);
	for (i = 0; i < run.events; i++)
		run.design->capture(&path, BENCH_PID, (UINT64)i << 12);
	run.cpu[(intptr_t)which] = now(CLOCK_THREAD_CPUTIME_ID) - began;
	return NULL;
}

static void *consume(void *unused)
{
	static UCHAR buffer[READ_MAX] __attribute__((aligned(8)));
	const struct timespec nap = { 0, 1000000 };

	(void)unused;
	pthread_barrier_wait(&run.ready);
	while (!__atomic_load_n(&run.done, __ATOMIC_ACQUIRE))
		if (run.design->read(buffer, sizeof(buffer)) == 0)
			nanosleep(&nap, NULL);
	return NULL;
}

static struct result measure(const struct design *design, int producers, int reader, long events)
{
	pthread_t producer[2], consumer;
	struct result result = { 0, 0, 0 };
	double began, began_all;
	intptr_t i;

	run.design = design;
	run.events = events;
	run.done = 0;
	design->start();
	pthread_barrier_init(&run.ready, NULL, (unsigned)(producers + reader + 1));
	if (reader)
		pthread_create(&consumer, NULL, consume, NULL);
	for (i = 0; i < producers; i++)
		pthread_create(&producer[i], NULL, produce, (void *)i);
	pthread_barrier_wait(&run.ready);
	began = now(CLOCK_MONOTONIC);
	began_all = now(CLOCK_PROCESS_CPUTIME_ID);
	for (i = 0; i < producers; i++) {
		pthread_join(producer[i], NULL);
		result.cpu += run.cpu[i] / (double)(events * producers);
	}
	result.elapsed = (now(CLOCK_MONOTONIC) - began) / (double)(events * producers);
	__atomic_store_n(&run.done, 1, __ATOMIC_RELEASE);
	if (reader)
		pthread_join(consumer, NULL);
	if (design->delivered() > 0)
		result.all =
		    (now(CLOCK_PROCESS_CPUTIME_ID) - began_all) / (double)design->delivered();
	pthread_barrier_destroy(&run.ready);
	design->stop();
	return result;
}

static int compare(const void *a, const void *b)
{
	const struct result *one = a, *other = b;

	return one->elapsed < other->elapsed ? -1 : one->elapsed > other->elapsed;
}

static struct result median(struct result *rounds)
{
	qsort(rounds, ROUNDS, sizeof(*rounds), compare);
	return rounds[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	static const struct {
		int producers, reader;
	} cases[] = { { 1, 0 }, { 1, 1 }, { 2, 0 }, { 2, 1 } };
	long events = argc > 1 ? atol(argv[1]) : 300000;
	double ratio = 0;
	size_t c;
	int round;

	bench_clock_start();
	printf("                 seeds, ns              vigil, ns              seeds/vigil\n");
	printf("producers reader   cpu elapsed    all    cpu elapsed    all    cpu elapsed  all\n");
	for (c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct result seeds_all[ROUNDS], vigil_all[ROUNDS], seeds, vigil;

		for (round = 0; round < ROUNDS; round++) {
			seeds_all[round] =
			    measure(&seeds_design, cases[c].producers, cases[c].reader, events);
			vigil_all[round] =
			    measure(&vigil_design, cases[c].producers, cases[c].reader, events);
		}
		seeds = median(seeds_all);
		vigil = median(vigil_all);
		ratio = seeds.all > 0 ? seeds.all / vigil.all : 0;
		printf("%9d %6s %5.0f %7.0f %6.0f  %5.0f %7.0f %6.0f  %5.1f %7.1f %4.1f\n",
		       cases[c].producers, cases[c].reader ? "yes" : "no", seeds.cpu, seeds.elapsed,
		       seeds.all, vigil.cpu, vigil.elapsed, vigil.all, seeds.cpu / vigil.cpu,
		       seeds.elapsed / vigil.elapsed, ratio);
	}
	printf("two producers and a reader: an event that arrives costs the seeds' design "
	       "%.1f times as much\n",
	       ratio);
	return 0;
}
