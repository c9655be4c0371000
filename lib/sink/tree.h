/* SPDX-License-Identifier: MIT */
/*
 * tree.h - a command and all it started, gathered from events and shown at the
 * end: who started whom, what each ran, how long, with which CPU time and end.
 */
#ifndef VIGIL_TREE_H
#define VIGIL_TREE_H

#include <vigil/vigil.h>

#include "model/bytes.h"

struct tree;

struct tree_totals {
	uint64_t processes, execs, threads, images, denied;
	uint64_t cpu_time; /* ns, of all that ended */
	uint64_t failed;   /* processes that ended with a code or signal */
	uint64_t alive;
	uint64_t lost;
};

/* A tree that begins with the process `root`, which `creator` forks. NULL: no
 * memory. */
struct tree *tree_new(uint32_t root, uint32_t creator);
void tree_free(struct tree *tree);

/* Must see every event in order. Returns 1: it belongs to the tree, 0: not,
 * negative: no memory. A loss belongs to it. */
int tree_apply(struct tree *tree, const struct vigil_event *event);

/* Marks as ended what runs no more though its end was not told (a loss); `runs`
 * says of a PID whether it runs. */
void tree_check(struct tree *tree, bool (*runs)(uint32_t pid));

const struct tree_totals *tree_totals(const struct tree *tree);

/* Calls tell for every process that still runs. */
void tree_each_alive(const struct tree *tree,
		     void (*tell)(void *context, uint32_t pid, struct vigil_string command),
		     void *context);

/* Writes the tree under a heading, lines shortened to width (0: not), and one
 * line of totals. */
void tree_print(const struct tree *tree, struct vigil_buffer *out, unsigned width, bool color);

#endif /* VIGIL_TREE_H */
