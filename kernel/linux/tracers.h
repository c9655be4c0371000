/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * tracers.h - uses of ptrace that tracepoints show, for kernels without fexit. Few tasks other
 * than tracers pass these tracepoints, so they cost almost nothing.
 *
 * Only an attach sends SIGSTOP with SEND_SIG_PRIV. Each request that requires a stopped target
 * waits for the target to stop (ptrace_check_attach in kernel/ptrace.c) before it is carried
 * out, so its result is not known. PTRACE_SEIZE, PTRACE_TRACEME, failed attempts, and writes
 * without ptrace pass none of these tracepoints.
 */
#ifndef VIGIL_BPF_TRACERS_H
#define VIGIL_BPF_TRACERS_H

#include "access.h"

#define SIGSTOP       19
#define SEND_SIG_PRIV 1       /* include/linux/sched/signal.h */
#define PT_SEIZED     0x10000 /* include/linux/ptrace.h */

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int signal, void *info, struct task_struct *t)
{
	struct task_struct *me = (void *)bpf_get_current_task();
	struct vigil_access_body access = { .method = VIGIL_METHOD_ATTACH };

	if (signal != SIGSTOP || (uint64_t)info != SEND_SIG_PRIV)
		return 0;
	if (!t->ptrace || t->ptrace & PT_SEIZED || BPF_CORE_READ(t, parent) != me)
		return 0;
	report_access(me, t, 0, &access);
	return 0;
}

SEC("tp_btf/sched_wait_task")
int BPF_PROG(on_wait_task, struct task_struct *t)
{
	struct task_struct *me = bpf_get_current_task_btf();
	struct vigil_access_body access;
	struct pt_regs *regs;
	struct call call;
	bool compat;

	if (!t->ptrace || (uint64_t)BPF_CORE_READ(t, parent) != (uint64_t)me)
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(me);
	if (which_call(regs, &compat) != CALL_PTRACE)
		return 0;
	read_call(&call, regs, 0, compat);
	access = ptrace_access(&call);
	access.attributes = VIGIL_ACCESS_ASKED;
	if (access.method == VIGIL_METHOD_POKE || access.method == VIGIL_METHOD_REGISTERS)
		report_access(me, t, 0, &access);
	return 0;
}

#endif /* VIGIL_BPF_TRACERS_H */
