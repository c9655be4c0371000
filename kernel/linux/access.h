/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * access.h - access of one process to another: ptrace, process_vm_writev, writes to
 * /proc/PID/mem, and threads created by a process whose debugger has changed it.
 *
 * The programs run at the return of the kernel's functions for these calls (fexit), so other
 * system calls cost nothing extra. If the kernel has no fexit and the caller asks for all
 * accesses, they run at the return of every system call (tp_btf/sys_exit). In both cases the
 * arguments come from the saved registers and the result is what the caller gets.
 */
#ifndef VIGIL_BPF_ACCESS_H
#define VIGIL_BPF_ACCESS_H

#include "calls.h"
#include "queue.h"
#include <bpf/bpf_tracing.h>

#define PROC_SUPER_MAGIC 0x9fa0 /* include/uapi/linux/magic.h */
#define IOV_MAX          1024   /* UIO_MAXIOV */
#define IOV_STEP         32     /* elements per call of add_lengths */
#define IDR_LEVELS       8

#define PTRACE_TRACEME    0 /* include/uapi/linux/ptrace.h; arch/x86: uapi/asm/ptrace-abi.h */
#define PTRACE_POKETEXT   4
#define PTRACE_POKEDATA   5
#define PTRACE_POKEUSR    6
#define PTRACE_SETREGS    13
#define PTRACE_SETFPREGS  15
#define PTRACE_ATTACH     16
#define PTRACE_SETFPXREGS 19
#define PTRACE_SETREGSET  0x4205
#define PTRACE_SEIZE      0x4206

/* A system call: its arguments, its ABI and its result. */
struct call {
	uint64_t argument[6];
	int64_t result;
	bool compat; /* made through the 32-bit ABI */
};

/* Key of a count of calls of one kind by one process on another. */
struct access_key {
	uint64_t actor, target; /* start keys */
	uint32_t actor_pid, target_pid;
	uint32_t what; /* enum vigil_method, and FAILED; or WROTE */
	uint32_t reserved;
};

#define FAILED 0x100
#define WROTE  0x200 /* any method: changed memory or registers of the target */

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct access_key);
	__type(value, uint64_t);
} accesses SEC(".maps");

struct access_record {
	struct vigil_header header;
	struct vigil_access_body body;
	struct ids_part ids;
	struct vigil_part name;
	char comm[20];
};

/* ---- PIDs of the caller's namespace ---- */

/* Returns the task with PID `number` in the caller's PID namespace; 0: none. It does what
 * idr_find() in lib/radix-tree.c does. */
__noinline uint64_t find_task(uint64_t number)
{
	struct task_struct *me = (void *)bpf_get_current_task();
	struct pid *own = BPF_CORE_READ(me, thread_pid);
	uint32_t level = BPF_CORE_READ(own, level);
	uint32_t at = level * (uint32_t)bpf_core_type_size(struct upid) & 0xfff;
	struct upid *upid = (void *)((char *)own + bpf_core_field_offset(struct pid, numbers) + at);
	struct pid_namespace *ns = BPF_CORE_READ(upid, ns);
	uint64_t entry = (uint64_t)BPF_CORE_READ(ns, idr.idr_rt.xa_head);
	uint64_t last = bpf_core_field_size(((struct xa_node *)0)->slots) / sizeof(void *) - 1;

	for (int i = 0; i < IDR_LEVELS && (entry & 3) == 2; i++) {
		char *node = (char *)entry - 2;
		uint64_t index = number >> (BPF_CORE_READ((struct xa_node *)node, shift) & 63);

		if (i == 0 && index > last)
			return 0;
		entry = 0;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      node + bpf_core_field_offset(struct xa_node, slots) +
					  (index & last) * sizeof(void *));
	}
	if (!entry || entry & 3)
		return 0;
	return (uint64_t)task_of_pid((struct pid *)entry);
}

/* ---- reports ---- */

static __always_inline void read_process_id(struct vigil_id *id, struct task_struct *t)
{
	id->pid = (uint32_t)BPF_CORE_READ(t, tgid);
	id->tid = (uint32_t)BPF_CORE_READ(t, pid);
	id->start_key = BPF_CORE_READ(t, group_leader, start_boottime);
}

static __always_inline struct access_key key_of(const struct vigil_id *actor,
						const struct vigil_id *target, uint32_t what)
{
	return (struct access_key){ .actor = actor->start_key,
				    .target = target->start_key,
				    .actor_pid = actor->pid,
				    .target_pid = target->pid,
				    .what = what };
}

/* Returns the new count. Two CPUs that count the same key at the same time may lose one call;
 * the count need not be exact. */
static __always_inline uint64_t count_call(struct access_key *key)
{
	uint64_t *count = bpf_map_lookup_elem(&accesses, key), first = 1;

	if (count)
		return ++*count;
	bpf_map_update_elem(&accesses, key, &first, BPF_NOEXIST);
	return 1;
}

static __always_inline bool is_power_of_ten(uint64_t n)
{
	for (int i = 0; i < 20 && n % 10 == 0; i++)
		n /= 10;
	return n == 1;
}

/* Reports an access. The caller sets all members of `access` except target, count and
 * VIGIL_ACCESS_OWN_CHILD. */
static __always_inline void report_access(struct task_struct *actor_task,
					  struct task_struct *target, uint32_t number,
					  struct vigil_access_body *access)
{
	uint32_t what = access->method | (access->result < 0 ? FAILED : 0);
	struct vigil_id actor;
	struct access_key key;
	struct access_record *r;

	read_process_id(&actor, actor_task);
	access->target = (struct vigil_id){ 0 };
	if (target) {
		read_process_id(&access->target, target);
		if (access->target.pid == actor.pid)
			return; /* itself */
		if ((uint32_t)BPF_CORE_READ(target, group_leader, real_parent, tgid) == actor.pid)
			access->attributes |= VIGIL_ACCESS_OWN_CHILD;
	} else if (BPF_CORE_READ(actor_task, thread_pid, level) == 0) {
		access->target.pid = number; /* no such process, or it has ended */
	}
	if (access->method == VIGIL_METHOD_WRITE || access->method == VIGIL_METHOD_MEM)
		access->target.tid = 0; /* memory belongs to all threads */
	if (access->result >= 0 && access->method >= VIGIL_METHOD_WRITE &&
	    access->method <= VIGIL_METHOD_REGISTERS) {
		key = key_of(&actor, &access->target, WROTE);
		count_call(&key);
	}
	key = key_of(&actor, &access->target, what);
	access->count = count_call(&key);
	if (!is_wanted(VIGIL_EVENT_PROCESS_ACCESS))
		return;
	if ((access->method == VIGIL_METHOD_POKE || access->method == VIGIL_METHOD_REGISTERS) &&
	    !is_power_of_ten(access->count))
		return;
	r = ring_reserve(VIGIL_EVENT_PROCESS_ACCESS, sizeof(*r));
	if (!r)
		return;
	fill_header(&r->header, VIGIL_EVENT_PROCESS_ACCESS, sizeof(*r),
		    offsetof(struct access_record, ids));
	r->header.actor = actor;
	r->body = *access;
	read_ids(&r->ids, actor_task);
	r->header.size =
	    r->header.fixed + sizeof(r->ids) + fill_comm(&r->name, r->comm, actor_task);
	ring_submit(r);
}

static __always_inline uint32_t ptrace_method(uint32_t request)
{
	switch (request) {
	case PTRACE_TRACEME:
		return VIGIL_METHOD_TRACEME;
	case PTRACE_ATTACH:
		return VIGIL_METHOD_ATTACH;
	case PTRACE_SEIZE:
		return VIGIL_METHOD_SEIZE;
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return VIGIL_METHOD_POKE;
	case PTRACE_POKEUSR:
	case PTRACE_SETREGS:
	case PTRACE_SETFPREGS:
	case PTRACE_SETFPXREGS:
	case PTRACE_SETREGSET:
		return VIGIL_METHOD_REGISTERS;
	default:
		return 0;
	}
}

/* ptrace(request, pid, address, data) */
static __always_inline struct vigil_access_body ptrace_access(const struct call *call)
{
	struct vigil_access_body access = { .method = ptrace_method((uint32_t)call->argument[0]),
					    .result = call->result };

	if (access.method == VIGIL_METHOD_POKE) {
		access.address = call->argument[2];
		access.length = call->compat ? 4 : 8;
	}
	return access;
}

/* Calls find_task first. When the method was determined before that call and tested after it,
 * pokes found no target on 5.10 and 6.1, although an attach through the same instructions did:
 * apparently the verifier removed the branch with a target. */
static __always_inline void report_ptrace(const struct call *call)
{
	uint32_t number = (uint32_t)call->argument[1];
	struct task_struct *target = (void *)find_task(number);
	struct task_struct *actor = (void *)bpf_get_current_task();
	struct vigil_access_body access = ptrace_access(call);

	if (!access.method)
		return;
	if (access.method == VIGIL_METHOD_TRACEME) { /* the parent becomes the tracer */
		target = actor;
		actor = BPF_CORE_READ(target, real_parent);
	}
	report_access(actor, target, number, &access);
}

/* Reads the address and length of one iovec in the caller's memory; both are 0 if it cannot be
 * read. */
static __always_inline void read_iov(uint64_t to[2], uint64_t vector, uint32_t compat)
{
	uint32_t narrow[2] = { 0 };

	to[0] = to[1] = 0;
	if (compat) {
		bpf_probe_read_user(narrow, sizeof(narrow), (void *)vector);
		to[0] = narrow[0];
		to[1] = narrow[1];
	} else {
		bpf_probe_read_user(to, 2 * sizeof(*to), (void *)vector);
	}
}

/* Returns the sum of the lengths of the first `count` iovecs, at most IOV_STEP. A global
 * function is verified once instead of at each call. */
__noinline uint64_t add_lengths(uint64_t vector, uint64_t count, uint32_t compat)
{
	uint64_t sum = 0, iov[2];

	for (uint32_t i = 0; i < IOV_STEP && i < count; i++) {
		read_iov(iov, vector, compat);
		vector += compat ? 8 : 16;
		sum += iov[1];
	}
	return sum;
}

/* process_vm_writev(pid, local, locals, remote, remotes, flags) */
static __always_inline void report_writev(const struct call *call)
{
	struct task_struct *actor = (void *)bpf_get_current_task();
	struct vigil_access_body access = { .method = VIGIL_METHOD_WRITE, .result = call->result };
	uint32_t number = (uint32_t)call->argument[0];
	uint64_t vector = call->argument[3], count = call->argument[4], iov[2] = { 0 };

	if (count)
		read_iov(iov, vector, call->compat);
	access.address = iov[0];
	for (uint32_t i = 0; i < IOV_MAX && i < count; i += IOV_STEP)
		access.length +=
		    add_lengths(vector + i * (call->compat ? 8ul : 16ul), count - i, call->compat);
	report_access(actor, (void *)find_task(number), number, &access);
}

/* Reports a write to /proc/PID/mem. `end` is the address after the last byte written. */
static __always_inline void report_mem_write(struct file *file, uint64_t length, uint64_t end,
					     int64_t result)
{
	uint64_t inode = (uint64_t)BPF_CORE_READ(file, f_inode);
	struct proc_inode *node =
	    (void *)(inode - bpf_core_field_offset(struct proc_inode, vfs_inode));
	struct vigil_access_body access = { .method = VIGIL_METHOD_MEM, .result = result };
	struct task_struct *target = task_of_pid(BPF_CORE_READ(node, pid));

	access.length = length;
	access.address = end - (result > 0 ? (uint64_t)result : 0);
	report_access((void *)bpf_get_current_task(), target, 0, &access);
}

/* ---- programs at the return of the kernel's functions for these calls ---- */

static __always_inline void read_call(struct call *call, struct pt_regs *regs, long result,
				      bool compat)
{
	call->result = result;
	call->compat = compat;
#ifdef __TARGET_ARCH_x86
	if (compat) {
		call->argument[0] = (uint32_t)BPF_CORE_READ(regs, bx);
		call->argument[1] = (uint32_t)BPF_CORE_READ(regs, cx);
		call->argument[2] = (uint32_t)BPF_CORE_READ(regs, dx);
		call->argument[3] = (uint32_t)BPF_CORE_READ(regs, si);
		call->argument[4] = (uint32_t)BPF_CORE_READ(regs, di);
		call->argument[5] = (uint32_t)BPF_CORE_READ(regs, bp);
		return;
	}
	call->argument[0] = BPF_CORE_READ(regs, di);
	call->argument[1] = BPF_CORE_READ(regs, si);
	call->argument[2] = BPF_CORE_READ(regs, dx);
	call->argument[3] = BPF_CORE_READ(regs, r10);
	call->argument[4] = BPF_CORE_READ(regs, r8);
	call->argument[5] = BPF_CORE_READ(regs, r9);
#else
	call->argument[0] = BPF_CORE_READ(regs, orig_x0);
	call->argument[1] = BPF_CORE_READ(regs, regs[1]);
	call->argument[2] = BPF_CORE_READ(regs, regs[2]);
	call->argument[3] = BPF_CORE_READ(regs, regs[3]);
	call->argument[4] = BPF_CORE_READ(regs, regs[4]);
	call->argument[5] = BPF_CORE_READ(regs, regs[5]);
#endif
}

/* Copies the arguments of the traced function as memory: an old verifier refuses direct access
 * if only the type's name is known in the function's source file. */
static __always_inline void read_arguments(void *ctx, uint64_t *to, uint32_t count)
{
	bpf_probe_read_kernel(to, count * sizeof(*to), ctx);
}

static __always_inline void read_traced(struct call *call, void *ctx, long result, bool compat)
{
	uint64_t regs = 0;

	read_arguments(ctx, &regs, 1);
	read_call(call, (struct pt_regs *)regs, result, compat);
}

/* The loader sets the function that each program is attached to, because the names differ by
 * architecture. */
SEC("fexit")
int BPF_PROG(on_ptrace, struct pt_regs *regs, long result)
{
	struct call call;

	read_traced(&call, ctx, result, false);
	report_ptrace(&call);
	return 0;
}

SEC("fexit")
int BPF_PROG(on_ptrace_compat, struct pt_regs *regs, long result)
{
	struct call call;

	read_traced(&call, ctx, result, true);
	report_ptrace(&call);
	return 0;
}

SEC("fexit")
int BPF_PROG(on_writev, struct pt_regs *regs, long result)
{
	struct call call;

	read_traced(&call, ctx, result, is_compat()); /* arm64 has one function for both */
	report_writev(&call);
	return 0;
}

SEC("fexit")
int BPF_PROG(on_writev_compat, struct pt_regs *regs, long result)
{
	struct call call;

	read_traced(&call, ctx, result, true);
	report_writev(&call);
	return 0;
}

SEC("fexit")
int BPF_PROG(on_mem_write, struct file *file, const char *from, unsigned long length,
	     long long *position, long result)
{
	uint64_t argument[4] = { 0 }, end = 0;

	read_arguments(ctx, argument, 4);
	bpf_probe_read_kernel(&end, sizeof(end), (void *)argument[3]);
	report_mem_write((struct file *)argument[0], argument[2], end, result);
	return 0;
}

/* ---- a program at the return of every system call ---- */

enum {
	CALL_OTHER,
	CALL_PTRACE,
	CALL_WRITEV, /* process_vm_writev */
	CALL_WRITE,  /* at the position of the file */
	CALL_PWRITE, /* at a position that is passed */
	CALL_WRITES, /* the same two with a vector of buffers */
	CALL_PWRITES
};

static __always_inline int native_call(uint32_t number)
{
	switch (number) {
#ifdef __TARGET_ARCH_x86
	case 101:
		return CALL_PTRACE;
	case 311:
		return CALL_WRITEV;
	case 1:
		return CALL_WRITE;
	case 18:
		return CALL_PWRITE;
	case 20:
		return CALL_WRITES;
	case 296:
	case 328:
		return CALL_PWRITES;
#else
	case 117:
		return CALL_PTRACE;
	case 271:
		return CALL_WRITEV;
	case 64:
		return CALL_WRITE;
	case 68:
		return CALL_PWRITE;
	case 66:
		return CALL_WRITES;
	case 70:
	case 287:
		return CALL_PWRITES;
#endif
	default:
		return CALL_OTHER;
	}
}

static __always_inline int compat_call(uint32_t number)
{
	switch (number) {
	case 26:
		return CALL_PTRACE;
	case COMPAT_WRITEV:
		return CALL_WRITEV;
	case 4:
		return CALL_WRITE;
	case 181:
		return CALL_PWRITE;
	case 146:
		return CALL_WRITES;
	case COMPAT_PWRITEV:
	case COMPAT_PWRITEV2:
		return CALL_PWRITES;
	default:
		return CALL_OTHER;
	}
}

static __always_inline int which_call(struct pt_regs *regs, bool *compat)
{
	uint32_t number = call_number(regs);
	int native = native_call(number), other = compat_call(number);

	*compat = false;
	if (native == CALL_OTHER && other == CALL_OTHER)
		return CALL_OTHER; /* nearly all system calls */
	*compat = is_compat();
	return *compat ? other : native;
}

/* Returns the caller's open file with this descriptor if it is a /proc/PID/mem, else 0. */
static __always_inline struct file *mem_file(uint32_t number)
{
	struct task_struct *me = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(me, files, fdt);
	struct file *file = 0, **files = BPF_CORE_READ(table, fd);
	const unsigned char *name;
	uint32_t letters = 0;

	if (number >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), &files[number]);
	if (!file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != PROC_SUPER_MAGIC)
		return 0;
	name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	bpf_probe_read_kernel(&letters, sizeof(letters), name);
	return letters == ('m' | 'e' << 8 | 'm' << 16) ? file : 0;
}

/* The position that is passed to pwrite64, pwritev and pwritev2. The 32-bit ABI passes two halves;
 * that of ARM has a number of 64 bits begin in an even register. */
static __always_inline uint64_t position_of(const struct call *call, int what)
{
	if (!call->compat)
		return call->argument[3];
#ifdef __TARGET_ARCH_arm64
	if (what == CALL_PWRITE)
		return call->argument[4] | call->argument[5] << 32;
#endif
	return call->argument[3] | call->argument[4] << 32;
}

static __always_inline void report_file_write(const struct call *call, int what)
{
	struct file *file = mem_file((uint32_t)call->argument[0]);
	uint64_t moved = call->result > 0 ? (uint64_t)call->result : 0;
	uint64_t length, end;

	if (!file)
		return;
	length = what == CALL_WRITE || what == CALL_PWRITE ? call->argument[2] : moved;
	if (what == CALL_PWRITE || what == CALL_PWRITES)
		end = position_of(call, what) + moved;
	else
		end = (uint64_t)BPF_CORE_READ(file, f_pos);
	report_mem_write(file, length, end, call->result);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	struct call call;
	bool compat;
	int what = which_call(regs, &compat);

	if (what == CALL_OTHER)
		return 0;
	read_call(&call, regs, result, compat);
	if (what == CALL_PTRACE)
		report_ptrace(&call);
	else if (what == CALL_WRITEV)
		report_writev(&call);
	else
		report_file_write(&call, what);
	return 0;
}

/* ---- threads ---- */

/*
 * Reports a new thread of a process whose tracer is another process and has changed its memory
 * or registers. The process creates the thread itself, but the tracer may have caused that. A
 * tracer that only observes (strace) is not reported.
 */
static __always_inline void report_remote_thread(struct task_struct *t)
{
	struct task_struct *maker = (void *)bpf_get_current_task(), *tracer;
	struct vigil_id actor, target;
	struct thread_record *r;
	struct access_key key;

	if (!BPF_CORE_READ(maker, ptrace) || t->flags & PF_IO_WORKER)
		return;
	tracer = BPF_CORE_READ(maker, parent);
	read_process_id(&actor, tracer);
	fill_id(&target, t);
	key = key_of(&actor, &target, WROTE);
	if (actor.pid == target.pid || !bpf_map_lookup_elem(&accesses, &key))
		return;
	r = ring_reserve(VIGIL_EVENT_REMOTE_THREAD, sizeof(*r));
	if (!r)
		return;
	fill_thread(r, t, VIGIL_EVENT_REMOTE_THREAD, 0);
	r->header.actor = actor;
	read_ids(&r->ids, tracer);
	r->body.origin = VIGIL_ORIGIN_REMOTE;
	r->body.reason = VIGIL_REASON_DEBUGGER;
	if ((uint32_t)BPF_CORE_READ(t, group_leader, real_parent, tgid) == actor.pid)
		r->body.attributes |= VIGIL_THREAD_PARENT_CREATOR;
	ring_submit(r);
}

#endif /* VIGIL_BPF_ACCESS_H */
