/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * last_thread.h - whether the thread that ends is the last one of its process.
 *
 * do_exit() in kernel/exit.c decrements signal->live, and the thread that decrements it to 0 is the
 * last one. Since Linux 6.16 sched_process_exit has that as its third argument. Before, the
 * tracepoint comes later than the decrement, after exit_mm(), which may wait for a lock: by then
 * several threads may see 0, and nothing in their task_struct differs. But between the two do_exit()
 * calls acct_process() in the last thread, and in no other. So a program at its entry marks the
 * thread, and the program at the tracepoint looks for the mark.
 */
#ifndef VIGIL_BPF_LAST_THREAD_H
#define VIGIL_BPF_LAST_THREAD_H

#include "record.h"
#include <bpf/bpf_tracing.h>

/* Set by the loader before load. */
const volatile bool exit_has_group_dead = false; /* third argument, since Linux 6.16 */
const volatile bool exit_is_marked = false;      /* on_last_thread is attached */

/* Threads that are between acct_process() and the tracepoint, by thread id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, uint32_t);
	__type(value, uint8_t);
} last_threads SEC(".maps");

/* A mark could not be stored: from then on, signal->live decides. */
bool mark_failed;

SEC("fentry")
int on_last_thread(void *ctx)
{
	uint32_t tid = (uint32_t)bpf_get_current_pid_tgid();
	uint8_t mark = 1;

	if (bpf_map_update_elem(&last_threads, &tid, &mark, BPF_ANY) < 0)
		mark_failed = true;
	return 0;
}

/* Takes the mark of the current thread, if it has one. */
static __always_inline bool take_mark(void)
{
	uint32_t tid = (uint32_t)bpf_get_current_pid_tgid();

	return bpf_map_delete_elem(&last_threads, &tid) == 0;
}

/* ctx: the arguments of sched_process_exit. Without fentry before Linux 6.16, two threads that end
 * at the same time may both seem to be the last; the loader drops the second record. */
static __always_inline bool is_last_thread(const uint64_t *ctx, struct task_struct *t)
{
	if (exit_has_group_dead)
		return *(const volatile uint64_t *)&ctx[1] & 0xff;
	if (t->signal->live.counter != 0)
		return false;
	return !exit_is_marked || take_mark() || mark_failed;
}

#endif /* VIGIL_BPF_LAST_THREAD_H */
