/* SPDX-License-Identifier: MIT */
#include "process/descendants.h"

#include <stdlib.h>

#include "record/subject.h"

#define FAMILY_DEAD_MAX    8192
#define FAMILY_PENDING_MAX 65536
#define SLOTS_FIRST        1024
#define SLOTS_MAX          (1u << 20)

/* A slot of an open hash table; several may have one PID. */
struct member {
	uint32_t pid;
	bool used;
	bool reused;        /* the PID belongs to another process since: only the key tells */
	uint64_t start_key; /* 0: not yet known */
};

/* A process that ran before and whose parent is no member, or not yet. */
struct pending {
	struct vigil_id id, parent;
};

struct vigil_family {
	struct member *slots;
	uint32_t slot_count, member_count;
	struct vigil_id dead[FAMILY_DEAD_MAX]; /* in the order of their ends */
	uint64_t dead_count;                   /* ever: the next goes to this, modulo */
	struct pending *pending;
	uint32_t pending_count, pending_room;
};

struct vigil_family *vigil_family_new(void)
{
	struct vigil_family *family = calloc(1, sizeof(*family));

	if (family == NULL)
		return NULL;
	family->slots = calloc(SLOTS_FIRST, sizeof(*family->slots));
	family->slot_count = SLOTS_FIRST;
	if (family->slots == NULL) {
		free(family);
		return NULL;
	}
	return family;
}

void vigil_family_free(struct vigil_family *family)
{
	if (family == NULL)
		return;
	free(family->slots);
	free(family->pending);
	free(family);
}

/* ---- the table ---- */

static uint32_t home_of(const struct vigil_family *family, uint32_t pid)
{
	return pid * 2654435769u & (family->slot_count - 1);
}

static uint32_t next_of(const struct vigil_family *family, uint32_t slot)
{
	return (slot + 1) & (family->slot_count - 1);
}

static void insert(struct vigil_family *family, struct member member)
{
	uint32_t slot = home_of(family, member.pid);

	while (family->slots[slot].used)
		slot = next_of(family, slot);
	family->slots[slot] = member;
	family->member_count++;
}

static bool grow(struct vigil_family *family)
{
	struct member *old = family->slots;
	uint32_t old_count = family->slot_count;
	struct member *slots;

	if (old_count >= SLOTS_MAX)
		return false;
	slots = calloc((size_t)old_count * 2, sizeof(*slots));
	if (slots == NULL)
		return false;
	family->slots = slots;
	family->slot_count = old_count * 2;
	family->member_count = 0;
	for (uint32_t i = 0; i < old_count; i++)
		if (old[i].used)
			insert(family, old[i]);
	free(old);
	return true;
}

/* Moves up what follows, so that no search ends at the hole. */
static void remove_slot(struct vigil_family *family, uint32_t hole)
{
	uint32_t mask = family->slot_count - 1;

	for (uint32_t slot = next_of(family, hole); family->slots[slot].used;
	     slot = next_of(family, slot)) {
		uint32_t home = home_of(family, family->slots[slot].pid);

		if (((slot - home) & mask) >= ((slot - hole) & mask)) {
			family->slots[hole] = family->slots[slot];
			hole = slot;
		}
	}
	family->slots[hole].used = false;
	family->member_count--;
}

static struct member *find(struct vigil_family *family, const struct vigil_id *id)
{
	uint32_t slot = home_of(family, id->pid);

	for (; family->slots[slot].used; slot = next_of(family, slot)) {
		struct member *member = &family->slots[slot];

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

static bool is_member(struct vigil_family *family, const struct vigil_id *id)
{
	return vigil_id_known(id) && find(family, id) != NULL;
}

static bool add(struct vigil_family *family, const struct vigil_id *id)
{
	struct member member = { .pid = id->pid, .used = true, .start_key = id->start_key };

	if (family->member_count + 1 > family->slot_count / 2 && !grow(family) &&
	    family->member_count + 1 > family->slot_count / 8 * 7)
		return false;
	insert(family, member);
	return true;
}

bool vigil_family_add(struct vigil_family *family, uint32_t pid)
{
	struct vigil_id id = { .pid = pid };

	return find(family, &id) != NULL || add(family, &id);
}

/* ---- the events ---- */

/* A process with this PID begins: whoever had the PID before has it no more. */
static void mark_reused(struct vigil_family *family, const struct vigil_id *id)
{
	uint32_t slot = home_of(family, id->pid);

	for (; family->slots[slot].used; slot = next_of(family, slot)) {
		struct member *member = &family->slots[slot];

		if (member->pid == id->pid && member->start_key != 0 &&
		    member->start_key != id->start_key)
			member->reused = true;
	}
}

static void forget(struct vigil_family *family, const struct vigil_id *id)
{
	struct member *member = find(family, id);

	if (member != NULL)
		remove_slot(family, (uint32_t)(member - family->slots));
}

/* Keeps an ended member until FAMILY_DEAD_MAX others have ended. */
static void bury(struct vigil_family *family, const struct member *member)
{
	struct vigil_id *place = &family->dead[family->dead_count % FAMILY_DEAD_MAX];
	struct vigil_id id = { .pid = member->pid, .start_key = member->start_key };

	if (family->dead_count++ >= FAMILY_DEAD_MAX)
		forget(family, place);
	*place = id;
}

/* The snapshot may tell a child before its parent: it waits here. */
static void wait_for_parent(struct vigil_family *family, const struct vigil_id *id,
			    const struct vigil_id *parent)
{
	if (family->pending_count == family->pending_room) {
		uint32_t room = family->pending_room == 0 ? 256 : family->pending_room * 2;
		struct pending *pending;

		if (room > FAMILY_PENDING_MAX)
			return;
		pending = realloc(family->pending, room * sizeof(*pending));
		if (pending == NULL)
			return;
		family->pending = pending;
		family->pending_room = room;
	}
	family->pending[family->pending_count++] = (struct pending){ *id, *parent };
}

static void adopt_pending(struct vigil_family *family)
{
	uint32_t i = 0;

	while (i < family->pending_count) {
		struct pending *pending = &family->pending[i];

		if (!is_member(family, &pending->parent)) {
			i++;
			continue;
		}
		add(family, &pending->id);
		*pending = family->pending[--family->pending_count];
		i = 0; /* those before may be its children */
	}
}

/* A process that begins, or is seen for the first time: does it belong? */
static bool is_born(struct vigil_family *family, const struct vigil_event *event,
		    const struct vigil_id *id)
{
	const struct vigil_id *parent = vigil_parent_id(event);
	bool creates = event->record->type == VIGIL_PROCESS_CREATE;

	if (creates)
		mark_reused(family, id);
	if (is_member(family, id))
		return true;
	if (is_member(family, parent) || (creates && is_member(family, &event->record->actor))) {
		add(family, id);
		if (event->record->type == VIGIL_EXISTING)
			adopt_pending(family);
		return true;
	}
	if (event->record->type == VIGIL_EXISTING && vigil_id_known(parent))
		wait_for_parent(family, id, parent);
	return false;
}

bool vigil_family_sees(struct vigil_family *family, const struct vigil_event *event)
{
	const struct vigil_id *id = vigil_subject_id(event);
	const struct vigil_id *target = vigil_target_id(event);
	struct member *member;

	if (event->record->type == VIGIL_SNAPSHOT_END)
		family->pending_count = 0;
	if (!vigil_id_known(id))
		return is_member(family, target);
	if (vigil_start_of(event) != NULL)
		return is_born(family, event, id);
	member = find(family, id);
	if (member != NULL && event->record->type == VIGIL_PROCESS_EXIT)
		bury(family, member);
	return member != NULL || is_member(family, vigil_parent_id(event)) ||
	       is_member(family, target);
}
