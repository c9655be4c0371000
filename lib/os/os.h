/* SPDX-License-Identifier: MIT */
/*
 * os.h - the few things that library and command ask of any operating system:
 * clocks, and files by a path in UTF-8. os_linux.c and os_windows.c answer alike,
 * with errno where they fail.
 */
#ifndef VIGIL_OS_OS_H
#define VIGIL_OS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* Whether this is Windows: a backslash separates names, and names have no case. */
#ifdef _WIN32
#define OS_WINDOWS true
#else
#define OS_WINDOWS false
#endif

/* Milliseconds of a clock that is never set. */
int64_t os_now_ms(void);

/* Wall clock, ns since 1970 UTC. */
uint64_t os_wall_ns(void);

/* The wall clock in so many milliseconds, for pthread_cond_timedwait. */
static inline struct timespec os_wall_after(unsigned ms)
{
	uint64_t then = os_wall_ns() + ms * UINT64_C(1000000);

	return (struct timespec){ .tv_sec = (time_t)(then / 1000000000u),
				  .tv_nsec = (long)(then % 1000000000u) };
}

void os_sleep_ms(unsigned ms);

/* A time in the local time zone. False: it has none that can be expressed. */
bool os_local_time(time_t when, struct tm *out);

/* The character by which names that differ only in case are compared: that of the NT kernel
 * on Windows; on Linux, which has no such rule, a capital for each ASCII letter. */
uint32_t os_upcase(uint32_t code);

/* Sets or clears real-time priority (SCHED_RR 1) for the calling thread: a thread that empties
 * a queue must not wait for those that fill it. Its children have ordinary priority. Does
 * nothing without permission, or if the process was given another priority by nice(1) or
 * chrt(1). */
void os_hurry(bool hurry);

/* A thread of the library. */
struct os_thread {
	uintptr_t handle; /* 0: none */
};

enum os_priority {
	OS_PRIORITY_LOW,
	OS_PRIORITY_NORMAL,
	OS_PRIORITY_REALTIME
};

/* Starts a thread that calls run(context). Every thread of the library is started here. It has
 * all signals blocked, because the handlers are the program's. name: for debuggers and top(1),
 * at most 15 bytes. Returns 0 or an errno. */
int os_thread_start(struct os_thread *thread, const char *name, enum os_priority priority,
		    void (*run)(void *context), void *context);

/* Waits until the thread has ended. Does nothing if there is none. */
void os_thread_join(struct os_thread *thread);

/* The calling thread, which must be one of the library's own, keeps of its privileges only
 * those over files. */
void os_keep_file_privileges(void);

void os_remove(const char *path);

/* What was written to the disk; another name, where `to` is replaced. To open a file to
 * write: output_file.h. -1: errno. */
int os_sync(int fd);
int os_rename(const char *from, const char *to);

bool os_exists(const char *path);

#ifndef _WIN32
/* The first line of a small file of the kernel, by a path as openat(2) takes it; false: it
 * cannot be read, and line is "". What does not fit is left out. */
bool os_read_line(int directory, const char *path, char *line, size_t size);
#endif

/* The path without links, as the system tells of a program's file; to be freed. NULL: there
 * is no such file, or no memory; on Windows always. */
char *os_real_path(const char *path);

/* Writes all of it, waiting where it must; to a console of Windows as text in UTF-8,
 * which must then be cut between characters. -1: errno; EPIPE: the reader is gone. */
int os_write_all(int fd, const void *data, size_t length);

/* Takes room on the disk for `bytes` behind `end` in a regular file, whose size stays: a write
 * there does not fail for want of it. False: the disk, a quota or RLIMIT_FSIZE does not have as
 * much, see errno. True also where the file system cannot take room, and on Windows. */
bool os_take_room(int fd, uint64_t end, uint64_t bytes);

/* Writes some of data: at most until the descriptor takes no more, for which it waits wait_ms
 * (-1: for ever; a signal ends the waiting). Returns the bytes; 0: it took nothing in time;
 * -1: failed, see errno. A pipe or terminal that another program shares is not made non-blocking,
 * and still nothing is waited for longer than that. Windows: writes all, however long it takes. */
ptrdiff_t os_write_some(int fd, const void *data, size_t length, int wait_ms);

/* Reads what there is, at most `length` bytes. 0: the end; -1: errno. To open a file to
 * read: input.h. */
ptrdiff_t os_read(int fd, void *data, size_t length);

/* Waits until fd can be read, or is at its end. 0: timeout_ms are over (-1: never), or a
 * signal came. (On Windows reading waits instead, and this says 1 at once.) */
int os_wait_input(int fd, int timeout_ms);

/* -1: what was written may not have arrived; errno says why. */
int os_close(int fd);

/* Whether fd is a terminal that knows ANSI's colors. */
bool os_has_colors(int fd);

/* Columns of the terminal behind fd; 0: it is none. */
int os_columns(int fd);

#endif /* VIGIL_OS_OS_H */
