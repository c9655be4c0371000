/* SPDX-License-Identifier: MIT */
#include "sensor/linux/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int merge_open(struct merge *merge, const size_t *capacity, uint32_t queues)
{
	size_t records;

	*merge = (struct merge){ .queues = queues };
	merge->queue = calloc(queues, sizeof(*merge->queue));
	for (uint32_t i = 0; merge->queue && i < queues; i++) {
		merge->queue[i].capacity = capacity[i];
		merge->capacity += capacity[i];
	}
	records = merge->capacity / MERGE_RECORD_MIN + 1;
	merge->arena = malloc(merge->capacity);
	merge->entry = calloc(records, sizeof(*merge->entry));
	merge->spare = calloc(records, sizeof(*merge->spare));
	if (merge->queue && merge->arena && merge->entry && merge->spare)
		return 0;
	merge_close(merge);
	return -ENOMEM;
}

void merge_close(struct merge *merge)
{
	free(merge->arena);
	free(merge->queue);
	free(merge->entry);
	free(merge->spare);
	*merge = (struct merge){ 0 };
}

static uint32_t charged_size(uint32_t size)
{
	return size > MERGE_RECORD_MIN ? size : MERGE_RECORD_MIN;
}

static int compare_addresses(const void *left, const void *right)
{
	const struct merge_entry *a = left, *b = right;

	return a->record < b->record ? -1 : a->record > b->record;
}

/* Moves the remaining records to the front of the arena. They are few: those of the moments
 * after the horizon. */
static void compact_arena(struct merge *merge)
{
	size_t left = merge->count - merge->next;
	struct merge_entry *entry = merge->entry;

	if (merge->next == 0)
		return;
	memmove(entry, entry + merge->next, left * sizeof(*entry));
	merge->next = 0;
	merge->count = left;
	merge->used = 0;
	qsort(entry, left, sizeof(*entry), compare_addresses);
	for (size_t i = 0; i < left; i++) {
		uint32_t size = entry[i].record->size;
		void *to = merge->arena + merge->used;

		memmove(to, entry[i].record, size);
		entry[i].record = to;
		merge->used += size;
	}
	merge_sort(merge);
}

struct vigil_header *merge_reserve(struct merge *merge, uint32_t queue, uint32_t size)
{
	const struct merge_queue *of = &merge->queue[queue];

	compact_arena(merge);
	if (of->capacity - of->used < charged_size(size))
		return NULL;
	return (void *)(merge->arena + merge->used);
}

void merge_add(struct merge *merge, uint32_t queue, uint64_t key, struct vigil_header *record)
{
	merge->entry[merge->count++] = (struct merge_entry){ key, record, queue };
	merge->queue[queue].used += charged_size(record->size);
	merge->used += record->size;
}

/* Merges the adjacent runs [from, middle) and [middle, to), using `spare`. */
static void merge_runs(struct merge *merge, size_t from, size_t middle, size_t to)
{
	struct merge_entry *entry = merge->entry, *out = merge->spare;
	size_t left = from, right = middle, n = 0;

	while (left < middle && right < to)
		out[n++] = entry[right].key < entry[left].key ? entry[right++] : entry[left++];
	while (left < middle)
		out[n++] = entry[left++];
	memcpy(entry + from, out, n * sizeof(*entry));
}

static size_t find_run_end(const struct merge *merge, size_t from)
{
	size_t to = from + 1;

	while (to < merge->count && merge->entry[to].key >= merge->entry[to - 1].key)
		to++;
	return to;
}

/* A natural merge sort. Each queue is one run or a few, so it takes about log2(queues) passes.
 * It is stable: records with equal times keep the order in which they were added. */
void merge_sort(struct merge *merge)
{
	for (;;) {
		size_t from = merge->next, runs = 0;

		while (from < merge->count) {
			size_t middle = find_run_end(merge, from), to;

			runs++;
			if (middle == merge->count)
				break;
			to = find_run_end(merge, middle);
			merge_runs(merge, from, middle, to);
			from = to;
		}
		if (runs <= 1)
			return;
	}
}

struct vigil_header *merge_take(struct merge *merge, uint64_t horizon)
{
	const struct merge_entry *oldest = &merge->entry[merge->next];

	if (merge->next == merge->count || oldest->key > horizon)
		return NULL;
	merge->next++;
	merge->queue[oldest->queue].used -= charged_size(oldest->record->size);
	return oldest->record;
}

bool merge_pending(const struct merge *merge)
{
	return merge->count > merge->next;
}
