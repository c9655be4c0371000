/* SPDX-License-Identifier: MIT */
/*
 * program.c - does, one at a time, what the sensor must see right.
 *
 *	program WHAT [ARGUMENT...]
 */
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int reap(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(1, "child");
	return status;
}

/* exec-many COUNT PROGRAM: runs PROGRAM with COUNT arguments that it makes,
 * among them bytes that are no UTF-8, newlines, quotes and an empty one. */
static int exec_many(char **a)
{
	static char odd[] = "\xff\xfe\x80", line[] = "two\nlines\t\"quoted\"", empty[] = "";
	int count = atoi(a[0]);
	char **args = calloc((size_t)count + 2, sizeof(*args));

	args[0] = a[1];
	for (int i = 1; i <= count; i++) {
		args[i] = i % 100 == 1   ? odd
			  : i % 100 == 2 ? line
			  : i % 100 == 3 ? empty
					 : malloc(24);
		if (args[i] != odd && args[i] != line && args[i] != empty)
			snprintf(args[i], 24, "argument%d", i);
	}
	execv(a[1], args);
	err(1, "execv");
}

/* exec-long BYTES PROGRAM: one argument of so many bytes. */
static int exec_long(char **a)
{
	size_t bytes = (size_t)atol(a[0]);
	char *text = malloc(bytes + 1), *args[] = { a[1], text, NULL };

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	execv(a[1], args);
	err(1, "execv");
}

/* exec-failing: three execs that fail, then an exit code. */
static int exec_failing(char **a)
{
	char *args[] = { a[0], NULL };

	execv("/nonexistent/program", args);
	execv("/etc/passwd", args);
	execv("/", args);
	return 42;
}

static int copy_self(int to)
{
	char buffer[65536];
	int from = open("/proc/self/exe", O_RDONLY);
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			err(1, "write");
	close(from);
	return to;
}

/* exec-memfd: runs a copy of itself that lives in memory alone. */
static int exec_memfd(char **a)
{
	char *args[] = { "in-memory", "nothing", NULL };
	int fd = copy_self(memfd_create("hidden", MFD_CLOEXEC));

	(void)a;
	fexecve(fd, args, environ);
	err(1, "fexecve");
}

/* exec-deleted PATH: runs a copy of itself whose file is gone. */
static int exec_deleted(char **a)
{
	char *args[] = { a[0], "nothing", NULL };
	int fd = open(a[0], O_RDWR | O_CREAT | O_TRUNC, 0700), again;

	close(copy_self(fd));
	again = open(a[0], O_RDONLY | O_CLOEXEC);
	unlink(a[0]);
	fexecve(again, args, environ);
	err(1, "fexecve");
}

static void *exec_true(void *a)
{
	char *args[] = { "true", "by-thread", NULL };

	(void)a;
	execv("/bin/true", args);
	err(1, "execv");
}

static void *wait_forever(void *a)
{
	pause();
	return a;
}

/* exec-thread: a thread that is not the first one execs while others live. */
static int exec_thread(char **a)
{
	pthread_t threads[4];

	(void)a;
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, wait_forever, NULL);
	pthread_create(&threads[3], NULL, exec_true, NULL);
	pause();
	return 1;
}

static void *nothing(void *a)
{
	return a;
}

/* threads COUNT: so many, one after the other. */
static int threads(char **a)
{
	for (int i = atoi(a[0]); i > 0; i--) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, nothing, NULL))
			errx(1, "pthread_create");
		pthread_join(thread, NULL);
	}
	return 0;
}

/* credentials ID LIBRARY: becomes user and group ID, loads LIBRARY, makes a thread. */
static int credentials(char **a)
{
	char *one[] = { "1" };
	unsigned id = (unsigned)atoi(a[0]);

	if (setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
		err(1, "%s", a[0]);
	if (!dlopen(a[1], RTLD_NOW))
		errx(1, "%s", dlerror());
	return threads(one);
}

static char state_of_first_thread(void)
{
	char text[400] = "";
	const char *name_ends;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		err(1, "/proc/self/stat");
	close(fd);
	name_ends = strrchr(text, ')');
	return name_ends ? name_ends[2] : '?';
}

/* leader-first: the first thread ends before the last one, which sets the code. */
static void *leave_later(void *a)
{
	while (state_of_first_thread() != 'Z') /* it takes long on a slow emulator */
		usleep(1000);
	usleep(50000);
	exit(7);
	return a;
}

static int leader_first(char **a)
{
	pthread_t thread;

	(void)a;
	pthread_create(&thread, NULL, leave_later, NULL);
	pthread_exit(NULL);
}

/* Uses CPU for `ms`, without asking the scheduler, which would bring its account up to
 * date: half of it in user mode, half in the kernel. */
static void *burn(void *ms)
{
	struct timespec begun, now;
	int64_t end = *(int *)ms * INT64_C(1000000), past;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
		past =
		    (now.tv_sec - begun.tv_sec) * INT64_C(1000000000) + now.tv_nsec - begun.tv_nsec;
		if (past > end / 2)
			syscall(SYS_getppid);
	} while (past < end);
	return NULL;
}

static void *burn_later(void *ms)
{
	usleep(5000);
	return burn(ms);
}

static _Noreturn void burn_in_threads(int count, int ms, bool leader_first)
{
	pthread_t thread[64];

	for (int i = 1; i < count && i < 64; i++)
		if (pthread_create(&thread[i], NULL, leader_first ? burn_later : burn, &ms))
			errx(1, "pthread_create");
	burn(&ms);
	if (leader_first)
		pthread_exit(NULL);
	for (int i = 1; i < count && i < 64; i++)
		pthread_join(thread[i], NULL);
	exit(0);
}

/* cpu COUNT MS first|last: a child with so many threads, each of which uses CPU for MS;
 * its leader ends first or last. Prints the child's PID, and the user and system time in
 * us that wait4 reports. */
static int cpu(char **a)
{
	struct rusage used;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		burn_in_threads(atoi(a[0]), atoi(a[1]), strcmp(a[2], "first") == 0);
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		err(1, "child");
	printf("%d %ld %ld\n", (int)pid, used.ru_utime.tv_sec * 1000000 + used.ru_utime.tv_usec,
	       used.ru_stime.tv_sec * 1000000 + used.ru_stime.tv_usec);
	return status;
}

static void *store_thread_id(void *to)
{
	__atomic_store_n((pid_t *)to, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	pause();
	return to;
}

/* Threads whose ids are in tids[] as soon as they run. */
static void start_threads(pid_t *tids, int count)
{
	for (int i = 0; i < count; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, store_thread_id, &tids[i]))
			errx(1, "pthread_create");
		while (!__atomic_load_n(&tids[i], __ATOMIC_SEQ_CST))
			sched_yield();
	}
}

/* unreleased COUNT: a child with so many more threads, each of which has a tracer that does
 * not wait for it, so that they stay when all end. Prints the child's PID. */
static int unreleased(char **a)
{
	int ready[2], end[2], count = atoi(a[0]), status;
	pid_t *tids = mmap(NULL, (size_t)count * sizeof(*tids), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char byte = 0;
	pid_t pid;

	if (tids == MAP_FAILED || pipe(ready) || pipe(end))
		err(1, "pipe");
	pid = fork();
	if (pid == 0) {
		close(end[1]);
		start_threads(tids, count);
		_exit(write(ready[1], &byte, 1) != 1 || read(end[0], &byte, 1) != 0);
	}
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		err(1, "child");
	for (int i = 0; i < count; i++)
		if (ptrace(PTRACE_SEIZE, tids[i], NULL, NULL))
			err(1, "ptrace");
	close(end[1]);
	for (int i = 0; i < count; i++)
		waitid(P_PID, (id_t)tids[i], &(siginfo_t){ 0 }, WEXITED | WNOWAIT | __WALL);
	printf("%d\n", (int)pid);
	for (int i = 0; i < count; i++)
		waitpid(tids[i], &status, __WALL);
	return reap(pid);
}

static int vfork_(char **a)
{
	pid_t pid =
	    vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): is what is tested */

	if (pid == 0) {
		execv("/bin/true", (char *[]){ "true", "by-vfork", NULL });
		_exit(127);
	}
	(void)a;
	return reap(pid);
}

static int clone3_(char **a)
{
	struct clone_args how = { .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &how, sizeof(how));

	(void)a;
	if (pid == 0) {
		execv("/bin/true", (char *[]){ "true", "by-clone3", NULL });
		_exit(127);
	}
	return reap((pid_t)pid);
}

/* fork-into CGROUP: a child that begins in another cgroup and runs no program. */
static int fork_into(char **a)
{
	struct clone_args how = { .exit_signal = SIGCHLD, .flags = CLONE_INTO_CGROUP };
	int group = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long pid;

	if (group < 0)
		err(2, "%s", a[0]);
	how.cgroup = (unsigned)group;
	pid = syscall(SYS_clone3, &how, sizeof(how));
	if (pid < 0)
		err(2, "clone3");
	if (pid == 0)
		_exit(0);
	return reap((pid_t)pid);
}

/* orphan: a grandchild that outlives its parent, is reparented, then execs. */
static int orphan(char **a)
{
	pid_t child = fork();

	(void)a;
	if (child == 0) {
		pid_t parent = getpid();

		if (fork() == 0) {
			while (getppid() == parent)
				usleep(1000);
			usleep(20000);
			execv("/bin/true", (char *[]){ "true", "orphan", NULL });
			_exit(127);
		}
		usleep(10000);
		_exit(0);
	}
	reap(child);
	usleep(100000);
	return 0;
}

/* dlopen LIBRARY: prints where its first executable mapping is, per /proc/self/maps. */
static int dlopen_(char **a)
{
	char line[4096], real[4096];
	FILE *maps;

	if (!dlopen(a[0], RTLD_NOW))
		errx(1, "%s", dlerror());
	if (!realpath(a[0], real))
		err(1, "%s", a[0]);
	maps = fopen("/proc/self/maps", "r");
	while (fgets(line, sizeof(line), maps)) {
		unsigned long long from, to, offset, inode;
		char mode[8], path[4096] = "";

		if (sscanf(line, "%llx-%llx %7s %llx %*s %llu %4095s", &from, &to, mode, &offset,
			   &inode, path) == 6 &&
		    mode[2] == 'x' && strcmp(path, real) == 0)
			printf("0x%llx %llu %llu %llu\n", from, to - from, offset, inode);
	}
	return 0;
}

/* burst COUNT WORKERS PROGRAM: starts PROGRAM so often as fast as it can. */
static int burst(char **a)
{
	int count = atoi(a[0]), workers = atoi(a[1]);
	char *args[] = { a[2], "burst", NULL };

	for (int w = 0; w < workers; w++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (int i = w; i < count; i += workers) {
				pid_t pid;

				if (posix_spawn(&pid, a[2], NULL, NULL, args, environ) || reap(pid))
					_exit(1);
			}
			_exit(0);
		}
	for (int status, w = 0; w < workers; w++)
		if (wait(&status) < 0 || status)
			return 1;
	return 0;
}

/* forks COUNT WORKERS: so many processes that end at once. */
static int forks(char **a)
{
	int count = atoi(a[0]), workers = atoi(a[1]);

	for (int w = 0; w < workers; w++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (int i = w; i < count; i += workers) {
				pid_t pid = fork();

				if (pid == 0)
					_exit(0);
				reap(pid);
			}
			_exit(0);
		}
	for (int status, w = 0; w < workers; w++)
		if (wait(&status) < 0 || status)
			return 1;
	return 0;
}

/* maps FILE COUNT: maps FILE as code so often, on each processor. */
static int maps(char **a)
{
	int fd = open(a[0], O_RDONLY), workers = (int)sysconf(_SC_NPROCESSORS_ONLN);

	for (int w = 0; w < workers; w++)
		if (fork() == 0) {
			cpu_set_t one;

			CPU_ZERO(&one);
			CPU_SET((size_t)w, &one);
			sched_setaffinity(0, sizeof(one), &one);
			for (int i = 0; i < atoi(a[1]); i++) {
				void *at = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

				if (at == MAP_FAILED)
					_exit(1);
				munmap(at, 1);
			}
			_exit(0);
		}
	for (int status, w = 0; w < workers; w++)
		if (wait(&status) < 0 || status)
			return 1;
	return 0;
}

/* reuse COUNT: forks children until one has the PID of the first one again, having
 * set the kernel's counter back; the two run different things. Prints the PID. */
static int reuse(char **a)
{
	pid_t wanted = 0;

	for (int i = 0; i < atoi(a[0]); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			char *args[] = { "true", i == 0 ? "first" : "other", NULL };

			raise(SIGSTOP); /* until it is known whether the PID fits */
			execv("/bin/true", args);
			_exit(127);
		}
		if (i == 0)
			wanted = pid;
		waitpid(pid, NULL, WUNTRACED);
		if (i > 0 && pid != wanted) {
			kill(pid, SIGKILL);
			kill(pid, SIGCONT);
		} else {
			kill(pid, SIGCONT);
		}
		reap(pid);
		if (i > 0 && pid == wanted) {
			printf("%d\n", pid);
			return 0;
		}
		FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "w");

		if (!last || fprintf(last, "%d", wanted - 1) < 0 || fclose(last))
			err(1, "ns_last_pid");
	}
	return 1;
}

static int die(char **a)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	raise(atoi(a[0]));
	return 1;
}

static int nap(char **a)
{
	usleep((useconds_t)atoi(a[0]) * 1000);
	return 0;
}

/* spin MS: uses so much CPU. */
static int spin(char **a)
{
	struct rusage used;

	do
		getrusage(RUSAGE_SELF, &used);
	while (used.ru_utime.tv_sec * 1000 + used.ru_utime.tv_usec / 1000 +
		   used.ru_stime.tv_sec * 1000 + used.ru_stime.tv_usec / 1000 <
	       atoi(a[0]));
	return 0;
}

static int do_nothing(char **a)
{
	(void)a;
	return 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **a);
} acts[] = {
	{ "exec-many", 2, exec_many },
	{ "exec-long", 2, exec_long },
	{ "exec-failing", 0, exec_failing },
	{ "exec-memfd", 0, exec_memfd },
	{ "exec-deleted", 1, exec_deleted },
	{ "exec-thread", 0, exec_thread },
	{ "threads", 1, threads },
	{ "credentials", 2, credentials },
	{ "leader-first", 0, leader_first },
	{ "cpu", 3, cpu },
	{ "unreleased", 1, unreleased },
	{ "vfork", 0, vfork_ },
	{ "clone3", 0, clone3_ },
	{ "fork-into", 1, fork_into },
	{ "orphan", 0, orphan },
	{ "dlopen", 1, dlopen_ },
	{ "burst", 3, burst },
	{ "forks", 2, forks },
	{ "maps", 2, maps },
	{ "reuse", 1, reuse },
	{ "die", 1, die },
	{ "nap", 1, nap },
	{ "spin", 1, spin },
	{ "nothing", 0, do_nothing },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].name, argv[1]) == 0 && argc >= 2 + acts[i].arguments)
			return acts[i].run(argv + 2);
	errx(2, "usage: program WHAT [ARGUMENT...]");
}
