/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * vigil.bpf.c - the sensor in the Linux kernel: task_newtask, sched_process_exec,
 * sched_process_exit, module_load, and an iterator over what already runs.
 *
 * Each program writes one finished record (include/vigil/event.h) into the ring.
 * task_newtask is used where others use sched_process_fork: it comes for every
 * new task, io_uring's workers too, and tells the clone flags (kernel/fork.c).
 */
#include "kernel.h"
#include "shared.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#define CLONE_VM     0x00000100
#define CLONE_VFORK  0x00004000
#define CLONE_THREAD 0x00010000

#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD   0x00200000

#define SIGNAL_GROUP_EXIT 4 /* include/linux/sched/signal.h */
#define PIDTYPE_SID       3 /* include/linux/pid_types.h, since 4.19 */

#define TMPFS_MAGIC     0x01021994 /* include/uapi/linux/magic.h */
#define HUGETLBFS_MAGIC 0x958458f6

#define PATH_DEPTH   128 /* components of a path that are followed */
#define CGROUP_DEPTH 16

/* Set by the loader before load. */
const volatile uint32_t wanted = VIGIL_TYPE_ALL;   /* VIGIL_TYPE_BIT */
const volatile uint32_t cpus = 1;                  /* possible CPUs */
const volatile bool exit_tells_group_dead = false; /* third argument, since Linux 6.16 */
const volatile bool wake_always = false;
const volatile uint32_t page_size = 4096;

/* Shared with the loader while running. */
uint64_t
    refused; /* records that the ring had no room for: read by every program, written on loss */
uint32_t sleeping;     /* the loader waits for the first record */
uint32_t snapshotting; /* from attach until the iterator is through */

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
	__uint(max_entries, 1); /* set by the loader: one a CPU and one */
	__type(key, uint32_t);
	__type(value, struct vigil_scratch);
} scratch SEC(".maps");

/* Records of a fixed size. */
struct create_record {
	struct vigil_header header;
	struct vigil_process body;
	struct vigil_part name;
	char comm[20]; /* 16 and padding; header.size ends behind the name */
};

struct exit_record {
	struct vigil_header header;
	struct vigil_exit body;
	struct vigil_part name;
	char comm[20];
};

struct thread_record {
	struct vigil_header header;
	struct vigil_thread body;
	struct vigil_part name;
	char comm[20];
};

struct module_record {
	struct vigil_header header;
	struct vigil_image body;
	struct vigil_part name;
	char module[60];
};

static __always_inline bool is_wanted(uint32_t type)
{
	return wanted & VIGIL_TYPE_BIT(type);
}

/* ---- the way out ---- */

static __always_inline struct vigil_cpu_counters *my_counters(void)
{
	uint32_t cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&counters, &cpu);
}

/* Counted before the ring is asked, so that at any moment produced is no less
 * than what was delivered and refused. */
static __always_inline void count_produced(uint32_t type)
{
	struct vigil_cpu_counters *c = my_counters();

	if (c && type < VIGIL_TYPE_MAX)
		__sync_fetch_and_add(&c->produced[type], 1);
}

static __always_inline void count_refused(uint32_t type)
{
	struct vigil_cpu_counters *c = my_counters();

	if (c && type < VIGIL_TYPE_MAX)
		__sync_fetch_and_add(&c->refused[type], 1);
	__sync_fetch_and_add(&refused, 1);
}

static __always_inline void count_unreadable(void)
{
	struct vigil_cpu_counters *c = my_counters();

	if (c)
		__sync_fetch_and_add(&c->unreadable, 1);
}

/* A wake-up costs more than all the rest of a record. Only the first record
 * after the reader went to sleep wakes it; it then comes by itself. */
static __always_inline uint64_t wakeup(void)
{
	if (wake_always)
		return BPF_RB_FORCE_WAKEUP;
	if (!sleeping)
		return BPF_RB_NO_WAKEUP;
	sleeping = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* ---- pieces of a record ---- */

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

/* Writes the name's part and returns its size, padding included. */
static __always_inline uint32_t fill_comm(struct vigil_part *part, char *comm,
					  struct task_struct *t)
{
	uint32_t n = 0;

	part->kind = VIGIL_NAME;
	part->source = VIGIL_SOURCE_KERNEL;
	part->flags = 0;
	__builtin_memset(comm, 0, 20);
	BPF_CORE_READ_STR_INTO((char(*)[16])comm, t, comm);
#pragma unroll
	for (uint32_t i = 0; i < 16; i++)
		if (comm[i] && n == i)
			n = i + 1;
	part->length = n;
	part->original = n;
	return ((uint32_t)sizeof *part + n + 7) & ~7u;
}

/* The innermost PID of a task: what it sees itself; and that namespace. Verifiers up
 * to Linux 6.1 add only what has a bound to a pointer; 32 levels of 16 bytes fit it. */
static __always_inline uint32_t inner_pid(struct task_struct *t, uint32_t *ns)
{
	struct pid *pid = t->thread_pid;
	uint32_t at = pid->level * (uint32_t)bpf_core_type_size(struct upid) & 0xfff;
	struct upid *upid = (void *)((char *)pid + bpf_core_field_offset(struct pid, numbers) + at);

	if (ns)
		*ns = BPF_CORE_READ(upid, ns, ns.inum);
	return (uint32_t)BPF_CORE_READ(upid, nr);
}

static __always_inline uint64_t device_number(uint32_t dev)
{
	return dev; /* the kernel's own dev_t: major << 20 | minor */
}

static __always_inline struct kernfs_node *cgroup_parent(struct kernfs_node *kn)
{
	if (bpf_core_field_exists(((struct kernfs_node *)0)->parent))
		return BPF_CORE_READ(kn, parent);
	return BPF_CORE_READ((struct kernfs_node___rcu *)kn, __parent);
}

/* cgroup v2's, unless the task is in its root and a v1 hierarchy knows better. */
static __always_inline struct kernfs_node *cgroup_node(struct task_struct *t)
{
	struct css_set *set = t->cgroups;
	struct kernfs_node *kn = BPF_CORE_READ(set, dfl_cgrp, kn), *v1;
	struct cgroup_subsys_state *css = 0;
	uint32_t at = bpf_core_field_offset(struct css_set, subsys);
	uint32_t which;

	if (cgroup_parent(kn))
		return kn;
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		which = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	else if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		which = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	else
		return kn;
	bpf_probe_read_kernel(&css, sizeof css, (char *)set + at + which * sizeof(void *));
	v1 = BPF_CORE_READ(css, cgroup, kn);
	return v1 ? v1 : kn;
}

static __always_inline void fill_namespaces(struct vigil_process *p, struct task_struct *t)
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
	p->ns_user = t->cred->user_ns->ns.inum;
	p->ns_pid = inner_pid(t->group_leader, &p->ns_pid_ns);
}

static __always_inline void fill_process(struct vigil_process *p, struct task_struct *t)
{
	struct signal_struct *sig = t->signal;
	const struct cred *cred = t->cred;
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

/* ---- parts of variable length, in scratch ---- */

struct writer {
	struct vigil_scratch *s;
	uint32_t which; /* of the scratch memories s is */
	uint32_t at;    /* where the next part begins: below 32768 while paths are written */
};

static __always_inline struct vigil_part *part_begin(struct writer *w, uint16_t kind,
						     uint32_t length)
{
	uint32_t at = w->at & 0x7ff8;
	uint32_t last = (at + (uint32_t)sizeof(struct vigil_part) + length - 1) & ~7u;
	struct vigil_part *part = (void *)&w->s->record[at];

	if (last > sizeof w->s->record - 8)
		return 0;
	*(uint64_t *)&w->s->record[last] = 0; /* the padding */
	part->kind = kind;
	part->source = VIGIL_SOURCE_KERNEL;
	part->flags = 0;
	part->length = length;
	part->original = length;
	w->at = last + 8;
	return part;
}

static __always_inline void *part_value(struct vigil_part *part)
{
	return part + 1;
}

/*
 * Puts `length` bytes at `name`, and a slash, before what s->path holds already.
 * s->at, where that begins, lives in memory and not in a register, so that the
 * verifier sees the same state in each round of the loops below. False: no room.
 */
static __always_inline bool prepend(struct vigil_scratch *s, const void *name, uint32_t length)
{
	uint32_t at = *(volatile uint32_t *)&s->at, to;

	if (length > 255 || at > VIGIL_PATH_MAX || length + 1 > at)
		return false;
	to = at - length - 1;
	barrier_var(to);
	if (to >= VIGIL_PATH_MAX)
		return false;
	s->path[to] = '/';
	barrier_var(length);
	if (length <= 255)
		bpf_probe_read_kernel(&s->path[to + 1], length, name);
	*(volatile uint32_t *)&s->at = to;
	return true;
}

/*
 * Writes the path of (dentry, vfsmount) into the scratch memory `which`, from its
 * end towards its beginning, as d_path() in fs/d_path.c walks, up to
 * (root_dentry, root_mnt) or the top of the mounts. Leaves in s->at where it
 * begins, VIGIL_PATH_MAX when it is the root itself. Returns 1 when its
 * beginning had no room. A global function, which is verified once instead of
 * at each call; such a one takes numbers alone on all kernels.
 */
__noinline int walk_path(uint32_t which, uint64_t of_dentry, uint64_t of_mount,
			 uint64_t root_dentry, uint64_t root_mount)
{
	uint64_t to_mount = bpf_core_field_offset(struct mount, mnt);
	struct dentry *dentry = (void *)of_dentry;
	struct mount *mount = (void *)(of_mount - to_mount);
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);

	if (!s)
		return 0;
	*(volatile uint32_t *)&s->at = VIGIL_PATH_MAX;
	if (!of_dentry || !of_mount)
		return 0;
	for (int i = 0; i < PATH_DEPTH; i++) {
		struct dentry *parent;

		if ((uint64_t)dentry == root_dentry && (uint64_t)mount + to_mount == root_mount)
			return 0;
		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			struct mount *up = BPF_CORE_READ(mount, mnt_parent);

			if (up == mount || !up)
				return 0;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = up;
			continue;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		if (!prepend(s, BPF_CORE_READ(dentry, d_name.name),
			     BPF_CORE_READ(dentry, d_name.len)))
			return 1;
		if (parent == dentry) /* a nameless mount's own: memfd */
			return 0;
		dentry = parent;
	}
	return 1;
}

/* Puts s->path from s->at on into the record. */
static __always_inline void put_path(struct writer *w, uint16_t kind, int cut)
{
	uint32_t at = *(volatile uint32_t *)&w->s->at, length;
	struct vigil_part *part;

	if (at >= VIGIL_PATH_MAX) { /* the root */
		at = VIGIL_PATH_MAX - 1;
		w->s->path[at] = '/';
	}
	length = VIGIL_PATH_MAX - at;
	part = part_begin(w, kind, length);
	if (!part)
		return;
	bpf_probe_read_kernel(part_value(part), length, &w->s->path[at]);
	if (cut) {
		part->flags = VIGIL_PART_CUT_HEAD;
		part->original = VIGIL_UNKNOWN;
	}
}

static __always_inline void put_dentry(struct writer *w, uint16_t kind, struct path *path,
				       struct path *root)
{
	put_path(w, kind,
		 walk_path(w->which, (uint64_t)BPF_CORE_READ(path, dentry),
			   (uint64_t)BPF_CORE_READ(path, mnt),
			   (uint64_t)BPF_CORE_READ(root, dentry),
			   (uint64_t)BPF_CORE_READ(root, mnt)));
}

static __always_inline void put_string(struct writer *w, uint16_t kind, const char *string)
{
	uint32_t at = w->at & 0x7ff8;
	long n = bpf_probe_read_kernel_str(&w->s->record[at + sizeof(struct vigil_part)],
					   VIGIL_PATH_MAX, string);
	struct vigil_part *part;
	uint32_t length;

	if (n <= 0 || n > VIGIL_PATH_MAX)
		return;
	/* part_begin clears the last word, so the string is read again behind it. */
	length = (uint32_t)n - 1;
	part = part_begin(w, kind, length);
	barrier_var(length);
	if (part && length <= VIGIL_PATH_MAX)
		bpf_probe_read_kernel(part_value(part), length, string);
}

__noinline int walk_cgroup(uint32_t which, uint64_t node)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	struct kernfs_node *kn = (void *)node;

	if (!s)
		return 0;
	*(volatile uint32_t *)&s->at = VIGIL_PATH_MAX;
	for (int i = 0; i < CGROUP_DEPTH; i++) {
		struct kernfs_node *parent = cgroup_parent(kn);
		long n;

		if (!parent)
			return 0;
		n = bpf_probe_read_kernel_str(s->name, sizeof s->name, BPF_CORE_READ(kn, name));
		if (n <= 0 || !prepend(s, s->name, (uint32_t)n - 1))
			return 1;
		kn = parent;
	}
	return 1;
}

/* Image, working directory, root, cgroup: what fill_process has no room for. */
static __always_inline void put_paths(struct writer *w, struct vigil_process *p,
				      struct task_struct *t)
{
	struct mm_struct *mm = t->mm;
	struct fs_struct *fs = t->fs;
	int cut;

	if (mm && mm->exe_file) {
		struct file *file = mm->exe_file;
		struct inode *inode = file->f_inode;
		struct dentry *dentry = file->f_path.dentry;
		struct mount *mount =
		    (void *)((char *)file->f_path.mnt - bpf_core_field_offset(struct mount, mnt));
		long ns = (long)BPF_CORE_READ(mount, mnt_ns);
		unsigned long magic = inode->i_sb->s_magic;

		p->device = device_number(inode->i_sb->s_dev);
		p->inode = inode->i_ino;
		/* A mount in nobody's namespace is the kernel's own (MNT_NS_INTERNAL). */
		if ((ns == 0 || (ns < 0 && ns >= -4095)) &&
		    (magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC))
			p->attributes |= VIGIL_PROCESS_MEMORY_ONLY;
		else if (!inode->i_nlink || !dentry->d_hash.pprev)
			p->attributes |= VIGIL_PROCESS_DELETED;
		put_dentry(w, VIGIL_IMAGE, &file->f_path, &fs->root);
	}
	put_dentry(w, VIGIL_DIRECTORY, &fs->pwd, &fs->root);
	cut = walk_path(w->which, (uint64_t)BPF_CORE_READ(fs, root.dentry),
			(uint64_t)BPF_CORE_READ(fs, root.mnt), 0, 0);
	if (*(volatile uint32_t *)&w->s->at != VIGIL_PATH_MAX)
		put_path(w, VIGIL_ROOT, cut);
	put_path(w, VIGIL_CGROUP, walk_cgroup(w->which, (uint64_t)cgroup_node(t)));
}

/* Read where exec has just written them, from the new stack: at the entry of
 * execve the page may not be there yet. */
static __always_inline void put_args(struct writer *w, struct vigil_header *h,
				     struct task_struct *t)
{
	unsigned long start = t->mm->arg_start;
	uint64_t n = t->mm->arg_end - start;
	uint32_t length = n > VIGIL_ARGS_MAX ? VIGIL_ARGS_MAX : (uint32_t)n;
	uint32_t at = w->at;
	struct vigil_part *part = part_begin(w, VIGIL_ARGS, length);

	if (!part)
		return;
	part->original = n > VIGIL_UNKNOWN ? VIGIL_UNKNOWN : (uint32_t)n;
	barrier_var(length); /* the bound must stand where the verifier looks for it */
	if (length <= VIGIL_ARGS_MAX &&
	    bpf_probe_read_user(part_value(part), length, (void *)start) == 0) {
		if (n > VIGIL_ARGS_MAX)
			part->flags = VIGIL_PART_CUT;
		return;
	}
	part->length = 0;
	part->flags = VIGIL_PART_UNREADABLE;
	*(uint32_t *)part_value(part) = 0;
	w->at = at + 16;
	h->flags |= VIGIL_RECORD_INCOMPLETE;
	count_unreadable();
}

static __always_inline void put_comm(struct writer *w, struct task_struct *t)
{
	uint32_t at = w->at;
	struct vigil_part *part = part_begin(w, VIGIL_NAME, 20);

	if (part)
		w->at = at + fill_comm(part, part_value(part), t);
}

#define PROCESS_FIXED (sizeof(struct vigil_header) + sizeof(struct vigil_process))

/* ---- the programs ---- */

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *t, int old_pid, struct linux_binprm *bprm)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &cpu);
	struct vigil_header *h = (void *)s;
	struct vigil_process *p = (void *)(h + 1);
	struct writer w = { s, cpu, PROCESS_FIXED };
	uint32_t size;

	if (!s)
		return 0;
	count_produced(VIGIL_PROCESS_EXEC);
	fill_header(h, VIGIL_PROCESS_EXEC, 0, PROCESS_FIXED);
	fill_id(&h->actor, t);
	h->actor.tid = (uint32_t)old_pid;
	fill_process(p, t);
	if (bprm->interp != bprm->filename)
		p->attributes |= VIGIL_PROCESS_SCRIPT;
	if (BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec))
		p->attributes |= VIGIL_PROCESS_ELEVATED;
	if (old_pid != t->pid)
		p->attributes |= VIGIL_PROCESS_BY_THREAD;
	put_comm(&w, t);
	put_paths(&w, p, t);
	put_string(&w, VIGIL_FILENAME, bprm->filename);
	put_args(&w, h, t);
	size = w.at;
	if (size > sizeof s->record)
		return 0;
	h->size = size;
	if (bpf_ringbuf_output(&ring, s->record, size, wakeup()))
		count_refused(VIGIL_PROCESS_EXEC);
	return 0;
}

static __always_inline void tell_process(struct task_struct *t, uint16_t type, uint32_t attributes)
{
	struct create_record *r;

	count_produced(type);
	r = bpf_ringbuf_reserve(&ring, sizeof *r, 0);
	if (!r) {
		count_refused(type);
		return;
	}
	fill_header(&r->header, type, sizeof *r, offsetof(struct create_record, name));
	fill_current(&r->header.actor);
	fill_process(&r->body, t);
	r->body.attributes |= attributes;
	r->header.size = r->header.fixed + fill_comm(&r->name, r->comm, t);
	bpf_ringbuf_submit(r, wakeup());
}

static __always_inline void tell_thread(struct task_struct *t, uint16_t type, uint32_t code)
{
	struct thread_record *r;

	count_produced(type);
	r = bpf_ringbuf_reserve(&ring, sizeof *r, 0);
	if (!r) {
		count_refused(type);
		return;
	}
	fill_header(&r->header, type, sizeof *r, offsetof(struct thread_record, name));
	fill_current(&r->header.actor);
	fill_id(&r->body.thread, t);
	r->body.start_address = 0;
	r->body.cpu_time = type == VIGIL_THREAD_EXIT ? t->se.sum_exec_runtime : 0;
	r->body.code = (code >> 8) & 0xff;
	r->body.signal = code & 0x7f;
	r->body.ns_tid = inner_pid(t, 0);
	r->body.origin = VIGIL_ORIGIN_LOCAL;
	r->body.reason = VIGIL_REASON_NONE;
	r->body.attributes = t->flags & (PF_KTHREAD | PF_IO_WORKER) ? VIGIL_THREAD_KERNEL : 0;
	r->header.size = r->header.fixed + fill_comm(&r->name, r->comm, t);
	bpf_ringbuf_submit(r, wakeup());
}

SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct *t, unsigned long clone_flags)
{
	uint32_t attributes = 0;

	if (clone_flags & CLONE_THREAD) {
		if (is_wanted(VIGIL_THREAD_CREATE))
			tell_thread(t, VIGIL_THREAD_CREATE, 0);
		return 0;
	}
	if (clone_flags & CLONE_VFORK)
		attributes = VIGIL_PROCESS_VFORK;
	else if (clone_flags & CLONE_VM && !(t->flags & PF_KTHREAD))
		attributes = VIGIL_PROCESS_SHARED_MM;
	tell_process(t, VIGIL_PROCESS_CREATE, attributes);
	return 0;
}

static __always_inline void tell_exit(struct task_struct *t)
{
	struct signal_struct *sig = t->signal;
	/* As wait(2) is told: kernel/exit.c, wait_task_zombie(). */
	uint32_t code = (uint32_t)(sig->flags & SIGNAL_GROUP_EXIT ? sig->group_exit_code
								  : t->group_leader->exit_code);
	struct exit_record *r;

	count_produced(VIGIL_PROCESS_EXIT);
	r = bpf_ringbuf_reserve(&ring, sizeof *r, 0);
	if (!r) {
		count_refused(VIGIL_PROCESS_EXIT);
		return;
	}
	fill_header(&r->header, VIGIL_PROCESS_EXIT, sizeof *r, offsetof(struct exit_record, name));
	fill_id(&r->header.actor, t);
	fill_process_id(&r->body.process, t);
	fill_process_id(&r->body.parent, t->group_leader->real_parent);
	r->body.start = 0;
	r->body.lifetime = r->header.mono - r->body.process.start_key;
	r->body.user_time = sig->utime + t->utime;
	r->body.system_time = sig->stime + t->stime;
	r->body.cpu_time = sig->sum_sched_runtime + t->se.sum_exec_runtime;
	r->body.max_memory = sig->maxrss * page_size;
	r->body.code = (code >> 8) & 0xff;
	r->body.signal = code & 0x7f;
	r->body.attributes = code & 0x80 ? VIGIL_EXIT_CORE : 0;
	r->body.reserved = 0;
	r->header.size = r->header.fixed + fill_comm(&r->name, r->comm, t->group_leader);
	bpf_ringbuf_submit(r, wakeup());
}

SEC("tp_btf/sched_process_exit")
int on_exit(uint64_t *ctx)
{
	struct task_struct *t = (void *)ctx[0];
	bool last;

	/* live was lowered before the tracepoint (do_exit in kernel/exit.c). Two
	 * threads that end at once may both see 0; the loader drops the second. */
	if (exit_tells_group_dead)
		last = *(volatile uint64_t *)&ctx[1] & 0xff;
	else
		last = t->signal->live.counter == 0;
	if (!last) {
		if (is_wanted(VIGIL_THREAD_EXIT))
			tell_thread(t, VIGIL_THREAD_EXIT, (uint32_t)t->exit_code);
		return 0;
	}
	if (snapshotting) /* the iterator will not see it any more */
		tell_process(t, VIGIL_EXISTING, VIGIL_PROCESS_ENDED_EARLY);
	tell_exit(t);
	return 0;
}

SEC("tp_btf/module_load")
int BPF_PROG(on_module_load, struct module *m)
{
	struct module_record *r;
	long n;

	count_produced(VIGIL_DRIVER_LOAD);
	r = bpf_ringbuf_reserve(&ring, sizeof *r, 0);
	if (!r) {
		count_refused(VIGIL_DRIVER_LOAD);
		return 0;
	}
	fill_header(&r->header, VIGIL_DRIVER_LOAD, sizeof *r, offsetof(struct module_record, name));
	fill_current(&r->header.actor);
	__builtin_memset(&r->body, 0, sizeof r->body);
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
	r->name.kind = VIGIL_NAME;
	r->name.source = VIGIL_SOURCE_KERNEL;
	r->name.flags = 0;
	__builtin_memset(r->module, 0, sizeof r->module);
	n = bpf_probe_read_kernel_str(r->module, 56, m->name);
	r->name.length = n > 0 ? (uint32_t)n - 1 : 0;
	r->name.original = r->name.length;
	r->header.size = (r->header.fixed + sizeof r->name + r->name.length + 7) & ~7u;
	bpf_ringbuf_submit(r, wakeup());
	return 0;
}

/* One run a task, through the iterator's file: the reader sets the pace, so that
 * a snapshot cannot be lost however many processes there are. */
SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	uint32_t which = cpus; /* behind those of the CPUs */
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	struct vigil_header *h = (void *)s;
	uint32_t size;

	if (!t || !s)
		return 0;
	if (t->pid != t->tgid) {
		struct vigil_thread *thread = (void *)(h + 1);
		struct writer w = { s, which, sizeof *h + sizeof *thread };

		if (t->exit_state || !is_wanted(VIGIL_EXISTING_THREAD))
			return 0;
		fill_header(h, VIGIL_EXISTING_THREAD, 0, sizeof *h + sizeof *thread);
		fill_id(&h->actor, t);
		__builtin_memset(thread, 0, sizeof *thread);
		fill_id(&thread->thread, t);
		thread->ns_tid = inner_pid(t, 0);
		thread->attributes =
		    t->flags & (PF_KTHREAD | PF_IO_WORKER) ? VIGIL_THREAD_KERNEL : 0;
		put_comm(&w, t);
		size = w.at;
	} else {
		struct vigil_process *p = (void *)(h + 1);
		struct writer w = { s, which, PROCESS_FIXED };

		/* A leader that ended while its threads go on is a live process. */
		if (t->exit_state && t->signal->live.counter == 0)
			return 0;
		fill_header(h, VIGIL_EXISTING, 0, PROCESS_FIXED);
		fill_id(&h->actor, t);
		fill_process(p, t);
		put_comm(&w, t);
		put_paths(&w, p, t);
		size = w.at;
	}
	if (size > 32768)
		return 0;
	h->size = size;
	bpf_seq_write(ctx->meta->seq, s->record, size);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
