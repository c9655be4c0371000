/* SPDX-License-Identifier: MIT */
/*
 * programs.h - statistics for each program: starts, running processes, exits, CPU time.
 *
 * A struct of zeros is valid and empty. A program is the path of an executable; a kernel thread
 * is its name in brackets. At most PROGRAMS_MAX programs are counted separately; the others
 * share the last entry. One thread.
 */
#ifndef VIGIL_VIEWS_PROGRAMS_H
#define VIGIL_VIEWS_PROGRAMS_H

#include <vigil/vigil.h>

#include "core/string_table.h"
#include "process/process_map.h"

#define PROGRAMS_MAX 20000

struct program {
	uint64_t starts;   /* execs; on Windows process creations */
	uint64_t running;  /* processes that run it now */
	uint64_t ended;    /* processes that ended while they ran it */
	uint64_t failed;   /* of these, with a non-zero exit code or a signal */
	uint64_t lifetime; /* ns from the start of the program to the exit, sum of all ended */
	uint64_t longest;  /* ns, the longest of these */
	uint64_t cpu_time; /* ns, sum of all ended: it is known at the exit */
};

struct life;

struct programs {
	struct string_table names; /* names.text[i] is the name of program[i] */
	struct program *program;
	uint32_t capacity;
	struct process_map by_pid; /* from the PID of a running process to its index in life */
	struct life *life;
	uint32_t lives, lives_capacity, free_life;
};

void programs_free(struct programs *programs);

/* Must be called with every event, in order. Returns false if memory is exhausted. */
bool programs_apply(struct programs *programs, const struct vigil_event *event);

#endif /* VIGIL_VIEWS_PROGRAMS_H */
