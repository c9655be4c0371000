/* SPDX-License-Identifier: MIT */
#include "process/process_map.h"

#include <stdlib.h>
#include <string.h>

static uint32_t home(const struct ids *ids, uint32_t pid, uint64_t start_key)
{
	uint64_t mixed = (start_key ^ (uint64_t)pid << 40) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(mixed >> 32) & (ids->capacity - 1);
}

/* The place of a process: its own, or the free one that it would take. */
static struct ids_slot *place(const struct ids *ids, uint32_t pid, uint64_t start_key)
{
	for (uint32_t i = home(ids, pid, start_key);; i = (i + 1) & (ids->capacity - 1)) {
		struct ids_slot *slot = &ids->slot[i];

		if (slot->value == IDS_NONE || (slot->pid == pid && slot->start_key == start_key))
			return slot;
	}
}

/* Half of it stays free, so that chains are short and end. */
static bool grow(struct ids *ids)
{
	struct ids_slot *old = ids->slot;
	uint32_t before = ids->capacity, capacity = before ? before * 2 : 256;
	struct ids_slot *slot = malloc(capacity * sizeof *slot);

	if (!slot)
		return false;
	memset(slot, 0xff, capacity * sizeof *slot);
	ids->slot = slot;
	ids->capacity = capacity;
	for (uint32_t i = 0; i < before; i++)
		if (old[i].value != IDS_NONE)
			*place(ids, old[i].pid, old[i].start_key) = old[i];
	free(old);
	return true;
}

void ids_free(struct ids *ids)
{
	free(ids->slot);
	*ids = (struct ids){ 0 };
}

uint32_t ids_find(const struct ids *ids, const struct vigil_id *id)
{
	return ids->capacity ? place(ids, id->pid, id->start_key)->value : IDS_NONE;
}

bool ids_set(struct ids *ids, const struct vigil_id *id, uint32_t value)
{
	struct ids_slot *slot;

	if (ids->count >= ids->capacity / 2 && !grow(ids))
		return false;
	slot = place(ids, id->pid, id->start_key);
	ids->count += slot->value == IDS_NONE;
	*slot = (struct ids_slot){ id->start_key, id->pid, value };
	return true;
}

/* What stands behind the gap and could not be at home before it moves up. */
void ids_remove(struct ids *ids, const struct vigil_id *id)
{
	struct ids_slot *slot = ids->capacity ? place(ids, id->pid, id->start_key) : NULL;
	uint32_t mask = ids->capacity - 1, gap;

	if (!slot || slot->value == IDS_NONE)
		return;
	gap = (uint32_t)(slot - ids->slot);
	for (uint32_t i = (gap + 1) & mask; ids->slot[i].value != IDS_NONE; i = (i + 1) & mask) {
		uint32_t from = home(ids, ids->slot[i].pid, ids->slot[i].start_key);

		if (((i - from) & mask) < ((i - gap) & mask))
			continue;
		ids->slot[gap] = ids->slot[i];
		gap = i;
	}
	ids->slot[gap].value = IDS_NONE;
	ids->count--;
}
