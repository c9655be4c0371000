/* SPDX-License-Identifier: MIT */
#include "perf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "error.h"

#ifndef PERF_FORMAT_LOST /* Linux 6.0 */
#define PERF_FORMAT_LOST (1u << 4)
#endif
#ifndef MFD_HUGE_2MB /* linux/memfd.h */
#define MFD_HUGE_2MB (21u << 26)
#define MFD_HUGE_1GB (30u << 26)
#endif

/* Enough for tens of milliseconds of a CPU that does nothing but start programs. */
#define RING_BYTES      (512u << 10)
#define MANY_CPUS       16 /* above, smaller rings: locked memory grows with the CPUs */
#define RING_BYTES_MANY (128u << 10)

/* What read() gives of an event, by perf.read_format. */
struct counts {
	uint64_t value, enabled, lost;
};

static bool read_counts(const struct perf_ring *ring, struct counts *counts)
{
	*counts = (struct counts){ 0 };
	return ring->page && read(ring->fd, counts, sizeof *counts) >= 16;
}

static int open_event(struct perf *perf, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY, /* counts nothing: the side-band is what we want */
		.size = sizeof attr,
		.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
		.read_format = perf->read_format,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.use_clockid = 1,
		.clockid = CLOCK_BOOTTIME,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)perf->bytes / 2,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0 || errno != EINVAL || !(perf->read_format & PERF_FORMAT_LOST))
		return fd;
	perf->read_format &= ~(uint64_t)PERF_FORMAT_LOST;
	return open_event(perf, cpu);
}

/* A CPU that is offline has no ring, which is no error. */
static enum vigil_code open_ring(struct perf *perf, struct perf_ring *ring,
				 struct vigil_error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *mapped;

	ring->fd = open_event(perf, ring->cpu);
	if (ring->fd < 0 && errno == ENODEV)
		return VIGIL_OK;
	if (ring->fd < 0)
		return vigil_fail(
		    error, vigil_code_of(errno, VIGIL_ERROR_SYSTEM),
		    "cannot watch image loads: perf_event_open on CPU %d: %s. It needs root or "
		    "CAP_PERFMON; leave images out with --type to do without.",
		    ring->cpu, strerror(errno));
	mapped = mmap(NULL, page + perf->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (mapped == MAP_FAILED) {
		close(ring->fd);
		return vigil_fail(error, VIGIL_ERROR_SYSTEM,
				  "cannot watch image loads: mapping a perf ring of %zu KiB: %s. "
				  "Raise `ulimit -l` "
				  "or /proc/sys/kernel/perf_event_mlock_kb, or grant CAP_IPC_LOCK.",
				  perf->bytes >> 10, strerror(errno));
	}
	ring->page = mapped;
	return VIGIL_OK;
}

static void close_ring(const struct perf *perf, struct perf_ring *ring)
{
	if (!ring->page)
		return;
	munmap(ring->page, (size_t)sysconf(_SC_PAGESIZE) + perf->bytes);
	close(ring->fd);
	*ring = (struct perf_ring){ .cpu = ring->cpu };
}

/* Memory of memfd_create, shmget and shared anonymous mmap is on file systems of the kernel's
 * own, one a size of pages, which nobody can mount: whatever its name is, it is no path. */
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

enum vigil_code perf_open(struct perf *perf, struct vigil_error *error)
{
	int possible = libbpf_num_possible_cpus();
	enum vigil_code code = VIGIL_OK;

	*perf = (struct perf){ .bytes = possible > MANY_CPUS ? RING_BYTES_MANY : RING_BYTES,
			       .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_LOST };
	if (possible <= 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM,
				  "cannot watch image loads: the number of CPUs is not known: %s",
				  strerror(-possible));
	find_memory_devices(perf);
	perf->ring = calloc((size_t)possible, sizeof *perf->ring);
	perf->copy = malloc(UINT16_MAX); /* perf_event_header.size is 16 bits */
	if (!perf->ring || !perf->copy) {
		perf_close(perf);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	}
	for (int cpu = 0; code == VIGIL_OK && cpu < possible; cpu++) {
		perf->ring[cpu].cpu = cpu;
		code = open_ring(perf, &perf->ring[cpu], error);
		perf->rings++;
	}
	if (code != VIGIL_OK)
		perf_close(perf);
	return code;
}

/* Without CAP_PERFMON the kernel does not say that a CPU is offline. */
static bool is_offline(int cpu)
{
	char path[64], state = '1';
	int fd;

	snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/online", cpu);
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

	if (read_counts(ring, &counts) && counts.enabled != ring->enabled) {
		ring->enabled = counts.enabled;
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

uint64_t perf_unreported(const struct perf *perf, const struct perf_ring *ring)
{
	struct counts counts;

	if (!(perf->read_format & PERF_FORMAT_LOST) || !read_counts(ring, &counts))
		return 0;
	return counts.lost > ring->lost_reported ? counts.lost - ring->lost_reported : 0;
}

void perf_close(struct perf *perf)
{
	for (size_t i = 0; perf->ring && i < perf->rings; i++)
		close_ring(perf, &perf->ring[i]);
	free(perf->ring);
	free(perf->copy);
	*perf = (struct perf){ 0 };
}
