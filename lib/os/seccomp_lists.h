/* SPDX-License-Identifier: MIT */
/*
 * seccomp_lists.h - lists of system calls that a confined process may make.
 *
 * They are compiled for the build machine: tools/make_seccomp.c turns them into seccomp filters
 * (confine.h). The constants of arguments are the build machine's; those used here are the same
 * on each 64-bit architecture.
 */
#ifndef VIGIL_SECCOMP_LISTS_H
#define VIGIL_SECCOMP_LISTS_H

#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <seccomp.h>

/* A system call that is allowed; with a mask only where argument & mask == value. */
struct seccomp_call {
	int number; /* SCMP_SYS(...) */
	unsigned argument;
	uint64_t mask, value;
};

struct seccomp_list {
	const struct seccomp_call *call;
	size_t count;
};

#define SECCOMP_LISTS_MAX 8

/* An array of filters that one program, or library, has. Each has one, by this name. */
struct seccomp_array {
	const char *name;    /* of the array of struct confine_filter that is generated */
	const char *include; /* the header that declares it */
	unsigned count;      /* filters */
	/* Gives the lists of filter `number` and returns how many they are. */
	size_t (*choose)(unsigned number, struct seccomp_list lists[SECCOMP_LISTS_MAX]);
};

extern const struct seccomp_array seccomp_array;

#define SECCOMP_LOW 0xffffffffu /* mask of an argument that the kernel takes as 32 bits */

/* open(2) flags that write, or make something. */
#define SECCOMP_WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

#define SECCOMP_ALWAYS(name) \
	{ \
		SCMP_SYS(name), 0, 0, 0 \
	}
#define SECCOMP_WHERE(name, argument, mask, value) \
	{ \
		SCMP_SYS(name), argument, mask, value \
	}

#define SECCOMP_LIST(array) \
	{ \
		array, sizeof(array) / sizeof((array)[0]) \
	}

/* Memory, time, descriptors that are there, and the end. */
static const struct seccomp_call seccomp_common[] = {
	SECCOMP_ALWAYS(brk),
	SECCOMP_ALWAYS(clock_getres),
	SECCOMP_ALWAYS(clock_gettime),
	SECCOMP_ALWAYS(clock_nanosleep),
	SECCOMP_ALWAYS(close),
	SECCOMP_ALWAYS(exit),
	SECCOMP_ALWAYS(exit_group),
	SECCOMP_ALWAYS(fstat),
	SECCOMP_ALWAYS(fstatfs),
	SECCOMP_ALWAYS(futex),
	SECCOMP_ALWAYS(getegid),
	SECCOMP_ALWAYS(geteuid),
	SECCOMP_ALWAYS(getgid),
	SECCOMP_ALWAYS(getpid),
	SECCOMP_ALWAYS(getppid),
	SECCOMP_ALWAYS(getrandom),
	SECCOMP_ALWAYS(gettid),
	SECCOMP_ALWAYS(gettimeofday),
	SECCOMP_ALWAYS(getuid),
	SECCOMP_ALWAYS(lseek),
	SECCOMP_ALWAYS(madvise),
	SECCOMP_ALWAYS(mmap),
	SECCOMP_ALWAYS(mprotect),
	SECCOMP_ALWAYS(mremap),
	SECCOMP_ALWAYS(munmap),
	SECCOMP_ALWAYS(nanosleep),
	SECCOMP_ALWAYS(newfstatat),
	SECCOMP_ALWAYS(poll),
	SECCOMP_ALWAYS(ppoll),
	SECCOMP_ALWAYS(pread64),
	SECCOMP_ALWAYS(read),
	SECCOMP_ALWAYS(readlink),
	SECCOMP_ALWAYS(readlinkat),
	SECCOMP_ALWAYS(readv),
	SECCOMP_ALWAYS(recvfrom),
	SECCOMP_ALWAYS(recvmsg),
	SECCOMP_ALWAYS(restart_syscall),
	SECCOMP_ALWAYS(rseq),
	SECCOMP_ALWAYS(rt_sigaction),
	SECCOMP_ALWAYS(rt_sigprocmask),
	SECCOMP_ALWAYS(rt_sigreturn),
	SECCOMP_ALWAYS(sched_yield),
	SECCOMP_ALWAYS(sendmsg),
	SECCOMP_ALWAYS(sendto),
	SECCOMP_ALWAYS(set_robust_list),
	SECCOMP_ALWAYS(sigaltstack),
	SECCOMP_ALWAYS(statx),
	SECCOMP_ALWAYS(sysinfo),
	SECCOMP_ALWAYS(time),
	SECCOMP_ALWAYS(uname),
	SECCOMP_ALWAYS(write),
	SECCOMP_ALWAYS(writev),
	/* To read: what is opened by a name is not written to. */
	SECCOMP_WHERE(open, 1, SECCOMP_WRITING, 0),
	SECCOMP_WHERE(openat, 2, SECCOMP_WRITING, 0),
};

#endif /* VIGIL_SECCOMP_LISTS_H */
