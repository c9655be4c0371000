/* SPDX-License-Identifier: MIT */
/* confine_common.h - system calls that every confined process makes. */
#ifndef VIGIL_CONFINE_COMMON_H
#define VIGIL_CONFINE_COMMON_H

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <seccomp.h>

#include "confine.h"

/* open(2) flags that write, or make something. */
#define CONFINE_WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

#define CONFINE_ALWAYS(name) \
	{ \
		SCMP_SYS(name), 0, 0, 0 \
	}
#define CONFINE_WHERE(name, argument, mask, value) \
	{ \
		SCMP_SYS(name), argument, mask, value \
	}

#define CONFINE_LIST(array) \
	{ \
		array, sizeof(array) / sizeof((array)[0]) \
	}

/* Memory, time, descriptors that are there, and the end. */
static const struct confine_call confine_common[] = {
	CONFINE_ALWAYS(brk),
	CONFINE_ALWAYS(clock_getres),
	CONFINE_ALWAYS(clock_gettime),
	CONFINE_ALWAYS(clock_nanosleep),
	CONFINE_ALWAYS(close),
	CONFINE_ALWAYS(exit),
	CONFINE_ALWAYS(exit_group),
	CONFINE_ALWAYS(fstat),
	CONFINE_ALWAYS(fstatfs),
	CONFINE_ALWAYS(futex),
	CONFINE_ALWAYS(getegid),
	CONFINE_ALWAYS(geteuid),
	CONFINE_ALWAYS(getgid),
	CONFINE_ALWAYS(getpid),
	CONFINE_ALWAYS(getppid),
	CONFINE_ALWAYS(getrandom),
	CONFINE_ALWAYS(gettid),
	CONFINE_ALWAYS(gettimeofday),
	CONFINE_ALWAYS(getuid),
	CONFINE_ALWAYS(lseek),
	CONFINE_ALWAYS(madvise),
	CONFINE_ALWAYS(mmap),
	CONFINE_ALWAYS(mprotect),
	CONFINE_ALWAYS(mremap),
	CONFINE_ALWAYS(munmap),
	CONFINE_ALWAYS(nanosleep),
	CONFINE_ALWAYS(newfstatat),
	CONFINE_ALWAYS(poll),
	CONFINE_ALWAYS(ppoll),
	CONFINE_ALWAYS(pread64),
	CONFINE_ALWAYS(read),
	CONFINE_ALWAYS(readlink),
	CONFINE_ALWAYS(readlinkat),
	CONFINE_ALWAYS(readv),
	CONFINE_ALWAYS(recvfrom),
	CONFINE_ALWAYS(recvmsg),
	CONFINE_ALWAYS(restart_syscall),
	CONFINE_ALWAYS(rseq),
	CONFINE_ALWAYS(rt_sigaction),
	CONFINE_ALWAYS(rt_sigprocmask),
	CONFINE_ALWAYS(rt_sigreturn),
	CONFINE_ALWAYS(sched_yield),
	CONFINE_ALWAYS(sendmsg),
	CONFINE_ALWAYS(sendto),
	CONFINE_ALWAYS(set_robust_list),
	CONFINE_ALWAYS(sigaltstack),
	CONFINE_ALWAYS(statx),
	CONFINE_ALWAYS(sysinfo),
	CONFINE_ALWAYS(time),
	CONFINE_ALWAYS(uname),
	CONFINE_ALWAYS(write),
	CONFINE_ALWAYS(writev),
	/* To read: what is opened by a name is not written to. */
	CONFINE_WHERE(open, 1, CONFINE_WRITING, 0),
	CONFINE_WHERE(openat, 2, CONFINE_WRITING, 0),
};

#endif /* VIGIL_CONFINE_COMMON_H */
