/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <unistd.h>

#include "common/settings.h"

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
				      "  # too\nsnapshot\nempty =\n"
				      "why = 9\t# a = b\nflag # c = d\nsharp = a#b\n"
				      "quoted = \" # \" # so\nother='x' \r\nlast = x";
	static const struct setting wanted[] = {
		{ .name = "output", .value = "/a b/c = d", .line = 3 },
		{ .name = "keep", .value = "3", .line = 4 },
		{ .name = "snapshot", .value = "", .line = 6 },
		{ .name = "empty", .value = "", .line = 7 },
		{ .name = "why", .value = "9", .line = 8 },
		{ .name = "flag", .value = "", .line = 9 },
		{ .name = "sharp", .value = "a#b", .line = 10 },
		{ .name = "quoted", .value = " # ", .line = 11 },
		{ .name = "other", .value = "x", .line = 12 },
		{ .name = "last", .value = "x", .line = 13 },
	};
	struct setting setting = { 0 };
	char *text, *at;

	(void)state;
	assert_int_equal(read_text(&text, content, sizeof(content) - 1), VIGIL_OK);
	at = text;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_true(settings_next(&at, &setting));
		assert_string_equal(setting.name, wanted[i].name);
		assert_string_equal(setting.value, wanted[i].value);
		assert_int_equal(setting.line, wanted[i].line);
		assert_null(setting.wrong);
	}
	assert_false(settings_next(&at, &setting));
	free(text);
}

static void byte_order_mark(void **state)
{
	struct setting setting = { 0 };
	char *text, *at;

	(void)state;
	assert_int_equal(read_text(&text, "\xef\xbb\xbfkeep = 3\n", 12), VIGIL_OK);
	at = text;
	assert_true(settings_next(&at, &setting));
	assert_string_equal(setting.name, "keep");
	free(text);
}

static void quotes_without_an_end(void **state)
{
	static const char *const wrong[] = { "a = \"b", "a = 'b\" # '", "a = \"b\"c",
					     "a = \"b\" c" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct setting setting = { 0 };
		char *text, *at;

		assert_int_equal(read_text(&text, wrong[i], strlen(wrong[i])), VIGIL_OK);
		at = text;
		assert_true(settings_next(&at, &setting));
		assert_int_equal(setting.wrong != NULL, i != 1);
		free(text);
	}
}

static void what_is_no_text(void **state)
{
	char *large = calloc(1, SETTINGS_BYTES_MAX + 1), *text;

	(void)state;
	assert_non_null(large);
	assert_int_equal(read_text(&text, "a\0b", 3), VIGIL_ERROR_USAGE);
	free(text);
	memset(large, '#', SETTINGS_BYTES_MAX + 1);
	assert_int_equal(read_text(&text, large, SETTINGS_BYTES_MAX + 1), VIGIL_ERROR_USAGE);
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
	assert_true(settings_yes_no("True", &value) && value);
	assert_true(settings_yes_no("on", &value) && value);
	assert_true(settings_yes_no("false", &value) && !value);
	assert_true(settings_yes_no("OFF", &value) && !value);
	assert_false(settings_yes_no("maybe", &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_in_all_spellings),   cmocka_unit_test(byte_order_mark),
		cmocka_unit_test(quotes_without_an_end),    cmocka_unit_test(what_is_no_text),
		cmocka_unit_test(a_file_that_is_not_there), cmocka_unit_test(yes_and_no),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
