/* SPDX-License-Identifier: MIT */
/*
 * perf.h - reads the executable mappings of the whole machine from perf's side-band records
 * (PERF_RECORD_MMAP2: perf_event_open(2)). The kernel writes them to one ring per CPU, which
 * costs less than a BPF program (no helper call, no wake-up). One thread, except perf_lost().
 */
#ifndef VIGIL_SENSOR_LINUX_PERF_H
#define VIGIL_SENSOR_LINUX_PERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/perf_event.h>

#include <vigil/vigil.h>

/*
 * The ring of one possible CPU. Besides image loads perf always writes records of forks, exits
 * and names of tasks; if those do not fit, no image load is lost. A second event counts them:
 * its ring is never written to (PERF_EVENT_IOC_PAUSE_OUTPUT), so it counts all of them as lost.
 */
struct perf_ring {
	int fd, task_fd;
	int cpu;
	struct perf_event_mmap_page *page; /* NULL: not open, the CPU is offline */
	void *task_page;
	uint64_t enabled;       /* ns, at the last perf_check */
	bool stood_still;       /* it was the same at the last two calls */
	bool failed;            /* perf_check() has returned PERF_FAILED */
	uint64_t lost_recorded; /* in the LOST records that were read */
	uint64_t tasks_read;    /* records that the second event also counts */
	uint64_t overruns;      /* times that the content of the ring was invalid */
	/* Of the record of the last perf_peek(): what perf_advance() adds to these, and skips.
	 * */
	struct {
		uint64_t lost, tasks, overruns, bytes;
	} peeked;
};

#define PERF_MEMORY_DEVICES 4
#define PERF_CHECK_MIN      10000000ull /* ns */
#define PERF_RING_MIN       (16u << 10) /* bytes; a record with a long path has 4 KiB */

struct perf {
	struct perf_ring *ring;
	size_t rings;
	size_t bytes;         /* of data in each ring, a power of two */
	uint64_t read_format; /* of the events */
	uint8_t *copy;        /* of a record that wraps around the end of its ring */
	uint64_t lost_before; /* in rings that were closed */
	/* Devices of the kernel's internal file systems for memory, which are in no directory.
	 * */
	uint64_t memory_device[PERF_MEMORY_DEVICES];
};

/* The meaning of a side-band record. */
enum perf_what {
	PERF_NOTHING,
	PERF_IMAGE,
	PERF_VDSO, /* the vDSO, which the kernel maps once in each exec */
	PERF_EXEC, /* an exec has passed its point of no return */
	PERF_LOST  /* records before it did not fit: see perf_lost() */
};

struct perf_record {
	enum perf_what what;
	uint64_t mono; /* CLOCK_BOOTTIME, ns */
	uint32_t cpu, pid, tid;
	/* PERF_IMAGE: */
	uint64_t base, size, offset, inode, generation;
	uint32_t major, minor, protection;
	const char *path; /* valid until perf_advance(), no NUL; NULL: unknown to the kernel */
	uint32_t length;
	bool in_memory;     /* the file never had a name in a directory */
	bool anonymous;     /* memory without a file; then also in_memory */
	bool maybe_deleted; /* the path ends in " (deleted)" */
};

/* Returns the size in bytes of one ring, for a buffer of `buffer` bytes for `cpus` CPUs. All rings
 * together have at most 4 * buffer bytes, unless each has PERF_RING_MIN. */
size_t perf_ring_bytes(uint64_t buffer, int cpus);

/* Opens one ring on every CPU that is online, of perf_ring_bytes(buffer) each. On an error nothing stays open. */
enum vigil_code perf_open(struct perf *perf, uint64_t buffer, struct vigil_error *error);
void perf_close(struct perf *perf);

/* The result of perf_check() for a CPU. */
enum perf_change {
	PERF_SAME,
	PERF_OPENED, /* it came online; its mappings since the last check are unknown */
	PERF_FAILED  /* it came online, but no ring can be opened on it; returned once */
};

/*
 * Opens the ring of a CPU that came online, also if it was only briefly offline: an event stops
 * when its CPU goes offline, and then its enabled time is the same in three consecutive checks.
 * Must be called about once a second, with the ring empty, and at most every PERF_CHECK_MIN,
 * because the enabled time must have advanced in between.
 */
enum perf_change perf_check(struct perf *perf, struct perf_ring *ring);

/*
 * The number of mappings that did not fit so far, including those of [vdso]. It is exact when
 * all rings are empty; before, it is too small by the number of task records in them. Before
 * Linux 6.0 it includes records of tasks, and does not include the most recent losses.
 */
uint64_t perf_lost(const struct perf *perf);

/* Reads the oldest record of a ring without removing it. Returns false if the ring is empty.
 * Invalid content is returned as one PERF_LOST record for all of it. */
bool perf_peek(struct perf *perf, struct perf_ring *ring, struct perf_record *out);

/* Removes the record of the last perf_peek(). */
void perf_advance(struct perf_ring *ring);

#endif /* VIGIL_SENSOR_LINUX_PERF_H */
