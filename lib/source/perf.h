/* SPDX-License-Identifier: MIT */
/*
 * perf.h - executable file mappings of the whole machine, from perf's side-band
 * records (PERF_RECORD_MMAP2: perf_event_open(2)). The kernel writes them into
 * one ring a CPU, cheaper than any program could (no helper call, no wake-up).
 */
#ifndef VIGIL_PERF_H
#define VIGIL_PERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/perf_event.h>

#include <vigil/vigil.h>

struct perf_ring {
	int fd;
	int cpu;
	struct perf_event_mmap_page *page;
};

struct perf {
	struct perf_ring *ring;
	size_t rings;
	size_t bytes;  /* of data in each ring */
	uint8_t *copy; /* of a record that wraps around the end of its ring */
};

/* What a side-band record means to us. */
enum perf_what {
	PERF_NOTHING,
	PERF_IMAGE,
	PERF_EXEC,
	PERF_LOST
};

struct perf_record {
	enum perf_what what;
	uint64_t mono; /* CLOCK_BOOTTIME, ns */
	uint32_t cpu, pid, tid;
	uint64_t lost; /* PERF_LOST: how many */
	/* PERF_IMAGE: */
	uint64_t base, size, offset, inode, generation;
	uint32_t major, minor, protection;
	const char *path; /* in the ring, until perf_advance */
	uint32_t length;
	bool deleted;
};

/* Opens one ring on every CPU that is online. On failure the rest is closed. */
enum vigil_code perf_open(struct perf *perf, struct vigil_error *error);
void perf_close(struct perf *perf);

/* Looks at the oldest record of a ring; false: none. */
bool perf_peek(struct perf *perf, struct perf_ring *ring, struct perf_record *out);
void perf_advance(struct perf_ring *ring);

#endif /* VIGIL_PERF_H */
