/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * vigil.bpf.c - the sensor in the Linux kernel: task_newtask, sched_process_exec,
 * sched_process_exit, module_load, and an iterator over existing tasks. access.h and tracers.h
 * report access of one process to another.
 *
 * Each program writes one complete record (include/vigil/event.h) into the ring. task_newtask is
 * used instead of sched_process_fork because it runs for every new task, including workers of
 * io_uring, and has the clone flags (kernel/fork.c).
 */
#include "access.h"
#include "credentials.h"
#include "cputime.h"
#include "elevated.h"
#include "environment.h"
#include "exec_failed.h"
#include "last_thread.h"
#include "outsiders.h"
#include "parts.h"
#include "queue.h"
#include "tracers.h"
#include <bpf/bpf_tracing.h>

#define CLONE_VM          0x00000100
#define CLONE_VFORK       0x00004000
#define CLONE_THREAD      0x00010000
#define SIGNAL_GROUP_EXIT 4 /* include/linux/sched/signal.h */

/* Records of a fixed size. */
struct create_record {
	struct vigil_header header;
	struct vigil_process_body body;
	struct leaders_part leaders;
	struct vigil_part name;
	char comm[20]; /* 16 and padding; header.size ends after the name */
};

struct exit_record {
	struct vigil_header header;
	struct vigil_exit_body body;
	struct ids_part ids;
	struct vigil_part name;
	char comm[20];
};

struct module_record {
	struct vigil_header header;
	struct vigil_image_body body;
	struct ids_part ids;
	struct vigil_part name;
	char module[60];
};

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct task_struct *t = untrusted(task);
	uint32_t cpu = bpf_get_smp_processor_id();
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &cpu);
	struct vigil_header *h = (void *)s;
	struct vigil_process_body *p = (void *)(h + 1);
	struct writer w = { s, cpu };
	uint32_t size;

	if (!s || is_hidden(task))
		return 0;
	s->end = PROCESS_FIXED;
	count_produced(VIGIL_EVENT_PROCESS_EXEC);
	scheduler_clock(); /* each call makes the clock more precise */
	fill_header(h, VIGIL_EVENT_PROCESS_EXEC, 0, PROCESS_FIXED);
	fill_id(&h->actor, t);
	h->actor.tid = (uint32_t)old_pid;
	fill_process(p, t);
	if (bprm->interp != bprm->filename)
		p->attributes |= VIGIL_PROCESS_SCRIPT;
	if (is_elevated(t, bprm))
		p->attributes |= VIGIL_PROCESS_ELEVATED;
	if (old_pid != t->pid)
		p->attributes |= VIGIL_PROCESS_BY_THREAD;
	put_comm(&w, t);
	put_leaders(&w, t);
	put_paths(&w, p, t);
	put_string(&w, VIGIL_PART_FILENAME, bprm->filename);
	put_environment(&w, h, t);
	put_args(&w, h, t);
	size = s->end;
	if (size > sizeof(s->record))
		return 0;
	h->size = size;
	ring_output(VIGIL_EVENT_PROCESS_EXEC, s->record, size);
	return 0;
}

static __always_inline void report_process(struct task_struct *t, uint16_t type,
					   uint32_t attributes)
{
	struct create_record *r;

	r = ring_reserve(type, sizeof(*r));
	if (!r)
		return;
	fill_header(&r->header, type, sizeof(*r), offsetof(struct create_record, leaders));
	fill_current(&r->header.actor);
	fill_process(&r->body, t);
	r->body.attributes |= attributes;
	fill_leaders(&r->leaders, t);
	r->header.size = offsetof(struct create_record, name) + fill_comm(&r->name, r->comm, t);
	ring_submit(r);
}

static __always_inline void report_thread(struct task_struct *t, uint16_t type, uint32_t code)
{
	struct thread_record *r;

	r = ring_reserve(type, sizeof(*r));
	if (!r)
		return;
	fill_thread(r, t, type, code);
	if (type == VIGIL_EVENT_THREAD_EXIT)
		r->body.cpu_time = thread_runtime(bpf_get_current_task(), scheduler_clock());
	ring_submit(r);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct *task, unsigned long clone_flags)
{
	struct task_struct *t = untrusted(task);
	uint32_t attributes = 0;

	if (hides_new_task(task, t->tgid, clone_flags & CLONE_THREAD))
		return 0;
	if (clone_flags & CLONE_THREAD) {
		if (is_wanted(VIGIL_EVENT_THREAD_CREATE))
			report_thread(t, VIGIL_EVENT_THREAD_CREATE, 0);
		if (is_wanted(VIGIL_EVENT_REMOTE_THREAD) && accesses_seen)
			report_remote_thread(t);
		return 0;
	}
	if (clone_flags & CLONE_VFORK)
		attributes = VIGIL_PROCESS_VFORK;
	else if (clone_flags & CLONE_VM && !(t->flags & PF_KTHREAD))
		attributes = VIGIL_PROCESS_SHARED_MM;
	report_process(t, VIGIL_EVENT_PROCESS_CREATE, attributes);
	return 0;
}

static __always_inline void report_exit(struct task_struct *t)
{
	struct signal_struct *sig = t->signal;
	/* The same code as wait(2) returns: wait_task_zombie() in kernel/exit.c. */
	uint32_t code = (uint32_t)(sig->flags & SIGNAL_GROUP_EXIT ? sig->group_exit_code
								  : t->group_leader->exit_code);
	struct cpu_time cpu = { 0, 0, 0 };
	bool known = process_cpu_time(&cpu, t);
	struct exit_record *r;

	r = ring_reserve(VIGIL_EVENT_PROCESS_EXIT, sizeof(*r));
	if (!r)
		return;
	fill_header(&r->header, VIGIL_EVENT_PROCESS_EXIT, sizeof(*r),
		    offsetof(struct exit_record, ids));
	fill_id(&r->header.actor, t);
	fill_process_id(&r->body.process, t);
	fill_process_id(&r->body.parent, t->group_leader->real_parent);
	r->body.start = 0;
	r->body.lifetime = r->header.mono - r->body.process.start_key;
	r->body.user_time = cpu.user;
	r->body.system_time = cpu.system;
	r->body.cpu_time = cpu.total;
	r->body.max_memory = sig->maxrss * page_size;
	r->body.code = (code >> 8) & 0xff;
	r->body.signal = code & 0x7f;
	r->body.attributes = code & 0x80 ? VIGIL_EXIT_CORE : 0;
	if (!known)
		r->body.attributes |= VIGIL_EXIT_CPU_UNKNOWN;
	r->body.reserved = 0;
	begin_ids(&r->ids);
	fill_ids(&r->ids.ids, t);
	r->header.size =
	    r->header.fixed + sizeof(r->ids) + fill_comm(&r->name, r->comm, t->group_leader);
	ring_submit(r);
}

SEC("tp_btf/sched_process_exit")
int on_exit(uint64_t *ctx)
{
	struct task_struct *t = untrusted((void *)ctx[0]);
	bool last = is_last_thread(ctx, t);

	if (is_hidden((void *)ctx[0]))
		return 0;
	if (!last) {
		if (is_wanted(VIGIL_EVENT_THREAD_EXIT) && !is_outsider((void *)ctx[0]))
			report_thread(t, VIGIL_EVENT_THREAD_EXIT, (uint32_t)t->exit_code);
		return 0;
	}
	if (snapshotting) /* the iterator will not reach it */
		report_process(t, VIGIL_EVENT_PROCESS_SNAPSHOT, VIGIL_PROCESS_ENDED_EARLY);
	report_exit(t);
	return 0;
}

SEC("tp_btf/module_load")
int BPF_PROG(on_module_load, struct module *m)
{
	struct module_record *r;
	long n;

	r = ring_reserve(VIGIL_EVENT_DRIVER_LOAD, sizeof(*r));
	if (!r)
		return 0;
	fill_header(&r->header, VIGIL_EVENT_DRIVER_LOAD, sizeof(*r),
		    offsetof(struct module_record, ids));
	fill_current(&r->header.actor);
	__builtin_memset(&r->body, 0, sizeof(r->body));
	if (bpf_core_field_exists(m->mem)) {
		r->body.base = (uint64_t)BPF_CORE_READ(m, mem[0].base);
		r->body.size = BPF_CORE_READ(m, mem[0].size);
	} else {
		struct module___old *old = (void *)m;

		r->body.base = (uint64_t)BPF_CORE_READ(old, core_layout.base);
		r->body.size = BPF_CORE_READ(old, core_layout.size);
	}
	r->body.attributes = BPF_CORE_READ(m, taints) ? VIGIL_IMAGE_TAINTED : 0;
	r->body.signature_level = 0xff;
	r->body.signature_type = 0xff;
	read_ids(&r->ids, (void *)bpf_get_current_task());
	r->name.kind = VIGIL_PART_NAME;
	r->name.source = VIGIL_PART_ORIGIN_KERNEL;
	r->name.flags = 0;
	__builtin_memset(r->module, 0, sizeof(r->module));
	n = bpf_probe_read_kernel_str(r->module, 56, m->name);
	r->name.length = n > 0 ? (uint32_t)n - 1 : 0;
	r->name.original = r->name.length;
	r->header.size =
	    (r->header.fixed + sizeof(r->ids) + sizeof(r->name) + r->name.length + 7) & ~7u;
	ring_submit(r);
	return 0;
}

/* Writes a snapshot record for one task. The records pass through the iterator's file at the
 * reader's pace, so none is lost, however many processes exist. */
SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *t;
	uint32_t which = cpus; /* after those of the CPUs */
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	struct vigil_header *h = (void *)s;
	uint32_t size;

	if (!task || !s)
		return 0;
	mark_existing(task);
	t = untrusted(task);
	if (t->pid != t->tgid) {
		struct vigil_thread_body *thread = (void *)(h + 1);
		struct writer w = { s, which };

		if (t->exit_state || !is_wanted(VIGIL_EVENT_THREAD_SNAPSHOT))
			return 0;
		s->end = sizeof(*h) + sizeof(*thread);
		fill_header(h, VIGIL_EVENT_THREAD_SNAPSHOT, 0, sizeof(*h) + sizeof(*thread));
		fill_id(&h->actor, t);
		__builtin_memset(thread, 0, sizeof(*thread));
		fill_id(&thread->thread, t);
		thread->ns_tid = inner_pid(t, 0);
		thread->attributes =
		    t->flags & (PF_KTHREAD | PF_IO_WORKER) ? VIGIL_THREAD_KERNEL : 0;
		put_ids(&w, t);
		put_comm(&w, t);
		size = s->end;
	} else {
		struct vigil_process_body *p = (void *)(h + 1);
		struct writer w = { s, which };

		/* A process whose first thread has ended while others run is alive. */
		if (t->exit_state && t->signal->live.counter == 0)
			return 0;
		s->end = PROCESS_FIXED;
		fill_header(h, VIGIL_EVENT_PROCESS_SNAPSHOT, 0, PROCESS_FIXED);
		fill_id(&h->actor, t);
		fill_process(p, t);
		put_comm(&w, t);
		put_leaders(&w, t);
		put_paths(&w, p, t);
		size = s->end;
	}
	if (size > 32768)
		return 0;
	h->size = size;
	bpf_seq_write(ctx->meta->seq, s->record, size);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
