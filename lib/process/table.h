/* SPDX-License-Identifier: MIT */
/*
 * table.h - the known processes: the living, a number of ended ones, and their parents.
 *
 * The key is PID and start key, so a reused PID is another process. Ended processes are kept,
 * and the oldest are forgotten first, so that events that arrive late have names; a parent is
 * kept as long as a child of it lives. Not thread-safe.
 *
 * Bounds: one entry (about 400 bytes) for each living process and each of dead_max ended ones,
 * and the text that describes their programs, shared between processes that forked and did not
 * exec. When that exceeds 32 MiB, argument lists are stored up to 512 bytes and marked as
 * truncated. For the images of living processes see modules.h.
 */
#ifndef VIGIL_PROCESS_TABLE_H
#define VIGIL_PROCESS_TABLE_H

#include <vigil/vigil.h>

struct ancestry;
struct table;

#define TABLE_DEAD_DEFAULT 4096

struct table *table_new(uint32_t dead_max); /* NULL: out of memory */
void table_free(struct table *table);

/* Sets how many ancestors are stored for each process from now on; default 0. */
void table_keep_ancestors(struct table *table, uint32_t max);

/* Replaces this table by an empty one, for another boot or another sensor. Revisions continue,
 * so that they stay unique. Returns false, and changes nothing, if out of memory. */
bool table_restart(struct table **table);

/* The result of applying an event. */
enum table_result {
	TABLE_NEW,       /* the event is new */
	TABLE_DUPLICATE, /* a process that was reported before, or a second exit */
	TABLE_NO_MEMORY
};

/*
 * Learns from the event and sets its pointers to processes. record is the one that the event
 * shows: ids in it without a start key get that of the process that had the PID at that time.
 */
enum table_result table_apply(struct table *table, struct vigil_event *event,
			      struct vigil_header *record);

/* Returns the process that had this PID at `when` (ns since 1970 UTC; 0: the latest); NULL:
 * unknown. */
const struct vigil_process_info *table_find(const struct table *table, uint32_t pid, uint64_t when);

/* Calls `each` for every living process, and for ended parents of those, in the order in which
 * they started; mono: when it started on the monotonic clock, ns, 0: unknown. Returns false if
 * out of memory. */
bool table_each_alive(const struct table *table,
		      void (*each)(void *context, const struct vigil_process_info *proc,
				   uint64_t mono),
		      void *context);

/* Returns the ancestors of a process of the table, see ancestry.h; NULL: none are known. */
const struct ancestry *table_ancestry(const struct vigil_process_info *proc);

void table_count(const struct table *table, uint64_t *alive, uint64_t *dead);

#endif /* VIGIL_PROCESS_TABLE_H */
