/* SPDX-License-Identifier: MIT */
/*
 * entries.h - the memory of the process table: entries by PID, those of the living and of
 * the dead that are remembered. For table.c, which says what events mean.
 */
#ifndef VIGIL_PROCESS_ENTRIES_H
#define VIGIL_PROCESS_ENTRIES_H

#include "process/ancestry.h"
#include "process/cgroups.h"
#include "process/modules.h"
#include "process/process_strings.h"
#include "process/table.h"

struct entry {
	struct vigil_proc proc; /* first: a vigil_proc is its entry */
	struct proc_text *text;
	struct cgroup_text *cgroup; /* NULL: nothing is known of it */
	struct images images;
	struct ancestry *ancestry;   /* NULL: not asked for, or nothing is known */
	struct entry *parent;        /* held; NULL once dead */
	struct entry *next;          /* in the bucket, or in the free list */
	struct entry *older, *newer; /* among the dead */
	uint64_t mono;               /* of its start; 0 unknown */
	uint32_t refs;               /* living children */
	bool exited;                 /* its exit was told */
	bool dead, listed;           /* listed: among the dead that are remembered */
};

struct table {
	struct entry **bucket;
	size_t buckets, alive, listed, dead_max, spares;
	uint64_t revision; /* the last one that was given */
	struct entry *free;
	struct entry *oldest, *newest;
	struct modules modules;
	struct proc_texts texts;
	struct cgroups cgroups;
	uint32_t ancestors_max; /* that are kept of each process */
	struct entry *ended;    /* by the event that is out: buried when the next one comes */
	struct entry *started;  /* by it: its arguments are whole as long as that is out */
};

/* NULL: not known. */
struct entry *entries_find_exact(const struct table *table, const struct vigil_id *id);

/* The youngest with this PID; mono: that had started by then. The wall clock, when set
 * back, would make every process one of the future. */
struct entry *entries_find_at(const struct table *table, uint32_t pid, uint64_t mono);

/* By identity, or by PID and time where the sensor could not tell the start: id then gets
 * the start key. */
struct entry *entries_find(const struct table *table, struct vigil_id *id, uint64_t mono);

/* A new entry, alive. One that had its PID before is dead from now on. NULL: no memory. */
struct entry *entries_add(struct table *table, const struct vigil_id *id, uint64_t start,
			  const struct vigil_header *record);

/* Among the dead from now on, of which the oldest is forgotten; when: it ended then, 0: that
 * is known already. */
void entries_bury(struct table *table, struct entry *entry, uint64_t when);

/* Between two events, when nobody looks at an entry: the dead that are remembered go first.
 * Arguments that an event has shown whole are then cut. */
void entries_bound_text(struct table *table);

#endif /* VIGIL_PROCESS_ENTRIES_H */
