/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* record.h - what all programs use: maps and counters, and functions that fill in a record. */
#ifndef VIGIL_BPF_RECORD_H
#define VIGIL_BPF_RECORD_H

#include "kernel.h"
#include "shared.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD   0x00200000
#define PIDTYPE_PGID 2
#define PIDTYPE_SID  3 /* include/linux/pid_types.h, since 4.19 */

/* Set by the loader before load. */
const volatile uint32_t wanted = VIGIL_TYPE_ALL; /* VIGIL_TYPE_BIT */
const volatile uint32_t cpus = 1;                /* possible CPUs */
const volatile uint32_t page_size = 4096;
const volatile bool accesses_seen = false;        /* a program of access.h is attached */
const volatile uint64_t reserve_begins = 6 << 20; /* bytes of the ring for all types */
const volatile uint64_t share = 256 << 10;        /* bytes of the reserve per group */

/* Shared with the loader while running. */
uint64_t refused;      /* records refused by the ring: all programs read it, losses write it */
uint32_t sleeping;     /* the loader waits for the first record */
uint32_t snapshotting; /* from attach until the iterator is done */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* set by the loader */
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set by the loader: one a CPU */
	__type(key, uint32_t);
	__type(value, struct vigil_cpu_counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by the loader: one per CPU, and one */
	__type(key, uint32_t);
	__type(value, struct vigil_scratch);
} scratch SEC(".maps");

/*
 * Returns the task as a pointer that the verifier does not trust. Since Linux 6.3, the verifier
 * searches all kernel types by name, four times, for each pointer that is read from a trusted
 * task: 1 ms per read. Untrusted pointers are read in the same way, at the same cost at run
 * time. If the kernel has bpf_rdonly_cast(), the loader inserts a call of it here, with the
 * number of the type (lib/os/rdonly_cast.h); otherwise this does nothing.
 */
static __always_inline struct task_struct *untrusted(struct task_struct *t)
{
	struct task_struct *same;

	asm volatile("r1 = %1\n"
		     "r2 = %2\n"
		     "r0 = r1\n"
		     "%0 = r0\n"
		     : "=r"(same)
		     : "r"(t), "i"(VIGIL_RDONLY_CAST_MARK)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
	return same;
}

static __always_inline bool is_wanted(uint32_t type)
{
	return wanted & VIGIL_TYPE_BIT(type);
}

/* ---- counters ---- */

static __always_inline struct vigil_cpu_counters *my_counters(void)
{
	uint32_t cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&counters, &cpu);
}

/* Counts a record before it is offered to the ring, so that the count is never less than the sum
 * of delivered and refused. */
static __always_inline void count_produced(uint32_t type)
{
	struct vigil_cpu_counters *c = my_counters();

	if (c && type < VIGIL_TYPE_MAX)
		__sync_fetch_and_add(&c->produced[type], 1);
}

static __always_inline void count_unreadable(void)
{
	struct vigil_cpu_counters *c = my_counters();

	if (c)
		__sync_fetch_and_add(&c->unreadable, 1);
}

/* ---- the cgroup of a task ---- */

#define HIERARCHIES 24 /* hierarchies examined: v2, v1 controllers, named ones */

static __always_inline struct kernfs_node *cgroup_parent(struct kernfs_node *kn)
{
	if (bpf_core_field_exists(((struct kernfs_node *)0)->parent))
		return BPF_CORE_READ(kn, parent);
	return BPF_CORE_READ((struct kernfs_node___rcu *)kn, __parent);
}

/* Global functions are verified once, not at each call, so each step of a loop is one. On some
 * kernels they can take only numbers. */
__noinline uint64_t parent_cgroup(uint64_t node)
{
	return (uint64_t)cgroup_parent((struct kernfs_node *)node);
}

/* Returns the cgroup of a link in the list of a css_set; 0: it is the root of its hierarchy. */
__noinline uint64_t linked_cgroup(uint64_t link)
{
	uint64_t at = link - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);
	struct kernfs_node *node = BPF_CORE_READ((struct cgrp_cset_link *)at, cgrp, kn);

	return cgroup_parent(node) ? (uint64_t)node : 0;
}

/* Returns the list of a css_set, which has a link for each hierarchy. */
static __always_inline uint64_t hierarchies_of(uint64_t of_set)
{
	return of_set + bpf_core_field_offset(struct css_set, cgrp_links);
}

static __always_inline uint64_t next_link(uint64_t link)
{
	return (uint64_t)BPF_CORE_READ((struct list_head *)link, next);
}

/* Returns the cgroup in the first hierarchy in which the task is not in the root; 0: none. */
__noinline uint64_t first_cgroup(uint64_t of_set)
{
	uint64_t list = hierarchies_of(of_set), link = list, node;

	for (int i = 0; i < HIERARCHIES; i++) {
		link = next_link(link);
		if (!link || link == list)
			return 0;
		node = linked_cgroup(link);
		if (node)
			return node;
	}
	return 0;
}

/* Returns the cgroup of the task in v2, or in a v1 hierarchy if the task is in the root of v2. */
static __always_inline struct kernfs_node *cgroup_node(struct task_struct *t)
{
	struct css_set *set = BPF_CORE_READ(t, cgroups);
	struct kernfs_node *kn = BPF_CORE_READ(set, dfl_cgrp, kn), *v1;

	if (cgroup_parent(kn))
		return kn;
	v1 = (void *)first_cgroup((uint64_t)set);
	return v1 ? v1 : kn;
}

/* ---- members of a record ---- */

static __always_inline void fill_header(struct vigil_header *h, uint16_t type, uint32_t size,
					uint16_t fixed)
{
	h->size = size;
	h->type = type;
	h->fixed = fixed;
	h->version = VIGIL_RECORD_VERSION;
	h->encoding = VIGIL_BYTES;
	h->cpu = (uint16_t)bpf_get_smp_processor_id();
	h->flags = 0;
	h->seq = refused;
	h->time = 0;
	h->mono = bpf_ktime_get_boot_ns();
}

static __always_inline void fill_id(struct vigil_id *id, struct task_struct *t)
{
	id->pid = t->tgid;
	id->tid = t->pid;
	id->start_key = t->group_leader->start_boottime;
}

static __always_inline void fill_process_id(struct vigil_id *id, struct task_struct *t)
{
	id->pid = t->tgid;
	id->tid = 0;
	id->start_key = t->group_leader->start_boottime;
}

static __always_inline void fill_current(struct vigil_id *id)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	uint64_t both = bpf_get_current_pid_tgid();

	id->pid = (uint32_t)(both >> 32);
	id->tid = (uint32_t)both;
	id->start_key = BPF_CORE_READ(t, group_leader, start_boottime);
}

/* Writes the NAME part. Returns its size, including padding. */
static __always_inline uint32_t fill_comm(struct vigil_part *part, char *comm,
					  struct task_struct *t)
{
	uint32_t n;

	part->kind = VIGIL_PART_NAME;
	part->source = VIGIL_PART_ORIGIN_KERNEL;
	part->flags = 0;
	__builtin_memset(comm, 0, 20);
	n = (uint32_t)bpf_probe_read_kernel_str(comm, 16, t->comm) - 1;
	n = n < 16 ? n : 0;
	part->length = n;
	part->original = n;
	return ((uint32_t)sizeof(*part) + n + 7) & ~7u;
}

/* Returns the PID of a task in its innermost namespace, the one it sees itself, and sets *ns to
 * that namespace (ns may be 0). Verifiers up to Linux 6.1 add only a bounded number to a
 * pointer; the bound fits 32 levels of 16 bytes. */
static __always_inline uint32_t inner_pid(struct task_struct *t, uint32_t *ns)
{
	struct pid *pid = t->thread_pid;
	uint32_t at = pid->level * (uint32_t)bpf_core_type_size(struct upid) & 0xfff;
	struct upid *upid = (void *)((char *)pid + bpf_core_field_offset(struct pid, numbers) + at);

	if (ns)
		*ns = BPF_CORE_READ(upid, ns, ns.inum);
	return (uint32_t)BPF_CORE_READ(upid, nr);
}

static __always_inline void fill_namespaces(struct vigil_process_body *p, struct task_struct *t)
{
	struct nsproxy *ns = t->nsproxy;

	p->ns_mnt = ns->mnt_ns->ns.inum;
	p->ns_net = ns->net_ns->ns.inum;
	p->ns_uts = ns->uts_ns->ns.inum;
	p->ns_ipc = ns->ipc_ns->ns.inum;
	p->ns_cgroup = ns->cgroup_ns->ns.inum;
	p->ns_time = 0;
	if (bpf_core_field_exists(ns->time_ns))
		p->ns_time = ns->time_ns->ns.inum;
	p->ns_user = t->real_cred->user_ns->ns.inum;
	p->ns_pid = inner_pid(t->group_leader, &p->ns_pid_ns);
}

/* The ids of the actor at the time of the event. */
struct ids_part {
	struct vigil_part part;
	struct vigil_ids ids;
	uint32_t padding;
};

static __always_inline void begin_ids(struct ids_part *to)
{
	to->part.kind = VIGIL_PART_IDS;
	to->part.source = VIGIL_PART_ORIGIN_KERNEL;
	to->part.flags = 0;
	to->part.length = to->part.original = sizeof(to->ids);
	to->padding = 0;
}

/* Fills in the ids of a task that the verifier knows to be a task. */
static __always_inline void fill_ids(struct vigil_ids *ids, struct task_struct *t)
{
	const struct cred *cred = t->real_cred;

	ids->uid = cred->uid.val;
	ids->gid = cred->gid.val;
	ids->euid = cred->euid.val;
	ids->egid = cred->egid.val;
}

/* Fills in the ids of any task. */
static __always_inline void read_ids(struct ids_part *to, struct task_struct *t)
{
	const struct cred *cred = BPF_CORE_READ(t, real_cred);

	begin_ids(to);
	to->ids.uid = (uint32_t)BPF_CORE_READ(cred, uid.val);
	to->ids.gid = (uint32_t)BPF_CORE_READ(cred, gid.val);
	to->ids.euid = (uint32_t)BPF_CORE_READ(cred, euid.val);
	to->ids.egid = (uint32_t)BPF_CORE_READ(cred, egid.val);
}

static __always_inline void fill_process(struct vigil_process_body *p, struct task_struct *t)
{
	struct signal_struct *sig = t->signal;
	const struct cred *cred = t->real_cred;
	struct pid *sid = sig->pids[PIDTYPE_SID];
	struct tty_struct *tty = sig->tty;

	fill_process_id(&p->process, t);
	p->process.tid = t->tgid;
	fill_process_id(&p->parent, t->real_parent);
	p->tracer.pid = p->tracer.tid = 0;
	p->tracer.start_key = 0;
	if (t->ptrace)
		fill_id(&p->tracer, t->parent);
	p->start = 0;
	p->attributes = t->flags & PF_KTHREAD ? VIGIL_PROCESS_KERNEL : 0;
	p->session = sid ? (uint32_t)BPF_CORE_READ(sid, numbers[0].nr) : 0;
	p->uid = cred->uid.val;
	p->gid = cred->gid.val;
	p->euid = cred->euid.val;
	p->egid = cred->egid.val;
	p->login_uid = VIGIL_UNKNOWN;
	if (bpf_core_field_exists(((struct task_struct___audit *)0)->loginuid))
		p->login_uid = BPF_CORE_READ((struct task_struct___audit *)t, loginuid.val);
	p->integrity = VIGIL_UNKNOWN;
	p->tty = 0;
	if (tty)
		p->tty = (uint32_t)tty->driver->major << 20 |
			 (uint32_t)(tty->driver->minor_start + tty->index);
	p->capabilities = 0;
	bpf_core_read(&p->capabilities, 8, &cred->cap_effective);
	p->cgroup = BPF_CORE_READ(cgroup_node(t), id);
	p->device = 0;
	p->inode = 0;
	fill_namespaces(p, t);
}

/* ---- leaders ---- */

static __always_inline struct task_struct *task_of_pid(struct pid *pid)
{
	char *link = (void *)BPF_CORE_READ(pid, tasks[0].first);

	return link ? (void *)(link - bpf_core_field_offset(struct task_struct, pid_links)) : 0;
}

/* The part VIGIL_PART_LEADERS. */
struct leaders_part {
	struct vigil_part part;
	struct vigil_leaders value;
	uint32_t padding;
};

/* Fills in a leader. A leader that has ended keeps its PID, but its start time is unknown here. */
static __always_inline void fill_leader(struct vigil_leader *leader, struct pid *pid)
{
	struct task_struct *t = pid ? task_of_pid(pid) : 0;
	uint64_t key = t ? BPF_CORE_READ(t, start_boottime) : 0;

	leader->pid = pid ? (uint32_t)BPF_CORE_READ(pid, numbers[0].nr) : 0;
	leader->start_key[0] = (uint32_t)key;
	leader->start_key[1] = (uint32_t)(key >> 32);
}

static __always_inline void fill_leaders(struct leaders_part *p, struct task_struct *t)
{
	struct signal_struct *sig = t->signal;

	p->part.kind = VIGIL_PART_LEADERS;
	p->part.source = VIGIL_PART_ORIGIN_KERNEL;
	p->part.flags = 0;
	p->part.length = p->part.original = sizeof(p->value);
	fill_leader(&p->value.session, sig->pids[PIDTYPE_SID]);
	fill_leader(&p->value.group, sig->pids[PIDTYPE_PGID]);
	fill_leader(&p->value.entry, 0);
	p->value.entry_type = VIGIL_ENTRY_UNKNOWN;
	p->padding = 0;
}

struct thread_record {
	struct vigil_header header;
	struct vigil_thread_body body;
	struct ids_part ids;
	struct vigil_part name;
	char comm[20];
};

static __always_inline void fill_thread(struct thread_record *r, struct task_struct *t,
					uint16_t type, uint32_t code)
{
	fill_header(&r->header, type, sizeof(*r), offsetof(struct thread_record, ids));
	fill_current(&r->header.actor);
	fill_id(&r->body.thread, t);
	r->body.start_address = 0;
	r->body.cpu_time = 0;
	r->body.code = (code >> 8) & 0xff;
	r->body.signal = code & 0x7f;
	r->body.ns_tid = inner_pid(t, 0);
	r->body.origin = VIGIL_ORIGIN_LOCAL;
	r->body.reason = VIGIL_REASON_NONE;
	r->body.attributes = t->flags & (PF_KTHREAD | PF_IO_WORKER) ? VIGIL_THREAD_KERNEL : 0;
	begin_ids(&r->ids);
	fill_ids(&r->ids.ids, t);
	r->header.size = r->header.fixed + sizeof(r->ids) + fill_comm(&r->name, r->comm, t);
}

#endif /* VIGIL_BPF_RECORD_H */
