/* SPDX-License-Identifier: MIT */
/*
 * process_strings.h - the strings of a process, which tell what it runs: one block of memory,
 * shared with those that it forked and that have not run something else since.
 */
#ifndef VIGIL_PROCESS_PROCESS_STRINGS_H
#define VIGIL_PROCESS_PROCESS_STRINGS_H

#include <stddef.h>

#include <vigil/vigil.h>

struct proc_text;

#define PROC_TEXT_MAX (32u << 20) /* bytes that a table keeps */

/* All texts of a table. Zeroed is ready. */
struct proc_texts {
	size_t bytes;
	uint64_t given; /* the last vigil_proc.program */
};

/* From the parts of an event. To be dropped by the caller; NULL: no memory. */
struct proc_text *proc_text_new(struct proc_texts *texts, const struct vigil_event *event);

/* The same text with at most 512 bytes of arguments. NULL: no memory, or it is no longer
 * than that. */
struct proc_text *proc_text_cut(struct proc_texts *texts, const struct proc_text *text);

/* For one more process. */
struct proc_text *proc_text_share(struct proc_text *text);
void proc_text_drop(struct proc_texts *texts, struct proc_text *text); /* may be NULL */

/* Points a process to its strings; NULL: to empty ones. */
void proc_text_show(struct vigil_proc *proc, const struct proc_text *text);

#endif /* VIGIL_PROCESS_PROCESS_STRINGS_H */
