/* SPDX-License-Identifier: MIT */
/*
 * merge.h - merges the records of several queues in order of time.
 *
 * The reader copies the content of the queues into a batch, sorts it, and takes the records up
 * to a horizon: the time before which no new record can arrive. Later records stay for the next
 * round. Memory is bounded and allocated once.
 *
 * Each queue has a fixed share of the batch. A flooded queue cannot use the share of the queue
 * whose records are the oldest, without which the horizon cannot advance. One thread.
 */
#ifndef VIGIL_SENSOR_LINUX_MERGE_H
#define VIGIL_SENSOR_LINUX_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

/* Bytes that a record uses of its queue's share at least, so that the number of records is also
 * bounded. */
#define MERGE_RECORD_MIN 256u

struct merge_entry {
	uint64_t key; /* sort key: header.mono */
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

/* capacity: bytes for the records of each queue. Returns 0 or -ENOMEM. */
int merge_open(struct merge *merge, const size_t *capacity, uint32_t queues);
void merge_close(struct merge *merge);

/* Returns space for one more record of `size` bytes of this queue; NULL: the queue's share is
 * full until some records are taken. */
struct vigil_header *merge_reserve(struct merge *merge, uint32_t queue, uint32_t size);

/* Adds the record that was written to the space of the last merge_reserve(). */
void merge_add(struct merge *merge, uint32_t queue, uint64_t key, struct vigil_header *record);

/* Sorts the added records; needed before merge_take(). */
void merge_sort(struct merge *merge);

/* Removes and returns the oldest record at or before the horizon; NULL: none. It stays valid
 * until the next merge_reserve(). */
struct vigil_header *merge_take(struct merge *merge, uint64_t horizon);

/* Whether the batch has records that were not taken. */
bool merge_pending(const struct merge *merge);

#endif /* VIGIL_SENSOR_LINUX_MERGE_H */
