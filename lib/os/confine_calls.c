/* SPDX-License-Identifier: MIT */
/* confine_calls.c - which system calls a process may make: loads a seccomp filter. */
#include "os/confine.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <linux/seccomp.h>

bool confine_system_calls(const struct confine_filter *filter, bool all_threads)
{
	unsigned flags =
	    all_threads ? SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH : 0;
	struct sock_filter code[CONFINE_LENGTH_MAX];
	struct sock_fprog program = { filter->length, code };

	for (size_t i = 0; i < filter->length; i++) {
		code[i] = filter->code[i];
		if (code[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && code[i].k == CONFINE_OWN_PID)
			code[i].k = (uint32_t)getpid();
	}
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0;
}
