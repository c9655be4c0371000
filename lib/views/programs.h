/* SPDX-License-Identifier: MIT */
/*
 * programs.h - what each program did: how often it was started, how many of it
 * run, how they ended, what they cost.
 *
 * Starts as all zeros. A program is the path of an executable; kernel threads
 * count by their name, in brackets. Bounded: beyond PROGRAMS_MAX different ones,
 * the rest count together, as the last one.
 */
#ifndef VIGIL_VIEWS_PROGRAMS_H
#define VIGIL_VIEWS_PROGRAMS_H

#include <vigil/vigil.h>

#include "core/string_table.h"
#include "process/process_map.h"

#define PROGRAMS_MAX 20000

struct program {
	uint64_t starts;   /* execs; on Windows creations */
	uint64_t running;  /* processes that run it now */
	uint64_t ended;    /* that ended while they ran it */
	uint64_t failed;   /* of these, with a code or a signal */
	uint64_t lifetime; /* ns from the start of the program to the end, of all ended */
	uint64_t longest;
	uint64_t cpu_time; /* ns, of all ended: a process tells it at its end */
};

struct life;

struct programs {
	struct string_table names; /* program[i] is called names.text[i] */
	struct program *program;
	uint32_t capacity;
	struct process_map by_pid; /* of what runs, an index into life */
	struct life *life;
	uint32_t lives, lives_capacity, free_life;
};

void programs_free(struct programs *programs);

/* Must see every event in order. false: no memory. */
bool programs_apply(struct programs *programs, const struct vigil_event *event);

#endif /* VIGIL_VIEWS_PROGRAMS_H */
