/* SPDX-License-Identifier: MIT */
#include "os/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vigil/event.h>

/* Returns the size of the mapping. The data are mapped twice in a row, so that no record wraps.
 * Of the second copy only as much is mapped as one record can extend into, because each mapped
 * page counts as this process's memory. */
static size_t mapped_size(const struct ring *ring)
{
	size_t reach = (VIGIL_RECORD_MAX + BPF_RINGBUF_HDR_SZ + ring->page - 1) & ~(ring->page - 1);

	return ring->page + ring->size + (reach < ring->size ? reach : ring->size);
}

int ring_open(struct ring *ring, int map_fd, size_t size)
{
	void *mapped;

	*ring = (struct ring){ .size = size, .page = (size_t)sysconf(_SC_PAGESIZE) };
	mapped = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (mapped == MAP_FAILED)
		return -errno;
	ring->consumer = mapped;
	mapped = mmap(NULL, mapped_size(ring), PROT_READ, MAP_SHARED, map_fd, (off_t)ring->page);
	if (mapped == MAP_FAILED) {
		int error = errno;

		ring_close(ring);
		return -error;
	}
	ring->producer = mapped;
	ring->data = (const uint8_t *)mapped + ring->page;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->producer)
		munmap((void *)(uintptr_t)ring->producer, mapped_size(ring));
	if (ring->consumer)
		munmap(ring->consumer, ring->page);
	*ring = (struct ring){ 0 };
}

/* Returns the bytes from a record to the next. Each record begins with its length and two flags,
 * and is 8-byte aligned. */
static uint64_t record_span(uint32_t header)
{
	uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	return ((uint64_t)length + BPF_RINGBUF_HDR_SZ + 7) & ~7ull;
}

const void *ring_peek(struct ring *ring, uint32_t *length)
{
	for (;;) {
		uint64_t at = *ring->consumer;
		const uint32_t *header;
		uint32_t word;

		if (at >= __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE))
			return NULL;
		header = (const void *)(ring->data + (at & (ring->size - 1)));
		word = __atomic_load_n(header, __ATOMIC_ACQUIRE);
		if (word & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		if (!(word & BPF_RINGBUF_DISCARD_BIT)) {
			*length = word;
			return (const uint8_t *)header + BPF_RINGBUF_HDR_SZ;
		}
		ring_advance(ring);
	}
}

bool ring_is_empty(const struct ring *ring)
{
	return *ring->consumer == __atomic_load_n(ring->producer, __ATOMIC_SEQ_CST);
}

void ring_advance(struct ring *ring)
{
	uint64_t at = *ring->consumer;
	uint32_t word;

	word = *(const uint32_t *)(const void *)(ring->data + (at & (ring->size - 1)));
	__atomic_store_n(ring->consumer, at + record_span(word), __ATOMIC_RELEASE);
}
