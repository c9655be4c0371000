/* SPDX-License-Identifier: MIT */
/*
 * ring.h - reads a BPF ring buffer record by record.
 *
 * libbpf's own reader calls back for each record; a merge must be able to look
 * at one and leave it. The layout is the kernel's ABI: kernel/bpf/ringbuf.c and
 * Documentation/bpf/ringbuf.rst.
 */
#ifndef VIGIL_OS_RING_H
#define VIGIL_OS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint64_t *consumer;       /* page that the reader writes */
	const uint64_t *producer; /* page that the kernel writes, data behind it */
	const uint8_t *data; /* no record wraps: the beginning comes once more behind the end */
	size_t size;         /* of the data, a power of two */
	size_t page;
};

/* Maps the ring behind map_fd, whose max_entries is size. 0 or -errno. */
int ring_open(struct ring *ring, int map_fd, size_t size);
void ring_close(struct ring *ring);

/* The oldest record and its length; NULL: none is ready. */
const void *ring_peek(struct ring *ring, uint32_t *length);

/* Whether there is nothing in it, not even a record that is being written. */
bool ring_is_empty(const struct ring *ring);

/* Gives the record that ring_peek showed back to the kernel. */
void ring_advance(struct ring *ring);

#endif /* VIGIL_OS_RING_H */
