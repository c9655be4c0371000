/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * limit.bpf.c - the least that a monitor of processes can do in the kernel: a
 * small record of each start, exec and end into a ring, or nothing at all.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "limit.h"

#define RING_BYTES (1 << 20)

const volatile int mode;
uint64_t refused;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} ring SEC(".maps");

static __always_inline void fill(struct limit_record *r, struct task_struct *t, uint32_t what)
{
	r->time = bpf_ktime_get_boot_ns();
	r->what = what;
	r->pid = t->tgid;
	r->tid = t->pid;
	r->parent = t->real_parent->tgid;
	r->start = t->start_boottime;
	r->code = t->exit_code;
	r->uid = t->cred->uid.val;
	__builtin_memcpy(r->name, t->comm, sizeof(r->name));
}

static __always_inline int emit_record(struct task_struct *t, uint32_t what)
{
	uint64_t flags = mode == LIMIT_WAKE ? 0 : BPF_RB_NO_WAKEUP;
	struct limit_record *r;

	if (mode == LIMIT_EMPTY)
		return 0;
	r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);
	if (!r) {
		__sync_fetch_and_add(&refused, 1);
		return 0;
	}
	fill(r, t, what);
	bpf_ringbuf_submit(r, flags);
	return 0;
}

static __always_inline int emit_arguments(struct task_struct *t)
{
	struct limit_arguments *r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);
	unsigned long begin, length;

	if (!r) {
		__sync_fetch_and_add(&refused, 1);
		return 0;
	}
	fill(&r->record, t, LIMIT_EXEC);
	begin = t->mm->arg_start;
	length = t->mm->arg_end - begin;
	if (length > sizeof(r->arguments))
		length = sizeof(r->arguments);
	bpf_probe_read_user(r->arguments, length, (void *)begin);
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct *t, unsigned long flags)
{
	return emit_record(t, LIMIT_START);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *t)
{
	return mode == LIMIT_ARGUMENTS ? emit_arguments(t) : emit_record(t, LIMIT_EXEC);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *t)
{
	return emit_record(t, LIMIT_END);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
