/* SPDX-License-Identifier: MIT */
/*
 * cgroups.h - what is known of control groups, by their ids: the paths and the container.
 *
 * The record of a fork has no path, only the id of the group, which may differ from the
 * creator's group. So the path in a record is stored for all processes in the group. An id is
 * not used again until the next boot (it contains a generation).
 *
 * Bounds: the groups of the processes in the table, and CGROUPS_KEPT more.
 */
#ifndef VIGIL_PROCESS_CGROUPS_H
#define VIGIL_PROCESS_CGROUPS_H

#include <stddef.h>

#include <vigil/vigil.h>

#define CGROUPS_BUCKETS 1024
#define CGROUPS_KEPT    256

struct cgroup_text; /* text of one group, with a reference count */

/* All zeros is empty. */
struct cgroups {
	struct cgroup_text *bucket[CGROUPS_BUCKETS];
	struct cgroup_text *kept[CGROUPS_KEPT]; /* most recent, even if no process is in them */
	size_t bytes;                           /* of text */
};

void cgroups_free(struct cgroups *cgroups); /* call it after all references are dropped */

/* Stores what the event's parts contain about the groups of its process. *text: a new reference,
 * which the caller drops, or NULL if there is nothing. The path is stored for all processes in
 * the group `id` (0: unknown); paths in other hierarchies belong to this process alone. Returns
 * false if out of memory. */
bool cgroups_learn(struct cgroups *cgroups, uint64_t id, const struct vigil_event *event,
		   struct cgroup_text **text);

/* Returns a new reference to the path that an earlier record gave for the group; NULL: none. */
struct cgroup_text *cgroups_find(const struct cgroups *cgroups, uint64_t id);

struct cgroup_text *cgroup_text_share(struct cgroup_text *text); /* adds a reference; may be NULL */
void cgroup_text_drop(struct cgroups *cgroups, struct cgroup_text *text); /* may be NULL */
void cgroup_text_show(struct vigil_process_info *proc,
		      const struct cgroup_text *text); /* NULL: no group */

#endif /* VIGIL_PROCESS_CGROUPS_H */
