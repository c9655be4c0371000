/* SPDX-License-Identifier: MIT */
/* test_spool.c - the spool of an output: items are read as they were written, in order, each once;
 * what a crash, damage, a full disk or the limits cost is counted. */
#include "make_event.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ship/crc32c.h"
#include "ship/spool.h"
#include "ship/spool_reader.h"

#define BODY 200 /* bytes of the text of an item */

static char directory[] = "/tmp/vigil-spool-XXXXXX";
static char folder[64];
static struct spool spool;

static int begin(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	snprintf(folder, sizeof(folder), "%s/one", directory);
	return mkdtemp(directory) ? 0 : -1;
}

static int clean(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	(void)state;
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	return 0;
}

static int end(void **state)
{
	clean(state);
	rmdir(folder);
	return rmdir(directory);
}

static void open_spool(uint64_t max_bytes, uint64_t max_age_s)
{
	struct spool_options options = { .folder = folder,
					 .max_bytes = max_bytes,
					 .max_age_s = max_age_s };

	if (spool_open(&spool, &options) < 0)
		fail_msg("%s", spool.error.text);
}

/* Puts a frame whose text is a number. Returns its bytes. */
static size_t put(char *to, unsigned value, size_t body)
{
	struct spool_frame *frame = (struct spool_frame *)(void *)to;
	size_t size = spool_frame_size(4, body);

	memset(to, 0, size);
	*frame = (struct spool_frame){ .size = (uint32_t)size,
				       .time_ns = value,
				       .type = 2,
				       .key_length = 4,
				       .body_length = (uint32_t)body };
	memcpy(to + sizeof(*frame), "host", 4);
	memset(to + sizeof(*frame) + 5, 'x', body);
	snprintf(to + sizeof(*frame) + 5, body, "%u", value);
	return size;
}

/* Writes items whose texts are the numbers `from` to `to`, in one call. Returns how many of them
 * are in the spool. */
static unsigned write_items(unsigned from, unsigned to)
{
	size_t size = spool_frame_size(4, BODY), length = (to - from + 1) * size, written;
	char *frames = malloc(length);

	assert_non_null(frames);
	for (unsigned i = from; i <= to; i++)
		put(frames + (i - from) * size, i, BODY);
	if (spool_write(&spool, frames, length, &written) < 0)
		print_message("%s\n", spool.error.text);
	free(frames);
	assert_int_equal(written % size, 0);
	return (unsigned)(written / size);
}

/* Reads all items from number `next` on: each must have its number as text, plus `shift`. Returns
 * how many there are; *missing: those that are reported as missing before them. */
static unsigned read_items(uint64_t next, int shift, uint64_t *missing)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY);
	struct spool_reader reader;
	struct spool_entry entry;
	unsigned count = 0;
	int got;

	*missing = 0;
	spool_reader_open(&reader, fd, next);
	while ((got = spool_next(&reader, &entry)) > 0) {
		assert_int_equal(atoi(entry.body), (int)entry.frame->number + shift);
		assert_string_equal(entry.key, "host");
		assert_int_equal(entry.frame->body_length, BODY);
		*missing += entry.missing;
		count++;
	}
	assert_int_equal(got, 0);
	spool_reader_close(&reader);
	close(fd);
	return count;
}

static unsigned count_files(uint64_t *bytes)
{
	uint64_t *first;
	size_t count;
	char name[SPOOL_NAME_SIZE];
	struct stat st;
	int fd = open(folder, O_RDONLY | O_DIRECTORY);

	assert_true(spool_list(fd, &first, &count));
	*bytes = 0;
	for (size_t i = 0; i < count; i++) {
		spool_name_write(name, first[i]);
		assert_int_equal(fstatat(fd, name, &st, 0), 0);
		*bytes += (uint64_t)st.st_size;
	}
	free(first);
	close(fd);
	return (unsigned)count;
}

/* Opens the last segment. */
static int open_last(uint64_t *size)
{
	uint64_t *first;
	size_t count;
	char name[SPOOL_NAME_SIZE];
	int dir = open(folder, O_RDONLY | O_DIRECTORY), fd;

	assert_true(spool_list(dir, &first, &count));
	assert_true(count > 0);
	spool_name_write(name, first[count - 1]);
	free(first);
	fd = openat(dir, name, O_RDWR);
	close(dir);
	*size = (uint64_t)lseek(fd, 0, SEEK_END);
	return fd;
}

/* ---- tests ---- */

static void test_checksum(void **state)
{
	char data[1000];

	(void)state;
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c_portable(0, "123456789", 9), 0xe3069283);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 256);
	for (size_t n = 0; n < sizeof(data); n += 13) {
		assert_int_equal(crc32c(0, data, n), crc32c_portable(0, data, n));
		assert_int_equal(crc32c(crc32c(0, data, n), data + n, sizeof(data) - n),
				 crc32c(0, data, sizeof(data)));
	}
}

static void test_round_trip(void **state)
{
	uint64_t missing, bytes;

	(void)state;
	open_spool(2 << 20, 0);
	assert_int_equal(write_items(1, 1000), 1000);
	assert_int_equal(write_items(1001, 5000), 4000);
	assert_true(count_files(&bytes) >= 4);
	assert_int_equal(bytes, spool.bytes);
	assert_int_equal(read_items(1, 0, &missing), 5000);
	assert_int_equal(missing, 0);
	assert_int_equal(read_items(4321, 0, &missing), 680);
	assert_int_equal(missing, 0);
	assert_int_equal(spool_close(&spool), VIGIL_OK);
	assert_int_equal(read_items(1, 0, &missing), 5000);
}

/* The reader follows the writer, also into the next segments. */
static void test_follow(void **state)
{
	int fd;
	struct spool_reader reader;
	struct spool_entry entry;
	unsigned next = 1;

	(void)state;
	open_spool(1 << 20, 0);
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	spool_reader_open(&reader, fd, 1);
	assert_int_equal(spool_next(&reader, &entry), 0);
	for (unsigned i = 1; i <= 3000; i += 3) {
		assert_int_equal(write_items(i, i + 2), 3);
		for (int j = 0; j < 3; j++) {
			assert_int_equal(spool_next(&reader, &entry), 1);
			assert_int_equal(entry.frame->number, next);
			assert_int_equal(entry.missing, 0);
			next++;
		}
		assert_int_equal(spool_next(&reader, &entry), 0);
	}
	assert_int_equal(reader.damaged, 0);
	spool_reader_close(&reader);
	close(fd);
	spool_close(&spool);
}

/* Blocks stay valid as long as they are used. */
static void test_blocks(void **state)
{
	int fd;
	struct spool_reader reader;
	struct spool_entry entry[20];

	(void)state;
	open_spool(8 << 20, 0);
	for (unsigned i = 0; i < 20; i++) {
		static char frame[1 << 18];
		size_t length = put(frame, i + 1, 250000), written;

		assert_int_equal(spool_write(&spool, frame, length, &written), VIGIL_OK);
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	spool_reader_open(&reader, fd, 1);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(spool_next(&reader, &entry[i]), 1);
		entry[i].block->users++;
	}
	spool_reader_close(&reader);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(atoi(entry[i].body), i + 1);
		assert_int_equal(strlen(entry[i].body + 3), 249997);
		spool_block_release(entry[i].block);
	}
	close(fd);
	spool_close(&spool);
}

/* A second writer is refused. */
static void test_lock(void **state)
{
	struct spool_options options = { .folder = folder, .max_bytes = 1 << 20 };
	struct spool second;

	(void)state;
	open_spool(1 << 20, 0);
	assert_int_equal(spool_open(&second, &options), VIGIL_ERROR_OUTPUT);
	assert_non_null(strstr(second.error.text, "another process"));
	spool_close(&spool);
}

/* The last frame is cut at every byte: the items before it are there, and the next one gets its
 * number. */
static void test_torn_tail(void **state)
{
	size_t frame = spool_frame_size(4, BODY);
	uint64_t size, missing;

	for (size_t cut = 1; cut <= frame; cut++) {
		int fd;

		clean(state);
		open_spool(1 << 20, 0);
		assert_int_equal(write_items(1, 10), 10);
		spool_close(&spool);
		fd = open_last(&size);
		assert_int_equal(ftruncate(fd, (off_t)(size - cut)), 0);
		close(fd);
		open_spool(1 << 20, 0);
		assert_int_equal(spool.cut, frame - cut);
		assert_int_equal(spool.next, 10);
		assert_int_equal(write_items(10, 12), 3);
		spool_close(&spool);
		assert_int_equal(read_items(1, 0, &missing), 12);
		assert_int_equal(missing, 0);
	}
}

/* A crash while the header of a segment is written: at every byte. */
static void test_torn_header(void **state)
{
	uint64_t missing, bytes;

	for (int cut = 0; cut < (int)sizeof(struct spool_header); cut += 9) {
		char name[128];

		clean(state);
		open_spool(1 << 20, 0);
		assert_int_equal(write_items(1, 10), 10);
		spool_close(&spool);
		snprintf(name, sizeof(name), "%s/000000000000000b.spool", folder);
		close(open(name, O_CREAT | O_WRONLY, 0600));
		assert_int_equal(truncate(name, cut), 0);
		open_spool(1 << 20, 0);
		assert_int_equal(count_files(&bytes), 1);
		assert_int_equal(write_items(11, 20), 10);
		spool_close(&spool);
		assert_int_equal(read_items(1, 0, &missing), 20);
		assert_int_equal(missing, 0);
	}
}

/* Any byte of a frame is damaged: that item is missing, and no other. */
static void test_damage(void **state)
{
	size_t frame = spool_frame_size(4, BODY);
	uint64_t size, missing;

	open_spool(1 << 20, 0);
	assert_int_equal(write_items(1, 10), 10);
	spool_close(&spool);
	for (size_t at = 0; at < frame; at++) {
		off_t place = (off_t)(sizeof(struct spool_header) + 4 * frame + at);
		int fd = open_last(&size);
		char before, after;

		assert_int_equal(pread(fd, &before, 1, place), 1);
		after = (char)~before;
		assert_int_equal(pwrite(fd, &after, 1, place), 1);
		assert_int_equal(read_items(1, 0, &missing), 9);
		assert_int_equal(missing, 1);
		assert_int_equal(pwrite(fd, &before, 1, place), 1);
		close(fd);
	}
	clean(state);
}

/* The spool is full: nothing more is taken, until what is acknowledged is removed. */
static void test_full(void **state)
{
	unsigned taken = 0, count;
	uint64_t missing, bytes;

	(void)state;
	open_spool(1 << 20, 0);
	while ((count = write_items(taken + 1, taken + 100)) > 0)
		taken += count;
	assert_non_null(strstr(spool.error.text, "is full"));
	count_files(&bytes);
	assert_true(bytes <= 1 << 20 && bytes > 800 << 10);
	assert_true(spool_mark_write(spool.folder, taken / 2, 1));
	spool_look(&spool);
	count_files(&bytes);
	assert_true(bytes < 600 << 10);
	assert_int_equal(write_items(taken + 1, taken + 100), 100);
	taken += 100;
	assert_int_equal(read_items(taken / 2, 0, &missing), taken - taken / 2 + 1);
	assert_int_equal(missing, 0);
	assert_true(spool_mark_write(spool.folder, taken, 2));
	spool_look(&spool);
	assert_int_equal(count_files(&bytes), 1);
	spool_close(&spool);
}

/* A full disk: frames stay whole, and writing continues when there is space. */
static void test_full_disk(void **state)
{
	struct rlimit before, now;
	unsigned taken;
	uint64_t missing;

	(void)state;
	open_spool(8 << 20, 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	now = before;
	now.rlim_cur = 200001;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	taken = write_items(1, 2000);
	assert_true(taken < 2000);
	assert_int_equal(write_items(taken + 1, taken + 1), 0);
	assert_int_equal(read_items(1, 0, &missing), taken);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(write_items(taken + 1, 2000), 2000 - taken);
	spool_close(&spool);
	assert_int_equal(read_items(1, 0, &missing), 2000);
	assert_int_equal(missing, 0);
}

/* Items that are too old are removed, counted, and known to the reader as missing. */
static void test_aged(void **state)
{
	uint64_t missing, bytes;
	unsigned left;

	(void)state;
	open_spool(4 << 20, 1);
	assert_int_equal(write_items(1, 8000), 8000);
	spool_look(&spool);
	sleep(2);
	spool_look(&spool);
	assert_int_equal(count_files(&bytes), 1);
	assert_int_equal(write_items(8001, 8010), 10);
	left = read_items(1, 0, &missing);
	assert_int_equal(left + missing, 8010);
	assert_true(missing > 0 && left >= 10);
	assert_int_equal(spool.aged, missing);
	spool_close(&spool);
}

/* Numbers continue after a restart, in another session. */
static void test_restart(void **state)
{
	uint64_t missing, session = 0;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		open_spool(4 << 20, 0);
		assert_int_not_equal(spool.session, session);
		session = spool.session;
		assert_int_equal(write_items(i * 100 + 1, i * 100 + 100), 100);
		spool_close(&spool);
	}
	assert_int_equal(read_items(1, 0, &missing), 2000);
	assert_int_equal(missing, 0);
}

/* After a power failure the mark may be further than the items: their numbers are not used
 * again. */
static void test_mark_ahead(void **state)
{
	uint64_t missing, acked;

	(void)state;
	open_spool(4 << 20, 0);
	assert_int_equal(write_items(1, 10), 10);
	assert_int_equal(spool_mark_read(spool.folder, &acked), 0);
	assert_true(spool_mark_write(spool.folder, 7, 1));
	assert_true(spool_mark_write(spool.folder, 50, 2));
	assert_int_equal(spool_mark_read(spool.folder, &acked), 2);
	assert_int_equal(acked, 50);
	spool_close(&spool);
	open_spool(4 << 20, 0);
	assert_int_equal(spool.next, 51);
	assert_int_equal(write_items(51, 60), 10);
	spool_close(&spool);
	assert_int_equal(read_items(51, 0, &missing), 10);
	assert_int_equal(missing, 0);
}

/* A slot of the mark that is damaged, or written in part, leaves the other one. */
static void test_mark_damage(void **state)
{
	uint64_t acked;
	char path[96];
	int fd;

	(void)state;
	open_spool(4 << 20, 0);
	assert_true(spool_mark_write(spool.folder, 7, 1));
	assert_true(spool_mark_write(spool.folder, 9, 2));
	snprintf(path, sizeof(path), "%s/mark", folder);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, "\xff", 1, 9), 1); /* slot 0: turn 2 */
	close(fd);
	assert_int_equal(spool_mark_read(spool.folder, &acked), 1);
	assert_int_equal(acked, 7);
	spool_close(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksum),
		cmocka_unit_test_teardown(test_round_trip, clean),
		cmocka_unit_test_teardown(test_follow, clean),
		cmocka_unit_test_teardown(test_blocks, clean),
		cmocka_unit_test_teardown(test_lock, clean),
		cmocka_unit_test_teardown(test_torn_tail, clean),
		cmocka_unit_test_teardown(test_torn_header, clean),
		cmocka_unit_test_teardown(test_damage, clean),
		cmocka_unit_test_teardown(test_full, clean),
		cmocka_unit_test_teardown(test_full_disk, clean),
		cmocka_unit_test_teardown(test_aged, clean),
		cmocka_unit_test_teardown(test_restart, clean),
		cmocka_unit_test_teardown(test_mark_ahead, clean),
		cmocka_unit_test_teardown(test_mark_damage, clean),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
