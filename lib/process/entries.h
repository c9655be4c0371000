/* SPDX-License-Identifier: MIT */
/*
 * entries.h - the storage of the process table: entries of living processes and of a limited
 * number of ended ones, by PID. Used by table.c, which interprets events.
 */
#ifndef VIGIL_PROCESS_ENTRIES_H
#define VIGIL_PROCESS_ENTRIES_H

#include "process/ancestry.h"
#include "process/cgroups.h"
#include "process/modules.h"
#include "process/process_strings.h"
#include "process/table.h"

struct entry {
	struct vigil_process_info
	    proc; /* first member: a vigil_process_info pointer is also its entry */
	struct process_strings *text;
	struct cgroup_text *cgroup; /* NULL: unknown */
	struct images images;
	struct ancestry *ancestry;   /* NULL: not requested, or unknown */
	struct entry *parent;        /* with a reference; NULL once dead */
	struct entry *next;          /* in the bucket or in the free list */
	struct entry *older, *newer; /* in the list of ended processes */
	uint64_t mono;               /* start time; 0: unknown */
	uint32_t refs;               /* living children */
	bool exited;                 /* its exit was reported */
	bool dead, listed;           /* listed: in the list of ended processes */
};

struct table {
	struct entry **bucket;
	size_t buckets, alive, listed, dead_max, spares;
	uint64_t revision; /* the last one that was assigned */
	struct entry *free;
	struct entry *oldest, *newest;
	struct modules modules;
	struct process_strings_pool texts;
	struct cgroups cgroups;
	uint32_t ancestors_max; /* number of ancestors stored per process */
	struct entry *ended;    /* by the current event; entries_bury is called at the next one */
	struct entry *started;  /* by the current event, which shows its arguments in full */
};

/* Returns the entry with this PID and start key; NULL: not found. */
struct entry *entries_find_exact(const struct table *table, const struct vigil_id *id);

/* Returns the youngest process with this PID; mono: that had started by then. The wall clock is
 * not used: after it was set back, all processes would seem to start in the future. */
struct entry *entries_find_at(const struct table *table, uint32_t pid, uint64_t mono);

/* Returns the entry by identity, or by PID and time if the sensor could not determine the start
 * key; id then gets the start key. */
struct entry *entries_find(const struct table *table, struct vigil_id *id, uint64_t mono);

/* Adds an entry for a living process. Any other entry with its PID is now dead. NULL: out of
 * memory. */
struct entry *entries_add(struct table *table, const struct vigil_id *id, uint64_t start,
			  const struct vigil_header *record);

/* Moves an entry to the list of ended processes, and forgets the oldest. when: its end time in
 * ns since 1970 UTC; 0: already known. */
void entries_bury(struct table *table, struct entry *entry, uint64_t when);

/* Enforces the limit of memory for text. Call it between two events, when no entry is in use: it
 * forgets ended processes first, then truncates the arguments that the last event showed in
 * full. */
void entries_bound_text(struct table *table);

#endif /* VIGIL_PROCESS_ENTRIES_H */
