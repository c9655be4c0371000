/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <unistd.h>

#include "../../cli/settings.h"

static char path[] = "/tmp/vigil-settings-XXXXXX";

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

static enum vigil_code read_text(char **text, const char *content, size_t length)
{
	struct vigil_error error;
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fwrite(content, 1, length, f);
	assert_int_equal(fclose(f), 0);
	return settings_read(text, path, true, &error);
}

static void lines_in_all_spellings(void **state)
{
	static const char content[] = "\n# comment = 1\noutput = /a b/c = d \r\n\tkeep=3\n"
				      "  # too\nsnapshot\nempty =\nlast = x";
	static const struct setting wanted[] = {
		{ "output", "/a b/c = d", 3 },
		{ "keep", "3", 4 },
		{ "snapshot", "", 6 },
		{ "empty", "", 7 },
		{ "last", "x", 8 },
	};
	struct setting setting = { 0 };
	char *text, *at;

	(void)state;
	assert_int_equal(read_text(&text, content, sizeof content - 1), VIGIL_OK);
	at = text;
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		assert_true(settings_next(&at, &setting));
		assert_string_equal(setting.name, wanted[i].name);
		assert_string_equal(setting.value, wanted[i].value);
		assert_int_equal(setting.line, wanted[i].line);
	}
	assert_false(settings_next(&at, &setting));
	free(text);
}

static void what_is_no_text(void **state)
{
	char *large = calloc(1, SETTINGS_BYTES_MAX + 1), *text;

	(void)state;
	assert_non_null(large);
	assert_int_equal(read_text(&text, "a\0b", 3), VIGIL_ERROR_FORMAT);
	free(text);
	memset(large, '#', SETTINGS_BYTES_MAX + 1);
	assert_int_equal(read_text(&text, large, SETTINGS_BYTES_MAX + 1), VIGIL_ERROR_FORMAT);
	free(text);
	assert_int_equal(read_text(&text, large, SETTINGS_BYTES_MAX), VIGIL_OK);
	free(text);
	free(large);
}

static void a_file_that_is_not_there(void **state)
{
	struct vigil_error error;
	char *text;

	(void)state;
	assert_int_equal(settings_read(&text, "/nowhere/at/all", false, &error), VIGIL_OK);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(settings_read(&text, "/nowhere/at/all", true, &error), VIGIL_ERROR_USAGE);
	assert_non_null(strstr(error.text, "/nowhere/at/all"));
	free(text);
}

static void yes_and_no(void **state)
{
	bool value;

	(void)state;
	assert_true(settings_yes_no("yes", &value) && value);
	assert_true(settings_yes_no("", &value) && value);
	assert_true(settings_yes_no("no", &value) && !value);
	assert_false(settings_yes_no("maybe", &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_in_all_spellings),
		cmocka_unit_test(what_is_no_text),
		cmocka_unit_test(a_file_that_is_not_there),
		cmocka_unit_test(yes_and_no),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
