/* SPDX-License-Identifier: MIT */
/*
 * ring.h - reads a BPF ring buffer record by record.
 *
 * libbpf's reader calls a function for each record; a merge must be able to look at a record
 * and leave it in the buffer. The layout is the kernel's ABI: kernel/bpf/ringbuf.c and
 * Documentation/bpf/ringbuf.rst.
 */
#ifndef VIGIL_OS_RING_H
#define VIGIL_OS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint64_t *consumer;       /* page that the reader writes */
	const uint64_t *producer; /* page that the kernel writes, followed by the data */
	const uint8_t *data;      /* no record wraps: the beginning is mapped again after the end */
	size_t size;              /* of the data in bytes, a power of two */
	size_t page;
};

/* Maps the ring buffer map_fd, whose max_entries is size. Returns 0 or -errno. One thread reads
 * it. */
int ring_open(struct ring *ring, int map_fd, size_t size);
void ring_close(struct ring *ring);

/* Returns the oldest record and its length in bytes; NULL: none is ready. */
const void *ring_peek(struct ring *ring, uint32_t *length);

/* Whether it is empty, including records that are still being written. */
bool ring_is_empty(const struct ring *ring);

/* Returns the record of ring_peek to the kernel. */
void ring_advance(struct ring *ring);

#endif /* VIGIL_OS_RING_H */
