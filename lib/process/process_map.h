/* SPDX-License-Identifier: MIT */
/*
 * process_map.h - a number for each process: a hash from PID and start key.
 *
 * Starts as all zeros. The thread of an id is not looked at; for a map of
 * threads, let pid be the thread's id.
 */
#ifndef VIGIL_PROCESS_PROCESS_MAP_H
#define VIGIL_PROCESS_PROCESS_MAP_H

#include <stdbool.h>

#include <vigil/event.h>

#define IDS_NONE UINT32_MAX

struct ids_slot {
	uint64_t start_key;
	uint32_t pid;
	uint32_t value; /* IDS_NONE: free */
};

struct ids {
	struct ids_slot *slot;
	uint32_t count, capacity; /* capacity: a power of two, or 0 */
};

void ids_free(struct ids *ids);

/* The number of this process; IDS_NONE: it has none. */
uint32_t ids_find(const struct ids *ids, const struct vigil_id *id);

/* value: anything but IDS_NONE. false: no memory. */
bool ids_set(struct ids *ids, const struct vigil_id *id, uint32_t value);
void ids_remove(struct ids *ids, const struct vigil_id *id);

#endif /* VIGIL_PROCESS_PROCESS_MAP_H */
