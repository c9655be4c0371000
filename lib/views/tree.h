/* SPDX-License-Identifier: MIT */
/*
 * tree.h - the tree of processes that a stream of events describes: which programs each process
 * ran, its duration, CPU time and exit, and its notable events.
 *
 * Either a command and its descendants (`vigil trace`), or all processes of a stream
 * (`vigil tree`, `vigil report`). tree_print.c prints it. One thread. Times are ns since 1970
 * UTC, durations ns.
 */
#ifndef VIGIL_VIEWS_TREE_H
#define VIGIL_VIEWS_TREE_H

#include <vigil/vigil.h>

#include "core/bytes.h"
#include "process/process_map.h"

#define TREE_NONE UINT32_MAX

/* A program that a process ran. A process that execs again has several. */
struct tree_run {
	struct tree_run *next;
	uint64_t time;
	struct vigil_string image, command; /* length 0: unknown */
	bool list;                          /* command is a list of arguments, else one string */
	bool windows;                       /* the separator of paths is a backslash */
	bool misnamed;                      /* the command's first word is another program's name */
	uint32_t attributes;                /* VIGIL_PROCESS_... */
	char text[];
};

/* A notable event: a denial, a remote thread, an access. Equal ones share a mark. */
struct tree_mark {
	struct tree_mark *next;
	uint64_t time, count;
	uint32_t type;
	char text[]; /* printable */
};

struct tree_node {
	struct vigil_id id, parent_id; /* parent_id: also of a process without a node */
	uint64_t start, end, lasted, cpu_time, max_memory;
	uint32_t parent, first, next; /* indices or TREE_NONE; first, next: set by tree_link() */
	uint32_t below;               /* number of shown descendants; set by tree_link() */
	uint32_t depth;               /* 0: no parent in the tree; set by tree_link() */
	uint32_t code, signal, euid;  /* euid: VIGIL_UNKNOWN if unknown */
	uint32_t attributes;          /* VIGIL_PROCESS_... */
	uint32_t threads, images, marks;
	bool ended, known_end, known_cpu, core;
	bool existing; /* ran before the stream began */
	bool wanted, shown;
	struct tree_run *run, *newest; /* the first and the last program */
	struct tree_mark *mark;
};

struct tree_totals {
	uint64_t processes, execs, threads, images;
	uint64_t existing; /* of the processes, those that ran before the stream */
	uint64_t denied, remote, accesses, alerts;
	uint64_t cpu_time; /* ns, of all that ended */
	uint64_t failed;   /* processes with a non-zero exit code or a signal */
	uint64_t alive;
	uint64_t lost;
	uint64_t cut; /* processes beyond the limit, which have no node */
};

struct tree {
	struct tree_node *node;
	uint32_t count, capacity, limit;
	uint32_t top; /* the first node without a parent; set by tree_link() */
	struct process_map ids;
	uint32_t root, creator;
	struct tree_totals totals;
};

/* Creates a tree of the descendants of the process `root`, which `creator` forks; root 0: of
 * all processes. It has at most `limit` nodes (0: no limit). NULL: memory is exhausted. */
struct tree *tree_new(uint32_t root, uint32_t creator, uint32_t limit);
void tree_free(struct tree *tree);

/* Must be called with every event, in order. Returns 1 if it belongs to the tree, 0 if not,
 * VIGIL_ERROR_MEMORY. A loss belongs to the tree. */
int tree_apply(struct tree *tree, const struct vigil_event *event);

/* The index of the node of a process; TREE_NONE: it has none. */
uint32_t tree_find(const struct tree *tree, const struct vigil_id *id);

/* Marks the process that an applied event is about as wanted. */
void tree_want(struct tree *tree, const struct vigil_event *event);

/* Marks processes as ended that no longer run, although their exit was not reported (a loss).
 * runs: whether a PID runs. */
void tree_check(struct tree *tree, bool (*runs)(uint32_t pid));

const struct tree_totals *tree_totals(const struct tree *tree);

/* Calls `call` for every process that still runs, with its command. */
void tree_each_alive(const struct tree *tree,
		     void (*call)(void *context, uint32_t pid, struct vigil_string command),
		     void *context);

/* The program that a process runs: its last one, or that of its nearest ancestor; NULL:
 * unknown. */
const struct tree_run *tree_run_of(const struct tree *tree, const struct tree_node *node);

/* Which nodes are shown, together with all their ancestors. */
enum {
	TREE_WANTED = 1, /* only wanted ones */
	TREE_KERNEL = 2  /* also kernel threads */
};

/* Adds a program that a process runs from now on. The run and its strings are copied. filename:
 * the path that was passed to exec; length 0: unknown. Returns false if memory is exhausted. */
bool tree_add_run(struct tree_node *node, const struct tree_run *reported,
		  struct vigil_string filename);

/* Links the shown nodes: sets tree->top, first, next, below, depth. If a corrupt stream makes
 * processes each other's ancestors, one of them becomes a root. Returns false if memory is
 * exhausted. */
bool tree_link(struct tree *tree, unsigned which);

/* The node after this one, depth first; descend: includes its children. TREE_NONE: the end. */
uint32_t tree_following(const struct tree *tree, uint32_t at, bool descend);

struct tree_view {
	unsigned width; /* columns to which lines are shortened; 0: no limit */
	bool color;
	bool clock;     /* show start times by the clock, else relative to the root's */
	bool utc;       /* clock times are in UTC, else in local time */
	unsigned which; /* TREE_... */
	uint32_t depth; /* levels that are shown; 0: all */
};

/* Prints a heading, the tree, and a line of totals. Returns false if memory is exhausted. */
bool tree_print(struct tree *tree, struct vigil_buffer *out, const struct tree_view *view);

#endif /* VIGIL_VIEWS_TREE_H */
