/* SPDX-License-Identifier: MIT */
/* perf_record.c - parses the records in a perf ring. */
#include <string.h>

#include "os/boot_clock.h"
#include "sensor/linux/perf.h"

/* What sample_id_all appends to every record; its members follow from sample_type in perf.c. */
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

/* Whether the length in a record is possible. If not, the next record cannot be found either.
 * */
static bool has_valid_size(const struct perf *perf, const struct perf_event_header *header,
			   uint64_t available)
{
	return header->size >= sizeof(*header) + sizeof(struct sample_id) &&
	       header->size % 8 == 0 && header->size <= available && available <= perf->bytes;
}

/* Returns the oldest record of the ring, contiguous. *available: the bytes in the ring; if it
 * is not 0 and the result is NULL, the content is invalid. */
static const struct perf_event_header *find_oldest(struct perf *perf, struct perf_ring *ring,
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
	if (!has_valid_size(perf, header, *available))
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

/* Reads the name. The kernel adds " (deleted)" to the path of a file that has no link left, but
 * the name of a file can also end like that. On the memory devices it is certain, and is
 * removed. */
static void read_name(struct perf_record *out, const struct mmap2 *map, bool memory_device)
{
	static const char mark[] = " (deleted)";
	size_t space = map->header.size - sizeof(*map) - sizeof(struct sample_id);
	size_t length = strnlen(map->filename, space);
	bool marked = length > sizeof(mark) && memcmp(map->filename + length - sizeof(mark) + 1,
						      mark, sizeof(mark) - 1) == 0;

	out->in_memory = memory_device || map->filename[0] != '/' || out->anonymous;
	out->maybe_deleted = marked && !out->in_memory;
	if (marked && memory_device)
		length -= sizeof(mark) - 1;
	out->path = map->filename;
	out->length = (uint32_t)length;
}

/* Whether the name is one of memory without a file. The record has at least one byte for it. */
static bool is_anonymous(const struct mmap2 *map)
{
	static const char *const names[] = { "//anon", "[heap]", "[stack]" };
	size_t space = map->header.size - sizeof(*map) - sizeof(struct sample_id);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (space > strlen(names[i]) && strcmp(map->filename, names[i]) == 0)
			return true;
	return false;
}

static void read_mmap(const struct perf *perf, struct perf_record *out, const struct mmap2 *map)
{
	bool is_path = map->filename[0] == '/' && map->filename[1] != '/';

	/* Memory without a file: of the process, or of the kernel ("[vdso]"). Some file systems
	 * give files the inode 0; "anon_inode:[io_uring]" has an inode, but no path. */
	out->anonymous = map->ino == 0 && is_anonymous(map);
	if (!is_path && map->ino == 0 && map->filename[0] != '/' && !out->anonymous) {
		out->what = strncmp(map->filename, "[vdso]", 7) ? PERF_NOTHING : PERF_VDSO;
		return;
	}
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
	/* "//toolong", "//enomem": a file whose path the kernel could not record. */
	if (map->filename[0] != '/' || is_path || out->anonymous)
		read_name(out, map, is_memory_device(perf, map));
}

/* Whether a record is large enough for the fields of its type. */
static bool has_fields(const struct perf_event_header *header, size_t size)
{
	return header->size >= size + sizeof(struct sample_id);
}

/* Makes one PERF_LOST record of the whole, invalid content of the ring. */
static void report_invalid(struct perf_ring *ring, uint64_t available, struct perf_record *out)
{
	out->mono = boot_clock_ns();
	out->what = PERF_LOST;
	ring->peeked.overruns = 1;
	ring->peeked.bytes = available;
}

static void read_comm(struct perf_record *out, const struct comm *comm)
{
	if (!(comm->header.misc & PERF_RECORD_MISC_COMM_EXEC) ||
	    !has_fields(&comm->header, sizeof(struct comm)))
		return;
	out->what = PERF_EXEC;
	out->pid = comm->pid;
	out->tid = comm->tid;
}

static void read_record(const struct perf *perf, struct perf_ring *ring, struct perf_record *out,
			const struct perf_event_header *header)
{
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		if (!(header->misc & PERF_RECORD_MISC_MMAP_DATA) &&
		    has_fields(header, sizeof(struct mmap2) + 1))
			read_mmap(perf, out, (const void *)header);
		break;
	case PERF_RECORD_COMM:
		read_comm(out, (const void *)header);
		/* fall through */
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		ring->peeked.tasks = 1;
		break;
	case PERF_RECORD_LOST:
		if (has_fields(header, sizeof(struct lost)))
			ring->peeked.lost = ((const struct lost *)(const void *)header)->lost;
		out->what = PERF_LOST;
		break;
	default:
		break;
	}
}

bool perf_peek(struct perf *perf, struct perf_ring *ring, struct perf_record *out)
{
	uint64_t available = 0;
	const struct perf_event_header *header =
	    ring->page ? find_oldest(perf, ring, &available) : NULL;
	struct sample_id id;

	*out = (struct perf_record){ .what = PERF_NOTHING };
	memset(&ring->peeked, 0, sizeof(ring->peeked));
	if (!header) {
		if (available)
			report_invalid(ring, available, out);
		return available != 0;
	}
	ring->peeked.bytes = header->size;
	memcpy(&id, (const uint8_t *)header + header->size - sizeof(id), sizeof(id));
	out->mono = id.time;
	out->cpu = id.cpu;
	read_record(perf, ring, out, header);
	return true;
}

void perf_advance(struct perf_ring *ring)
{
	ring->lost_recorded += ring->peeked.lost;
	ring->tasks_read += ring->peeked.tasks;
	ring->overruns += ring->peeked.overruns;
	__atomic_store_n(&ring->page->data_tail, ring->page->data_tail + ring->peeked.bytes,
			 __ATOMIC_RELEASE);
	memset(&ring->peeked, 0, sizeof(ring->peeked));
}
