/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#include "os/confine.h"

bool os_random(void *to, size_t size)
{
	return getrandom(to, size, 0) == (ssize_t)size;
}

int64_t os_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t os_wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t os_thread_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

void os_sleep_ms(unsigned ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* Fair scheduling also divides time fairly between sessions and groups: programs that do nothing
 * but start others can delay a thread of another group for seconds. */
void os_set_realtime(bool on)
{
	const struct sched_param first = { .sched_priority = 1 }, none = { 0 };
	const int ours = SCHED_RR | SCHED_RESET_ON_FORK;
	int policy = sched_getscheduler(0);

	/* A priority set with nice(1) or chrt(1) is kept. */
	if (on && (policy & ~SCHED_RESET_ON_FORK) == SCHED_OTHER &&
	    getpriority(PRIO_PROCESS, 0) == 0)
		sched_setscheduler(0, ours, &first);
	else if (!on && policy == ours) /* only CAP_SYS_NICE may clear the flag */
		sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
}

struct start {
	char name[16];
	enum os_priority priority;
	void (*run)(void *context);
	void *context;
};

static void *os_thread_main(void *argument)
{
	struct start start = *(struct start *)argument;

	free(argument);
	prctl(PR_SET_NAME, start.name);
	if (start.priority == OS_PRIORITY_LOW)
		setpriority(PRIO_PROCESS, 0, 10);
	if (start.priority == OS_PRIORITY_REALTIME)
		os_set_realtime(true);
	start.run(start.context);
	return NULL;
}

int os_thread_start(struct os_thread *thread, const char *name, enum os_priority priority,
		    void (*run)(void *context), void *context)
{
	struct start *start = malloc(sizeof(*start));
	sigset_t all, before;
	pthread_t id;
	int result;

	thread->handle = 0;
	if (!start)
		return ENOMEM;
	*start = (struct start){ .priority = priority, .run = run, .context = context };
	snprintf(start->name, sizeof(start->name), "%s", name);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&id, NULL, os_thread_main, start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result != 0)
		free(start);
	else
		thread->handle = (uintptr_t)id;
	return result;
}

void os_thread_join(struct os_thread *thread)
{
	if (thread->handle)
		pthread_join((pthread_t)thread->handle, NULL);
	thread->handle = 0;
}

void os_keep_file_privileges(void)
{
	/* With CAP_SYS_NICE a recorder's thread can get real-time priority again after it gave
	 * it up. */
	confine_capabilities(confine_file_capabilities() | CONFINE_CAP(CAP_SYS_NICE));
}

int os_sync(int fd)
{
	return fsync(fd);
}

int os_rename(const char *from, const char *to)
{
	return rename(from, to);
}

void os_remove(const char *path)
{
	unlink(path);
}

bool os_exists(const char *path)
{
	struct stat there;

	return lstat(path, &there) == 0;
}

bool os_read_line(int directory, const char *path, char *line, size_t size)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, line, size - 1) : -1;

	if (fd >= 0)
		close(fd);
	line[got > 0 ? got : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return got >= 0;
}

char *os_real_path(const char *path)
{
	return realpath(path, NULL);
}

bool os_reserve_space(int fd, uint64_t end, uint64_t bytes)
{
	struct rlimit limit;
	int code;

	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    end + bytes > limit.rlim_cur) {
		errno = EFBIG;
		return false;
	}
	do
		code = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)end, (off_t)bytes);
	while (code < 0 && errno == EINTR);
	return code == 0 || (errno != ENOSPC && errno != EDQUOT && errno != EFBIG);
}

ptrdiff_t os_write_some(int fd, const void *data, size_t length, int wait_ms)
{
	struct pollfd look = { .fd = fd, .events = POLLOUT };
	struct stat file;
	ssize_t n;

	/* A descriptor that is ready accepts at least PIPE_BUF bytes: pipe(7). */
	if (fstat(fd, &file) == 0 && !S_ISREG(file.st_mode)) {
		if (poll(&look, 1, wait_ms) <= 0)
			return 0;
		if (length > PIPE_BUF)
			length = PIPE_BUF;
	}
	n = write(fd, data, length);
	return n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : n;
}

int os_write_all(int fd, const void *data, size_t length)
{
	const char *from = data;

	while (length > 0) {
		ssize_t n = write(fd, from, length);

		if (n > 0) {
			from += n;
			length -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) { /* another process made it non-blocking */
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

ptrdiff_t os_read(int fd, void *data, size_t length)
{
	return read(fd, data, length);
}

int os_wait_input(int fd, int timeout_ms)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, timeout_ms) > 0;
}

bool os_local_time(time_t when, struct tm *out)
{
	return localtime_r(&when, out) != NULL;
}

uint32_t os_upcase(uint32_t code)
{
	return code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code;
}

int os_close(int fd)
{
	return close(fd);
}

bool os_has_colors(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

int os_columns(int fd)
{
	struct winsize size;

	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
