/* SPDX-License-Identifier: MIT */
/* The queue of records that wait for their files, in front of a fake source. */
#include "make_record.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "enrich/enrich.h"
#include "os/os.h"

/* malloc, which is wrapped, fails while this is set. */
static bool out_of_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return out_of_memory ? NULL : __real_malloc(size);
}

/* Returns `count` records, numbered from 1; for those that `runs` selects, an exec of a file. */
struct hand {
	struct source base;
	struct record record;
	unsigned count, given, every; /* every: each n-th is an exec */
	const char *path;
	struct stat st;
	int fd, fails;             /* fails: the result of next() at the end */
	bool closed, short_memory; /* short_memory: none for the copies of half of the records */
};

static void make_exec(struct hand *hand)
{
	struct vigil_process_body *body = record_begin(&hand->record, VIGIL_EVENT_PROCESS_EXEC);

	body->process.pid = UINT32_MAX; /* no process: only the path leads to the file */
	body->device = (uint64_t)major(hand->st.st_dev) << 20 | minor(hand->st.st_dev);
	body->inode = hand->st.st_ino;
	record_part(&hand->record, VIGIL_PART_IMAGE, hand->path, strlen(hand->path),
		    strlen(hand->path));
}

static int hand_next(struct source *source, struct vigil_header **record)
{
	struct hand *hand = (struct hand *)source;

	if (hand->given == hand->count)
		return hand->fails;
	hand->given++;
	out_of_memory = hand->short_memory && hand->given % 100 > 50;
	if (hand->given % hand->every == 0)
		make_exec(hand);
	else
		record_begin(&hand->record, VIGIL_EVENT_PROCESS_EXIT);
	hand->record.header.seq = hand->given;
	hand->record.header.time = os_wall_ns() + 1000000000;
	*record = &hand->record.header;
	return 1;
}

static int hand_fd(struct source *source)
{
	return ((struct hand *)source)->fd;
}

static void hand_statistics(struct source *source, struct vigil_statistics *out)
{
	out->type[VIGIL_EVENT_PROCESS_EXEC].produced += ((struct hand *)source)->given;
}

static const char *hand_backend(struct source *source)
{
	(void)source;
	return "hand";
}

static void hand_close(struct source *source)
{
	struct hand *hand = (struct hand *)source;

	close(hand->fd);
	hand->closed = true;
}

static const struct source_ops hand_ops = {
	.next = hand_next,
	.fd = hand_fd,
	.statistics = hand_statistics,
	.backend = hand_backend,
	.close = hand_close,
};

static struct hand hand;
static struct source *source;
static char path[] = "/tmp/vigil-enrich-XXXXXX";

static int begin(void **state)
{
	(void)state;
	return close(mkstemp(path));
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

/* The file has `size` bytes of zeros and an x. */
static void open_source(unsigned count, unsigned every, off_t size, struct vigil_options options)
{
	struct vigil_error error;
	struct lookup *lookup;
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(pwrite(fd, "x", 1, size), 1);
	assert_int_equal(close(fd), 0);
	hand = (struct hand){ .base = { .ops = &hand_ops },
			      .count = count,
			      .every = every,
			      .path = path,
			      .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	assert_int_equal(stat(path, &hand.st), 0);
	options.inspect = VIGIL_INSPECT_HASH;
	assert_int_equal(lookup_open(&lookup, &options, &error), VIGIL_OK);
	assert_int_equal(enrich_open(&source, &hand.base, lookup, &options, &error), VIGIL_OK);
}

static void close_source(void)
{
	source->ops->close(source);
	assert_true(hand.closed);
}

/* Waits for the next record; NULL after two seconds or at a failure. */
static struct vigil_header *next(int *result)
{
	int64_t deadline = os_now_ms() + 5000;
	struct vigil_header *record = NULL;

	while ((*result = source->ops->next(source, &record)) == 0 && os_now_ms() < deadline) {
		out_of_memory = false;
		assert_int_equal(source->ops->wait(source, 100), 1);
	}
	out_of_memory = false;
	return *result == 1 ? record : NULL;
}

/* Returns the part that was added, the last one; NULL: none. */
static const struct vigil_part *hash_part(const struct vigil_header *record)
{
	const struct vigil_part *found = NULL;
	size_t at = record->fixed;

	while (at < record->size) {
		const struct vigil_part *part = (const void *)((const uint8_t *)record + at);

		found = part->kind == VIGIL_PART_SHA256 ? part : NULL;
		at += (sizeof(*part) + part->length + 7) & ~(size_t)7;
	}
	assert_int_equal(at, record->size);
	return found;
}

static void the_hash_of_zeros(off_t size, uint8_t *out)
{
	uint8_t *bytes = calloc(1, (size_t)size + 1);

	assert_non_null(bytes);
	bytes[size] = 'x';
	SHA256(bytes, (size_t)size + 1, out);
	free(bytes);
}

static void in_order_with_their_hashes(void **state)
{
	uint8_t wanted[32];
	int result;

	(void)state;
	the_hash_of_zeros(100000, wanted);
	/* A long limit, because a busy machine may hash slowly. */
	open_source(3000, 3, 100000, (struct vigil_options){ .inspect_wait_ms = 30000 });
	for (unsigned i = 1; i <= 3000; i++) {
		const struct vigil_header *record = next(&result);
		const struct vigil_part *part;

		assert_non_null(record);
		assert_int_equal(record->seq, i);
		part = hash_part(record);
		assert_true((part != NULL) == (i % 3 == 0));
		if (!part)
			continue;
		assert_int_equal(part->length, 32);
		assert_int_equal(part->flags, 0);
		assert_memory_equal(part + 1, wanted, 32);
	}
	close_source();
}

/* A record that takes too long is returned without the part, and marked; it delays no other for
 * longer. */
static void too_late(void **state)
{
	struct vigil_statistics statistics = { 0 };
	const struct vigil_header *record;
	int64_t begun;
	int result;

	(void)state;
	open_source(2, 2, 1 << 30,
		    (struct vigil_options){ .inspect_wait_ms = 300,
					    .inspect_bytes_max = UINT64_MAX });
	begun = os_now_ms();
	assert_non_null(next(&result)); /* the first has no file and does not wait */
	assert_int_equal(source->ops->next(source, &(struct vigil_header *){ NULL }), 0);
	source->ops->statistics(source, &statistics);
	assert_int_equal(statistics.waiting, 1);
	record = next(&result);
	assert_non_null(record);
	assert_true(os_now_ms() - begun >= 300);
	assert_int_equal(hash_part(record)->flags, VIGIL_PART_FLAG_LATE);
	assert_int_equal(hash_part(record)->length, 0);
	close_source(); /* during the read */
}

/* After the stop nothing waits as long as a hash may take. */
static void too_late_after_stop(void **state)
{
	const struct vigil_header *record;
	int result;

	(void)state;
	open_source(1, 1, 1 << 30,
		    (struct vigil_options){ .inspect_wait_ms = 60000,
					    .inspect_bytes_max = UINT64_MAX });
	assert_int_equal(source->ops->next(source, &(struct vigil_header *){ NULL }), 0);
	source->ops->stop(source);
	record = next(&result);
	assert_non_null(record);
	assert_int_equal(hash_part(record)->flags, VIGIL_PART_FLAG_LATE);
	close_source();
}

static void too_large(void **state)
{
	const struct vigil_header *record;
	int result;

	(void)state;
	open_source(1, 1, 1000, (struct vigil_options){ .inspect_bytes_max = 1000 });
	record = next(&result);
	assert_non_null(record);
	assert_int_equal(hash_part(record)->flags, VIGIL_PART_FLAG_UNREADABLE);
	close_source();
}

/* The file was changed after the record, or is another one. */
static void another_file(void **state)
{
	const struct vigil_header *record;
	int result;

	(void)state;
	open_source(1, 1, 1000, (struct vigil_options){ 0 });
	hand.st.st_ino++;
	record = next(&result);
	assert_non_null(record);
	assert_int_equal(hash_part(record)->flags, VIGIL_PART_FLAG_UNREADABLE);
	close_source();
}

/* A failure of the sensor is returned after its earlier records. */
static void a_failure_comes_last(void **state)
{
	int result;

	(void)state;
	open_source(10, 1, 1000, (struct vigil_options){ 0 });
	hand.fails = VIGIL_ERROR_SYSTEM;
	for (unsigned i = 1; i <= 10; i++) {
		const struct vigil_header *record = next(&result);

		assert_non_null(record);
		assert_int_equal(record->seq, i);
	}
	assert_null(next(&result));
	assert_int_equal(result, VIGIL_ERROR_SYSTEM);
	close_source();
}

/* A full queue returns its first record, so that none is delayed without bound. */
static void a_full_queue_flows(void **state)
{
	unsigned late = 0;
	int result;

	(void)state;
	open_source(100000, 50000, 1 << 30,
		    (struct vigil_options){ .inspect_wait_ms = 60000,
					    .inspect_bytes_max = UINT64_MAX });
	for (unsigned i = 1; i < 100000; i++) {
		const struct vigil_header *record = next(&result);
		const struct vigil_part *part;

		assert_non_null(record);
		assert_int_equal(record->seq, i);
		part = hash_part(record);
		late += part && part->flags == VIGIL_PART_FLAG_LATE;
	}
	assert_int_equal(late, 1);
	close_source();
}

/* Without memory for a copy, a record is returned in its turn, marked as late; none is lost. */
static void out_of_memory_loses_nothing(void **state)
{
	unsigned late = 0;
	int result;

	(void)state;
	open_source(1000, 3, 100000, (struct vigil_options){ .inspect_wait_ms = 30000 });
	hand.short_memory = true;
	for (unsigned i = 1; i <= 1000; i++) {
		const struct vigil_header *record;
		const struct vigil_part *part;

		record = next(&result);
		assert_non_null(record);
		assert_int_equal(record->seq, i);
		part = hash_part(record);
		assert_true((part != NULL) == (i % 3 == 0));
		late += part && part->flags == VIGIL_PART_FLAG_LATE;
	}
	assert_true(late > 0);
	assert_null(next(&result));
	assert_int_equal(result, 0);
	close_source();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_with_their_hashes),
		cmocka_unit_test(too_late),
		cmocka_unit_test(too_late_after_stop),
		cmocka_unit_test(too_large),
		cmocka_unit_test(another_file),
		cmocka_unit_test(a_failure_comes_last),
		cmocka_unit_test(a_full_queue_flows),
		cmocka_unit_test(out_of_memory_loses_nothing),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
