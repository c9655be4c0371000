/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "record/names.h"

static void every_type_has_a_name_that_reads_back(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		const char *name = vigil_type_name(type);

		assert_non_null(name);
		assert_int_equal(vigil_types_parse(name, NULL), VIGIL_TYPE_BIT(type));
		for (uint32_t other = 1; other < type; other++)
			assert_string_not_equal(name, vigil_type_name(other));
	}
	assert_null(vigil_type_name(0));
	assert_null(vigil_type_name(VIGIL_TYPE_MAX));
	assert_null(vigil_type_name(UINT32_MAX));
}

static void lists_and_groups(void **state)
{
	uint32_t process = VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) |
			   VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
			   VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT);

	(void)state;
	assert_int_equal(vigil_types_parse("process", NULL), process);
	assert_int_equal(vigil_types_parse("fork,exec,exit", NULL), process);
	assert_int_equal(vigil_types_parse("exec,exec", NULL),
			 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC));
	assert_int_equal(vigil_types_parse("all", NULL), VIGIL_TYPE_ALL);
	assert_int_equal(vigil_types_parse(" exec, exit ,fork ", NULL), process);
	assert_int_equal(vigil_types_parse("thread", NULL),
			 VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) |
			     VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT));
}

static void a_wrong_word_is_named(void **state)
{
	static const char *const WRONG[] = { "",        ",",        "exec,",        ",exec",
					     "EXEC",    "exe",      "execs",        "exec exit",
					     "\x1b[2J", "nonsense", "exec,nonsense" };
	struct vigil_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		memset(&error, 0, sizeof(error));
		assert_int_equal(vigil_types_parse(WRONG[i], &error), 0);
		assert_int_equal(error.code, VIGIL_ERROR_USAGE);
		assert_non_null(strstr(error.text, "remote-thread"));
		assert_null(strchr(error.text, '\x1b'));
	}
	assert_non_null(strstr(error.text, "nonsense"));
}

static void losses_and_signals(void **state)
{
	(void)state;
	for (uint32_t reason = 1; reason < VIGIL_LOSS_MAX; reason++)
		assert_non_null(vigil_loss_name(reason));
	assert_null(vigil_loss_name(0));
	assert_null(vigil_loss_name(VIGIL_LOSS_MAX));
	assert_string_equal(vigil_signal_name(9), "SIGKILL");
	assert_string_equal(vigil_signal_name(11), "SIGSEGV");
	assert_string_equal(vigil_signal_name(31), "SIGSYS");
	assert_null(vigil_signal_name(0));
	assert_string_equal(vigil_signal_name(39), "SIGRTMIN+5");
	assert_null(vigil_signal_name(65));
	assert_string_equal(vigil_integrity_name(0x2000), "Medium");
	assert_string_equal(vigil_integrity_name(0x2100), "Medium");
	assert_null(vigil_integrity_name(VIGIL_UNKNOWN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_a_name_that_reads_back),
		cmocka_unit_test(lists_and_groups),
		cmocka_unit_test(a_wrong_word_is_named),
		cmocka_unit_test(losses_and_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
