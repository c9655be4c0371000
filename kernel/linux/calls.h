/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * calls.h - which system call a task is in, and by which ABI. Numbers: native ones are in
 * arch/x86/entry/syscalls/syscall_64.tbl and asm-generic/unistd.h, those of 32-bit programs in
 * arch/x86/entry/syscalls/syscall_32.tbl and arch/arm/tools/syscall.tbl.
 */
#ifndef VIGIL_BPF_CALLS_H
#define VIGIL_BPF_CALLS_H

#include "record.h"

#ifdef __TARGET_ARCH_x86
#define TS_COMPAT       2 /* arch/x86/include/asm/thread_info.h */
#define NATIVE_EXECVE   59
#define NATIVE_EXECVEAT 322
#define COMPAT_EXECVEAT 358
#define COMPAT_WRITEV   348 /* process_vm_writev */
#define COMPAT_PWRITEV  334
#define COMPAT_PWRITEV2 379
#define COMPAT_UNSHARE  310
#define COMPAT_SETNS    346
#else
#define TIF_32BIT       22 /* arch/arm64/include/asm/thread_info.h */
#define NATIVE_EXECVE   221
#define NATIVE_EXECVEAT 281
#define COMPAT_EXECVEAT 387
#define COMPAT_WRITEV   377
#define COMPAT_PWRITEV  362
#define COMPAT_PWRITEV2 393
#define COMPAT_UNSHARE  337
#define COMPAT_SETNS    375
#endif
#define COMPAT_EXECVE 11

/* Whether the current system call uses the 32-bit ABI. */
static __always_inline bool is_compat(void)
{
	struct task_struct *me = (void *)bpf_get_current_task();

#ifdef __TARGET_ARCH_x86
	return (BPF_CORE_READ(me, thread_info.status) & TS_COMPAT) != 0;
#else
	return (BPF_CORE_READ(me, thread_info.flags) & 1ul << TIF_32BIT) != 0;
#endif
}

static __always_inline uint32_t call_number(struct pt_regs *regs)
{
#ifdef __TARGET_ARCH_x86
	return (uint32_t)regs->orig_ax;
#else
	return (uint32_t)regs->syscallno;
#endif
}

#endif /* VIGIL_BPF_CALLS_H */
