/* SPDX-License-Identifier: MIT */
/*
 * confine.h - how a process of Linux gives up what it does not need any more. Each function
 * acts on the calling thread and on what it starts later, and cannot be undone.
 *
 * The library confines only threads and processes of its own with it. A program that uses the
 * library decides for itself; the command does (cli/common/confinement.h).
 */
#ifndef VIGIL_OS_CONFINE_H
#define VIGIL_OS_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

/* False in a build with a sanitizer: its runtime looks for leaks with ptrace and a process of
 * its own, and takes terabytes of address space. The command and the library's helpers are not
 * confined then. */
#ifdef VIGIL_SANITIZED
#define CONFINE_POSSIBLE false
#else
#define CONFINE_POSSIBLE true
#endif

/* A set of capabilities: a bit for each, by its number in <linux/capability.h>. */
#define CONFINE_CAP(number) (UINT64_C(1) << (number))

/* Those that decide which files may be opened: all that a thread that writes files needs. */
uint64_t confine_file_capabilities(void);

/* Keeps of the thread's capabilities those in `keep`: permitted and effective. None is left
 * to inherit. False: they could not be set, and errno says why. */
bool confine_capabilities(uint64_t keep);

/* Takes capabilities out of the thread's effective set for a while, to see what goes without
 * them; confine_raise() puts back those that are still permitted. False: errno. */
bool confine_lower(uint64_t capabilities);
bool confine_raise(uint64_t capabilities);

/* Empties the bounding set and forbids new privileges: no program that is executed later has
 * more than this thread, whoever owns it. Without CAP_SETPCAP the bounding set stays as it
 * is: where execution gives no privileges, it grants nothing. False: errno. */
bool confine_execution(void);

/* A seccomp filter. The build makes them of lists of system calls (tools/make_seccomp.c). */
struct confine_filter {
	const struct sock_filter *code;
	unsigned short length; /* instructions; at most CONFINE_LENGTH_MAX */
};

#define CONFINE_LENGTH_MAX 1024

/* In a filter, stands for the process's own PID. No PID is that large. */
#define CONFINE_OWN_PID 0x7fffffffu

/* Allows the system calls of this filter alone, in this thread, or with all_threads in each of
 * the process. Those that only an intruder makes (to execute a program, to mount, to load a
 * module, to write to another process ...) end the process; every other one fails with EPERM. A
 * clone allowed for threads makes threads alone. No new privileges must be possible
 * (confine_execution). Allocates nothing. False: errno; nothing has changed. */
bool confine_system_calls(const struct confine_filter *filter, bool all_threads);

/* Lets files be changed below these folders alone, by Landlock; what is open stays as it is,
 * and to read is still allowed. No new privileges must be possible (confine_execution).
 *
 * A process that is confined so may not look into others either, whatever capabilities it
 * has: /proc/PID/exe, map_files and the like fail for each that is not confined as it is.
 * False: errno; ENOSYS or EOPNOTSUPP where the kernel has no Landlock. */
bool confine_files(const char *const *folders, size_t count);

/* The version of Landlock that this kernel has; negative: none. */
int confine_files_version(void);

/* The thread's permitted capabilities, as a set. */
uint64_t confine_permitted(void);

#endif /* VIGIL_OS_CONFINE_H */
