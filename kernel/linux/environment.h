/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * environment.h - the environment variables of a new program whose names were requested. They
 * are read from the new stack, like the arguments. If no names are set, the verifier removes
 * this code.
 */
#ifndef VIGIL_BPF_ENVIRONMENT_H
#define VIGIL_BPF_ENVIRONMENT_H

#include "parts.h"

#define ENVIRONMENT_PIECE  512   /* bytes read at once, and kept of a variable */
#define ENVIRONMENT_EACH   1024  /* bytes for all variables of one name */
#define ENVIRONMENT_PIECES 512   /* pieces that are examined */
#define ENVIRONMENT_STEP   16    /* pieces per call of look_at_pieces */
#define ENVIRONMENT_END    32000 /* offset in record: arguments must begin after it */

const volatile uint32_t environment_names = 0; /* number of names; set by the loader */
/* Each name and `=`, padded with zeros; and a mask of ones over the same bytes. */
const volatile uint64_t environment_word[VIGIL_ENVIRONMENT_NAMES][VIGIL_ENVIRONMENT_WORDS];
const volatile uint64_t environment_mask[VIGIL_ENVIRONMENT_NAMES][VIGIL_ENVIRONMENT_WORDS];

/*
 * Returns the index of the name that the variable in s->path has; environment_names: none. It
 * has no branches: with them the verifier would follow two paths for each name, in each
 * iteration of the loop below.
 */
static __always_inline uint64_t find_name(struct vigil_scratch *s)
{
	const uint64_t *variable = (const void *)s->path;
	uint64_t found = environment_names;

	for (uint32_t k = 0; k < VIGIL_ENVIRONMENT_NAMES && k < environment_names; k++) {
		uint64_t differ = 0, minus;

#pragma unroll
		for (uint32_t i = 0; i < VIGIL_ENVIRONMENT_WORDS; i++)
			differ |= (variable[i] ^ environment_word[k][i]) & environment_mask[k][i];
		minus = -differ;
		barrier_var(minus);              /* prevents the compiler from making a branch */
		differ = (differ | minus) >> 63; /* 1: different */
		found = differ * found + (1 - differ) * k;
	}
	return found;
}

/* Adds the variable of n bytes in s->path, including its NUL. Returns false if there is no
 * space. */
static __always_inline bool add_variable(struct vigil_scratch *s, uint64_t name, uint32_t n)
{
	volatile struct vigil_environment *e = &s->environment;
	uint32_t to = e->to, used = e->used[name & (VIGIL_ENVIRONMENT_NAMES - 1)] + n;

	if (used > ENVIRONMENT_EACH || to + n > ENVIRONMENT_END)
		return false;
	e->used[name & (VIGIL_ENVIRONMENT_NAMES - 1)] = used;
	e->to = to + n;
	bpf_probe_read_kernel(&s->record[to & 0x7fff], n & (2 * ENVIRONMENT_PIECE - 1), s->path);
	return true;
}

/* Examines the piece at s->environment.at. Returns false if it was the last one. A global
 * function is verified once instead of for each piece; the state that one piece passes to the
 * next is in memory. */
__noinline int look_at_piece(uint32_t which)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	volatile struct vigil_environment *e;
	uint64_t at, name, cut;
	long n;

	if (!s)
		return false;
	e = &s->environment;
	at = e->at;
	if (at >= e->end)
		return false;
	n = bpf_probe_read_user_str(s->path, ENVIRONMENT_PIECE, (void *)at);
	if (n <= 0) {
		e->flags = VIGIL_PART_FLAG_UNREADABLE;
		return false;
	}
	name = find_name(s) | e->inside;
	cut = (uint64_t)n / ENVIRONMENT_PIECE; /* 1: it continues; the NUL is not part of it */
	barrier_var(cut);
	e->at = at + (uint64_t)n - cut;
	e->inside = -cut;
	if (name < environment_names && (!add_variable(s, name, (uint32_t)n) || cut))
		e->flags = VIGIL_PART_FLAG_CUT;
	return true;
}

__noinline int look_at_pieces(uint32_t which)
{
	for (uint32_t i = 0; i < ENVIRONMENT_STEP; i++)
		if (!look_at_piece(which))
			return false;
	return true;
}

/* Examines the environment that s->environment describes, in the scratch memory `which`. */
static __always_inline void search_environment(uint32_t which)
{
	for (uint32_t i = 0; i < ENVIRONMENT_PIECES / ENVIRONMENT_STEP; i++)
		if (!look_at_pieces(which))
			return;
}

static __always_inline void put_environment(struct writer *w, struct vigil_header *h,
					    struct task_struct *t)
{
	uint32_t at = w->s->end & 0x7ff8, begin = at + (uint32_t)sizeof(struct vigil_part);
	struct vigil_part *part = (void *)&w->s->record[at];
	struct vigil_environment *e = &w->s->environment;
	uint32_t length, flags;

	if (!environment_names)
		return;
	if (begin >= ENVIRONMENT_END)
		return;
	__builtin_memset(e, 0, sizeof(*e));
	e->at = t->mm->env_start;
	e->end = t->mm->env_end;
	e->to = begin;
	search_environment(w->which);
	flags = e->flags;
	if (e->at < e->end && !flags)
		flags = VIGIL_PART_FLAG_CUT;
	length = e->to - begin;
	if ((!length && !flags) || length > ENVIRONMENT_END)
		return;
	if (flags)
		flags = length ? VIGIL_PART_FLAG_CUT : VIGIL_PART_FLAG_UNREADABLE;
	if (flags == VIGIL_PART_FLAG_UNREADABLE) {
		h->flags |= VIGIL_RECORD_INCOMPLETE;
		count_unreadable();
	}
	part->kind = VIGIL_PART_ENVIRONMENT;
	part->source = VIGIL_PART_ORIGIN_KERNEL;
	part->flags = (uint8_t)flags;
	part->length = length;
	part->original = flags == VIGIL_PART_FLAG_CUT ? VIGIL_UNKNOWN : length;
	length = (begin + length) & 0x7fff;
#pragma unroll
	for (uint32_t i = 0; i < 7; i++)
		w->s->record[length + i] = 0;
	w->s->end = (length + 7) & 0xfff8;
}

#endif /* VIGIL_BPF_ENVIRONMENT_H */
