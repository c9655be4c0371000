/* SPDX-License-Identifier: MIT */
/*
 * cgroups.h - what is known of control groups, by their ids: the paths, and the container.
 *
 * A fork's record has no path, only the id of its group, which need not be the group of its
 * creator. So what a record says of a group is remembered for all that run in it. An id is
 * never used again between two boots (it contains a generation).
 *
 * Bounds: the groups of the processes that the table knows, and CGROUPS_KEPT more.
 */
#ifndef VIGIL_PROCESS_CGROUPS_H
#define VIGIL_PROCESS_CGROUPS_H

#include <stddef.h>

#include <vigil/vigil.h>

#define CGROUPS_BUCKETS 1024
#define CGROUPS_KEPT    256

struct cgroup_text; /* one group; counted references */

/* Zeroed is ready. */
struct cgroups {
	struct cgroup_text *bucket[CGROUPS_BUCKETS];
	struct cgroup_text *kept[CGROUPS_KEPT]; /* told last, even if nothing runs in them */
	size_t bytes;                           /* of text */
};

void cgroups_free(struct cgroups *cgroups); /* after all references were dropped */

/* What the event's parts say of its process's groups; *text NULL: nothing, else a reference
 * of the caller's. The path is remembered for all that run in the group `id` (0: unknown);
 * paths in other hierarchies belong to the process alone. False: no memory. */
bool cgroups_learn(struct cgroups *cgroups, uint64_t id, const struct vigil_event *event,
		   struct cgroup_text **text);

/* The path that an earlier record gave for the group, as a reference of the caller's; NULL: none. */
struct cgroup_text *cgroups_find(const struct cgroups *cgroups, uint64_t id);

struct cgroup_text *cgroup_text_share(struct cgroup_text *text);                /* NULL: NULL */
void cgroup_text_drop(struct cgroups *cgroups, struct cgroup_text *text);       /* may be NULL */
void cgroup_text_show(struct vigil_proc *proc, const struct cgroup_text *text); /* NULL: none */

#endif /* VIGIL_PROCESS_CGROUPS_H */
