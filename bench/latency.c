/* SPDX-License-Identifier: MIT */
/*
 * latency.c - measures the delay from the start of a program to its line on a pipe.
 *
 *	bench_latency COUNT COMMAND...
 *
 * Runs COMMAND, starts bench_tiny COUNT times at irregular intervals, each time with a
 * unique word as its argument, and waits for a line with that word. Prints median,
 * 99th percentile and maximum in milliseconds. The delay includes the start itself,
 * from before vfork.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Reads until `word` is found; later output is ignored. Returns the time in ms, or -1 if the
 * word was not found within five seconds. */
static double wait_for(int from, const char *word)
{
	static char text[1 << 20];
	struct pollfd readable = { .fd = from, .events = POLLIN };
	double end = now_ms() + 5000;
	size_t kept = 0, length = strlen(word); /* kept: what may be the word's beginning */

	while (now_ms() < end) {
		ssize_t got;

		if (poll(&readable, 1, 100) <= 0)
			continue;
		got = read(from, text + kept, sizeof(text) - kept);
		if (got <= 0)
			return -1;
		if (memmem(text, kept + (size_t)got, word, length))
			return now_ms();
		got += (ssize_t)kept;
		kept = (size_t)got < length - 1 ? (size_t)got : length - 1;
		memmove(text, text + got - kept, kept);
	}
	return -1;
}

/* Reads and discards output for `ms` milliseconds, so that the writer of the pipe never
 * blocks. */
static void discard(int from, long ms)
{
	static char text[1 << 16];
	double end = now_ms() + (double)ms, left;

	while ((left = end - now_ms()) > 0)
		if (poll(&(struct pollfd){ .fd = from, .events = POLLIN }, 1, 1 + (int)left) > 0 &&
		    read(from, text, sizeof(text)) <= 0)
			return;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static pid_t start_watcher(char **command, int *from)
{
	posix_spawn_file_actions_t actions;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		err(1, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (posix_spawnp(&child, command[0], &actions, NULL, command, environ) != 0)
		err(1, "%s", command[0]);
	close(ends[1]);
	*from = ends[0];
	return child;
}

static double once(int number, int from, char *tiny)
{
	char word[40];
	char *const arguments[] = { (char[]){ "tiny" }, word, NULL };
	double begin, end;
	pid_t child;
	int status;

	snprintf(word, sizeof(word), "latency-%d-%d", getpid(), number);
	begin = now_ms();
	if (posix_spawn(&child, tiny, NULL, NULL, arguments, environ) != 0 ||
	    waitpid(child, &status, 0) != child)
		err(1, "%s", tiny);
	end = wait_for(from, word);
	return end < 0 ? -1 : end - begin;
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[1]) : 0, from;
	char tiny[4096] = "";
	ssize_t length = readlink("/proc/self/exe", tiny, sizeof(tiny) - 16);
	char *slash = length > 0 ? strrchr(tiny, '/') : NULL;
	double *took = count > 0 ? calloc((size_t)count, sizeof(*took)) : NULL;
	pid_t watcher;

	if (!took || !slash)
		errx(2, "usage: bench_latency COUNT COMMAND...");
	memcpy(slash + 1, "bench_tiny", 11);
	watcher = start_watcher(argv + 2, &from);
	discard(from, 1500);
	srand48(1);
	for (int i = 0; i < count; i++) {
		discard(from, 5 + lrand48() % 60);
		took[i] = once(i, from, tiny);
		if (took[i] < 0)
			errx(1, "no line within five seconds");
	}
	kill(watcher, SIGINT);
	qsort(took, (size_t)count, sizeof(*took), by_size);
	printf("median %.2f ms, 99th percentile %.2f ms, most %.2f ms, of %d\n", took[count / 2],
	       took[count * 99 / 100], took[count - 1], count);
	free(took);
	return 0;
}
