/* SPDX-License-Identifier: MIT */
/*
 * ends.c - processes of which both threads end at the same time.
 *
 *	ends COUNT
 *
 * The kernel counts a thread as ended, then waits for the lock of its memory, then calls the
 * tracepoint of its end (do_exit in kernel/exit.c). A third task, a process with the same memory,
 * holds that lock most of the time, so that both threads are counted before either is reported.
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCKED  (64u << 20) /* bytes; the lock is held while the protection of each page changes */
#define CHANGES 6           /* of the protection, after the threads have begun to end */
#define STACK   65536
#define THREADS 2

static char *memory;
static int arrived; /* threads that are about to end */

static void add_arrived(void)
{
	__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
}

static int all_arrived(void)
{
	return __atomic_load_n(&arrived, __ATOMIC_SEQ_CST) >= THREADS;
}

static void protect(int how)
{
	if (mprotect(memory, LOCKED, how))
		_exit(1);
}

static int hold_lock(void *unused)
{
	int changes = 0;

	(void)unused;
	while (changes < CHANGES) {
		protect(PROT_READ);
		protect(PROT_READ | PROT_WRITE);
		changes += all_arrived();
	}
	_exit(0);
}

static void *end_with_other(void *unused)
{
	add_arrived();
	while (!all_arrived())
		sched_yield();
	syscall(SYS_exit, 0);
	return unused;
}

static _Noreturn void end_both(void)
{
	char *stack = malloc(STACK);
	pthread_t other;

	if (!stack || clone(hold_lock, stack + STACK, CLONE_VM | SIGCHLD, NULL) < 0)
		err(1, "clone");
	if (pthread_create(&other, NULL, end_with_other, NULL))
		errx(1, "pthread_create");
	end_with_other(NULL);
	_exit(1);
}

int main(int argc, char **argv)
{
	int status, failed = 0;

	memory = mmap(NULL, LOCKED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (argc != 2 || memory == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1))
		err(2, "usage: ends COUNT");
	madvise(memory, LOCKED, MADV_NOHUGEPAGE);
	memset(memory, 1, LOCKED);
	for (int i = atoi(argv[1]); i > 0; i--) {
		pid_t pid = fork();

		if (pid == 0)
			end_both();
		while (wait(&status) > 0)
			failed |= status;
	}
	return failed != 0;
}
