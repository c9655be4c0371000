/* SPDX-License-Identifier: MIT */
/* confine_calls.c - which system calls a process may make: a seccomp filter. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <seccomp.h>

/* What nothing in vigil does, and an intruder would. */
static const int deadly[] = {
	SCMP_SYS(add_key),         SCMP_SYS(chroot),        SCMP_SYS(delete_module),
	SCMP_SYS(execve),          SCMP_SYS(execveat),      SCMP_SYS(finit_module),
	SCMP_SYS(fsconfig),        SCMP_SYS(fsmount),       SCMP_SYS(fsopen),
	SCMP_SYS(init_module),     SCMP_SYS(ioperm),        SCMP_SYS(iopl),
	SCMP_SYS(kexec_file_load), SCMP_SYS(kexec_load),    SCMP_SYS(keyctl),
	SCMP_SYS(mount),           SCMP_SYS(mount_setattr), SCMP_SYS(move_mount),
	SCMP_SYS(open_tree),       SCMP_SYS(pivot_root),    SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace),          SCMP_SYS(reboot),        SCMP_SYS(request_key),
	SCMP_SYS(setns),           SCMP_SYS(swapoff),       SCMP_SYS(swapon),
	SCMP_SYS(umount2),         SCMP_SYS(userfaultfd),
};

static int add_call(scmp_filter_ctx filter, const struct confine_call *call)
{
	struct scmp_arg_cmp condition =
	    SCMP_CMP64(call->argument, SCMP_CMP_MASKED_EQ, call->mask, call->value);

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call->number, call->mask ? 1 : 0,
				      call->mask ? &condition : NULL);
}

static int fill(scmp_filter_ctx filter, const struct confine_calls *lists, size_t count)
{
	int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	for (size_t i = 0; result == 0 && i < sizeof deadly / sizeof deadly[0]; i++)
		result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
	/* Its flags are in memory, where no filter sees them: without it the C library takes
	 * clone. */
	if (result == 0)
		result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; result == 0 && j < lists[i].count; j++)
			result = add_call(filter, &lists[i].call[j]);
	return result;
}

bool confine_system_calls(const struct confine_calls *lists, size_t count, bool all_threads)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result;

	if (!filter) {
		errno = ENOMEM;
		return false;
	}
	result = fill(filter, lists, count);
	if (result == 0)
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, all_threads);
	if (result == 0)
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: it is shorter */
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	errno = -result;
	return result == 0;
}
