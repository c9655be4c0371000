/* SPDX-License-Identifier: MIT */
/* test_log_function.c - vigil_set_log() while other threads log. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/log.h"

#define CHANGES 20000

struct listener {
	atomic_bool active; /* the log function is this one */
	atomic_uint messages;
};

static struct listener listeners[2];
static atomic_uint wrong; /* messages with the other one's context, or after the change */
static atomic_bool done;

static void listen_first(enum vigil_log_level level, const char *text, void *context)
{
	(void)level;
	(void)text;
	wrong += context != &listeners[0] || !listeners[0].active;
	listeners[0].messages++;
}

static void listen_second(enum vigil_log_level level, const char *text, void *context)
{
	(void)level;
	(void)text;
	wrong += context != &listeners[1] || !listeners[1].active;
	listeners[1].messages++;
}

static void *log_much(void *context)
{
	(void)context;
	while (!done)
		log_message(VIGIL_LOG_DEBUG, "%d", 1);
	return NULL;
}

static void changed_while_in_use(void **state)
{
	static vigil_log_function *const functions[] = { listen_first, listen_second };
	pthread_t threads[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_much, NULL), 0);
	for (int i = 0; i < CHANGES || !listeners[0].messages || !listeners[1].messages; i++) {
		listeners[i % 2].active = true;
		vigil_set_log(functions[i % 2], &listeners[i % 2]);
		listeners[(i + 1) % 2].active = false;
	}
	vigil_set_log(NULL, NULL);
	done = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong, 0);
	assert_false(log_is_on());
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(changed_while_in_use) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
