/* SPDX-License-Identifier: MIT */
/*
 * os.h - the operating-system functions that the library and the command need: clocks, and
 * files by a path in UTF-8. os_linux.c and os_windows.c behave alike and set errno on failure.
 */
#ifndef VIGIL_OS_OS_H
#define VIGIL_OS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* Whether this is Windows: names are separated by backslashes and ignore case. */
#ifdef _WIN32
#define OS_WINDOWS true
#else
#define OS_WINDOWS false
#endif

/* Returns milliseconds of a clock that is never set. */
int64_t os_now_ms(void);

/* Fills `size` bytes, at most 256, with random numbers of the system. Returns false if there are
 * none. */
bool os_random(void *to, size_t size);

/* Returns the wall clock in ns since 1970 UTC. */
uint64_t os_wall_ns(void);

/* Returns the CPU time of the calling thread in ns; on Windows, whose measurement of that is
 * coarse, the time of a clock that is never set. */
uint64_t os_thread_ns(void);

/* Returns the wall clock time in `ms` milliseconds, for pthread_cond_timedwait. */
static inline struct timespec os_wall_after(unsigned ms)
{
	uint64_t then = os_wall_ns() + ms * UINT64_C(1000000);

	return (struct timespec){ .tv_sec = (time_t)(then / 1000000000u),
				  .tv_nsec = (long)(then % 1000000000u) };
}

void os_sleep_ms(unsigned ms);

/* Converts a time to the local time zone. Returns false if the zone cannot be expressed. */
bool os_local_time(time_t when, struct tm *out);

/* Returns the character by which names are compared that differ only in case: as the NT kernel
 * does on Windows; on Linux, which has no such rule, the capital of an ASCII letter. */
uint32_t os_upcase(uint32_t code);

/* Sets or clears real-time scheduling (SCHED_RR 1) for the calling thread, so that a thread that
 * drains a queue does not wait for those that fill it. Children do not inherit it. Has no effect
 * without permission, or if the process was started with another priority or policy. */
void os_set_realtime(bool on);

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

/* Drops all privileges of the calling thread except those over files. It must be a thread that
 * the library created. */
void os_keep_file_privileges(void);

void os_remove(const char *path);

/* Write a file's data to the disk; rename a file, replacing `to`. To open a file to write:
 * output_file.h. -1: see errno. */
int os_sync(int fd);
int os_rename(const char *from, const char *to);

bool os_exists(const char *path);

#ifndef _WIN32
/* Reads the first line of a small file of the kernel, by a path for openat(2). Returns false if
 * it cannot be read, and sets line to "". A longer line is truncated. */
bool os_read_line(int directory, const char *path, char *line, size_t size);
#endif

/* Returns the path without links, as the system reports the path of a program; to be freed.
 * NULL: no such file, or out of memory; always NULL on Windows. */
char *os_real_path(const char *path);

/* Writes all data, waiting if necessary; to a Windows console as UTF-8 text, which must not be
 * split within a character. -1: see errno; EPIPE: the reader has closed the pipe. */
int os_write_all(int fd, const void *data, size_t length);

/* Allocates `bytes` of disk space after offset `end` of a regular file, whose size stays the
 * same, so that a write there cannot fail because the disk is full. Returns false if the disk, a
 * quota or RLIMIT_FSIZE does not allow it; see errno. Returns true also if the file system
 * cannot allocate space in advance, and on Windows. */
bool os_reserve_space(int fd, uint64_t end, uint64_t bytes);

/* Writes as much of data as the descriptor accepts, and waits up to wait_ms for it to accept any
 * (-1: no limit; a signal ends the wait). Returns the number of bytes; 0: none accepted in time;
 * -1: failed, see errno. Does not make a shared pipe or terminal non-blocking, and still never
 * waits longer than that. Windows: writes all data, without a time limit. */
ptrdiff_t os_write_some(int fd, const void *data, size_t length, int wait_ms);

/* Reads what is available, at most `length` bytes. 0: end of file; -1: see errno. To open a file
 * to read: input.h. */
ptrdiff_t os_read(int fd, void *data, size_t length);

/* Waits until fd can be read or is at its end, and then returns 1. 0: timeout_ms have elapsed
 * (-1: no limit), or a signal arrived. (On Windows, reading waits instead, and this returns 1 at
 * once.) */
int os_wait_input(int fd, int timeout_ms);

/* Closes fd. -1: data may not have been written; see errno. */
int os_close(int fd);

/* Whether fd is a terminal that supports ANSI colors. */
bool os_has_colors(int fd);

/* Returns the columns of the terminal fd; 0: it is not a terminal. */
int os_columns(int fd);

#endif /* VIGIL_OS_OS_H */
