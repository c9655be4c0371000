/* SPDX-License-Identifier: MIT */
/*
 * fail_alloc.h - malloc and its kin, with one chosen allocation failing.
 *
 * Linked into a test it replaces the allocator of the whole process, libraries included. As a
 * preloaded library (fail_alloc.so) it does the same to a program named in the environment:
 *
 *	FAIL_ALLOC_PROGRAM	name of the program; in others, its children too, nothing fails
 *	FAIL_ALLOC_FILE		a file of struct fail_alloc_report, kept up to date while it runs
 *	FAIL_ALLOC_NTH		fail the allocation with that number; the first is 1
 *	FAIL_ALLOC_SITE		fail the first allocation with that call stack
 *	FAIL_ALLOC_ON		fail every allocation from FAIL_ALLOC_NTH on
 *	FAIL_ALLOC_FRAMES	innermost frames that make a call stack (8; at most 20)
 */
#ifndef VIGIL_FAIL_ALLOC_H
#define VIGIL_FAIL_ALLOC_H

#include <stdint.h>

#define FAIL_ALLOC_SITES 16384u

struct fail_alloc_report {
	uint64_t allocations;
	uint64_t failed;
	uint64_t live; /* blocks that are not freed */
	/* Call stacks that allocated (0: unused), and the number of the first allocation of each.
	 * Kept only where FAIL_ALLOC_FILE is set, or asked for. */
	uint64_t site[FAIL_ALLOC_SITES];
	uint64_t first[FAIL_ALLOC_SITES];
};

extern struct fail_alloc_report *fail_alloc;

/* Counts from 0 again, and fails allocation number `nth` (0: none); with `on`, all later ones
 * too. For the calling thread and all others. */
void fail_alloc_set(uint64_t nth, int on);

/* The same, and nothing fails: call stacks are listed. */
void fail_alloc_list(void);

/* Nothing is counted and nothing fails any more. */
void fail_alloc_stop(void);

#endif /* VIGIL_FAIL_ALLOC_H */
