/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * exec_failed.h - calls of execve and execveat that return an error.
 *
 * The programs run at the return of the kernel's functions for these calls (fexit), so only
 * execs pay for them. If the kernel has no fexit and the caller asks for all of them, a program
 * runs at the return of every system call. The path and the arguments are then still in the
 * caller's memory.
 */
#ifndef VIGIL_BPF_EXEC_FAILED_H
#define VIGIL_BPF_EXEC_FAILED_H

#include "access.h"
#include "outsiders.h"

#define ERRNO_MAX       511 /* larger ones: the call is restarted: include/linux/errno.h */
#define FAILED_PATH_MAX 4096
#define FAILED_ARG_MAX  1024 /* bytes of one argument */
#define FAILED_ARGS     64
#define FAILED_ARGS_END 14000 /* no argument begins beyond this offset */
#define FAILED_PATH_AT  (FAILED_FIXED + sizeof(struct ids_part))
#define FAILED_FIXED    (sizeof(struct vigil_header) + sizeof(struct vigil_exec_failed_body))
#define AT_FDCWD        -100 /* include/uapi/linux/fcntl.h */

/* Scratch memory of one program on one CPU. A program at the return of a function may be
 * preempted by another one, but not by itself. */
struct failed_scratch {
	uint8_t record[16384] __attribute__((aligned(8)));
	/* In memory, not in registers, so that the verifier sees the same state each time. */
	volatile uint32_t begin, end; /* of the arguments */
	volatile uint32_t flags;      /* of their part */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by the loader: VIGIL_FAILED_PROGRAMS per CPU */
	__type(key, uint32_t);
	__type(value, struct failed_scratch);
} failed_scratch SEC(".maps");

/* A call of execve, or of execveat without its first argument. */
struct exec_call {
	uint64_t path, args; /* pointers */
	uint32_t attributes; /* VIGIL_EXEC_FAILED_... */
	uint32_t error;
	bool compat;
};

/* Writes zeros after a value that ends at `at`. Returns where the next part begins. */
static __always_inline uint32_t pad(struct failed_scratch *s, uint32_t at)
{
#pragma unroll
	for (uint32_t i = 0; i < 7; i++)
		s->record[(at + i) & 0x3fff] = 0;
	return (at + 7) & ~7u;
}

static __always_inline uint32_t put_failed_path(struct failed_scratch *s, uint32_t at,
						const struct exec_call *call)
{
	struct vigil_part *part = (void *)&s->record[at];
	long n = bpf_probe_read_user_str(part + 1, FAILED_PATH_MAX, (void *)call->path);
	uint32_t length = n > 0 ? ((uint32_t)n - 1) & (FAILED_PATH_MAX - 1) : 0;

	part->kind = VIGIL_PART_FILENAME;
	part->source = VIGIL_PART_ORIGIN_KERNEL;
	part->flags = n > 0 ? 0 : VIGIL_PART_FLAG_UNREADABLE;
	part->length = part->original = length;
	return pad(s, at + (uint32_t)sizeof(*part) + length);
}

/* Reads element `index` of a list of pointers; 0 ends the list. Returns false if it cannot be
 * read. */
static __always_inline bool read_pointer(uint64_t args, uint32_t compat, uint32_t index,
					 uint64_t *to)
{
	uint32_t narrow = 0;
	long failed;

	*to = 0;
	if (!args) /* the kernel treats it as an empty list */
		return true;
	if (compat) {
		failed = bpf_probe_read_user(&narrow, 4, (void *)(args + index * 4));
		*to = narrow;
	} else {
		failed = bpf_probe_read_user(to, 8, (void *)(args + index * 8));
	}
	return !failed;
}

/* Adds argument `index` of the list at `args` to the scratch memory `which`. Returns false if it
 * was the last one that is reported. A global function is verified once instead of for each
 * argument. */
__noinline int put_failed_argument(uint32_t which, uint64_t args, uint32_t compat, uint32_t index)
{
	struct failed_scratch *s = bpf_map_lookup_elem(&failed_scratch, &which);
	uint64_t argument;
	uint32_t here;
	long n = 0;

	if (!s)
		return false;
	here = s->end;
	barrier_var(here); /* keeps the bound in the register that is the index below */
	if (here > FAILED_ARGS_END)
		return false;
	if (read_pointer(args, compat, index, &argument)) {
		if (!argument) {
			s->flags = 0;
			return false;
		}
		n = bpf_probe_read_user_str(&s->record[here], FAILED_ARG_MAX, (void *)argument);
	}
	if (n <= 0) {
		if (here == s->begin)
			s->flags = VIGIL_PART_FLAG_UNREADABLE;
		return false;
	}
	s->end = here + ((uint32_t)n & (2 * FAILED_ARG_MAX - 1));
	if (n < FAILED_ARG_MAX)
		return true;
	s->end--; /* truncated: without the NUL that the helper wrote */
	return false;
}

/* Adds the arguments that fit. The flags of the part show whether any are missing. */
static __always_inline uint32_t put_failed_args(struct failed_scratch *s, uint32_t which,
						uint32_t at, const struct exec_call *call)
{
	struct vigil_part *part = (void *)&s->record[at & 0x1ff8];

	s->begin = s->end = (at & 0x1ff8) + (uint32_t)sizeof(*part);
	s->flags = VIGIL_PART_FLAG_CUT;
	for (uint32_t i = 0; i < FAILED_ARGS; i++)
		if (!put_failed_argument(which, call->args, call->compat, i))
			break;
	part->kind = VIGIL_PART_ARGS;
	part->source = VIGIL_PART_ORIGIN_KERNEL;
	part->flags = (uint8_t)s->flags;
	part->length = s->end - s->begin;
	part->original = part->flags == VIGIL_PART_FLAG_CUT ? VIGIL_UNKNOWN : part->length;
	return pad(s, s->end);
}

static __always_inline void note_unreadable(struct vigil_header *h, const struct vigil_part *part)
{
	if (!(part->flags & VIGIL_PART_FLAG_UNREADABLE))
		return;
	h->flags |= VIGIL_RECORD_INCOMPLETE;
	count_unreadable();
}

static __always_inline void report_exec_failed(uint32_t program, const struct exec_call *call)
{
	uint32_t which = bpf_get_smp_processor_id() * VIGIL_FAILED_PROGRAMS + program, at, size;
	struct failed_scratch *s = bpf_map_lookup_elem(&failed_scratch, &which);
	struct task_struct *me = (void *)bpf_get_current_task();
	struct vigil_header *h = (void *)s;
	struct vigil_exec_failed_body *body = (void *)(h + 1);
	struct vigil_part *name;

	if (!s || (root_count && is_outsider(bpf_get_current_task_btf())))
		return;
	count_produced(VIGIL_EVENT_EXEC_FAILED);
	fill_header(h, VIGIL_EVENT_EXEC_FAILED, 0, FAILED_FIXED);
	fill_current(&h->actor);
	body->error = call->error;
	body->attributes = call->attributes;
	read_ids((void *)(body + 1), me);
	at = put_failed_path(s, FAILED_PATH_AT, call) & 0x1ff8;
	note_unreadable(h, (void *)&s->record[FAILED_PATH_AT]);
	size = put_failed_args(s, which, at, call) & 0x3ff8;
	note_unreadable(h, (void *)&s->record[at]);
	if (size > sizeof(s->record) - 64)
		return;
	name = (void *)&s->record[size];
	size += fill_comm(name, (char *)(name + 1), me);
	h->size = size;
	if (size <= sizeof(s->record))
		ring_output(VIGIL_EVENT_EXEC_FAILED, s->record, size);
}

/* Reports a call if it failed. With `at` it is execveat(directory, path, args, ...), else
 * execve(path, args, ...). */
static __always_inline void report_exec(uint32_t program, const struct call *call, bool at)
{
	struct exec_call failed = { .compat = call->compat };

	if (call->result >= 0 || call->result < -ERRNO_MAX)
		return;
	failed.error = (uint32_t)-call->result;
	failed.path = at ? call->argument[1] : call->argument[0];
	failed.args = at ? call->argument[2] : call->argument[1];
	if (at && (int32_t)call->argument[0] != AT_FDCWD)
		failed.attributes = VIGIL_EXEC_FAILED_AT;
	report_exec_failed(program, &failed);
}

/* The loader sets the function that each program is attached to. */
#define ON_EXEC(name, program, compat, at) \
	SEC("fexit") \
	int BPF_PROG(name, struct pt_regs *regs, long result) \
	{ \
		struct call call; \
\
		if (result >= 0) \
			return 0; \
		read_traced(&call, ctx, result, compat); \
		report_exec(program, &call, at); \
		return 0; \
	}

ON_EXEC(on_execve, 0, false, false)
ON_EXEC(on_execveat, 1, false, true)
ON_EXEC(on_execve_compat, 2, true, false)
ON_EXEC(on_execveat_compat, 3, true, true)

/* ---- a program at the return of every system call ---- */

enum {
	EXEC_NONE,
	EXEC_EXECVE,
	EXEC_EXECVEAT
};

static __always_inline int exec_of(uint32_t number, uint32_t execve, uint32_t execveat)
{
	return number == execve ? EXEC_EXECVE : number == execveat ? EXEC_EXECVEAT : EXEC_NONE;
}

static __always_inline int which_exec(struct pt_regs *regs, bool *compat)
{
	uint32_t number = call_number(regs);
	int native = exec_of(number, NATIVE_EXECVE, NATIVE_EXECVEAT);
	int other = exec_of(number, COMPAT_EXECVE, COMPAT_EXECVEAT);

	*compat = false;
	if (native == EXEC_NONE && other == EXEC_NONE)
		return EXEC_NONE;
	*compat = is_compat();
	return *compat ? other : native;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit_exec, struct pt_regs *regs, long result)
{
	struct call call;
	bool compat;
	int which;

	if (result >= 0)
		return 0;
	which = which_exec(regs, &compat);
	if (which == EXEC_NONE)
		return 0;
	read_call(&call, regs, result, compat);
	report_exec(0, &call, which == EXEC_EXECVEAT);
	return 0;
}

#endif /* VIGIL_BPF_EXEC_FAILED_H */
