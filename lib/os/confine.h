/* SPDX-License-Identifier: MIT */
/*
 * confine.h - removes privileges that a Linux process no longer needs. Each function acts on the
 * calling thread and on threads and processes that it starts later, and cannot be undone.
 *
 * The library confines only its own threads and processes with it. A program that uses the library
 * decides for itself; the command does so in cli/common/confinement.h.
 */
#ifndef VIGIL_OS_CONFINE_H
#define VIGIL_OS_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

/* False in a build with a sanitizer: its runtime finds leaks with ptrace and a separate process,
 * and uses terabytes of address space. The command and the library's helpers are not confined
 * then. */
#ifdef VIGIL_SANITIZED
#define CONFINE_POSSIBLE false
#else
#define CONFINE_POSSIBLE true
#endif

/* A set of capabilities: one bit for each number in <linux/capability.h>. */
#define CONFINE_CAP(number) (UINT64_C(1) << (number))

/* The capabilities that decide which files may be opened: a thread that writes files needs no
 * others. */
uint64_t confine_file_capabilities(void);

/* Keeps only the thread's capabilities that are in `keep`, as permitted and effective; clears the
 * inheritable set. Returns false if they could not be set, and sets errno. */
bool confine_capabilities(uint64_t keep);

/* Removes capabilities temporarily from the thread's effective set, to test what works without
 * them. confine_raise() restores those that are still permitted. Returns false and sets errno on
 * failure. */
bool confine_lower(uint64_t capabilities);
bool confine_raise(uint64_t capabilities);

/* Empties the bounding set and sets no_new_privs: no program executed later gets more privileges
 * than this thread, whatever the owner of its file. Without CAP_SETPCAP the bounding set is
 * unchanged, which is harmless: if execution gives no privileges, the set grants nothing. Returns
 * false and sets errno on failure. */
bool confine_execution(void);

/* A seccomp filter. The build makes filters from lists of system calls (tools/make_seccomp.c). */
struct confine_filter {
	const struct sock_filter *code;
	unsigned short length; /* instructions; at most CONFINE_LENGTH_MAX */
};

#define CONFINE_LENGTH_MAX 1024

/* Represents the process's own PID in a filter. No PID is that large. */
#define CONFINE_OWN_PID 0x7fffffffu

/* Allows only the system calls of this filter, in this thread or, if all_threads is true, in all
 * threads of the process. Calls that only an intruder makes (to execute a program, to mount, to
 * load a module, to write to another process ...) terminate the process; all others fail with
 * EPERM. If clone is allowed for threads, it can create only threads. Requires no_new_privs
 * (confine_execution). Allocates nothing. Returns false and sets errno on failure; nothing has
 * changed then. */
bool confine_system_calls(const struct confine_filter *filter, bool all_threads);

/*
 * Restricts changes of files to these folders, with Landlock. Open files are not affected, and
 * reading is still allowed. Requires no_new_privs (confine_execution).
 *
 * A process confined in this way cannot inspect others, whatever its capabilities: /proc/PID/exe,
 * map_files and the like fail for each process that is not confined in the same way. Returns false
 * and sets errno on failure; ENOSYS or EOPNOTSUPP: the kernel has no Landlock.
 */
bool confine_files(const char *const *folders, size_t count);

/* The Landlock version of this kernel; negative: none. */
int confine_files_version(void);

/* The thread's permitted capabilities, as a set. */
uint64_t confine_permitted(void);

#endif /* VIGIL_OS_CONFINE_H */
