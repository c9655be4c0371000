/* SPDX-License-Identifier: MIT */
/*
 * process_strings.h - the strings of a process that describe its program: one block of memory,
 * shared with the processes that it forked and that have not run another program.
 */
#ifndef VIGIL_PROCESS_PROCESS_STRINGS_H
#define VIGIL_PROCESS_PROCESS_STRINGS_H

#include <stddef.h>

#include <vigil/vigil.h>

struct process_strings;

#define PROCESS_STRINGS_MAX (32u << 20) /* bytes per table */

/* The strings of all processes of a table. All zeros is empty. */
struct process_strings_pool {
	size_t bytes;
	uint64_t given; /* the last vigil_process_info.program that was assigned */
};

/* Makes the strings from the parts of an event. The caller drops them; NULL: out of memory. */
struct process_strings *process_strings_new(struct process_strings_pool *texts,
					    const struct vigil_event *event);

/* Returns a copy with at most 512 bytes of arguments. NULL: out of memory, or they are not
 * longer than that. */
struct process_strings *process_strings_cut(struct process_strings_pool *texts,
					    const struct process_strings *text);

/* Adds a reference for another process. */
struct process_strings *process_strings_share(struct process_strings *text);
void process_strings_drop(struct process_strings_pool *texts,
			  struct process_strings *text); /* may be NULL */

/* Sets the strings of a process; NULL: to empty strings. */
void process_strings_show(struct vigil_process_info *proc, const struct process_strings *text);

#endif /* VIGIL_PROCESS_PROCESS_STRINGS_H */
