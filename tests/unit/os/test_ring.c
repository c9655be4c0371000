/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/ring.h"

#define SIZE 4096u

/* The kernel's side: a page that the reader writes, one that the kernel writes, and data that is
 * mapped twice in a row. */
struct fake {
	struct ring ring;
	uint64_t *producer;
	uint8_t *data;
	int fd;
};

static void fake_open(struct fake *fake)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *twice;

	assert_true(page <= SIZE);
	fake->fd = memfd_create("ring", MFD_CLOEXEC);
	assert_true(fake->fd >= 0);
	assert_int_equal(ftruncate(fake->fd, (off_t)(2 * page + 2 * SIZE)), 0);
	assert_int_equal(ring_open(&fake->ring, fake->fd, SIZE), 0);
	fake->producer =
	    mmap(NULL, page + SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fake->fd, (off_t)page);
	assert_ptr_not_equal(fake->producer, MAP_FAILED);
	fake->data = (uint8_t *)fake->producer + page;
	/* A file has no second copy: map the first one there. */
	twice = mmap((void *)(uintptr_t)(fake->ring.data + SIZE), SIZE, PROT_READ,
		     MAP_SHARED | MAP_FIXED, fake->fd, (off_t)(2 * page));
	assert_ptr_not_equal(twice, MAP_FAILED);
}

static void fake_close(struct fake *fake)
{
	munmap(fake->producer, (size_t)sysconf(_SC_PAGESIZE) + SIZE);
	ring_close(&fake->ring);
	assert_null(fake->ring.producer);
	close(fake->fd);
}

static void put_byte(struct fake *fake, uint64_t at, uint8_t byte)
{
	fake->data[at & (SIZE - 1)] = byte;
}

static uint64_t reserve(struct fake *fake, uint32_t length, uint32_t flags)
{
	uint64_t at = *fake->producer;
	uint32_t word = length | flags;

	memcpy(fake->data + (at & (SIZE - 1)), &word, sizeof(word));
	*fake->producer = at + ((length + BPF_RINGBUF_HDR_SZ + 7) & ~7u);
	return at;
}

static uint64_t produce(struct fake *fake, uint32_t length, uint8_t fill)
{
	uint64_t at = reserve(fake, length, 0);

	for (uint32_t i = 0; i < length; i++)
		put_byte(fake, at + BPF_RINGBUF_HDR_SZ + i, fill);
	return at;
}

static void commit(struct fake *fake, uint64_t at, uint32_t length, uint32_t flags)
{
	uint32_t word = length | flags;

	memcpy(fake->data + (at & (SIZE - 1)), &word, sizeof(word));
}

static void expect(struct fake *fake, uint32_t length, uint8_t fill)
{
	uint32_t got = 12345;
	const uint8_t *record = ring_peek(&fake->ring, &got);

	assert_non_null(record);
	assert_int_equal(got, length);
	for (uint32_t i = 0; i < length; i++)
		assert_int_equal(record[i], fill);
	assert_ptr_equal(ring_peek(&fake->ring, &got),
			 record); /* looked at, but still in the ring */
	ring_advance(&fake->ring);
}

static void returns_records_in_order(void **state)
{
	struct fake fake;
	uint32_t length;

	(void)state;
	fake_open(&fake);
	assert_null(ring_peek(&fake.ring, &length));
	assert_true(ring_is_empty(&fake.ring));
	produce(&fake, 56, 1);
	assert_false(ring_is_empty(&fake.ring));
	produce(&fake, 1, 2);
	produce(&fake, 0, 3);
	produce(&fake, 63, 4);
	expect(&fake, 56, 1);
	expect(&fake, 1, 2);
	expect(&fake, 0, 3);
	expect(&fake, 63, 4);
	assert_null(ring_peek(&fake.ring, &length));
	assert_int_equal(*fake.ring.consumer, *fake.producer);
	fake_close(&fake);
}

/* A record that extends past the end of the data is contiguous all the same. */
static void wraps_at_the_end(void **state)
{
	uint64_t seed = 5;
	struct fake fake;
	unsigned wraps = 0;

	(void)state;
	fake_open(&fake);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t length = (uint32_t)(make_random(&seed) % 3000);
		uint64_t at = *fake.producer & (SIZE - 1);

		wraps += at + length > SIZE;
		produce(&fake, length, (uint8_t)i);
		expect(&fake, length, (uint8_t)i);
		assert_int_equal(*fake.ring.consumer, *fake.producer);
	}
	assert_true(wraps > 1000);
	fake_close(&fake);
}

static void waits_for_busy_records(void **state)
{
	struct fake fake;
	uint32_t length;
	uint64_t at;

	(void)state;
	fake_open(&fake);
	at = reserve(&fake, 40, BPF_RINGBUF_BUSY_BIT);
	produce(&fake, 8, 2); /* complete, but after an incomplete one */
	assert_null(ring_peek(&fake.ring, &length));
	assert_int_equal(*fake.ring.consumer, 0);
	for (uint32_t i = 0; i < 40; i++)
		put_byte(&fake, at + BPF_RINGBUF_HDR_SZ + i, 1);
	commit(&fake, at, 40, 0);
	expect(&fake, 40, 1);
	expect(&fake, 8, 2);
	fake_close(&fake);
}

static void discarded_records_are_skipped(void **state)
{
	struct fake fake;
	uint32_t length;
	uint64_t at;

	(void)state;
	fake_open(&fake);
	reserve(&fake, 100, BPF_RINGBUF_DISCARD_BIT);
	reserve(&fake, 7, BPF_RINGBUF_DISCARD_BIT);
	produce(&fake, 16, 9);
	at = reserve(&fake, 24, BPF_RINGBUF_BUSY_BIT);
	expect(&fake, 16, 9);
	assert_null(ring_peek(&fake.ring, &length));
	commit(&fake, at, 24, BPF_RINGBUF_DISCARD_BIT);
	assert_null(ring_peek(&fake.ring, &length));
	assert_int_equal(*fake.ring.consumer, *fake.producer); /* all space is free again */
	fake_close(&fake);
}

static void open_fails_without_a_map(void **state)
{
	struct ring ring;

	(void)state;
	assert_int_equal(ring_open(&ring, -1, SIZE), -EBADF);
	ring_close(&ring); /* a ring that was never opened: no effect */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(returns_records_in_order),
		cmocka_unit_test(wraps_at_the_end),
		cmocka_unit_test(waits_for_busy_records),
		cmocka_unit_test(discarded_records_are_skipped),
		cmocka_unit_test(open_fails_without_a_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
