/* SPDX-License-Identifier: MIT */
/*
 * table.h - the processes that are known: who is alive, who was, who started whom.
 *
 * Keyed by PID and start key, so a reused PID is another process. The dead are
 * remembered, oldest forgotten first, to name the events that come late; a parent
 * is remembered as long as a child of it lives.
 *
 * Bounds: one entry (about 400 bytes) for each live process and each of dead_max
 * dead ones, and the text of what they run, shared by those that were forked and
 * did not exec. Past 32 MiB of text, argument lists are kept up to 512 bytes and
 * marked as cut. The images of the living: see modules.h.
 */
#ifndef VIGIL_PROCESS_TABLE_H
#define VIGIL_PROCESS_TABLE_H

#include <vigil/vigil.h>

struct ancestry;
struct table;

#define TABLE_DEAD_DEFAULT 4096

struct table *table_new(uint32_t dead_max); /* NULL: no memory */
void table_free(struct table *table);

/* How many ancestors are kept of each process from now on; default 0. */
void table_keep_ancestors(struct table *table, uint32_t max);

/* Puts an empty table in the place of this one: another boot, another sensor. Revisions
 * go on, so what was said of processes by theirs stays true. false: no memory, and
 * nothing has changed. */
bool table_restart(struct table **table);

/* What the table makes of an event. */
enum table_says {
	TABLE_NEWS,  /* fine */
	TABLE_KNOWN, /* an EXISTING of a process that was told already, or a second exit */
	TABLE_NO_MEMORY
};

/*
 * Learns from the event and points it to its processes. record is the one that
 * event shows: ids in it that lack a start key get the one of the process that
 * had the PID at that time.
 */
enum table_says table_apply(struct table *table, struct vigil_event *event,
			    struct vigil_header *record);

/* The process that had this PID at `when` (ns since 1970 UTC; 0: the latest). */
const struct vigil_proc *table_find(const struct table *table, uint32_t pid, uint64_t when);

/* Calls `each` for every process that lives, and for dead parents of those, in the order
 * in which they started; mono: when it started on the monotonic clock, 0 unknown. false:
 * no memory. */
bool table_each_alive(const struct table *table,
		      void (*each)(void *context, const struct vigil_proc *proc, uint64_t mono),
		      void *context);

/* The ancestors of a process of the table, see ancestry.h; NULL: none are known. */
const struct ancestry *table_ancestry(const struct vigil_proc *proc);

void table_count(const struct table *table, uint64_t *alive, uint64_t *dead);

#endif /* VIGIL_PROCESS_TABLE_H */
