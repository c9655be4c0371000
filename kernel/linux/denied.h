/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * denied.h - the record of a start that a rule refuses or audits. It is written while the caller
 * waits in exec(2) or mmap(2), so it reads the arguments from the caller's memory.
 */
#ifndef VIGIL_BPF_DENIED_H
#define VIGIL_BPF_DENIED_H

#include "calls.h"
#include "parts.h"
#include "judge.h"
#include <bpf/bpf_tracing.h>

#define EPERM           1
#define ARGUMENTS       1024  /* arguments that are reported */
#define ARGUMENT_MAX    16384 /* bytes of one argument */
#define ARGUMENTS_BYTES 49152 /* bytes of all arguments */
#define ARGUMENTS_CUT   0x80000000u

/* Entries of scratch; set by the loader before load, to at least 16 more than the smaller of 16 and
 * the number of CPUs: the 16 entries that claim() tries are then different ones. */
const volatile uint32_t drafts = 1;

/* 1 for each entry of scratch that is in use. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by the loader: number of entries of scratch */
	__type(key, uint32_t);
	__type(value, uint32_t);
} claims SEC(".maps");

/* Claims an entry of scratch for this record. Returns JUDGE_NONE if all are in use by tasks that
 * were preempted while they wrote a record. */
static __always_inline uint32_t claim(void)
{
	uint32_t first = bpf_get_smp_processor_id();

	for (uint32_t i = 0; i < 16; i++) {
		uint32_t which = first + i < drafts ? first + i : i, *taken;

		taken = bpf_map_lookup_elem(&claims, &which);
		if (taken && __sync_val_compare_and_swap(taken, 0, 1) == 0)
			return which;
	}
	return JUDGE_NONE;
}

static __always_inline void release(uint32_t which)
{
	uint32_t *taken = bpf_map_lookup_elem(&claims, &which);

	if (taken)
		__sync_val_compare_and_swap(taken, 1, 0);
}

/* Returns the address of the argument list that was passed to exec(2); 0: unknown. */
static __always_inline uint64_t find_arguments(struct task_struct *me)
{
	struct pt_regs *regs;
	uint32_t number;

	if (!me->mm || me->flags & PF_KTHREAD)
		return 0;
	if (is_compat())
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(me);
	number = call_number(regs);
#ifdef __TARGET_ARCH_x86
	return number == NATIVE_EXECVE     ? BPF_CORE_READ(regs, si)
	       : number == NATIVE_EXECVEAT ? BPF_CORE_READ(regs, dx)
					   : 0;
#else
	return number == NATIVE_EXECVE     ? BPF_CORE_READ(regs, regs[1])
	       : number == NATIVE_EXECVEAT ? BPF_CORE_READ(regs, regs[2])
					   : 0;
#endif
}

struct argument_search {
	struct vigil_scratch *s;
	uint64_t argv;
	uint32_t begin; /* offset of the arguments in the record */
};

/* Adds one argument. s->at is the total length so far; ARGUMENTS_CUT is set in it if there are
 * more arguments than are reported. */
static int argument_step(uint32_t index, struct argument_search *search)
{
	uint32_t length = search->s->at, begin = search->begin & 0x7fff;
	struct vigil_scratch *s = search->s;
	uint64_t pointer = 0;
	long n;

	if (bpf_probe_read_user(&pointer, sizeof(pointer), (void *)(search->argv + index * 8)) <
	    0) {
		s->at = length | ARGUMENTS_CUT;
		return 1;
	}
	if (!pointer)
		return 1;
	if (length > ARGUMENTS_BYTES - ARGUMENT_MAX || index == ARGUMENTS) {
		s->at = length | ARGUMENTS_CUT;
		return 1;
	}
	n = bpf_probe_read_user_str(&s->record[begin + length], ARGUMENT_MAX, (void *)pointer);
	if (n <= 0 || n > ARGUMENT_MAX) {
		s->at = length | ARGUMENTS_CUT;
		return 1;
	}
	length += (uint32_t)n;
	s->at = length;
	if (n < ARGUMENT_MAX)
		return 0;
	s->at = length | ARGUMENTS_CUT;
	return 1;
}

/* Adds the arguments from the caller's memory: exec has already copied them, but to a stack that
 * is not mapped yet. Pages that are not in memory are not waited for. */
static __always_inline void put_arguments(struct writer *w, struct vigil_header *h,
					  struct task_struct *me)
{
	uint32_t at = w->s->end & 0x7ff8, length, cut;
	struct argument_search search = { w->s, find_arguments(me),
					  at + sizeof(struct vigil_part) };
	struct vigil_part *part = (void *)&w->s->record[at];

	w->s->at = 0;
	if (search.argv)
		bpf_loop(ARGUMENTS + 1, argument_step, &search, 0);
	length = w->s->at & ~ARGUMENTS_CUT;
	cut = w->s->at & ARGUMENTS_CUT;
	barrier_var(length);
	if (length > ARGUMENTS_BYTES)
		return;
	*(uint32_t *)&w->s->record[at + sizeof(*part) + length] = 0; /* the padding */
	*(uint32_t *)&w->s->record[at + sizeof(*part) + length + 4] = 0;
	part->kind = VIGIL_PART_ARGS;
	part->source = VIGIL_PART_ORIGIN_QUERY;
	part->flags = length == 0 ? VIGIL_PART_FLAG_UNREADABLE : cut ? VIGIL_PART_FLAG_CUT : 0;
	part->length = length;
	part->original = length && cut ? VIGIL_UNKNOWN : length;
	if (length == 0) {
		h->flags |= VIGIL_RECORD_INCOMPLETE;
		count_unreadable();
	}
	w->s->end = (at + (uint32_t)sizeof(*part) + length + 7) & ~7u;
}

static __always_inline void put_rule(struct writer *w, const struct judge_value *rule)
{
	uint32_t length = rule->id_length;
	struct vigil_part *part;

	if (length > JUDGE_ID_MAX)
		return;
	part = part_begin(w, VIGIL_PART_RULE, length);
	barrier_var(length);
	if (part && length <= JUDGE_ID_MAX) {
		part->source = VIGIL_PART_ORIGIN_NONE;
		bpf_probe_read_kernel(part_value(part), length, rule->id);
	}
}

#define DENIED_FIXED (sizeof(struct vigil_header) + sizeof(struct vigil_denied_body))

/* Reports a refused or audited start. filename is the path that was passed to exec; 0: a running
 * program maps the file. */
static __always_inline void report_denied(struct task_struct *me, const char *filename,
					  struct file *file, const struct judge_value *rule,
					  uint64_t hit)
{
	uint32_t which = claim(), size;
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	struct vigil_header *h = (void *)s;
	struct vigil_denied_body *denied = (void *)(h + 1);
	struct writer w = { s, which };
	struct task_struct *t = untrusted(me);
	int cut;

	count_produced(VIGIL_EVENT_PROCESS_DENIED);
	if (!s) {
		__sync_fetch_and_add(&refused, 1);
		return;
	}
	s->end = DENIED_FIXED;
	fill_header(h, VIGIL_EVENT_PROCESS_DENIED, 0, DENIED_FIXED);
	fill_id(&h->actor, t);
	fill_process(&denied->process, t);
	denied->process.device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	denied->process.inode = BPF_CORE_READ(file, f_inode, i_ino);
	denied->hits = hit;
	denied->verdict = rule->verdict;
	denied->status = rule->verdict == VIGIL_VERDICT_DENY ? EPERM : 0;
	cut = walk_path(which, (uint64_t)BPF_CORE_READ(file, f_path.dentry),
			(uint64_t)BPF_CORE_READ(file, f_path.mnt), 0, 0);
	put_path(&w, VIGIL_PART_IMAGE, cut);
	put_rule(&w, rule);
	if (filename) {
		put_string(&w, VIGIL_PART_FILENAME, filename);
		put_arguments(&w, h, me); /* bpf_task_pt_regs() requires a trusted pointer */
	} else {
		put_args(&w, h, t);
	}
	size = s->end;
	if (size <= sizeof(s->record)) {
		h->size = size;
		if (bpf_ringbuf_output(&ring, s->record, size, 0))
			__sync_fetch_and_add(&refused, 1);
	}
	release(which);
}

#endif /* VIGIL_BPF_DENIED_H */
