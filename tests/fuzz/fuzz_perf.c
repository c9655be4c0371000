/* SPDX-License-Identifier: MIT */
/* Arbitrary bytes at an arbitrary offset of a perf ring: every record is inside the ring, and
 * the end is reached. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/linux/perf.h"

#define BYTES 8192u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct perf *perf, const struct perf_ring *ring,
		  const struct perf_record *record)
{
	const char *begin = (const char *)ring->page + ring->page->data_offset;
	const char *copy = (const char *)perf->copy;

	if (record->what != PERF_IMAGE)
		return;
	if (record->path &&
	    !(record->path >= begin && record->path + record->length <= begin + BYTES) &&
	    !(record->path >= copy && record->path + record->length <= copy + UINT16_MAX))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct perf perf = { .bytes = BYTES, .copy = malloc(UINT16_MAX), .memory_device = { 1 } };
	struct perf_ring ring = { .page = aligned_alloc(page, page + BYTES) };
	struct perf_record record;
	uint8_t *ring_data = (uint8_t *)ring.page + page;
	uint64_t begin;

	if (!perf.copy || !ring.page)
		abort();
	memset(ring.page, 0, page + BYTES);
	ring.page->data_offset = page;
	ring.page->data_size = BYTES;
	begin = size ? *data * 64u % BYTES : 0;
	size = size ? size - 1 : 0;
	size = (size < BYTES ? size : BYTES) & ~(size_t)7;
	for (size_t i = 0; i < size; i++)
		ring_data[(begin + i) % BYTES] = data[1 + i];
	ring.page->data_tail = begin;
	ring.page->data_head = begin + size;
	while (perf_peek(&perf, &ring, &record)) {
		uint64_t tail = ring.page->data_tail;

		check(&perf, &ring, &record);
		perf_advance(&ring);
		if (ring.page->data_tail <= tail || ring.page->data_tail > ring.page->data_head)
			abort();
	}
	if (ring.page->data_tail != ring.page->data_head)
		abort();
	free(ring.page);
	free(perf.copy);
	return 0;
}
