/* SPDX-License-Identifier: MIT */
/*
 * merge.h - puts the records of several queues in order of time.
 *
 * The reader copies what the queues hold into a batch, sorts it, and takes the
 * records up to a horizon: the time before which nothing new can come any more.
 * What lies beyond waits for the next round. Memory is bounded and taken once.
 *
 * Each queue has memory of its own in the batch. A queue that is flooded cannot take the
 * memory of the queue whose records are the oldest, without which no horizon can move.
 */
#ifndef VIGIL_SENSOR_LINUX_MERGE_H
#define VIGIL_SENSOR_LINUX_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

/* A record uses this much of its queue's memory at least, so that the number of records
 * is bounded too. */
#define MERGE_RECORD_MIN 256u

struct merge_entry {
	uint64_t key; /* sorted by: header.mono */
	struct vigil_header *record;
	uint32_t queue;
};

struct merge_queue {
	size_t used, capacity; /* bytes */
};

struct merge {
	uint8_t *arena;
	size_t used, capacity;
	struct merge_queue *queue;
	uint32_t queues;
	struct merge_entry *entry, *spare;
	size_t next, count;
};

/* capacity: bytes for the records of each queue. 0 or -ENOMEM. */
int merge_open(struct merge *merge, const size_t *capacity, uint32_t queues);
void merge_close(struct merge *merge);

/* Memory for one more record of this size from this queue, or NULL: take some first. */
struct vigil_header *merge_reserve(struct merge *merge, uint32_t queue, uint32_t size);

/* Adds the record that was written to what merge_reserve gave for this queue. */
void merge_add(struct merge *merge, uint32_t queue, uint64_t key, struct vigil_header *record);

/* Sorts what was added. Then merge_take gives record after record. */
void merge_sort(struct merge *merge);

/* The oldest record at or before the horizon; NULL: none. Stays valid until
 * the next merge_reserve. */
struct vigil_header *merge_take(struct merge *merge, uint64_t horizon);

/* Whether records are left that are not taken yet. */
bool merge_pending(const struct merge *merge);

#endif /* VIGIL_SENSOR_LINUX_MERGE_H */
