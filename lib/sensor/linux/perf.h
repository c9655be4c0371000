/* SPDX-License-Identifier: MIT */
/*
 * perf.h - executable file mappings of the whole machine, from perf's side-band
 * records (PERF_RECORD_MMAP2: perf_event_open(2)). The kernel writes them into
 * one ring a CPU, cheaper than any program could (no helper call, no wake-up).
 */
#ifndef VIGIL_SENSOR_LINUX_PERF_H
#define VIGIL_SENSOR_LINUX_PERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/perf_event.h>

#include <vigil/vigil.h>

/*
 * One for each CPU that there can be. With image loads perf always writes records of forks,
 * ends and names of tasks; those that do not fit are no image loads. A second event counts
 * them: its ring is never written to (PERF_EVENT_IOC_PAUSE_OUTPUT), so all of them count as
 * lost there.
 */
struct perf_ring {
	int fd, task_fd;
	int cpu;
	struct perf_event_mmap_page *page; /* NULL: not open, the CPU is offline */
	void *task_page;
	uint64_t enabled;       /* ns, at the last perf_check */
	bool stood_still;       /* it was the same at the last two */
	bool failed;            /* perf_check has returned PERF_FAILED */
	uint64_t lost_recorded; /* by the LOST records that were read */
	uint64_t tasks_read;    /* records that the second event counts, too */
	uint64_t overruns;      /* times that the ring held no records but other bytes */
	/* Of what perf_peek returned last: what perf_advance adds to these, and passes over. */
	struct {
		uint64_t lost, tasks, overruns, bytes;
	} peeked;
};

#define PERF_MEMORY_DEVICES 4
#define PERF_CHECK_MIN      10000000ull /* ns */
#define PERF_RING_MIN       (16u << 10) /* a record with a long path has 4 KiB */

struct perf {
	struct perf_ring *ring;
	size_t rings;
	size_t bytes;         /* of data in each ring, a power of two */
	uint64_t read_format; /* of the events */
	uint8_t *copy;        /* of a record that wraps around the end of its ring */
	uint64_t lost_before; /* in rings that were closed */
	/* Where the kernel keeps memory that has no place in any directory. */
	uint64_t memory_device[PERF_MEMORY_DEVICES];
};

/* What a side-band record means to us. */
enum perf_what {
	PERF_NOTHING,
	PERF_IMAGE,
	PERF_VDSO, /* the kernel's own code, which it maps once in each exec */
	PERF_EXEC,
	PERF_LOST /* before it some did not fit: perf_lost */
};

struct perf_record {
	enum perf_what what;
	uint64_t mono; /* CLOCK_BOOTTIME, ns */
	uint32_t cpu, pid, tid;
	/* PERF_IMAGE: */
	uint64_t base, size, offset, inode, generation;
	uint32_t major, minor, protection;
	const char *path; /* in the ring, until perf_advance; NULL: unknown to the kernel */
	uint32_t length;
	bool in_memory;     /* the file never had a name in a directory */
	bool anonymous;     /* memory without a file; then in_memory, too */
	bool maybe_deleted; /* the path ends as that of a deleted file does */
};

/* The size in bytes of the ring of each of cpus, for a buffer of that many bytes in all. */
size_t perf_ring_bytes(uint64_t buffer, int cpus);

/* Opens one ring on every CPU that is online. buffer: bytes that the rings have together, about;
 * each has at least PERF_RING_MIN. On failure the rest is closed. */
enum vigil_code perf_open(struct perf *perf, uint64_t buffer, struct vigil_error *error);
void perf_close(struct perf *perf);

/* What perf_check found out about a CPU. */
enum perf_change {
	PERF_SAME,
	PERF_OPENED, /* it came online: what it mapped since the last check is not known */
	PERF_FAILED  /* the same, and no ring can be opened on it; returned once */
};

/*
 * Opens the ring of a CPU that came online, or was offline for a time: an event does not
 * survive that: the time for which it was enabled is then the same at three checks in turn. To
 * be called about once a second, with the ring empty; not more often than every
 * PERF_CHECK_MIN, in which that time has to have moved on.
 */
enum perf_change perf_check(struct perf *perf, struct perf_ring *ring);

/*
 * How many mappings did not fit so far, those of [vdso] among them. Exact once all rings were
 * read to their end; before, less, by as many task records as they still hold. Before Linux 6.0
 * the records of tasks count too, and what did not fit last is not known.
 */
uint64_t perf_lost(const struct perf *perf);

/* Looks at the oldest record of a ring; false: none. Bytes that are no records count as one
 * loss, and all are passed over. */
bool perf_peek(struct perf *perf, struct perf_ring *ring, struct perf_record *out);

/* Passes over what perf_peek returned last. */
void perf_advance(struct perf_ring *ring);

#endif /* VIGIL_SENSOR_LINUX_PERF_H */
