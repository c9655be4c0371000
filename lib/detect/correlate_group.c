/* SPDX-License-Identifier: MIT */
#include "detect/correlate_group.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 16u

bool groups_init(struct correlate_groups *groups, const struct correlate_limits *limits)
{
	memset(groups, 0, sizeof(*groups));
	groups->limits = *limits;
	groups->slots = SLOTS_MIN;
	groups->slot = calloc(groups->slots, sizeof(*groups->slot));
	return groups->slot != NULL;
}

static size_t group_memory(const struct correlate_group *group)
{
	size_t size = sizeof(*group) + group->key.length + group->carried.length +
		      group->capacity * sizeof(*group->hit);

	for (uint32_t i = 0; i < group->count; i++)
		size += group->hit[i].text.length;
	return size;
}

static void group_unlink(struct correlate_groups *groups, struct correlate_group *group)
{
	*(group->prev ? &group->prev->next : &groups->head) = group->next;
	*(group->next ? &group->next->prev : &groups->tail) = group->prev;
}

/* Links a group into the list after another one; NULL: as the first. */
static void group_link(struct correlate_groups *groups, struct correlate_group *group,
		       struct correlate_group *prev)
{
	group->prev = prev;
	group->next = prev ? prev->next : groups->head;
	*(group->prev ? &group->prev->next : &groups->head) = group;
	*(group->next ? &group->next->prev : &groups->tail) = group;
}

void groups_remove(struct correlate_groups *groups, struct correlate_group *group)
{
	struct correlate_group **link = &groups->slot[group->hash & (groups->slots - 1)];

	while (*link != group)
		link = &(*link)->chain;
	*link = group->chain;
	group_unlink(groups, group);
	groups->memory -= group_memory(group);
	groups->count.groups--;
	for (uint32_t i = 0; i < group->count; i++)
		free(group->hit[i].text.data);
	free(group->hit);
	free(group->key.data);
	free(group->carried.data);
	free(group);
}

void groups_free(struct correlate_groups *groups)
{
	while (groups->head)
		groups_remove(groups, groups->head);
	free(groups->slot);
}

static void group_evict(struct correlate_groups *groups, struct correlate_group *group)
{
	groups->count.evicted_groups++;
	groups->count.evicted_hits += group->total > 0 ? group->total : group->count;
	groups_remove(groups, group);
}

/* Evicts other groups than `keep` until `more` bytes have space. Returns false if they have none
 * although the others are gone. */
static bool groups_make_space(struct correlate_groups *groups, const struct correlate_group *keep,
			      size_t more)
{
	struct correlate_group *group = groups->head, *next;

	for (; group && groups->memory + more > groups->limits.memory; group = next) {
		/* cppcheck-suppress nullPointerRedundantCheck - keep may be NULL, group is not */
		next = group->next;
		if (group != keep)
			group_evict(groups, group);
	}
	return groups->memory + more <= groups->limits.memory;
}

struct correlate_group *groups_find(const struct correlate_groups *groups,
				    const struct correlate_texts *key, uint64_t hash)
{
	struct correlate_group *group = groups->slot[hash & (groups->slots - 1)];

	for (; group; group = group->chain)
		if (group->hash == hash && group->key.length == key->length &&
		    (key->length == 0 || memcmp(group->key.data, key->data, key->length) == 0))
			break;
	return group;
}

/* Doubles the slots. If there is no memory for that, chains are longer. */
static void groups_grow(struct correlate_groups *groups)
{
	uint32_t slots = 2 * groups->slots;
	struct correlate_group **slot = calloc(slots, sizeof(struct correlate_group *));

	if (!slot)
		return;
	for (struct correlate_group *group = groups->head; group; group = group->next) {
		group->chain = slot[group->hash & (slots - 1)];
		slot[group->hash & (slots - 1)] = group;
	}
	free(groups->slot);
	groups->slot = slot;
	groups->slots = slots;
}

struct correlate_group *groups_add(struct correlate_groups *groups, struct correlate_texts *key,
				   uint64_t hash, uint64_t begin)
{
	struct correlate_group *group = calloc(1, sizeof(*group));
	struct correlate_group *prev;

	if (!group)
		return NULL;
	if (groups->count.groups >= groups->limits.groups)
		group_evict(groups, groups->head);
	groups_make_space(groups, NULL, sizeof(*group) + key->length);
	if (groups->count.groups >= groups->slots)
		groups_grow(groups);
	group->key = *key;
	*key = (struct correlate_texts){ 0 };
	group->hash = hash;
	group->begin = begin;
	group->first = UINT64_MAX;
	group->chain = groups->slot[hash & (groups->slots - 1)];
	groups->slot[hash & (groups->slots - 1)] = group;
	for (prev = groups->tail; prev && prev->begin > begin; prev = prev->prev)
		;
	group_link(groups, group, prev);
	groups->count.groups++;
	groups->memory += group_memory(group);
	return group;
}

void groups_touch(struct correlate_groups *groups, struct correlate_group *group)
{
	group_unlink(groups, group);
	group_link(groups, group, groups->tail);
}

void groups_carry(struct correlate_groups *groups, struct correlate_group *group,
		  struct correlate_texts *carried)
{
	struct correlate_texts before = group->carried;

	groups_make_space(groups, group, carried->length);
	groups->memory = groups->memory - before.length + carried->length;
	group->carried = *carried;
	*carried = before;
}

void groups_drop(struct correlate_groups *groups, struct correlate_group *group, uint32_t index)
{
	groups->memory -= group->hit[index].text.length;
	free(group->hit[index].text.data);
	group->count--;
	memmove(group->hit + index, group->hit + index + 1,
		(group->count - index) * sizeof(*group->hit));
}

void groups_expire(struct correlate_groups *groups, struct correlate_group *group, uint64_t oldest)
{
	uint32_t old = 0;

	while (old < group->count && group->hit[old].time < oldest) {
		groups->memory -= group->hit[old].text.length;
		free(group->hit[old].text.data);
		old++;
	}
	group->count -= old;
	if (old > 0)
		memmove(group->hit, group->hit + old, group->count * sizeof(*group->hit));
}

/* Makes space for one more hit. Returns false if out of memory. */
static bool group_grow(struct correlate_groups *groups, struct correlate_group *group)
{
	uint32_t capacity = group->capacity ? 2 * group->capacity : 4;
	size_t more = (capacity - group->capacity) * sizeof(*group->hit);
	struct correlate_hit *hit;

	if (group->count == groups->limits.hits ||
	    (group->count == group->capacity && group->count > 0 &&
	     !groups_make_space(groups, group, more))) {
		groups_drop(groups, group, 0);
		groups->count.evicted_hits++;
	}
	if (group->count < group->capacity)
		return true;
	hit = realloc(group->hit, capacity * sizeof(*hit));
	if (!hit)
		return false;
	group->hit = hit;
	group->capacity = capacity;
	groups->memory += more;
	return true;
}

bool groups_insert(struct correlate_groups *groups, struct correlate_group *group,
		   const struct correlate_hit *hit)
{
	uint32_t at;

	if (!group_grow(groups, group)) {
		free(hit->text.data);
		return false;
	}
	groups_make_space(groups, group, hit->text.length);
	for (at = group->count; at > 0; at--)
		if (group->hit[at - 1].time < hit->time ||
		    (group->hit[at - 1].time == hit->time && group->hit[at - 1].step <= hit->step))
			break;
	memmove(group->hit + at + 1, group->hit + at, (group->count - at) * sizeof(*hit));
	group->hit[at] = *hit;
	group->count++;
	groups->memory += hit->text.length;
	return true;
}
