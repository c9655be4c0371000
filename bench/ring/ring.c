/* SPDX-License-Identifier: MIT */
/*
 * ring.c - what a record into a BPF ring costs a processor alone, and beside another one.
 *
 *	bench_ring
 *
 * Prints two numbers, in nanoseconds for each record: of one processor, and of each of two
 * that write into the same ring at the same time. Both are medians of several rounds,
 * without the cost of running a program that does nothing; of two processors only rounds
 * count in which both wrote nearly all the time. Needs root and two processors.
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "ring.skel.h"

#define ROUNDS  31
#define RECORDS 40000 /* in a round, for each processor */
#define TRIES   3100  /* rounds, until ROUNDS of them count */

static struct {
	pthread_barrier_t ready;
	int program;
	unsigned took[2]; /* ns for each run */
	double begin[2], end[2];
} run;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *write_on(void *argument)
{
	char packet[64] = { 0 };
	const struct sched_param first = { .sched_priority = 1 };
	intptr_t cpu = (intptr_t)argument;
	cpu_set_t set;

	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = RECORDS);
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0)
		errx(1, "cannot run on processor %d", (int)cpu);
	if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
		err(1, "sched_setscheduler");
	pthread_barrier_wait(&run.ready);
	run.begin[cpu] = now();
	if (bpf_prog_test_run_opts(run.program, &options) != 0)
		err(1, "BPF_PROG_TEST_RUN");
	run.end[cpu] = now();
	run.took[cpu] = options.duration;
	return NULL;
}

/* Whether the two wrote at the same time, for nine tenths of the time. */
static bool was_together(void)
{
	double both = (run.end[0] < run.end[1] ? run.end[0] : run.end[1]) -
		      (run.begin[0] > run.begin[1] ? run.begin[0] : run.begin[1]);
	double any = (run.end[0] > run.end[1] ? run.end[0] : run.end[1]) -
		     (run.begin[0] < run.begin[1] ? run.begin[0] : run.begin[1]);

	return both > 0.9 * any;
}

/* ns for each run of the program, the mean of the processors. */
static double measure_once(int program, int cpus)
{
	pthread_t thread[2];
	double sum = 0;

	run.program = program;
	pthread_barrier_init(&run.ready, NULL, (unsigned)cpus);
	for (intptr_t cpu = 0; cpu < cpus; cpu++)
		if (pthread_create(&thread[cpu], NULL, write_on, (void *)cpu) != 0)
			errx(1, "pthread_create");
	for (int cpu = 0; cpu < cpus; cpu++) {
		pthread_join(thread[cpu], NULL);
		sum += run.took[cpu];
	}
	pthread_barrier_destroy(&run.ready);
	return sum / cpus;
}

static int compare(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return a < b ? -1 : a > b;
}

/* The median of the rounds that count; the ring is empty before each. */
static double measure(const struct ring_bpf *bpf, const struct bpf_program *program, int cpus)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int map = bpf_map__fd(bpf->maps.ring);
	volatile uint64_t *read_to = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	volatile uint64_t *written = mmap(NULL, page, PROT_READ, MAP_SHARED, map, (off_t)page);
	double took[ROUNDS];
	int round = 0;

	if (read_to == MAP_FAILED || written == MAP_FAILED)
		err(1, "mmap");
	for (int try = 0; try < TRIES && round < ROUNDS; try++) {
		took[round] = measure_once(bpf_program__fd(program), cpus);
		*read_to = *written;
		if (cpus == 1 || was_together())
			round++;
	}
	if (round < ROUNDS)
		errx(1, "the machine is too busy: the processors did not write at the same time");
	munmap((void *)(uintptr_t)read_to, page);
	munmap((void *)(uintptr_t)written, page);
	qsort(took, ROUNDS, sizeof(*took), compare);
	return took[ROUNDS / 2];
}

int main(void)
{
	struct ring_bpf *bpf = ring_bpf__open_and_load();
	double nothing, alone, beside;

	if (!bpf)
		errx(1, "cannot load the programs: this takes root");
	nothing = measure(bpf, bpf->progs.write_nothing, 1);
	alone = measure(bpf, bpf->progs.write_record, 1) - nothing;
	beside = measure(bpf, bpf->progs.write_record, 2) - nothing;
	if (bpf->bss->refused != 0)
		errx(1, "%lu records were refused", (unsigned long)bpf->bss->refused);
	printf("%.1f %.1f\n", alone, beside);
	ring_bpf__destroy(bpf);
	return 0;
}
