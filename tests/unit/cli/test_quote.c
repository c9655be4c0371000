/* SPDX-License-Identifier: MIT */
/* Windows command lines, quoted for Microsoft's parsing rules. */
#include "make_event.h"

#include "commands/quote.h"

static void quoted(void **state)
{
	static const struct {
		const char *argv[5], *line;
	} cases[] = {
		{ { "cmd", "/c", "echo hi" }, "cmd /c \"echo hi\"" },
		{ { "C:\\Program Files\\x.exe", "" }, "\"C:\\Program Files\\x.exe\" \"\"" },
		{ { "x", "a\"b", "\"" }, "x \"a\\\"b\" \"\\\"\"" },
		{ { "x", "a\\b", "a\\\\" }, "x a\\b a\\\\" },
		{ { "x", "a b\\", "a b\\\\" }, "x \"a b\\\\\" \"a b\\\\\\\\\"" },
		{ { "x", "a\\\"b", "a\\\\\"b" }, "x \"a\\\\\\\"b\" \"a\\\\\\\\\\\"b\"" },
		{ { "x", "a\\ b" }, "x \"a\\ b\"" },
		{ { "x", "\t", "\n" }, "x \"\t\" \"\n\"" },
		{ { "x y\\" }, "\"x y\\\"" }, /* no escapes in a program's name */
		{ { "" }, "\"\"" },
		{ { "x", "日本 語", "^&|<>%" }, "x \"日本 語\" ^&|<>%" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vigil_buffer line = { 0 };

		assert_true(quote_arguments(&line, (char *const *)(uintptr_t)cases[i].argv));
		assert_string_equal(line.data, cases[i].line);
		assert_int_equal(line.length, strlen(cases[i].line) + 1);
		vigil_buffer_free(&line);
	}
}

static void no_such_program(void **state)
{
	char *argv[] = { (char[]){ "a\"b" }, NULL };
	struct vigil_buffer line = { 0 };

	(void)state;
	assert_false(quote_arguments(&line, argv));
	vigil_buffer_free(&line);
}

static void batch_files(void **state)
{
	static const char *const batch[] = { "x.bat", "C:\\a b\\x.CMD", "x.bat.", "x.cmd . .",
					     ".bat" };
	static const char *const others[] = { "", "bat", "x.bat.exe", "cmd", "x.cmdx", "..." };

	(void)state;
	for (size_t i = 0; i < sizeof(batch) / sizeof(batch[0]); i++)
		assert_true(quote_is_batch(batch[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(quote_is_batch(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quoted),
		cmocka_unit_test(no_such_program),
		cmocka_unit_test(batch_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
