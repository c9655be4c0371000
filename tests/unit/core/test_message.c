/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#include "core/bytes.h"
#include "core/message.h"

static char text[1024];

VIGIL_PRINTF(2, 3)
static const char *made(size_t size, const char *format, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = message_format(text, size, format, arguments);
	va_end(arguments);
	assert_true(size == 0 || strlen(text) < size);
	if (length < size)
		assert_int_equal(strlen(text), length);
	return text;
}

/* Without foreign text the result is that of printf. */
#define SAME(...) \
	do { \
		char wanted[1024]; \
		snprintf(wanted, sizeof(wanted), __VA_ARGS__); \
		assert_string_equal(made(sizeof(text), __VA_ARGS__), wanted); \
	} while (0)

static void as_printf(void **state)
{
	(void)state;
	SAME("plain, 100%% of it");
	SAME("[%s] [%10s] [%-10s] [%.2s] [%-5.2s] [%*s] [%.*s]", "abc", "abc", "abc", "abc", "abc",
	     -6, "abc", 2, "abc");
	SAME("%d %i %5d %-5d| %05d %+d %x %X %#x %o %u", -1, 7, 42, 42, 42, 42, 255, 255, 255, 8,
	     4000000000u);
	SAME("%ld %lu %lld %llu %zu %td %jd %ju", -5L, 5UL, -5LL, 5ULL, sizeof(text), (ptrdiff_t)-1,
	     INTMAX_MIN, UINTMAX_MAX);
	SAME("%" PRIu64 " %" PRId64 " %" PRIx64 " %hhu %hu %c %.3f %8.1f|", UINT64_MAX, INT64_MIN,
	     UINT64_MAX, (unsigned char)200, (unsigned short)60000, 'x', 3.14159, -2.5);
	SAME("%04x %3u %.0d %.5d", 0xabu, 5u, 0, 42);
}

static void foreign_text_is_visible(void **state)
{
	(void)state;
	assert_string_equal(made(sizeof(text), "a\n%s\n", "b\nc\x1b[m\xff\xe2\x80\xae"),
			    "a\nb\\nc\\x1b[m\\xff\\u202e\n");
	assert_string_equal(made(sizeof(text), "%c%.2s", 7, "\x1b\x1b\x1b"), "\\a\\x1b\\x1b");
	/* Widths are in columns; a backslash stays, so that nothing is escaped twice. */
	assert_string_equal(made(sizeof(text), "[%6s]", "\xe6\x97\xa5"), "[    \xe6\x97\xa5]");
	assert_string_equal(made(sizeof(text), "%s", "C:\\x\\n"), "C:\\x\\n");
	assert_string_equal(made(sizeof(text), "%ls|%s", L"a\x202e\x1b", "z"), "a\\u202e\\x1b|z");
}

/* At every size the result is a prefix of the whole, cut between characters. */
static void cut_between_characters(void **state)
{
	static const char whole[] = "ab\xc3\xa4\\x1b\xe6\x97\xa5-7";
	size_t longest = 0;

	(void)state;
	for (size_t size = 0; size < sizeof(whole) + 2; size++) {
		made(size, "ab%s%d", "\xc3\xa4\x1b\xe6\x97\xa5", -7);
		if (size == 0)
			continue;
		assert_memory_equal(text, whole, strlen(text));
		assert_true(vigil_utf8_valid(text, strlen(text)));
		assert_true(strlen(text) >= longest);
		longest = strlen(text);
	}
	assert_int_equal(longest, sizeof(whole) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_printf),
		cmocka_unit_test(foreign_text_is_visible),
		cmocka_unit_test(cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
