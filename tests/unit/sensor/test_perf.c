/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <sys/mman.h>
#include <unistd.h>

#include "sensor/linux/perf.h"

#define BYTES 4096u

/* A ring in memory, as perf_event_open(2) describes it. */
struct fake {
	struct perf perf;
	struct perf_ring ring;
	uint8_t *data;
	uint64_t head;
};

static void fake_open(struct fake *fake)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	memset(fake, 0, sizeof(*fake));
	fake->ring.page = aligned_alloc(page, page + BYTES);
	fake->perf.copy = malloc(UINT16_MAX);
	assert_non_null(fake->ring.page);
	assert_non_null(fake->perf.copy);
	memset(fake->ring.page, 0, page);
	fake->perf.bytes = BYTES;
	fake->ring.page->data_offset = page;
	fake->ring.page->data_size = BYTES;
	fake->data = (uint8_t *)fake->ring.page + page;
}

static void fake_close(struct fake *fake)
{
	free(fake->ring.page);
	free(fake->perf.copy);
}

/* Writes a record followed by a sample id (time, cpu), wrapping around the end of the ring. */
static void write_record(struct fake *fake, uint32_t type, uint16_t misc, const void *body,
			 size_t length, uint64_t time)
{
	uint8_t record[2048] = { 0 };
	struct perf_event_header header = { type, misc, 0 };
	uint32_t cpu[2] = { 3, 0 };
	size_t size = sizeof(header) + ((length + 7) & ~(size_t)7) + 16;

	assert_true(size <= sizeof(record));
	header.size = (uint16_t)size;
	memcpy(record, &header, sizeof(header));
	memcpy(record + sizeof(header), body, length);
	memcpy(record + size - 16, &time, 8);
	memcpy(record + size - 8, cpu, 8);
	for (size_t i = 0; i < size; i++)
		fake->data[(fake->head + i) % BYTES] = record[i];
	fake->head += size;
	fake->ring.page->data_head = fake->head;
}

struct map {
	uint32_t pid, tid;
	uint64_t address, length, offset;
	uint32_t major, minor;
	uint64_t inode, generation;
	uint32_t protection, flags;
	char path[1024];
};

static void put_map_on(struct fake *fake, const char *path, uint32_t minor, uint64_t inode,
		       uint16_t misc)
{
	struct map map = { 10, 11, 0x7f0000001000, 0x2000, 0x3000, 8, minor, inode, 777, 5, 2, "" };
	size_t length = offsetof(struct map, path) + strlen(path) + 1;

	strcpy(map.path, path);
	write_record(fake, PERF_RECORD_MMAP2, misc, &map, length, 123456789);
}

static void put_map(struct fake *fake, const char *path, uint64_t inode, uint16_t misc)
{
	put_map_on(fake, path, 1, inode, misc);
}

static struct perf_record take_record(struct fake *fake)
{
	struct perf_record record = { 0 };

	assert_true(perf_peek(&fake->perf, &fake->ring, &record));
	perf_advance(&fake->ring);
	return record;
}

static void an_image(void **state)
{
	struct fake fake;
	struct perf_record record;

	(void)state;
	fake_open(&fake);
	assert_false(perf_peek(&fake.perf, &fake.ring, &record));
	put_map(&fake, "/usr/lib/libc.so.6", 4711, 0);
	assert_true(perf_peek(&fake.perf, &fake.ring, &record));
	assert_int_equal(record.what, PERF_IMAGE);
	assert_int_equal(record.mono, 123456789);
	assert_int_equal(record.cpu, 3);
	assert_int_equal(record.pid, 10);
	assert_int_equal(record.tid, 11);
	assert_int_equal(record.base, 0x7f0000001000);
	assert_int_equal(record.size, 0x2000);
	assert_int_equal(record.offset, 0x3000);
	assert_int_equal(record.major, 8);
	assert_int_equal(record.minor, 1);
	assert_int_equal(record.inode, 4711);
	assert_int_equal(record.generation, 777);
	assert_int_equal(record.protection, 5);
	assert_int_equal(record.length, 18);
	assert_memory_equal(record.path, "/usr/lib/libc.so.6", 18);
	assert_false(record.maybe_deleted);
	perf_advance(&fake.ring);
	assert_false(perf_peek(&fake.perf, &fake.ring, &record));
	assert_int_equal(fake.ring.page->data_tail, fake.head);
	fake_close(&fake);
}

/* The zeros and the sample id that follow a name are not part of it, whatever its length. */
static void names_of_every_length(void **state)
{
	struct fake fake;
	char path[301] = "/";

	(void)state;
	fake_open(&fake);
	for (uint32_t length = 2; length <= 300; length++) {
		struct perf_record record;

		memset(path + 1, 'a', length - 1);
		path[length] = '\0';
		put_map(&fake, path, 1, 0);
		record = take_record(&fake);
		assert_int_equal(record.what, PERF_IMAGE);
		assert_int_equal(record.length, length);
		assert_memory_equal(record.path, path, length);
	}
	fake_close(&fake);
}

/* " (deleted)" is added to a path by the kernel, or is part of the name of a file: the path is
 * kept, and marked. On memory devices it is always the kernel's, and is removed. */
static void deleted_files(void **state)
{
	static const struct {
		const char *name;
		uint32_t minor, length;
		bool maybe_deleted, in_memory;
	} cases[] = {
		{ "/tmp/a (deleted)", 1, 16, true, false },
		{ "/memfd:x (deleted)", 1, 18, true, false },
		{ "/a (deleted)", 1, 12, true, false },
		{ "/tmp/a (deleted) ", 1, 17, false, false },
		{ "/tmp/(deleted)", 1, 14, false, false },
		{ "/tmp/a(deleted)", 1, 15, false, false },
		{ "/a (deleted) (deleted)", 1, 22, true, false },
		{ "/memfd:x (deleted)", 7, 8, false, true },
		{ "/memfd:a (deleted) (deleted)", 7, 18, false, true },
		{ "/SYSV00000000 (deleted)", 7, 13, false, true },
	};
	struct fake fake;

	(void)state;
	fake_open(&fake);
	fake.perf.memory_device[2] = (uint64_t)8 << 32 | 7;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct perf_record record;

		put_map_on(&fake, cases[i].name, cases[i].minor, 5, 0);
		record = take_record(&fake);
		assert_int_equal(record.what, PERF_IMAGE);
		assert_int_equal(record.maybe_deleted, cases[i].maybe_deleted);
		assert_int_equal(record.in_memory, cases[i].in_memory);
		assert_int_equal(record.length, cases[i].length);
	}
	fake_close(&fake);
}

static void memory_without_a_file(void **state)
{
	static const struct {
		const char *name;
		enum perf_what what;
	} cases[] = {
		{ "//anon", PERF_IMAGE },      { "[heap]", PERF_IMAGE }, { "[stack]", PERF_IMAGE },
		{ "[uprobes]", PERF_NOTHING }, { "", PERF_NOTHING },     { "[vdso]", PERF_VDSO },
	};
	struct fake fake;

	(void)state;
	fake_open(&fake);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct perf_record record;

		put_map(&fake, cases[i].name, 0, 0);
		record = take_record(&fake);
		assert_int_equal(record.what, cases[i].what);
		assert_int_equal(record.anonymous, cases[i].what == PERF_IMAGE);
		assert_int_equal(record.in_memory, cases[i].what == PERF_IMAGE);
	}
	put_map(&fake, "//anon", 5, 0); /* a file with this name */
	assert_false(take_record(&fake).anonymous);
	put_map(&fake, "/data/file", 5, PERF_RECORD_MISC_MMAP_DATA);
	assert_int_equal(take_record(&fake).what, PERF_NOTHING);
	fake_close(&fake);
}

/* Mappings of files without a path are reported. */
static void files_without_a_name(void **state)
{
	static const struct {
		const char *name;
		uint64_t inode;
		bool known, in_memory;
	} cases[] = {
		{ "//toolong", 0, false, false },           { "//enomem", 0, false, false },
		{ "//toolong", 5, false, false },           { "/fuse/inode-0", 0, true, false },
		{ "anon_inode:[io_uring]", 5, true, true }, { "socket:[1]", 5, true, true },
	};
	struct fake fake;

	(void)state;
	fake_open(&fake);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct perf_record record;

		put_map(&fake, cases[i].name, cases[i].inode, 0);
		record = take_record(&fake);
		assert_int_equal(record.what, PERF_IMAGE);
		assert_int_equal(record.base, 0x7f0000001000);
		assert_int_equal(record.inode, cases[i].inode);
		assert_int_equal(record.in_memory, cases[i].in_memory);
		assert_int_equal(record.length, cases[i].known ? strlen(cases[i].name) : 0);
		assert_int_equal(record.path != NULL, cases[i].known);
	}
	fake_close(&fake);
}

static void execs_losses_and_others(void **state)
{
	const struct {
		uint32_t pid, tid;
		char name[16];
	} comm = { 20, 21, "make" };
	const uint64_t lost[2] = { 1, 4242 };
	struct fake fake;
	struct perf_record record;

	(void)state;
	fake_open(&fake);
	write_record(&fake, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, &comm, sizeof(comm), 5);
	write_record(&fake, PERF_RECORD_COMM, 0, &comm, sizeof(comm), 6); /* prctl(PR_SET_NAME) */
	write_record(&fake, PERF_RECORD_LOST, 0, lost, sizeof(lost), 7);
	write_record(&fake, 9999, 0, lost, sizeof(lost), 8); /* of a later kernel */
	record = take_record(&fake);
	assert_int_equal(record.what, PERF_EXEC);
	assert_int_equal(record.pid, 20);
	assert_int_equal(record.tid, 21);
	assert_int_equal(record.mono, 5);
	record = take_record(&fake);
	assert_int_equal(record.what, PERF_NOTHING);
	assert_int_equal(record.mono, 6);
	record = take_record(&fake);
	assert_int_equal(record.what, PERF_LOST);
	assert_int_equal(fake.ring.lost_recorded, 4242);
	record = take_record(&fake);
	assert_int_equal(record.what, PERF_NOTHING);
	assert_int_equal(record.mono, 8);
	fake_close(&fake);
}

/* Thousands of records, many of which wrap around the end of the ring. */
static void around_the_end(void **state)
{
	uint64_t seed = 11;
	unsigned wraps = 0;
	struct fake fake;
	char path[1000];

	(void)state;
	fake_open(&fake);
	for (int i = 0; i < 20000; i++) {
		size_t length = 2 + make_random(&seed) % 900;
		uint64_t from = fake.head % BYTES;
		struct perf_record record;

		memset(path, 'a' + i % 26, length);
		path[0] = '/';
		path[length] = '\0';
		put_map(&fake, path, 1 + (uint64_t)i, 0);
		wraps += fake.head % BYTES < from;
		record = take_record(&fake);
		assert_int_equal(record.inode, 1 + i);
		assert_int_equal(record.mono, 123456789);
		assert_int_equal(record.length, length);
		assert_memory_equal(record.path, path, length);
	}
	assert_true(wraps > 1000);
	fake_close(&fake);
}

/* Makes the next read of the event return these counts. */
/* The rings together have a limit, whatever the number of CPUs, and each holds a long path. */
static void rings_together(void **state)
{
	const uint64_t default_buffer = 8u << 20;

	(void)state;
	assert_int_equal(perf_ring_bytes(default_buffer, 2), 4u << 20);
	assert_int_equal(perf_ring_bytes(default_buffer, 64), 128u << 10);
	assert_int_equal(perf_ring_bytes(default_buffer, 256), 128u << 10);
	assert_int_equal(perf_ring_bytes(default_buffer, 512), 64u << 10);
	for (uint64_t buffer = 256u << 10; buffer <= 1u << 30; buffer *= 2) {
		for (unsigned cpus = 1; cpus <= 8192; cpus++) {
			uint64_t bytes = perf_ring_bytes(buffer, (int)cpus);

			assert_true(bytes >= PERF_RING_MIN);
			assert_true((bytes & (bytes - 1)) == 0);
			assert_true(bytes * cpus <= 4 * buffer || bytes == PERF_RING_MIN);
		}
	}
}

static void put_counts(int to, uint64_t enabled, uint64_t lost)
{
	uint64_t counts[3] = { 0, enabled, lost };

	assert_int_equal(write(to, counts, sizeof(counts)), sizeof(counts));
}

/* perf writes a LOST record only before the next record that fits, and also counts the records
 * of tasks in it. */
static void losses(void **state)
{
	uint64_t lost[2] = { 7, 5 };
	int event[2], tasks[2];
	struct fake fake;

	(void)state;
	fake_open(&fake);
	assert_int_equal(pipe(event), 0);
	assert_int_equal(pipe(tasks), 0);
	fake.ring.fd = event[0];
	fake.ring.task_fd = tasks[0];
	fake.perf.ring = &fake.ring;
	fake.perf.rings = 1;
	fake.perf.lost_before = 100;
	fake.perf.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | 1u << 4; /* PERF_FORMAT_LOST */
	put_counts(event[1], 1, 3);
	put_counts(tasks[1], 1, 2); /* of which none could be read */
	assert_int_equal(perf_lost(&fake.perf), 101);

	/* Four more are lost, two of which are images, then there is space again. */
	write_record(&fake, PERF_RECORD_LOST, 0, lost, sizeof(lost), 10);
	write_record(&fake, PERF_RECORD_FORK, 0, lost, sizeof(lost), 10);
	write_record(&fake, PERF_RECORD_EXIT, 0, lost, sizeof(lost), 11);
	write_record(&fake, PERF_RECORD_COMM, 0, lost, sizeof(lost), 12);
	assert_int_equal(take_record(&fake).what, PERF_LOST);
	for (int others = 0; others < 3; others++)
		assert_int_equal(take_record(&fake).what, PERF_NOTHING);
	put_counts(event[1], 2, 7);
	put_counts(tasks[1], 2, 4 + 3);
	assert_int_equal(perf_lost(&fake.perf), 103);

	/* Without the event's count: the sum of the LOST records. */
	fake.perf.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED;
	assert_int_equal(perf_lost(&fake.perf), 105);

	/* An event whose enabled time has increased is alive. */
	put_counts(event[1], 4, 6);
	assert_int_equal(perf_check(&fake.perf, &fake.ring), PERF_SAME);
	assert_int_equal(fake.ring.enabled, 4);
	put_counts(event[1], 4, 6); /* once: its clock may have had no tick */
	assert_int_equal(perf_check(&fake.perf, &fake.ring), PERF_SAME);
	assert_non_null(fake.ring.page);
	put_counts(event[1], 5, 6);
	assert_int_equal(perf_check(&fake.perf, &fake.ring), PERF_SAME);
	close(event[0]);
	close(event[1]);
	close(tasks[0]);
	close(tasks[1]);
	fake_close(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image),
		cmocka_unit_test(names_of_every_length),
		cmocka_unit_test(deleted_files),
		cmocka_unit_test(memory_without_a_file),
		cmocka_unit_test(files_without_a_name),
		cmocka_unit_test(execs_losses_and_others),
		cmocka_unit_test(around_the_end),
		cmocka_unit_test(rings_together),
		cmocka_unit_test(losses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
