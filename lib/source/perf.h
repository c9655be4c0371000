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

/* One for each CPU that there can be. */
struct perf_ring {
	int fd;
	int cpu;
	struct perf_event_mmap_page *page; /* NULL: not open, the CPU is offline */
	uint64_t enabled;                  /* ns, at the last perf_check */
	bool failed;                       /* perf_check has returned PERF_FAILED */
	/* Records that did not fit: those that LOST records in the ring have reported, all that
	 * were reported, and those of the record that perf_peek returned last. */
	uint64_t lost_recorded, lost_reported, lost_peeked;
	uint64_t peeked; /* bytes that perf_advance passes over */
};

#define PERF_MEMORY_DEVICES 4

struct perf {
	struct perf_ring *ring;
	size_t rings;
	size_t bytes;         /* of data in each ring */
	uint64_t read_format; /* of the events */
	uint8_t *copy;        /* of a record that wraps around the end of its ring */
	/* Where the kernel keeps memory that has no place in any directory. */
	uint64_t memory_device[PERF_MEMORY_DEVICES];
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
	uint64_t lost; /* PERF_LOST: how many that were not reported */
	/* PERF_IMAGE: */
	uint64_t base, size, offset, inode, generation;
	uint32_t major, minor, protection;
	const char *path; /* in the ring, until perf_advance; NULL: unknown to the kernel */
	uint32_t length;
	bool in_memory;     /* the file never had a name in a directory */
	bool maybe_deleted; /* the path ends as that of a deleted file does */
};

/* Opens one ring on every CPU that is online. On failure the rest is closed. */
enum vigil_code perf_open(struct perf *perf, struct vigil_error *error);
void perf_close(struct perf *perf);

/* What perf_check found out about a CPU. */
enum perf_change {
	PERF_SAME,
	PERF_OPENED, /* it came online: what it mapped since the last check is not known */
	PERF_FAILED  /* the same, and no ring can be opened on it; returned once */
};

/*
 * Opens the ring of a CPU that came online, or was offline for a time: an event does not
 * survive that. To be called about once a second, with the ring empty; not more often than
 * every 10 ms, because the time that an event was enabled has to have moved on.
 */
enum perf_change perf_check(struct perf *perf, struct perf_ring *ring);

/* How many records did not fit and were not yet reported: a LOST record is written only
 * before the next record that fits. Always 0 before Linux 6.0. */
uint64_t perf_unreported(const struct perf *perf, const struct perf_ring *ring);

/* Looks at the oldest record of a ring; false: none. Bytes that are no records count as one
 * loss. */
bool perf_peek(struct perf *perf, struct perf_ring *ring, struct perf_record *out);

/* Passes over what perf_peek returned last. */
void perf_advance(struct perf_ring *ring);

#endif /* VIGIL_PERF_H */
