/* SPDX-License-Identifier: MIT */
/* perf_record.c - the records in a ring of perf, as they are read. */
#include <string.h>

#include "os/boot_clock.h"
#include "sensor/linux/perf.h"

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

	out->in_memory = memory_device || map->filename[0] != '/' || out->anonymous;
	out->maybe_deleted = marked && !out->in_memory;
	if (marked && memory_device)
		length -= sizeof mark - 1;
	out->path = map->filename;
	out->length = (uint32_t)length;
}

/* A name is ended by a NUL within the record: the caller has made sure of one byte. */
static bool is_anonymous(const struct mmap2 *map)
{
	static const char *const names[] = { "//anon", "[heap]", "[stack]" };
	size_t space = map->header.size - sizeof *map - sizeof(struct sample_id);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (space > strlen(names[i]) && strcmp(map->filename, names[i]) == 0)
			return true;
	return false;
}

static void read_mmap(const struct perf *perf, struct perf_record *out, const struct mmap2 *map)
{
	bool is_path = map->filename[0] == '/' && map->filename[1] != '/';

	/* Memory without a file: ours, and the kernel's. A file's inode may be 0, by the will of
	 * its file system; "anon_inode:[io_uring]" has one and no path. */
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
	/* "//toolong", "//enomem": a file whose path the kernel could not write down. */
	if (map->filename[0] != '/' || is_path || out->anonymous)
		read_name(out, map, is_memory_device(perf, map));
}

/* Whether a record has the fields of its type. */
static bool has(const struct perf_event_header *header, size_t size)
{
	return header->size >= size + sizeof(struct sample_id);
}

/* What the ring holds is no records. */
static void pass_over(struct perf_ring *ring, uint64_t available, struct perf_record *out)
{
	out->mono = boot_clock_ns();
	out->what = PERF_LOST;
	ring->peeked.overruns = 1;
	ring->peeked.bytes = available;
}

static void read_comm(struct perf_record *out, const struct comm *comm)
{
	if (!(comm->header.misc & PERF_RECORD_MISC_COMM_EXEC) ||
	    !has(&comm->header, sizeof(struct comm)))
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
		    has(header, sizeof(struct mmap2) + 1))
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
		if (has(header, sizeof(struct lost)))
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
	    ring->page ? current(perf, ring, &available) : NULL;
	struct sample_id id;

	*out = (struct perf_record){ .what = PERF_NOTHING };
	memset(&ring->peeked, 0, sizeof ring->peeked);
	if (!header) {
		if (available)
			pass_over(ring, available, out);
		return available != 0;
	}
	ring->peeked.bytes = header->size;
	memcpy(&id, (const uint8_t *)header + header->size - sizeof id, sizeof id);
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
	memset(&ring->peeked, 0, sizeof ring->peeked);
}
