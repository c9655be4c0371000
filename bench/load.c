/* SPDX-License-Identifier: MIT */
/*
 * load.c - starts COUNT programs one after the other, as fast as this goes, on each
 * of WORKERS processors; prints how many a second in all.
 *
 *	bench_load [COUNT [WORKERS [PROGRAM]]]
 */
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Pinned, or where the workers happen to run decides more than what is measured. */
static int work(int worker, int count, char *program)
{
	char *const arguments[] = { program, (char[]){ "bench-load" }, NULL };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)(worker % (int)sysconf(_SC_NPROCESSORS_ONLN)), &set);
	sched_setaffinity(0, sizeof set, &set);
	for (int i = 0; i < count; i++) {
		pid_t child;
		int status;

		if (posix_spawn(&child, program, NULL, NULL, arguments, environ) != 0 ||
		    waitpid(child, &status, 0) != child || status != 0)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 2000;
	int workers = argc > 2 ? atoi(argv[2]) : 1, failed = 0, status;
	char *program = argc > 3 ? argv[3] : (char[]){ "/bin/true" };
	double begin = now();

	if (count < 1 || workers < 1 || workers > 1024)
		return 2;
	for (int i = 0; i < workers; i++)
		if (fork() == 0)
			_exit(work(i, count, program));
	while (wait(&status) > 0)
		failed |= status;
	printf("%.0f\n", (double)count * workers / (now() - begin));
	return failed != 0;
}
