/* SPDX-License-Identifier: MIT */
/* test_window.c - the items of a shipper: they are sent in order, done in any order, and sent again
 * after a failure; the mark never passes one that is not done. */
#include "make_event.h"

#include "ship/window.h"

static struct window window;
static struct spool_header segment = { .session = 0x1234, .host = "host.example" };

static int open_window(void **state)
{
	(void)state;
	return window_open(&window, 1) ? 0 : -1;
}

static int close_window(void **state)
{
	(void)state;
	window_close(&window);
	return 0;
}

/* Adds an item with a body of so many bytes. */
static void add(uint64_t number, size_t body, uint64_t missing)
{
	size_t size = spool_frame_size(1, body);
	struct spool_block *block = calloc(1, sizeof(*block) + size);
	struct spool_frame *frame;
	struct spool_entry entry;

	assert_non_null(block);
	block->users = 1;
	frame = (struct spool_frame *)(void *)block->data;
	*frame = (struct spool_frame){ .number = number,
				       .type = VIGIL_EVENT_PROCESS_EXEC,
				       .key_length = 1,
				       .body_length = (uint32_t)body };
	entry = (struct spool_entry){ .frame = frame,
				      .key = (char *)(frame + 1),
				      .segment = &segment,
				      .block = block,
				      .missing = missing };
	entry.body = entry.key + 2;
	memset(block->data + sizeof(*frame), 'k', 1);
	memset(block->data + sizeof(*frame) + 2, 'b', body);
	if (missing)
		window_add_missing(&window, &entry, strdup("{\"lost\":1}"));
	window_add(&window, &entry);
	spool_block_release(block); /* the window has it */
}

static void finish(uint64_t number)
{
	struct window_slot *slot = window_find(&window, number);

	assert_non_null(slot);
	slot->state = WINDOW_DONE;
}

static void test_order(void **state)
{
	struct ship_item items[10];

	(void)state;
	for (uint64_t n = 1; n <= 5; n++)
		add(n, 3, 0);
	assert_int_equal(window_send(&window, items, 2), 2);
	assert_int_equal(items[0].number, 1);
	assert_int_equal(items[1].number, 2);
	assert_string_equal(items[0].id, "host.example-0000000000001234-1");
	assert_string_equal(items[0].body, "bbb");
	assert_string_equal(items[0].key, "k");
	assert_int_equal(items[0].length, 3);
	assert_int_equal(window_send(&window, items, 10), 3);
	assert_int_equal(items[0].number, 3);
	assert_int_equal(window_send(&window, items, 10), 0);
}

/* Done in any order: the beginning moves only over those that are done. */
static void test_any_order(void **state)
{
	struct ship_item items[10];

	(void)state;
	for (uint64_t n = 1; n <= 5; n++)
		add(n, 3, 0);
	assert_null(window_find(&window, 1)); /* not sent */
	window_send(&window, items, 10);
	finish(3);
	finish(2);
	window_advance(&window);
	assert_int_equal(window.begin, 1);
	assert_int_equal(window.bytes, 15);
	finish(1);
	assert_null(window_find(&window, 1)); /* a second report is ignored */
	window_advance(&window);
	assert_int_equal(window.begin, 4);
	assert_int_equal(window.bytes, 6);
	assert_null(window_find(&window, 3));
	finish(4);
	finish(5);
	window_advance(&window);
	assert_int_equal(window.begin, window.end);
	assert_int_equal(window.bytes, 0);
}

static void test_again(void **state)
{
	struct ship_item items[10];

	(void)state;
	for (uint64_t n = 1; n <= 5; n++)
		add(n, 3, 0);
	window_send(&window, items, 10);
	window_again(&window, 4, true);
	window_again(&window, 2, true);
	window_again(&window, 2, true); /* it is not sent any more: ignored */
	add(6, 3, 0);
	assert_int_equal(window_send(&window, items, 10), 3);
	assert_int_equal(items[0].number, 2);
	assert_int_equal(items[0].attempts, 1);
	assert_int_equal(items[1].number, 4);
	assert_int_equal(items[2].number, 6);
	assert_int_equal(items[2].attempts, 0);
	window_again(&window, 2, false); /* the outlet did not take it */
	assert_int_equal(window_send(&window, items, 10), 1);
	assert_int_equal(items[0].attempts, 1);
}

/* Items that are not in the spool are reported by one of the window's, with an id of its kind. */
static void test_missing(void **state)
{
	struct ship_item items[10];

	(void)state;
	add(1000, 3, 999);
	assert_int_equal(window.begin, 999);
	assert_int_equal(window_send(&window, items, 10), 2);
	assert_int_equal(items[0].number, 999);
	assert_int_equal(items[0].type, VIGIL_EVENT_LOST);
	assert_string_equal(items[0].id, "host.example-0000000000001234-999-lost");
	assert_string_equal(items[0].body, "{\"lost\":1}");
	assert_int_equal(items[1].number, 1000);
	finish(999);
	finish(1000);
	window_advance(&window);
	assert_int_equal(window.begin, 1001);
	assert_int_equal(window.bytes, 0);
}

/* It holds a limited number of items and of bytes. */
static void test_bounds(void **state)
{
	struct ship_item item;
	uint64_t n = 1;

	(void)state;
	while (window_has_room(&window))
		add(n++, 10, 0);
	assert_int_equal(n - 1, WINDOW_SLOTS);
	assert_int_equal(window_send(&window, &item, 1), 1);
	finish(1);
	window_advance(&window);
	assert_true(window_has_room(&window));
	add(n, 10, 0);
	assert_false(window_has_room(&window));
	window_close(&window);
	window_open(&window, 1);
	for (n = 1; window_has_room(&window); n++)
		add(n, 1 << 20, 0);
	assert_int_equal(n - 1, WINDOW_BYTES_MAX >> 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, open_window, close_window),
		cmocka_unit_test_setup_teardown(test_any_order, open_window, close_window),
		cmocka_unit_test_setup_teardown(test_again, open_window, close_window),
		cmocka_unit_test_setup_teardown(test_missing, open_window, close_window),
		cmocka_unit_test_setup_teardown(test_bounds, open_window, close_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
