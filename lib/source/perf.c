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

/* What sample_id_all puts behind every record, by sample_type below. */
struct sample_id {
	uint64_t time;
	uint32_t cpu, reserved;
};

struct mmap2 {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	uint32_t maj, min;
	uint64_t ino, generation;
	uint32_t prot, flags;
	char filename[];
};

struct comm {
	struct perf_event_header header;
	uint32_t pid, tid;
};

struct lost {
	struct perf_event_header header;
	uint64_t id, lost;
};

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
		    error,
		    errno == EACCES || errno == EPERM ? VIGIL_ERROR_PRIVILEGE : VIGIL_ERROR_SYSTEM,
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
	for (size_t i = 0; i < perf->rings; i++)
		close_ring(perf, &perf->ring[i]);
	free(perf->ring);
	free(perf->copy);
	*perf = (struct perf){ 0 };
}

/* Records are read from the memory that the kernel wrote, which says how long they are. A
 * record with an impossible length cannot be passed over alone. */
static bool is_possible(const struct perf *perf, const struct perf_event_header *header,
			uint64_t available)
{
	return header->size >= sizeof *header + sizeof(struct sample_id) && header->size % 8 == 0 &&
	       header->size <= available && available <= perf->bytes;
}

/* *available: the bytes that the ring holds; 0: none. NULL: they are no records. */
static const struct perf_event_header *current(struct perf *perf, struct perf_ring *ring,
					       uint64_t *available)
{
	const uint8_t *data = (const uint8_t *)ring->page + ring->page->data_offset;
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail;
	size_t at = tail & (perf->bytes - 1), whole = perf->bytes - at;
	const struct perf_event_header *header;

	*available = head - tail;
	if (*available == 0)
		return NULL;
	header = (const void *)(data + at); /* 8-byte aligned, so it never wraps itself */
	if (!is_possible(perf, header, *available))
		return NULL;
	if (header->size <= whole)
		return header;
	memcpy(perf->copy, header, whole);
	memcpy(perf->copy + whole, data, header->size - whole);
	return (const void *)perf->copy;
}

static bool is_memory_device(const struct perf *perf, const struct mmap2 *map)
{
	uint64_t device = (uint64_t)map->maj << 32 | map->min;

	for (size_t i = 0; i < PERF_MEMORY_DEVICES; i++)
		if (perf->memory_device[i] == device && device)
			return true;
	return false;
}

/* The kernel adds " (deleted)" to the path of a file without a name, and nothing else says
 * so: a file may be called that as well. Of memory there is no doubt, and the words go. */
static void read_name(struct perf_record *out, const struct mmap2 *map, bool memory_device)
{
	static const char mark[] = " (deleted)";
	size_t room = map->header.size - sizeof *map - sizeof(struct sample_id);
	size_t length = strnlen(map->filename, room);
	bool marked = length > sizeof mark &&
		      memcmp(map->filename + length - sizeof mark + 1, mark, sizeof mark - 1) == 0;

	out->in_memory = memory_device || map->filename[0] != '/';
	out->maybe_deleted = marked && !out->in_memory;
	if (marked && memory_device)
		length -= sizeof mark - 1;
	out->path = map->filename;
	out->length = (uint32_t)length;
}

static void read_mmap(const struct perf *perf, struct perf_record *out, const struct mmap2 *map)
{
	bool is_path = map->filename[0] == '/' && map->filename[1] != '/';

	/* "[vdso]", "//anon": memory without a file. A file's inode may be 0, by the will of
	 * its file system; "anon_inode:[io_uring]" has one and no path. */
	if (!is_path && map->ino == 0 &&
	    (map->filename[0] != '/' || strncmp(map->filename, "//anon", 7) == 0))
		return;
	out->what = PERF_IMAGE;
	out->pid = map->pid;
	out->tid = map->tid;
	out->base = map->addr;
	out->size = map->len;
	out->offset = map->pgoff;
	out->major = map->maj;
	out->minor = map->min;
	out->inode = map->ino;
	out->generation = map->generation;
	out->protection = map->prot & 7; /* PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4 */
	/* "//toolong", "//enomem": a file whose path the kernel could not write down. */
	if (map->filename[0] != '/' || is_path)
		read_name(out, map, is_memory_device(perf, map));
}

/* Whether a record has the fields of its type. */
static bool has(const struct perf_event_header *header, size_t size)
{
	return header->size >= size + sizeof(struct sample_id);
}

static void read_lost(struct perf_ring *ring, struct perf_record *out, const struct lost *lost)
{
	uint64_t all = ring->lost_recorded + lost->lost;

	ring->lost_peeked = lost->lost;
	out->lost = all > ring->lost_reported ? all - ring->lost_reported : 0;
	out->what = out->lost ? PERF_LOST : PERF_NOTHING;
}

/* What the ring holds is no records: all of it is passed over, and counts as one loss. */
static void pass_over(struct perf_ring *ring, uint64_t available, struct perf_record *out)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	out->mono = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	out->what = PERF_LOST;
	out->lost = 1;
	ring->peeked = available;
}

bool perf_peek(struct perf *perf, struct perf_ring *ring, struct perf_record *out)
{
	uint64_t available = 0;
	const struct perf_event_header *header =
	    ring->page ? current(perf, ring, &available) : NULL;
	struct sample_id id;

	*out = (struct perf_record){ .what = PERF_NOTHING };
	ring->lost_peeked = 0;
	if (!header) {
		if (available)
			pass_over(ring, available, out);
		return available != 0;
	}
	ring->peeked = header->size;
	memcpy(&id, (const uint8_t *)header + header->size - sizeof id, sizeof id);
	out->mono = id.time;
	out->cpu = id.cpu;
	if (header->type == PERF_RECORD_MMAP2 && !(header->misc & PERF_RECORD_MISC_MMAP_DATA) &&
	    has(header, sizeof(struct mmap2) + 1)) {
		read_mmap(perf, out, (const void *)header);
	} else if (header->type == PERF_RECORD_COMM && header->misc & PERF_RECORD_MISC_COMM_EXEC &&
		   has(header, sizeof(struct comm))) {
		const struct comm *comm = (const void *)header;

		out->what = PERF_EXEC;
		out->pid = comm->pid;
		out->tid = comm->tid;
	} else if (header->type == PERF_RECORD_LOST && has(header, sizeof(struct lost))) {
		read_lost(ring, out, (const void *)header);
	}
	return true;
}

void perf_advance(struct perf_ring *ring)
{
	ring->lost_recorded += ring->lost_peeked;
	if (ring->lost_reported < ring->lost_recorded)
		ring->lost_reported = ring->lost_recorded;
	__atomic_store_n(&ring->page->data_tail, ring->page->data_tail + ring->peeked,
			 __ATOMIC_RELEASE);
	ring->lost_peeked = ring->peeked = 0;
}
