/* SPDX-License-Identifier: MIT */
#include "sensor/linux/perf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "core/error.h"

#ifndef PERF_FORMAT_LOST /* Linux 6.0 */
#define PERF_FORMAT_LOST (1u << 4)
#endif
#ifndef MFD_HUGE_2MB /* linux/memfd.h */
#define MFD_HUGE_2MB (21u << 26)
#define MFD_HUGE_1GB (30u << 26)
#endif

/* The minimum size of a ring, however many CPUs share the buffer: it is enough for some
 * milliseconds of continuous execs on one CPU. If the buffer is smaller than the default, the
 * minimum is RING_SHARE-th of it. All rings together have at most RINGS_MOST times the buffer, so
 * with more than 256 CPUs each ring is smaller than that, down to PERF_RING_MIN. */
#define RING_BYTES (128u << 10)
#define RING_SHARE 64u
#define RINGS_MOST 4u

/* The result of read() on an event, as requested in perf.read_format. */
struct counts {
	uint64_t value, enabled, lost;
};

static bool read_counts(const struct perf_ring *ring, int fd, struct counts *counts)
{
	*counts = (struct counts){ 0 };
	return ring->page && read(fd, counts, sizeof(*counts)) >= 16;
}

static uint64_t count_ring_lost(const struct perf *perf, const struct perf_ring *ring)
{
	struct counts counts, tasks;
	uint64_t lost, others;

	if (!(perf->read_format & PERF_FORMAT_LOST))
		return ring->lost_recorded + ring->overruns;
	/* In this order, so that a record between the two reads does not count as a lost image
	 * load. */
	if (!read_counts(ring, ring->fd, &counts) || !read_counts(ring, ring->task_fd, &tasks))
		return ring->overruns;
	lost = counts.lost;
	others = tasks.lost > ring->tasks_read ? tasks.lost - ring->tasks_read : 0;
	return (lost > others ? lost - others : 0) + ring->overruns;
}

uint64_t perf_lost(const struct perf *perf)
{
	uint64_t lost = perf->lost_before;

	for (size_t i = 0; i < perf->rings; i++)
		lost += count_ring_lost(perf, &perf->ring[i]);
	return lost;
}

static int open_event(struct perf *perf, int cpu, bool images)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY, /* counts nothing: only the side-band is used */
		.size = sizeof(attr),
		.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
		.read_format = perf->read_format,
		.sample_id_all = 1,
		.mmap = images,
		.mmap2 = images,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.use_clockid = 1,
		.clockid = CLOCK_BOOTTIME,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)perf->bytes / 2,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0 || errno != EINVAL || !(perf->read_format & PERF_FORMAT_LOST))
		return fd;
	perf->read_format &= ~(uint64_t)PERF_FORMAT_LOST;
	return open_event(perf, cpu, images);
}

static enum vigil_code open_failed(const struct perf_ring *ring, struct vigil_error *error)
{
	return vigil_fail(
	    error, errno == EACCES || errno == EPERM ? VIGIL_ERROR_PRIVILEGE : VIGIL_ERROR_SYSTEM,
	    "cannot watch image loads: perf_event_open on CPU %d: %s. It needs root or "
	    "CAP_PERFMON; to run without it, exclude image loads with --type.",
	    ring->cpu, strerror(errno));
}

static enum vigil_code map_failed(size_t bytes, struct vigil_error *error)
{
	return vigil_fail(error, VIGIL_ERROR_SYSTEM,
			  "cannot watch image loads: mapping a perf ring of %zu KiB: %s. Raise "
			  "`ulimit -l` or /proc/sys/kernel/perf_event_mlock_kb, grant "
			  "CAP_IPC_LOCK, or choose a smaller --buffer-size.",
			  bytes >> 10, strerror(errno));
}

static void *map_event(int fd, size_t bytes)
{
	void *mapped = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE) + bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);

	return mapped == MAP_FAILED ? NULL : mapped;
}

static void close_ring(struct perf *perf, struct perf_ring *ring)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	perf->lost_before += count_ring_lost(perf, ring);
	if (ring->page)
		munmap(ring->page, page + perf->bytes);
	if (ring->task_page)
		munmap(ring->task_page, 2 * page);
	if (ring->fd >= 0)
		close(ring->fd);
	if (ring->task_fd >= 0)
		close(ring->task_fd);
	*ring =
	    (struct perf_ring){ .cpu = ring->cpu, .fd = -1, .task_fd = -1, .failed = ring->failed };
}

/* Opens the event that counts records of tasks. It is opened after the ring, so that a record
 * in between that is lost counts as an image load: losses are never understated. */
static enum vigil_code open_task_count(struct perf *perf, struct perf_ring *ring,
				       struct vigil_error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	ring->task_fd = open_event(perf, ring->cpu, false);
	if (ring->task_fd < 0)
		return open_failed(ring, error);
	ring->task_page = map_event(ring->task_fd, page);
	if (!ring->task_page || ioctl(ring->task_fd, PERF_EVENT_IOC_PAUSE_OUTPUT, 1) < 0)
		return map_failed(page, error);
	return VIGIL_OK;
}

/* Opens the ring of a CPU. If the CPU is offline, it opens none and returns VIGIL_OK. */
static enum vigil_code open_ring(struct perf *perf, struct perf_ring *ring,
				 struct vigil_error *error)
{
	enum vigil_code code = VIGIL_OK;

	ring->fd = open_event(perf, ring->cpu, true);
	if (ring->fd < 0 && errno == ENODEV)
		return VIGIL_OK;
	if (ring->fd < 0)
		return open_failed(ring, error);
	ring->page = map_event(ring->fd, perf->bytes);
	if (!ring->page)
		code = map_failed(perf->bytes, error);
	else if (perf->read_format & PERF_FORMAT_LOST)
		code = open_task_count(perf, ring, error);
	if (code != VIGIL_OK)
		close_ring(perf, ring);
	return code;
}

/* Finds the devices of the kernel's internal file systems for memfd_create, shmget and shared
 * anonymous mmap, one per page size. They cannot be mounted, so a name on them is not a path.
 * */
static void find_memory_devices(struct perf *perf)
{
	static const unsigned kinds[PERF_MEMORY_DEVICES] = { 0, MFD_HUGETLB,
							     MFD_HUGETLB | MFD_HUGE_2MB,
							     MFD_HUGETLB | MFD_HUGE_1GB };

	for (size_t i = 0; i < PERF_MEMORY_DEVICES; i++) {
		int fd = memfd_create("vigil", MFD_CLOEXEC | kinds[i]);
		struct stat st;

		if (fd >= 0 && fstat(fd, &st) == 0)
			perf->memory_device[i] =
			    (uint64_t)major(st.st_dev) << 32 | minor(st.st_dev);
		if (fd >= 0)
			close(fd);
	}
}

size_t perf_ring_bytes(uint64_t buffer, int cpus)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = page;
	uint64_t least = buffer / RING_SHARE < RING_BYTES ? buffer / RING_SHARE : RING_BYTES;
	uint64_t wanted = buffer / (unsigned)cpus;

	if (wanted < least)
		wanted = least;
	if (wanted < PERF_RING_MIN)
		wanted = PERF_RING_MIN;
	while (bytes < wanted)
		bytes *= 2;
	while (bytes > page && bytes > PERF_RING_MIN &&
	       bytes * (unsigned)cpus > RINGS_MOST * buffer)
		bytes /= 2;
	return bytes;
}

enum vigil_code perf_open(struct perf *perf, uint64_t buffer, struct vigil_error *error)
{
	int possible = libbpf_num_possible_cpus();
	enum vigil_code code = VIGIL_OK;

	*perf = (struct perf){ .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_LOST };
	if (possible <= 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM,
				  "cannot watch image loads: the number of CPUs is unknown: %s",
				  strerror(-possible));
	perf->bytes = perf_ring_bytes(buffer, possible);
	find_memory_devices(perf);
	perf->ring = calloc((size_t)possible, sizeof(*perf->ring));
	perf->copy = malloc(UINT16_MAX); /* perf_event_header.size is 16 bits */
	if (!perf->ring || !perf->copy) {
		perf_close(perf);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the perf rings");
	}
	for (int cpu = 0; code == VIGIL_OK && cpu < possible; cpu++) {
		perf->ring[cpu] = (struct perf_ring){ .cpu = cpu, .fd = -1, .task_fd = -1 };
		code = open_ring(perf, &perf->ring[cpu], error);
		perf->rings++;
	}
	if (code != VIGIL_OK)
		perf_close(perf);
	return code;
}

/* Whether a CPU is offline. Without CAP_PERFMON, perf_event_open() does not report that. */
static bool is_offline(int cpu)
{
	char path[64], state = '1';
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, &state, 1) != 1)
		state = '1';
	close(fd);
	return state == '0';
}

enum perf_change perf_check(struct perf *perf, struct perf_ring *ring)
{
	struct counts counts;

	if (read_counts(ring, ring->fd, &counts) && counts.enabled != ring->enabled) {
		ring->enabled = counts.enabled;
		ring->stood_still = false;
		return PERF_SAME;
	}
	/* The enabled time of an event stops forever when its CPU goes offline. It also stops
	 * while its CPU has no tick, if only ticks advance it. */
	if (ring->page && !ring->stood_still) {
		ring->stood_still = true;
		return PERF_SAME;
	}
	close_ring(perf, ring);
	if (open_ring(perf, ring, NULL) == VIGIL_OK) {
		ring->failed = false;
		return ring->page ? PERF_OPENED : PERF_SAME;
	}
	if (ring->failed || is_offline(ring->cpu))
		return PERF_SAME;
	ring->failed = true;
	return PERF_FAILED;
}

void perf_close(struct perf *perf)
{
	for (size_t i = 0; perf->ring && i < perf->rings; i++)
		close_ring(perf, &perf->ring[i]);
	free(perf->ring);
	free(perf->copy);
	*perf = (struct perf){ 0 };
}
