/* SPDX-License-Identifier: MIT */
/*
 * load.c - generates events at the maximum rate, and prints the rate.
 *
 *	bench_load [-w WORKERS] [-t TARGET] MODE COUNT
 *
 *	exec	start TARGET (default: bench_tiny beside this program) and wait for it
 *	fork	fork, end, wait
 *	thread	create a thread, join it
 *	map	map a page of this program as code, unmap it
 *	live	start COUNT processes that sleep until this one ends
 *
 * COUNT is the total of all workers. Each worker is bound to one processor, because
 * their placement would otherwise affect the result more than the watcher. Prints
 * operations, seconds, operations a second, and CPU seconds of the workers and all
 * processes that they started.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char target[4096];
static int code_file;
static char *const arguments[] = { (char[]){ "tiny" }, (char[]){ "bench-load" }, NULL };
static char *const environment[] = { (char[]){ "PATH=/usr/bin:/bin" }, NULL };

static bool reap(pid_t child)
{
	int status;

	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool do_exec(void)
{
	pid_t child;

	return posix_spawn(&child, target, NULL, NULL, arguments, environment) == 0 && reap(child);
}

static bool do_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return reap(child);
}

static void *nothing(void *argument)
{
	return argument;
}

static bool do_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool do_map(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, code_file, 0);

	return page != MAP_FAILED && munmap(page, 4096) == 0;
}

static bool do_live(void)
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return child > 0;
}

static const struct mode {
	const char *name;
	bool (*run)(void);
} MODES[] = {
	{ "exec", do_exec }, { "fork", do_fork }, { "thread", do_thread },
	{ "map", do_map },   { "live", do_live },
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Begins when the other end of `start` is closed. */
static int work(int worker, int start, long count, bool (*run)(void))
{
	cpu_set_t set;
	char byte;

	CPU_ZERO(&set);
	CPU_SET((unsigned)(worker % (int)sysconf(_SC_NPROCESSORS_ONLN)), &set);
	sched_setaffinity(0, sizeof(set), &set);
	if (read(start, &byte, 1) != 0)
		return 1;
	for (long i = 0; i < count; i++)
		if (!run())
			return 1;
	return 0;
}

static int run_workers(int workers, long count, bool (*run)(void))
{
	int start[2], status, failed = 0;
	struct rusage used;
	double begin, took;

	if (pipe(start) < 0)
		err(1, "pipe");
	for (int i = 0; i < workers; i++)
		if (fork() == 0) {
			close(start[1]);
			_exit(work(i, start[0], count * (i + 1) / workers - count * i / workers,
				   run));
		}
	usleep(20000);
	begin = now();
	close(start[1]);
	while (wait(&status) > 0)
		failed |= status;
	took = now() - begin;
	getrusage(RUSAGE_CHILDREN, &used);
	printf("%ld %.4f %.0f %.4f\n", count, took, (double)count / took,
	       seconds(used.ru_utime) + seconds(used.ru_stime));
	return failed != 0;
}

static int run_live(long count)
{
	for (long i = 0; i < count; i++)
		if (!do_live())
			err(1, "fork");
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static void prepare(const char *given)
{
	ssize_t length = readlink("/proc/self/exe", target, sizeof(target) - 16);
	char *slash = length > 0 ? strrchr(target, '/') : NULL;

	if (given)
		snprintf(target, sizeof(target), "%s", given);
	else if (slash)
		memcpy(slash + 1, "bench_tiny", 11);
	code_file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	const char *given = NULL;
	const struct mode *mode = NULL;
	int workers = 1, option;
	long count;

	while ((option = getopt(argc, argv, "w:t:")) != -1)
		switch (option) {
		case 'w':
			workers = atoi(optarg);
			break;
		case 't':
			given = optarg;
			break;
		default:
			return 2;
		}
	for (size_t i = 0; optind < argc && i < sizeof(MODES) / sizeof(MODES[0]); i++)
		if (strcmp(MODES[i].name, argv[optind]) == 0)
			mode = &MODES[i];
	count = optind + 2 == argc ? atol(argv[optind + 1]) : 0;
	if (!mode || count < 1 || workers < 1 || workers > 1024)
		errx(2, "usage: bench_load [-w WORKERS] [-t TARGET] "
			"exec|fork|thread|map|live COUNT");
	prepare(given);
	return mode->run == do_live ? run_live(count) : run_workers(workers, count, mode->run);
}
