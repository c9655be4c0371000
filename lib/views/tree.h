/* SPDX-License-Identifier: MIT */
/*
 * tree.h - processes and who started them, gathered from events: what each ran,
 * how long, with which CPU time and end, and what it did that is rare.
 *
 * Either a command and all it started (`vigil trace`), or all of a stream
 * (`vigil tree`, `vigil report`). tree_print.c draws it.
 */
#ifndef VIGIL_VIEWS_TREE_H
#define VIGIL_VIEWS_TREE_H

#include <vigil/vigil.h>

#include "core/bytes.h"
#include "process/process_map.h"

#define TREE_NONE UINT32_MAX

/* One program that a process ran; a process that execs again has several. */
struct tree_run {
	struct tree_run *next;
	uint64_t time;
	struct vigil_string image, command; /* length 0: unknown */
	bool list;                          /* command is an argument list, else one string */
	bool windows;                       /* a backslash is a separator */
	bool misnamed;                      /* the command's first word names another program */
	uint32_t attributes;                /* VIGIL_PROCESS_... */
	char text[];
};

/* What a reader must not overlook: a denial, a remote thread, an access. */
struct tree_mark {
	struct tree_mark *next;
	uint64_t time, count;
	uint32_t type;
	char text[]; /* ready to be shown */
};

/* node.attributes, besides VIGIL_PROCESS_..., which it keeps */
struct tree_node {
	struct vigil_id id, parent_id; /* parent_id: also of one that is not here */
	uint64_t start, end, lasted, cpu_time, max_memory;
	uint32_t parent, first, next; /* indices, TREE_NONE; the last two by tree_link */
	uint32_t below;               /* all its shown descendants, by tree_link */
	uint32_t depth;               /* 0: has no parent here, by tree_link */
	uint32_t code, signal, euid, attributes;
	uint32_t threads, images, marks;
	bool ended, known_end, known_cpu, core;
	bool existing; /* ran before the stream began */
	bool wanted, shown;
	struct tree_run *run, *newest; /* the first and the present program */
	struct tree_mark *mark;
};

struct tree_totals {
	uint64_t processes, execs, threads, images;
	uint64_t existing; /* of the processes, those that ran before */
	uint64_t denied, remote, accesses;
	uint64_t cpu_time; /* ns, of all that ended */
	uint64_t failed;   /* processes that ended with a code or signal */
	uint64_t alive;
	uint64_t lost;
	uint64_t cut; /* processes beyond the limit, which have no node */
};

struct tree {
	struct tree_node *node;
	uint32_t count, capacity, limit;
	uint32_t top; /* the first of those without a parent, by tree_link */
	struct process_map ids;
	uint32_t root, creator;
	struct tree_totals totals;
};

/* A tree that begins with the process `root`, which `creator` forks; root 0: all
 * of the stream. It keeps at most `limit` processes (0: all). NULL: no memory. */
struct tree *tree_new(uint32_t root, uint32_t creator, uint32_t limit);
void tree_free(struct tree *tree);

/* Must see every event in order. Returns 1: it belongs to the tree, 0: not,
 * negative: no memory. A loss belongs to it. */
int tree_apply(struct tree *tree, const struct vigil_event *event);

/* The node of a process; TREE_NONE. */
uint32_t tree_find(const struct tree *tree, const struct vigil_id *id);

/* Marks whom this event, which was applied, is about as wanted. */
void tree_want(struct tree *tree, const struct vigil_event *event);

/* Marks as ended what runs no more though its end was not told (a loss); `runs`
 * says of a PID whether it runs. */
void tree_check(struct tree *tree, bool (*runs)(uint32_t pid));

const struct tree_totals *tree_totals(const struct tree *tree);

/* Calls tell for every process that still runs. */
void tree_each_alive(const struct tree *tree,
		     void (*tell)(void *context, uint32_t pid, struct vigil_string command),
		     void *context);

/* What a process runs now: its own last program, or its nearest ancestor's; NULL. */
const struct tree_run *tree_run_of(const struct tree *tree, const struct tree_node *node);

/* Which nodes are shown, with all their ancestors. */
enum {
	TREE_WANTED = 1, /* only those that are wanted */
	TREE_KERNEL = 2  /* kernel threads too */
};

/* Adds what a process runs from now on: a copy of what was reported, whose strings may go.
 * filename: what exec was given; length 0: unknown. false: no memory. */
bool tree_add_run(struct tree_node *node, const struct tree_run *reported,
		  struct vigil_string filename);

/* Links the nodes that are shown: tree->top, first, next, below, depth. Where a
 * corrupt stream makes processes each other's ancestors, one of them becomes a
 * beginning. false: no memory. */
bool tree_link(struct tree *tree, unsigned which);

/* The node behind this one, depth first; descend: into its children. */
uint32_t tree_following(const struct tree *tree, uint32_t at, bool descend);

struct tree_view {
	unsigned width; /* lines are shortened to it; 0: not */
	bool color;
	bool clock;     /* starts by the clock, else after the root's */
	bool utc;       /* that clock */
	unsigned which; /* TREE_... */
	uint32_t depth; /* levels that are shown; 0: all */
};

/* Writes the tree under a heading, and one line of totals. false: no memory. */
bool tree_print(struct tree *tree, struct vigil_buffer *out, const struct tree_view *view);

#endif /* VIGIL_VIEWS_TREE_H */
