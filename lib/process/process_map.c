/* SPDX-License-Identifier: MIT */
#include "process/process_map.h"

#include <stdlib.h>
#include <string.h>

static uint32_t home_slot(const struct process_map *map, uint32_t pid, uint64_t start_key)
{
	uint64_t mixed = (start_key ^ (uint64_t)pid << 40) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(mixed >> 32) & (map->capacity - 1);
}

/* Returns the slot of a process, or the free slot where it would be added. */
static struct process_map_slot *find_process_slot(const struct process_map *map, uint32_t pid,
						  uint64_t start_key)
{
	for (uint32_t i = home_slot(map, pid, start_key);; i = (i + 1) & (map->capacity - 1)) {
		struct process_map_slot *slot = &map->slot[i];

		if (slot->value == PROCESS_MAP_NONE ||
		    (slot->pid == pid && slot->start_key == start_key))
			return slot;
	}
}

/* Half of the slots stay free, so that searches are short and end. */
static bool grow_map(struct process_map *map)
{
	struct process_map_slot *old = map->slot;
	uint32_t before = map->capacity, capacity = before ? before * 2 : 256;
	struct process_map_slot *slot = malloc(capacity * sizeof(*slot));

	if (!slot)
		return false;
	memset(slot, 0xff, capacity * sizeof(*slot));
	map->slot = slot;
	map->capacity = capacity;
	for (uint32_t i = 0; i < before; i++)
		if (old[i].value != PROCESS_MAP_NONE)
			*find_process_slot(map, old[i].pid, old[i].start_key) = old[i];
	free(old);
	return true;
}

void process_map_free(struct process_map *map)
{
	free(map->slot);
	*map = (struct process_map){ 0 };
}

uint32_t process_map_find(const struct process_map *map, const struct vigil_id *id)
{
	return map->capacity ? find_process_slot(map, id->pid, id->start_key)->value
			     : PROCESS_MAP_NONE;
}

bool process_map_set(struct process_map *map, const struct vigil_id *id, uint32_t value)
{
	struct process_map_slot *slot;

	if (map->count >= map->capacity / 2 && !grow_map(map))
		return false;
	slot = find_process_slot(map, id->pid, id->start_key);
	map->count += slot->value == PROCESS_MAP_NONE;
	*slot = (struct process_map_slot){ id->start_key, id->pid, value };
	return true;
}

/* Later slots move up if they were displaced beyond the gap. */
void process_map_remove(struct process_map *map, const struct vigil_id *id)
{
	struct process_map_slot *slot =
	    map->capacity ? find_process_slot(map, id->pid, id->start_key) : NULL;
	uint32_t mask = map->capacity - 1, gap;

	if (!slot || slot->value == PROCESS_MAP_NONE)
		return;
	gap = (uint32_t)(slot - map->slot);
	for (uint32_t i = (gap + 1) & mask; map->slot[i].value != PROCESS_MAP_NONE;
	     i = (i + 1) & mask) {
		uint32_t from = home_slot(map, map->slot[i].pid, map->slot[i].start_key);

		if (((i - from) & mask) < ((i - gap) & mask))
			continue;
		map->slot[gap] = map->slot[i];
		gap = i;
	}
	map->slot[gap].value = PROCESS_MAP_NONE;
	map->count--;
}
