/* SPDX-License-Identifier: MIT */
#include "process/descendants.h"

#include <stdlib.h>

#include "record/subject.h"

#define DESCENDANTS_DEAD_MAX    8192
#define DESCENDANTS_PENDING_MAX 65536
#define PENDING_LISTS           16384
#define SLOTS_FIRST             1024
#define SLOTS_MAX               (1u << 20)

/* A slot of an open hash table. Several members may have the same PID. */
struct member {
	uint32_t pid;
	bool used;
	bool reused; /* another process has the PID now: only the start key identifies this one */
	uint64_t start_key; /* 0: not yet known */
};

/* An existing process whose parent is not a member, or not yet. */
struct pending {
	struct vigil_id id, parent;
	uint32_t next; /* in the same list; NONE: the last */
};

#define NONE UINT32_MAX

struct descendants {
	struct member *slots;
	uint32_t slot_count, member_count;
	struct vigil_id dead[DESCENDANTS_DEAD_MAX]; /* in the order in which they ended */
	uint64_t dead_count; /* total; modulo the size, the index of the next */
	/* By the parent's PID, so that a new member finds its children without a search. */
	struct pending *pending;
	uint32_t pending_count, pending_capacity, pending_free; /* pending_free: a list, or NONE */
	uint32_t pending_of[PENDING_LISTS];
};

static void clear_pending(struct descendants *set)
{
	set->pending_count = 0;
	set->pending_free = NONE;
	for (uint32_t i = 0; i < PENDING_LISTS; i++)
		set->pending_of[i] = NONE;
}

struct descendants *descendants_new(void)
{
	struct descendants *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	clear_pending(set);
	set->slots = calloc(SLOTS_FIRST, sizeof(*set->slots));
	set->slot_count = SLOTS_FIRST;
	if (!set->slots) {
		free(set);
		return NULL;
	}
	return set;
}

void descendants_free(struct descendants *set)
{
	if (!set)
		return;
	free(set->slots);
	free(set->pending);
	free(set);
}

/* ---- the table ---- */

static uint32_t home_of(const struct descendants *set, uint32_t pid)
{
	return pid * 2654435769u & (set->slot_count - 1);
}

static uint32_t next_of(const struct descendants *set, uint32_t slot)
{
	return (slot + 1) & (set->slot_count - 1);
}

static void insert_member(struct descendants *set, struct member member)
{
	uint32_t slot = home_of(set, member.pid);

	while (set->slots[slot].used)
		slot = next_of(set, slot);
	set->slots[slot] = member;
	set->member_count++;
}

static bool grow_slots(struct descendants *set)
{
	struct member *old = set->slots;
	uint32_t old_count = set->slot_count;
	struct member *slots;

	if (old_count >= SLOTS_MAX)
		return false;
	slots = calloc((size_t)old_count * 2, sizeof(*slots));
	if (!slots)
		return false;
	set->slots = slots;
	set->slot_count = old_count * 2;
	set->member_count = 0;
	for (uint32_t i = 0; i < old_count; i++)
		if (old[i].used)
			insert_member(set, old[i]);
	free(old);
	return true;
}

/* Moves up the following slots, so that no search ends at the hole. */
static void remove_slot(struct descendants *set, uint32_t hole)
{
	uint32_t mask = set->slot_count - 1;

	for (uint32_t slot = next_of(set, hole); set->slots[slot].used; slot = next_of(set, slot)) {
		uint32_t home = home_of(set, set->slots[slot].pid);

		if (((slot - home) & mask) >= ((slot - hole) & mask)) {
			set->slots[hole] = set->slots[slot];
			hole = slot;
		}
	}
	set->slots[hole].used = false;
	set->member_count--;
}

static struct member *find_member(struct descendants *set, const struct vigil_id *id)
{
	uint32_t slot = home_of(set, id->pid);

	for (; set->slots[slot].used; slot = next_of(set, slot)) {
		struct member *member = &set->slots[slot];

		if (member->pid != id->pid)
			continue;
		if (id->start_key == 0 && !member->reused)
			return member;
		if (member->start_key == 0)
			member->start_key = id->start_key;
		if (id->start_key != 0 && member->start_key == id->start_key)
			return member;
	}
	return NULL;
}

static bool is_member(struct descendants *set, const struct vigil_id *id)
{
	return vigil_id_known(id) && find_member(set, id);
}

static bool add_member(struct descendants *set, const struct vigil_id *id)
{
	struct member member = { .pid = id->pid, .used = true, .start_key = id->start_key };

	if (set->member_count + 1 > set->slot_count / 2 && !grow_slots(set) &&
	    set->member_count + 1 > set->slot_count / 8 * 7)
		return false;
	insert_member(set, member);
	return true;
}

bool descendants_add(struct descendants *set, uint32_t pid)
{
	struct vigil_id id = { .pid = pid };

	return find_member(set, &id) || add_member(set, &id);
}

/* ---- the events ---- */

/* Marks members that had the PID of a process that starts now. */
static void mark_reused(struct descendants *set, const struct vigil_id *id)
{
	uint32_t slot = home_of(set, id->pid);

	for (; set->slots[slot].used; slot = next_of(set, slot)) {
		struct member *member = &set->slots[slot];

		if (member->pid == id->pid && member->start_key != 0 &&
		    member->start_key != id->start_key)
			member->reused = true;
	}
}

static void forget_member(struct descendants *set, const struct vigil_id *id)
{
	struct member *member = find_member(set, id);

	if (member)
		remove_slot(set, (uint32_t)(member - set->slots));
}

/* Keeps an ended member until DESCENDANTS_DEAD_MAX others have ended. */
static void bury_member(struct descendants *set, const struct member *member)
{
	struct vigil_id *place = &set->dead[set->dead_count % DESCENDANTS_DEAD_MAX];
	struct vigil_id id = { .pid = member->pid, .start_key = member->start_key };

	if (set->dead_count++ >= DESCENDANTS_DEAD_MAX)
		forget_member(set, place);
	*place = id;
}

static uint32_t *pending_list(struct descendants *set, uint32_t pid)
{
	return &set->pending_of[pid * 2654435769u % PENDING_LISTS];
}

/* Returns a place for a pending process; NONE: there are too many, or memory is short. */
static uint32_t pending_place(struct descendants *set)
{
	uint32_t place = set->pending_free;
	struct pending *pending;
	uint32_t capacity;

	if (place != NONE) {
		set->pending_free = set->pending[place].next;
		return place;
	}
	if (set->pending_count == set->pending_capacity) {
		capacity = set->pending_capacity == 0 ? 256 : set->pending_capacity * 2;
		if (capacity > DESCENDANTS_PENDING_MAX)
			return NONE;
		pending = realloc(set->pending, capacity * sizeof(*pending));
		if (!pending)
			return NONE;
		set->pending = pending;
		set->pending_capacity = capacity;
	}
	return set->pending_count++;
}

/* A snapshot may report a child before its parent: store it until then. */
static void add_pending(struct descendants *set, const struct vigil_id *id,
			const struct vigil_id *parent)
{
	uint32_t place = pending_place(set), *list = pending_list(set, parent->pid);

	if (place == NONE)
		return;
	set->pending[place] = (struct pending){ *id, *parent, *list };
	*list = place;
}

/* Moves the pending children of a member to the list *children. */
static void take_children(struct descendants *set, const struct vigil_id *parent,
			  uint32_t *children)
{
	uint32_t *link = pending_list(set, parent->pid);

	while (*link != NONE) {
		uint32_t place = *link;
		struct pending *pending = &set->pending[place];

		if (pending->parent.pid != parent->pid || !is_member(set, &pending->parent)) {
			link = &pending->next;
			continue;
		}
		*link = pending->next;
		pending->next = *children;
		*children = place;
	}
}

/* Adds the pending descendants of a new member. */
static void adopt_pending(struct descendants *set, const struct vigil_id *parent)
{
	uint32_t children = NONE;

	take_children(set, parent, &children);
	while (children != NONE) {
		uint32_t place = children;
		struct vigil_id id = set->pending[place].id;

		children = set->pending[place].next;
		set->pending[place].next = set->pending_free;
		set->pending_free = place;
		add_member(set, &id);
		take_children(set, &id, &children);
	}
}

/* Decides whether a process that starts, or is seen for the first time, is a member. */
static bool learn_start(struct descendants *set, const struct vigil_event *event,
			const struct vigil_id *id)
{
	const struct vigil_id *parent = vigil_parent_id(event);
	bool creates = event->record->type == VIGIL_EVENT_PROCESS_CREATE;

	if (creates)
		mark_reused(set, id);
	if (is_member(set, id))
		return true;
	if (is_member(set, parent) || (creates && is_member(set, &event->record->actor))) {
		add_member(set, id);
		adopt_pending(set, id);
		return true;
	}
	if (event->record->type == VIGIL_EVENT_PROCESS_SNAPSHOT && vigil_id_known(parent))
		add_pending(set, id, parent);
	return false;
}

bool descendants_includes(struct descendants *set, const struct vigil_event *event)
{
	const struct vigil_id *id = vigil_subject_id(event);
	const struct vigil_id *target = vigil_target_id(event);
	struct member *member;

	if (event->record->type == VIGIL_EVENT_SNAPSHOT_END)
		clear_pending(set);
	if (!vigil_id_known(id))
		return is_member(set, target);
	if (vigil_start_of(event))
		return learn_start(set, event, id);
	member = find_member(set, id);
	if (member && event->record->type == VIGIL_EVENT_PROCESS_EXIT)
		bury_member(set, member);
	return member || is_member(set, vigil_parent_id(event)) || is_member(set, target);
}
