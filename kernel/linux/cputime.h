/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * cputime.h - the CPU time of a thread and of a process at its end, as wait4(2) reports it
 * (kernel/sched/cputime.c).
 */
#ifndef VIGIL_BPF_CPUTIME_H
#define VIGIL_BPF_CPUTIME_H

#include "record.h"
#include "scaled.h"

#define LIVE_THREADS_MAX 128 /* threads of a process that are added up */
#define THREADS_STEP     16  /* threads per call of add_threads */
#define ATTEMPTS         3

/* A cpu-clock event on each CPU, which the loader opens. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} clocks SEC(".maps");

struct cpu_time {
	uint64_t total, user, system; /* ns */
};

/* The clock of one CPU, and the CPU time of the process that is being added up on it. */
struct account {
	uint64_t clock_base; /* the scheduler's clock when the CPU's event was opened */
	struct cpu_time process;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by the loader: one per CPU */
	__type(key, uint32_t);
	__type(value, struct account);
} accounts SEC(".maps");

static __always_inline struct account *my_account(void)
{
	uint32_t cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&accounts, &cpu);
}

static __always_inline struct rq *rq_of(struct task_struct *t)
{
	if (!bpf_core_field_exists(t->se.cfs_rq))
		return 0;
	return BPF_CORE_READ(t, se.cfs_rq, rq);
}

/*
 * Returns the scheduler's clock on this CPU, slightly less while it is not yet known exactly; 0:
 * unknown. No helper returns it. The CPU's cpu-clock event counts it from the time at which the
 * event was opened, and rq->clock is its value when the scheduler last read it, so the largest
 * difference ever seen between the two is the clock at that opening. rq->clock is read first: an
 * interrupt between the two reads makes the difference smaller, never too large. A global
 * function is verified once instead of at each call.
 */
__noinline uint64_t scheduler_clock(void)
{
	struct rq *rq = rq_of((void *)bpf_get_current_task());
	struct account *account = my_account();
	uint64_t seen, past;

	if (!account || !rq)
		return 0;
	seen = BPF_CORE_READ(rq, clock);
	barrier();
	past = bpf_perf_event_read(&clocks, BPF_F_CURRENT_CPU);
	if ((int64_t)past < 0) /* -errno */
		return 0;
	if (seen > account->clock_base + past)
		account->clock_base = seen - past;
	return account->clock_base + past;
}

/* Returns the CPU time of a thread in ns, including what it has used since the scheduler last
 * added it up: at a tick, up to 10 ms ago, or when the CPU switched to another thread. Global
 * for the same reason as scheduler_clock. */
__noinline uint64_t thread_runtime(uint64_t task, uint64_t now)
{
	struct task_struct *t = (void *)task;
	struct rq *rq = rq_of(t);
	uint64_t sum, from;
	int64_t since = 0;

	for (int i = 0; i < ATTEMPTS; i++) {
		from = BPF_CORE_READ(t, se.exec_start);
		sum = BPF_CORE_READ(t, se.sum_exec_runtime);
		if (!now || BPF_CORE_READ(rq, curr) != t)
			return sum;
		since = (int64_t)(now - BPF_CORE_READ(rq, clock) + BPF_CORE_READ(rq, clock_task) -
				  from);
		if (from == BPF_CORE_READ(t, se.exec_start))
			break;
	}
	return since > 0 ? sum + (uint64_t)since : sum;
}

/* Adds one thread, given by its link in the process's list of threads, to account->process.
 * Returns the next link. Global for the same reason as scheduler_clock. */
__noinline uint64_t add_thread(uint64_t link, uint64_t now)
{
	uint64_t at = link - bpf_core_field_offset(struct task_struct, thread_node);
	struct task_struct *t = (struct task_struct *)at;
	struct account *account = my_account();

	if (!account)
		return 0;
	account->process.total += thread_runtime(at, now);
	account->process.user += BPF_CORE_READ(t, utime);
	account->process.system += BPF_CORE_READ(t, stime);
	return (uint64_t)BPF_CORE_READ(t, thread_node.next);
}

/* Adds up to THREADS_STEP threads, beginning with the one at this link, to account->process.
 * Returns the link after the last one; 0: there are no more threads. */
__noinline uint64_t add_threads(uint64_t link, uint64_t head, uint64_t now)
{
	for (int i = 0; i < THREADS_STEP; i++) {
		if (!link || link == head)
			return link;
		link = add_thread(link, now);
	}
	return link;
}

/*
 * Adds up the CPU time of a process in account->process: the total of released threads in
 * signal_struct, and the threads that were not released, which always include the first. Returns
 * false if the total changed meanwhile or there are too many threads. Global for the same reason
 * as scheduler_clock.
 */
__noinline int sum_process(uint64_t signal, uint64_t now)
{
	struct signal_struct *sig = (void *)signal;
	struct account *account = my_account();
	uint64_t head = signal + bpf_core_field_offset(struct signal_struct, thread_head);
	char *lock = (char *)sig + bpf_core_field_offset(struct signal_struct, stats_lock);
	uint64_t at = (uint64_t)BPF_CORE_READ(sig, thread_head.next);
	uint32_t before = 1, after;

	if (!account)
		return false;
	/* A seqlock's first member is its count in every version. */
	bpf_probe_read_kernel(&before, sizeof(before), lock);
	account->process.total = BPF_CORE_READ(sig, sum_sched_runtime);
	account->process.user = BPF_CORE_READ(sig, utime);
	account->process.system = BPF_CORE_READ(sig, stime);
	for (int i = 0; i < LIVE_THREADS_MAX / THREADS_STEP && at && at != head; i++)
		at = add_threads(at, head, now);
	bpf_probe_read_kernel(&after, sizeof(after), lock);
	return at == head && !(before & 1) && before == after;
}

/* Global for the same reason as scheduler_clock. */
__noinline uint64_t scale(uint64_t part, uint64_t whole, uint64_t total)
{
	return scaled(part, whole, total);
}

/*
 * Scales user and system time to the precise total, because ticks show only their proportion.
 * Neither becomes less than what was reported before. This is what cputime_adjust() does.
 */
static __always_inline void adjust(struct cpu_time *time, struct signal_struct *sig)
{
	uint64_t system = time->system, user = 0;

	if (!bpf_core_field_exists(sig->prev_cputime)) /* measured, not counted by ticks */
		return;
	if (time->total < sig->prev_cputime.utime + sig->prev_cputime.stime)
		time->total = sig->prev_cputime.utime + sig->prev_cputime.stime;
	if (system && !time->user)
		system = time->total;
	else if (system)
		system = scale(system, time->total, system + time->user);
	if (system < sig->prev_cputime.stime)
		system = sig->prev_cputime.stime;
	if (system > time->total)
		system = time->total;
	user = time->total - system;
	if (user < sig->prev_cputime.utime) {
		user = sig->prev_cputime.utime;
		system = time->total - user;
	}
	time->user = user;
	time->system = system;
}

/* Computes the CPU time of the process whose last thread is ending. Returns false if unknown. */
static __always_inline bool process_cpu_time(struct cpu_time *time, struct task_struct *current)
{
	uint64_t signal = (uint64_t)BPF_CORE_READ(current, signal);
	uint64_t now = scheduler_clock();
	struct account *account;

	if (!sum_process(signal, now) && !sum_process(signal, now) && !sum_process(signal, now))
		return false;
	account = my_account();
	if (!account)
		return false;
	*time = account->process;
	adjust(time, current->signal);
	return true;
}

#endif /* VIGIL_BPF_CPUTIME_H */
