/* SPDX-License-Identifier: MIT */
#include "process/cgroups.h"

#include <stdlib.h>
#include <string.h>

#include "process/container.h"

struct cgroup_text {
	struct cgroup_text *next; /* in its bucket */
	uint32_t refs;
	uint64_t id;
	size_t size;
	struct vigil_string path, others, container, machine, info;
	char text[];
};

static struct cgroup_text **cgroup_bucket(const struct cgroups *cgroups, uint64_t id)
{
	size_t slot = (id * 0x9e3779b97f4a7c15u) >> 54;

	return (struct cgroup_text **)(uintptr_t)&cgroups->bucket[slot & (CGROUPS_BUCKETS - 1)];
}

void cgroups_free(struct cgroups *cgroups)
{
	for (size_t i = 0; i < CGROUPS_KEPT; i++)
		cgroup_text_drop(cgroups, cgroups->kept[i]);
	memset(cgroups->kept, 0, sizeof(cgroups->kept));
}

struct cgroup_text *cgroup_text_share(struct cgroup_text *text)
{
	if (text)
		text->refs++;
	return text;
}

void cgroup_text_drop(struct cgroups *cgroups, struct cgroup_text *text)
{
	struct cgroup_text **at;

	if (!text || --text->refs > 0)
		return;
	for (at = cgroup_bucket(cgroups, text->id); *at && *at != text; at = &(*at)->next) {
	}
	if (*at)
		*at = text->next;
	cgroups->bytes -= text->size;
	free(text);
}

/* Returns the newest text of the group, without adding a reference. */
static struct cgroup_text *latest_of(const struct cgroups *cgroups, uint64_t id)
{
	struct cgroup_text *text = id ? *cgroup_bucket(cgroups, id) : NULL;

	while (text && text->id != id)
		text = text->next;
	return text;
}

struct cgroup_text *cgroups_find(const struct cgroups *cgroups, uint64_t id)
{
	return cgroup_text_share(latest_of(cgroups, id));
}

static bool string_equals(struct vigil_string a, struct vigil_string b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

static char *keep_string(char *to, struct vigil_string *out, struct vigil_string value)
{
	memcpy(to, value.data, value.length);
	to[value.length] = '\0';
	*out = (struct vigil_string){ to, value.length, value.original };
	return to + value.length + 1;
}

/* What a record contains about a group. */
struct cgroup_parts {
	struct vigil_string path, others, info;
};

static struct cgroup_text *make_cgroup_text(struct cgroups *cgroups, uint64_t id,
					    const struct cgroup_parts *parts)
{
	const struct vigil_string *path = &parts->path, *others = &parts->others;
	struct container found;
	bool any =
	    container_of_cgroups(path->data, path->length, others->data, others->length, &found);
	uint32_t length = any ? (uint32_t)found.length : 0;
	struct vigil_string name = { found.id, length, length }, none = { "", 0, 0 };
	size_t size = path->length + others->length + parts->info.length + length + 5;
	struct cgroup_text *text = malloc(sizeof(*text) + size);
	char *to;

	if (!text)
		return NULL;
	*text = (struct cgroup_text){ .refs = 1, .id = id, .size = size };
	cgroups->bytes += size;
	to = keep_string(text->text, &text->path, *path);
	to = keep_string(to, &text->others, *others);
	to = keep_string(to, &text->info, parts->info);
	to = keep_string(to, &text->container, found.kind == CONTAINER_ID ? name : none);
	keep_string(to, &text->machine, found.kind == CONTAINER_MACHINE ? name : none);
	return text;
}

/* Stores the path for all processes in the group. */
static bool remember_path(struct cgroups *cgroups, uint64_t id, const struct cgroup_parts *parts)
{
	struct cgroup_text *old = latest_of(cgroups, id), *text, **bucket, **kept;

	if (!id || (old && string_equals(old->path, parts->path) &&
		    (!parts->info.length || string_equals(old->info, parts->info))))
		return true;
	text = make_cgroup_text(cgroups, id, parts);
	if (!text)
		return false;
	bucket = cgroup_bucket(cgroups, id);
	text->next = *bucket;
	*bucket = text;
	kept = &cgroups->kept[id % CGROUPS_KEPT];
	cgroup_text_drop(cgroups, *kept);
	*kept = text;
	return true;
}

bool cgroups_learn(struct cgroups *cgroups, uint64_t id, const struct vigil_event *event,
		   struct cgroup_text **text)
{
	const struct vigil_string none = { "", 0, 0 };
	const struct cgroup_parts all = { event->part[VIGIL_PART_CGROUP],
					  event->part[VIGIL_PART_CGROUP_OTHERS],
					  event->part[VIGIL_PART_CONTAINER_INFO] };
	struct container found;
	/* The info describes the container that the path names, or one in another hierarchy. */
	bool is_own =
	    all.info.length > 0 && container_of_cgroup(all.path.data, all.path.length, &found);
	const struct cgroup_parts own = { all.path, none, is_own ? all.info : none };

	*text = NULL;
	if (!all.path.length && !all.others.length)
		return true;
	if (all.path.length && !remember_path(cgroups, id, &own))
		return false;
	*text = all.others.length || !id ? make_cgroup_text(cgroups, id, &all)
					 : cgroups_find(cgroups, id);
	return *text != NULL;
}

void cgroup_text_show(struct vigil_process_info *proc, const struct cgroup_text *text)
{
	const struct vigil_string none = { "", 0, 0 };

	proc->cgroup_path = text ? text->path : none;
	proc->cgroup_others = text ? text->others : none;
	proc->container = text ? text->container : none;
	proc->container_info = text ? text->info : none;
	proc->machine = text ? text->machine : none;
}
