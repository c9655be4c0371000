/* SPDX-License-Identifier: MIT */
/* threads.c - makes events as fast as it can: threads COUNT [PER_SECOND]: that many threads, one
 * after the other, each with its beginning and its end as an event. */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *end_at_once(void *argument)
{
	return argument;
}

/* Waits until thread number `i` is due. */
static void keep_pace(const struct timespec *begin, long i, long per_second)
{
	struct timespec due = *begin;

	if (per_second <= 0 || i % 100)
		return;
	due.tv_sec += i / per_second;
	due.tv_nsec += i % per_second * 1000000000 / per_second;
	if (due.tv_nsec >= 1000000000) {
		due.tv_nsec -= 1000000000;
		due.tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0, per_second = argc > 2 ? atol(argv[2]) : 0;
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (long i = 0; i < count; i++) {
		pthread_t thread;
		int reason = pthread_create(&thread, NULL, end_at_once, NULL);

		if (reason)
			errx(1, "pthread_create: %s", strerror(reason));
		pthread_join(thread, NULL);
		keep_pace(&begin, i + 1, per_second);
	}
	return 0;
}
