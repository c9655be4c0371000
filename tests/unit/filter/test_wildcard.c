/* SPDX-License-Identifier: MIT */
/* test_wildcard.c - patterns with wildcards: what they match, and in what time. */
#include <time.h>

#include "core/wildcard.h"
#include "make_event.h"

static bool glob(const char *pattern, const char *text, bool anywhere, bool fold)
{
	bool too_long, result;
	struct vigil_wildcard *w = vigil_wildcard_new(pattern, anywhere, &too_long);

	assert_non_null(w);
	result = vigil_wildcard_match(w, text, strlen(text), fold);
	vigil_wildcard_free(w);
	return result;
}

static void wildcards(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool expected;
	} CASES[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "a", true },
		{ "a", "", false },
		{ "a", "ab", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "a*", "a", true },
		{ "a*", "abc", true },
		{ "*c", "abc", true },
		{ "*c", "abcd", false },
		{ "a*c", "ac", true },
		{ "a*b*c", "aXbYc", true },
		{ "a*b*c", "aXcYb", false },
		{ "**a**", "bab", true },
		{ "?", "a", true },
		{ "?", "", false },
		{ "?", "ab", false },
		{ "?", "\xc3\xa9", true },
		{ "a?c",
		  "a\xf0\x9f\x92\xa9"
		  "c",
		  true },
		{ "[abc]", "b", true },
		{ "[abc]", "d", false },
		{ "[a-c]x", "bx", true },
		{ "[!a-c]", "d", true },
		{ "[^a-c]", "b", false },
		{ "[!a]", "\xc3\xa9", true },
		{ "[]]", "]", true },
		{ "[!]]", "]", false },
		{ "[a-]", "-", true },
		{ "[", "[", true },
		{ "[a", "[a", true },
		{ "a\\*", "a*", true },
		{ "a\\*", "ab", false },
		{ "\\", "\\", true },
		{ "[\\]]", "]", true },
		{ "/usr/*/gcc*", "/usr/bin/x/gcc-12", true },
		{ "/usr/bin/[a-c]*", "/usr/bin/dash", false },
		{ "*.so.[0-9]", "/lib/libc.so.6", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		if (glob(CASES[i].pattern, CASES[i].text, false, false) != CASES[i].expected)
			fail_msg("%s on %s", CASES[i].pattern, CASES[i].text);
	assert_true(glob("needle", "hay needle hay", true, false));
	assert_false(glob("needle", "hay needl hay", true, false));
	assert_true(glob("n*le", "hay needle", true, false));
	assert_true(glob("NoTePad.*", "notepad.EXE", false, true));
	assert_false(glob("NoTePad.*", "notepad.EXE", false, false));
	assert_true(glob("[A-C]\xc3\xa9", "b\xc3\xa9", false, true));
}

/* More elements than a word has bits. */
static void long_patterns(void **state)
{
	char pattern[400], text[400];

	(void)state;
	for (size_t length = 64; length < sizeof(text); length++) {
		for (size_t i = 0; i < length; i++)
			pattern[i] = text[i] = (char)('a' + i % 26);
		pattern[length] = text[length] = '\0';
		assert_true(glob(pattern, text, false, false));
		text[length - 1] = '!';
		assert_false(glob(pattern, text, false, false));
		pattern[length - 1] = '*';
		assert_true(glob(pattern, text, false, false));
		text[62] = '!';
		assert_false(glob(pattern, text, false, false));
	}
}

/* A slow and simple matcher, to check the fast one. */
static bool simple(const char *p, const char *t)
{
	if (*p == '\0')
		return *t == '\0';
	if (*p == '*')
		return simple(p + 1, t) || (*t != '\0' && simple(p, t + 1));
	return *t != '\0' && (*p == '?' || *p == *t) && simple(p + 1, t + 1);
}

static void wildcards_by_chance(void **state)
{
	uint64_t seed = 1181783497276652981u;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char pattern[12] = "", text[16] = "";
		size_t p = make_random(&seed) % 10, t = make_random(&seed) % 14;

		for (size_t k = 0; k < p; k++)
			pattern[k] = "ab*?"[make_random(&seed) % 4];
		for (size_t k = 0; k < t; k++)
			text[k] = "ab"[make_random(&seed) % 2];
		if (glob(pattern, text, false, false) != simple(pattern, text))
			fail_msg("%s on %s", pattern, text);
	}
}

/* A pattern that takes exponential time with backtracking: 64 KiB must be fast. */
static void a_bad_pattern_is_not_slow(void **state)
{
	static char pattern[4001], text[65536];
	clock_t begin = clock();

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 0; i < 4000; i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[3999] = 'b';
	assert_false(glob(pattern, text, true, false));
	assert_true(clock() - begin < CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wildcards),
		cmocka_unit_test(long_patterns),
		cmocka_unit_test(wildcards_by_chance),
		cmocka_unit_test(a_bad_pattern_is_not_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
