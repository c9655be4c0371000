/* SPDX-License-Identifier: MIT */
/*
 * process_map.h - a hash map from a process (PID and start key) to a number.
 *
 * All zeros is an empty map. The thread of an id is ignored; for a map of threads, set pid to
 * the thread's id.
 */
#ifndef VIGIL_PROCESS_PROCESS_MAP_H
#define VIGIL_PROCESS_PROCESS_MAP_H

#include <stdbool.h>

#include <vigil/event.h>

#define PROCESS_MAP_NONE UINT32_MAX

struct process_map_slot {
	uint64_t start_key;
	uint32_t pid;
	uint32_t value; /* PROCESS_MAP_NONE: free slot */
};

struct process_map {
	struct process_map_slot *slot;
	uint32_t count, capacity; /* capacity: a power of two, or 0 */
};

void process_map_free(struct process_map *map);

/* Returns the number of this process; PROCESS_MAP_NONE: it has none. */
uint32_t process_map_find(const struct process_map *map, const struct vigil_id *id);

/* value: any number except PROCESS_MAP_NONE. Returns false if out of memory. */
bool process_map_set(struct process_map *map, const struct vigil_id *id, uint32_t value);
void process_map_remove(struct process_map *map, const struct vigil_id *id);

#endif /* VIGIL_PROCESS_PROCESS_MAP_H */
