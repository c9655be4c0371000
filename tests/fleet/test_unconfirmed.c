/* SPDX-License-Identifier: MIT */
/* Items without an acknowledgment: none counts as acknowledged before the other end has had it for
 * the whole delay. */
#include "make_event.h"

#include "os/os.h"
#include "ship/unconfirmed.h"

#define DELAY_MS 120
#define ITEMS    3000u

struct shipper {
	uint64_t acked, again; /* items; the numbers are 1, 2, ... */
	int64_t sent_ms[ITEMS + 1];
};

static struct shipper shipper;
static struct unconfirmed sent;

void ship_done(struct shipper *s, uint64_t number, enum ship_result result, const char *reason)
{
	(void)reason;
	if (result == SHIP_AGAIN) {
		s->again++;
		return;
	}
	assert_int_equal(result, SHIP_ACKED);
	assert_int_equal(number, s->acked + 1);
	assert_true(os_now_ms() - s->sent_ms[number] >= DELAY_MS);
	s->acked++;
}

static int begin(void **state)
{
	(void)state;
	memset(&shipper, 0, sizeof(shipper));
	sent = (struct unconfirmed){ .delay_ms = DELAY_MS };
	return 0;
}

/* Sends an item of ten bytes. */
static void add(uint64_t number)
{
	shipper.sent_ms[number] = os_now_ms();
	assert_true(unconfirmed_add(&sent, number, 10));
}

static void look_until(uint64_t acked, uint64_t outstanding)
{
	int64_t end = os_now_ms() + 20000;

	while (shipper.acked < acked && os_now_ms() < end) {
		unconfirmed_look(&sent, &shipper, outstanding);
		os_sleep_ms(3);
	}
	assert_int_equal(shipper.acked, acked);
}

static void a_stream_is_acknowledged_after_the_delay(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= ITEMS; number++) {
		add(number);
		if (number % 10 == 0) {
			unconfirmed_look(&sent, &shipper, 0);
			os_sleep_ms(1);
		}
	}
	assert_true(shipper.acked > 0); /* also while items are added */
	look_until(ITEMS, 0);
	assert_int_equal(sent.count, 0);
}

static void what_has_not_arrived_is_not_acknowledged(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= 3; number++)
		add(number);
	look_until(2, 10);
	os_sleep_ms(2 * DELAY_MS);
	unconfirmed_look(&sent, &shipper, 10);
	assert_int_equal(shipper.acked, 2);
	shipper.sent_ms[3] = os_now_ms(); /* it arrives now */
	look_until(3, 0);
}

static void after_a_failure_all_are_sent_again(void **state)
{
	(void)state;
	add(1);
	look_until(1, 0);
	add(2);
	add(3);
	unconfirmed_look(&sent, &shipper, 0);
	unconfirmed_fail(&sent, &shipper, "lost");
	assert_int_equal(shipper.again, 2);
	add(2);
	look_until(2, 0);
}

static void too_many_are_refused(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= UNCONFIRMED_MAX; number++)
		assert_true(unconfirmed_add(&sent, number, 1));
	assert_false(unconfirmed_add(&sent, UNCONFIRMED_MAX + 1, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_stream_is_acknowledged_after_the_delay, begin),
		cmocka_unit_test_setup(what_has_not_arrived_is_not_acknowledged, begin),
		cmocka_unit_test_setup(after_a_failure_all_are_sent_again, begin),
		cmocka_unit_test_setup(too_many_are_refused, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
