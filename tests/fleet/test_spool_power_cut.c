/* SPDX-License-Identifier: MIT */
/* test_spool_power_cut.c - a power failure while a spool is written. What spool_look() has synced is there
 * afterwards. Of the rest the disk has any part: files end anywhere, blocks that were not written
 * are zeros, new files may be missing. Whatever it is, what can be read is what was written, and
 * numbers of items that are there are not given again. */
#include "make_event.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ship/spool.h"
#include "ship/spool_reader.h"

#define CUTS    120
#define BLOCK   4096
#define FILES   64
#define BODY    150
#define SPOOL   (8u << 20)
#define PER_CUT 3000 /* items, at most */

static char directory[] = "/tmp/vigil-cut-XXXXXX";
static char folder[64];
static struct spool spool;

/* The files as the disk surely has them. */
static struct synced {
	uint64_t first, size;
} synced[FILES];
static size_t synced_count;
static uint64_t synced_last, synced_items; /* the last number that is synced; how many items */

static void run_command(const char *format, ...)
{
	char command[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
	(void)state;
	srand(20260101);
	snprintf(folder, sizeof(folder), "%s/one", directory);
	return mkdtemp(directory) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	run_command("rm -r %s", directory);
	return 0;
}

static void open_spool(void)
{
	struct spool_options options = { .folder = folder, .max_bytes = SPOOL };

	if (spool_open(&spool, &options) < 0)
		fail_msg("%s", spool.error.text);
}

/* Writes items with their numbers as text. */
static void write_items(unsigned count)
{
	size_t size = spool_frame_size(0, BODY), written;
	char *frames = calloc(count, size);

	assert_non_null(frames);
	for (unsigned i = 0; i < count; i++) {
		struct spool_frame *frame = (struct spool_frame *)(void *)(frames + i * size);

		*frame = (struct spool_frame){ .size = (uint32_t)size, .body_length = BODY };
		snprintf((char *)(frame + 1) + 1, BODY, "%llu",
			 (unsigned long long)(spool.next + i));
	}
	assert_int_equal(spool_write(&spool, frames, count * size, &written), VIGIL_OK);
	free(frames);
}

/* Reads everything: texts are right, numbers increase. Returns the last number; *count: the items
 * up to `most`. */
static uint64_t read_all(uint64_t most, uint64_t *count)
{
	struct spool_reader reader;
	struct spool_entry entry;
	uint64_t last = 0;

	*count = 0;
	spool_reader_open(&reader, spool.folder, 1);
	while (spool_next(&reader, &entry) > 0) {
		assert_int_equal(strtoull(entry.body, NULL, 10), entry.frame->number);
		assert_true(entry.frame->number > last);
		last = entry.frame->number;
		*count += last <= most;
	}
	spool_reader_close(&reader);
	return last;
}

static uint64_t file_size(uint64_t first)
{
	char name[SPOOL_NAME_SIZE];
	struct stat st;

	spool_name_write(name, first);
	assert_int_equal(fstatat(spool.folder, name, &st, 0), 0);
	return (uint64_t)st.st_size;
}

static void remember_synced(void)
{
	uint64_t *first;
	size_t count;

	spool_look(&spool);
	assert_true(spool_list(spool.folder, &first, &count) && count <= FILES);
	for (size_t i = 0; i < count; i++)
		synced[i] = (struct synced){ first[i], file_size(first[i]) };
	synced_count = count;
	free(first);
	synced_last = read_all(UINT64_MAX, &synced_items);
}

/* What was written to the file after `safe` may be missing or zeros. */
static void cut_file(const char *path, uint64_t safe, uint64_t size)
{
	uint64_t left = safe + (uint64_t)rand() % (size - safe + 1);
	int fd = open(path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)left), 0);
	for (uint64_t at = safe; at < left;) {
		uint64_t next = at / BLOCK * BLOCK + BLOCK;
		char zeros[BLOCK] = { 0 };

		next = next < left ? next : left;
		if (rand() % 3 == 0)
			assert_int_equal(pwrite(fd, zeros, next - at, (off_t)at), next - at);
		at = next;
	}
	close(fd);
}

static void cut_power(void)
{
	uint64_t *first, safe;
	size_t count, known;
	char path[128], name[SPOOL_NAME_SIZE];

	assert_true(spool_list(spool.folder, &first, &count));
	for (size_t i = 0; i < count; i++) {
		for (known = 0; known < synced_count && synced[known].first != first[i];)
			known++;
		safe = known < synced_count ? synced[known].size : 0;
		spool_name_write(name, first[i]);
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (known == synced_count && rand() % 3 == 0)
			assert_int_equal(unlink(path), 0);
		else
			cut_file(path, safe, file_size(first[i]));
	}
	free(first);
	/* The process is gone: nothing is completed. */
	close(spool.fd);
	close(spool.folder);
	close(spool.lock);
	for (size_t i = 0; i < spool.count; i++)
		if (spool.segment[i].fd >= 0)
			close(spool.segment[i].fd);
	free(spool.segment);
}

static void test_power_cut(void **state)
{
	uint64_t count, last, losses = 0;

	(void)state;
	for (int cut = 0; cut < CUTS; cut++) {
		open_spool();
		last = read_all(synced_last, &count);
		if (count != synced_items)
			fail_msg("cut %d: %llu of %llu items", cut, (unsigned long long)count,
				 (unsigned long long)synced_items);
		assert_true(spool.next > last && spool.next > synced_last);
		losses += spool.cut > 0;
		remember_synced();
		for (int i = rand() % 4; i > 0; i--) {
			write_items(1 + (unsigned)rand() % (PER_CUT / 8));
			if (rand() % 3 == 0)
				remember_synced();
		}
		cut_power();
		if (rand() % 8 == 0) {
			run_command("rm -f %s/*.spool %s/mark", folder, folder);
			synced_count = 0;
			synced_last = synced_items = 0;
		}
	}
	assert_true(losses > CUTS / 10); /* the cuts were cuts */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_power_cut) };

	return cmocka_run_group_tests(tests, begin, end);
}
