/* SPDX-License-Identifier: MIT */
/* test_modifiers.c - every modifier of Sigma, wildcards, escapes, and the kinds of values. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "judge.h"

#define HIT(item, value)  assert_int_equal(judge_item(item, value), DETECT_TRUE)
#define MISS(item, value) assert_int_equal(judge_item(item, value), DETECT_FALSE)
#define OPEN(item, value) assert_int_equal(judge_item(item, value), DETECT_UNDECIDED)

#define REFUSED(item, outcome, part) \
	judge_refused("  s:\n    " item "\n  condition: s\n", outcome, part)

static void test_equal(void **state)
{
	(void)state;
	HIT("F: 'abc'", STRING("abc"));
	HIT("F: 'abc'", STRING("ABC"));
	HIT("F: aBc", STRING("AbC"));
	MISS("F: 'abc'", STRING("abcd"));
	MISS("F: 'abc'", STRING("xabc"));
	MISS("F: 'abc'", STRING(""));
	HIT("F: ''", STRING(""));
	MISS("F: ''", STRING("a"));
	MISS("F: ''", NULL_VALUE);
	HIT("F: [a, b]", STRING("b"));
	MISS("F: [a, b]", STRING("c"));
}

static void test_case_of_unicode(void **state)
{
	(void)state;
	HIT("F: 'ÄÖÉ'", STRING("äöé"));
	HIT("F: 'straße'", STRING("STRAẞE"));
	HIT("F: 'k'", STRING("\xe2\x84\xaa")); /* KELVIN SIGN */
	HIT("F: 'привет'", STRING("ПРИВЕТ"));
	HIT("F|contains: 'ⱥ'", STRING("xȺx")); /* 2 bytes that fold to 3 */
	MISS("F: 'ä'", STRING("a"));
	HIT("F|contains: 'abc'", STRING("\xff\xfe"
					"ABC\x80"));
}

static void test_wildcards(void **state)
{
	(void)state;
	HIT("F: '*'", STRING(""));
	HIT("F: '*'", STRING("x"));
	MISS("F: '*'", NULL_VALUE);
	HIT("F: 'a*'", STRING("abc"));
	HIT("F: '*c'", STRING("abc"));
	HIT("F: '*b*'", STRING("abc"));
	HIT("F: 'a*c'", STRING("abbc"));
	HIT("F: 'a*c'", STRING("ac"));
	MISS("F: 'a*c'", STRING("acb"));
	HIT("F: 'a**c'", STRING("abc"));
	HIT("F: 'a?c'", STRING("abc"));
	MISS("F: 'a?c'", STRING("ac"));
	MISS("F: 'a?c'", STRING("abbc"));
	HIT("F: 'a?c'", STRING("aüc"));
	HIT("F: 'a?c'", STRING("a\xff"
			       "c"));
	HIT("F: '?\?'", STRING("ab"));
	MISS("F: '?\?'", STRING("abc"));
	HIT("F: '*?'", STRING("abc"));
	MISS("F: '*?'", STRING(""));
	HIT("F: '*a?b*c'", STRING("aab axb c"));
	HIT("F: '*ab*ab'", STRING("abab"));
	MISS("F: '*ab*ab'", STRING("ab"));
	HIT("F: '*aab'", STRING("aaab"));
	HIT("F: '*a?b'", STRING("aaab"));
	MISS("F: 'a*a'", STRING("a"));
}

static void test_escapes(void **state)
{
	(void)state;
	HIT("F: 'a\\*c'", STRING("a*c"));
	MISS("F: 'a\\*c'", STRING("abc"));
	HIT("F: 'a\\?c'", STRING("a?c"));
	MISS("F: 'a\\?c'", STRING("abc"));
	HIT("F: 'C:\\Windows'", STRING("C:\\Windows"));
	HIT("F: 'C:\\\\Windows'", STRING("C:\\Windows"));
	HIT("F: 'a\\\\*'", STRING("a\\bcd")); /* a backslash, then a wildcard */
	MISS("F: 'a\\\\*'", STRING("abcd"));
	HIT("F: 'a\\\\\\*'", STRING("a\\*")); /* a backslash and an asterisk */
	MISS("F: 'a\\\\\\*'", STRING("a\\b"));
	HIT("F: '\\\\\\\\server'", STRING("\\\\server"));
	HIT("F: '\\\\\\server'", STRING("\\\\server")); /* three are two */
	MISS("F: '\\\\server'", STRING("\\\\server"));
	HIT("F: 'end\\'", STRING("end\\"));
	HIT("F: \"a\\tb\"", STRING("a\tb")); /* an escape of YAML */
	HIT("F|contains: '%x%'", STRING("1%X%2"));
}

static void test_parts(void **state)
{
	(void)state;
	HIT("F|contains: 'bc'", STRING("aBCd"));
	MISS("F|contains: 'bd'", STRING("abcd"));
	HIT("F|contains: ''", STRING(""));
	MISS("F|contains: ''", NULL_VALUE);
	HIT("F|startswith: 'ab'", STRING("abcd"));
	MISS("F|startswith: 'bc'", STRING("abcd"));
	HIT("F|endswith: '\\cmd.exe'", STRING("C:\\CMD.EXE"));
	MISS("F|endswith: '\\cmd.exe'", STRING("cmd.exe"));
	HIT("F|contains: 'a*d'", STRING("xabcdx"));
	HIT("F|contains: 'a\\*d'", STRING("xa*dx"));
	HIT("F|startswith: 'a?c'", STRING("abcd"));
	HIT("F|endswith: 'b*d'", STRING("abcd"));
	HIT("F|contains: 12", STRING("a123"));
	HIT("F|contains: 12", NUMBER(41290));
	HIT("F|contains: true", STRING("is TRUE"));
}

static void test_all(void **state)
{
	(void)state;
	HIT("F|contains|all: [a, b]", STRING("b a"));
	MISS("F|contains|all: [a, b]", STRING("b"));
	HIT("F|all|contains: [a, b]", STRING("ab"));
	HIT("F|contains|all: [a]", STRING("a"));
}

static void test_cased(void **state)
{
	(void)state;
	HIT("F|cased: 'Abc'", STRING("Abc"));
	MISS("F|cased: 'Abc'", STRING("abc"));
	HIT("F|contains|cased: 'LongText'", STRING("a LongText"));
	MISS("F|contains|cased: 'LongText'", STRING("a longtext"));
	HIT("F|cased|endswith: 'ÄÖÜßé'", STRING("xÄÖÜßé"));
	MISS("F|cased|endswith: 'ÄÖÜßé'", STRING("xäöüßé"));
	HIT("F|cased: '1'", NUMBER(1));
}

static void test_neq(void **state)
{
	(void)state;
	HIT("F|neq: 'a'", STRING("b"));
	MISS("F|neq: 'a'", STRING("A"));
	HIT("F|neq: [a, b]", STRING("c"));
	MISS("F|neq: [a, b]", STRING("b"));
	HIT("F|neq: a", NULL_VALUE);
	HIT("F|neq: 5", NUMBER(6));
	MISS("F|neq: 5", NUMBER(5));
	MISS("F|contains|neq: b", STRING("abc"));
	HIT("F|contains|all|neq: [a, x]", STRING("abc"));
	MISS("F|contains|all|neq: [a, b]", STRING("abc"));
	MISS("F|neq: null", NULL_VALUE);
	HIT("F|neq: null", STRING(""));
	OPEN("F|neq: a", UNKNOWN_VALUE);
}

static void test_null_and_exists(void **state)
{
	const struct judge_field none[] = { { NULL, NULL_VALUE } };

	(void)state;
	HIT("F: null", NULL_VALUE);
	HIT("F: ", NULL_VALUE);
	HIT("F: ~", NULL_VALUE);
	MISS("F: null", STRING(""));
	MISS("F: null", STRING("null"));
	MISS("F: 'null'", NULL_VALUE);
	OPEN("F: null", UNKNOWN_VALUE);
	assert_int_equal(judge("  s:\n    F: null\n  condition: s\n", none), DETECT_TRUE);
	HIT("F|exists: true", STRING(""));
	HIT("F|exists: true", NULL_VALUE);
	MISS("F|exists: false", NULL_VALUE);
	assert_int_equal(judge("  s:\n    F|exists: true\n  condition: s\n", none), DETECT_FALSE);
	assert_int_equal(judge("  s:\n    F|exists: false\n  condition: s\n", none), DETECT_TRUE);
	OPEN("F|exists: true", UNKNOWN_VALUE);
	REFUSED("F|exists: 'yes'", DETECT_INVALID, "true or false");
	REFUSED("F|exists|contains: true", DETECT_INVALID, "cannot follow");
	REFUSED("F|contains: null", DETECT_INVALID, "null");
	REFUSED("F: [a, null]", DETECT_INVALID, "null");
}

static void test_numbers(void **state)
{
	(void)state;
	HIT("F: 4625", NUMBER(4625));
	HIT("F: 4625", STRING("4625"));
	MISS("F: 4625", STRING("04625"));
	MISS("F: 4625", NUMBER(462));
	HIT("F: '4625'", NUMBER(4625));
	HIT("F: '46*'", NUMBER(4625));
	HIT("F: -3", NUMBER(-3));
	HIT("F|startswith: '-3'", NUMBER(-31));
	HIT("F: 0x10", NUMBER(16));
	HIT("F: 0x1F", STRING("0x1f"));
	MISS("F: 0x10", STRING("16"));
	HIT("F: 1.0", NUMBER(1));
	HIT("F: '0x10'", STRING("0X10"));
	HIT("F: 9223372036854775807", NUMBER(INT64_MAX));
	HIT("F: -9223372036854775808", NUMBER(INT64_MIN));
	HIT("F: '-9223372036854775808'", NUMBER(INT64_MIN));
	HIT("F: true", STRING("True"));
	HIT("F: yes", STRING("yes"));
	MISS("F: yes", STRING("true"));
}

static void test_comparisons(void **state)
{
	(void)state;
	HIT("F|lt: 5", NUMBER(4));
	MISS("F|lt: 5", NUMBER(5));
	HIT("F|lte: 5", NUMBER(5));
	HIT("F|gt: 5", NUMBER(6));
	MISS("F|gt: 5", NUMBER(5));
	HIT("F|gte: 5", NUMBER(5));
	HIT("F|gte: 1.5", NUMBER(2));
	MISS("F|gte: 1.5", NUMBER(1));
	HIT("F|gt: -5", NUMBER(-4));
	HIT("F|gt: 5", STRING("10"));
	HIT("F|gt: 5", STRING("0x10"));
	MISS("F|gt: 5", STRING("ten"));
	MISS("F|lt: 5", NULL_VALUE);
	HIT("F|gt: 9007199254740992", NUMBER(9007199254740993)); /* not as a double */
	OPEN("F|gt: 5", BEGINNING("1"));
	REFUSED("F|gt: ten", DETECT_INVALID, "number");
	REFUSED("F|gt|contains: 1", DETECT_INVALID, "cannot follow");
	REFUSED("F|contains|gt: 1", DETECT_INVALID, "cannot follow");
	REFUSED("F|lt|gt: 1", DETECT_INVALID, "cannot follow");
}

static void test_time(void **state)
{
	(void)state;
	HIT("F|minute: 7", STRING("2026-11-30 01:07:09.123"));
	HIT("F|hour: 1", STRING("2026-11-30T01:07:09Z"));
	HIT("F|hour|gte: 18", STRING("2026-11-30 18:00:00"));
	MISS("F|hour|lt: 18", STRING("2026-11-30 18:00:00"));
	HIT("F|day: 30", STRING("2026-11-30"));
	HIT("F|month: 11", STRING("2026-11-30"));
	HIT("F|year: 2026", STRING("2026-11-30"));
	HIT("F|week: 49", STRING("2026-11-30"));
	HIT("F|week: 53", STRING("2021-01-03"));
	HIT("F|week: 1", STRING("2021-01-04"));
	HIT("F|week: 1", STRING("2024-12-30"));
	HIT("F|week: 52", STRING("2023-01-01"));
	HIT("F|hour|neq: 2", STRING("2026-11-30 01:00"));
	MISS("F|hour: 1", STRING("2026-11-30"));
	MISS("F|day: 31", STRING("2026-11-31"));
	MISS("F|day: 30", STRING("30.11.2026"));
	MISS("F|year: 2026", NUMBER(2026));
	REFUSED("F|hour|contains: 1", DETECT_INVALID, "cannot follow");
}

static void test_regex(void **state)
{
	(void)state;
	HIT("F|re: 'b.d'", STRING("abcde"));
	MISS("F|re: 'B.d'", STRING("abcde"));
	HIT("F|re|i: 'B.d'", STRING("abcde"));
	HIT("F|re: '^a.*e$'", STRING("abcde"));
	MISS("F|re: '^b'", STRING("abcde"));
	MISS("F|re: '^b'", STRING("a\nb"));
	HIT("F|re|m: '^b'", STRING("a\nb"));
	MISS("F|re: 'a.b'", STRING("a\nb"));
	HIT("F|re|s: 'a.b'", STRING("a\nb"));
	HIT("F|re|i|m|s: '^B.c$'", STRING("a\nb\nC"));
	HIT("F|re: '[0-9]{3,5}'", STRING("x123"));
	HIT("F|re: '(foo|bar)+'", STRING("xbar"));
	HIT("F|re: '\\*\\?\\\\'", STRING("*?\\"));
	HIT("F|re: '^\\x{fc}$'", STRING("ü"));
	/* The end of a class, of an alternative, of a group is not where it seems. */
	HIT("F|re: '[a\\c\\\\]]bcd'", STRING("abcd"));
	HIT("F|re: 'abc\\c\\|x'", STRING("x"));
	HIT("F|re: '(?C\")def\")a'", STRING("a"));
	HIT("F|re: 'abc'", STRING("\xff"
				  "abc"));
	HIT("F|re: '^4\\d+$'", NUMBER(4625));
	HIT("F|re|startswith: 'b|abc'", STRING("abcde"));
	MISS("F|re|startswith: 'b'", STRING("abcde"));
	HIT("F|re|endswith: 'd|de'", STRING("abcde"));
	MISS("F|re|endswith: 'd'", STRING("abcde"));
	HIT("F|re|contains: 'c'", STRING("abcde"));
	HIT("F|re|all: ['a', 'b']", STRING("ab"));
	MISS("F|re|all: ['a', 'b']", STRING("a"));
	MISS("F|re: ''", NULL_VALUE);
	HIT("F|re: ''", STRING(""));
	REFUSED("F|re: '('", DETECT_INVALID, "regular expression");
	REFUSED("F|re: '\\C'", DETECT_INVALID, "regular expression");
	REFUSED("F|i: 'a'", DETECT_INVALID, "cannot follow");
	REFUSED("F|contains|re: 'a'", DETECT_INVALID, "cannot follow");
}

static void test_base64(void **state)
{
	(void)state;
	HIT("F|base64|contains: 'foobar'", STRING("x Zm9vYmFy y"));
	HIT("F|base64: 'fooba'", STRING("Zm9vYmE="));
	MISS("F|base64|contains: 'foobar'", STRING("Zm9vYmF"));
	/* http:// at the offsets 0, 1 and 2 */
	HIT("F|base64offset|contains: 'http://'", STRING("aHR0cDovL2V4"));
	HIT("F|base64offset|contains: 'http://'", STRING("eGh0dHA6Ly9leA"));
	HIT("F|base64offset|contains: 'http://'", STRING("eHhodHRwOi8vZXg"));
	MISS("F|base64offset|contains: 'http://'", STRING("aHR0cHM6Ly9leA"));
	/* One of the three forms of one byte is empty, which any text contains. */
	REFUSED("F|base64offset|contains: 'a'", DETECT_REFUSED, "less than two bytes");
	HIT("F|wide|base64offset|contains: 'ping'", STRING("AAAcABpAG4AZwAAA"));
	HIT("F|utf16le|base64|contains: 'ab'", STRING("YQBiAA=="));
	REFUSED("F|base64: 'a*'", DETECT_REFUSED, "wildcards");
}

static void test_utf16(void **state)
{
	(void)state;
	HIT("F|wide: 'cmd'", STRING("c\0m\0d\0"));
	HIT("F|utf16le: 'cmd'", STRING("c\0m\0d\0"));
	HIT("F|utf16be: 'cmd'", STRING("\0c\0m\0d"));
	HIT("F|utf16: 'cmd'", STRING("\xff\xfe"
				     "c\0m\0d\0"));
	HIT("F|wide|contains: 'md'", STRING("c\0m\0d\0"));
	HIT("F|utf16be: '\xf0\x9f\x98\x80'", STRING("\xd8\x3d\xde\x00"));
	MISS("F|wide: 'cmd'", STRING("cmd"));
	HIT("F|wide: 'a*d'", STRING("a\0b\0d\0"));
}

static void test_windash(void **state)
{
	(void)state;
	HIT("F|windash|contains: ' -f'", STRING("x -f"));
	HIT("F|windash|contains: ' -f'", STRING("x /F"));
	HIT("F|windash|contains: ' -f'", STRING("x \xe2\x80\x93"
						"f"));
	HIT("F|contains|windash: ' -f'", STRING("x \xe2\x80\x94"
						"f"));
	HIT("F|windash|contains: ' /f'", STRING("x \xe2\x80\x95"
						"f"));
	HIT("F|windash|contains: ' \xe2\x80\x93"
	    "f'",
	    STRING("x -f"));
	MISS("F|windash|contains: ' -f'", STRING("x \xe2\x80\x96"
						 "f"));
	MISS("F|windash|contains: ' -f'", STRING("x f"));
	HIT("F|windash|contains|all: ['-a', '-b']", STRING("/b -a"));
	HIT("F|windash: '-a-b'", STRING("/a-b"));
	HIT("F|windash|base64: '-a'", STRING("L2E=")); /* /a */
	HIT("F|windash|endswith: '-?b'", STRING("x/ab"));
	REFUSED("F|windash|base64: '-----'", DETECT_REFUSED, "permutations");
}

static void test_cidr(void **state)
{
	(void)state;
	HIT("F|cidr: '10.0.0.0/8'", STRING("10.1.2.3"));
	MISS("F|cidr: '10.0.0.0/8'", STRING("11.1.2.3"));
	HIT("F|cidr: '192.168.4.0/22'", STRING("192.168.7.255"));
	MISS("F|cidr: '192.168.4.0/22'", STRING("192.168.8.0"));
	HIT("F|cidr: '0.0.0.0/0'", STRING("1.2.3.4"));
	HIT("F|cidr: '1.2.3.4'", STRING("1.2.3.4"));
	HIT("F|cidr: '2001:db8::/32'", STRING("2001:0db8:1::5"));
	MISS("F|cidr: '2001:db8::/32'", STRING("2001:db9::"));
	HIT("F|cidr: '::1/128'", STRING("::1"));
	HIT("F|cidr: 'fe80::/10'", STRING("febf:ffff::"));
	HIT("F|cidr: '::ffff:0:0/96'", STRING("::ffff:1.2.3.4"));
	MISS("F|cidr: '0.0.0.0/0'", STRING("::1"));
	MISS("F|cidr: '0.0.0.0/0'", STRING("1.2.3"));
	MISS("F|cidr: '0.0.0.0/0'", STRING("01.2.3.4"));
	MISS("F|cidr: '::/0'", STRING("1::2::3"));
	MISS("F|cidr: '::/0'", STRING("1:2:3:4:5:6:7:8:9"));
	HIT("F|cidr: ['10.0.0.0/8', '127.0.0.0/8']", STRING("127.0.0.1"));
	HIT("F|cidr|neq: '10.0.0.0/8'", STRING("11.0.0.1"));
	REFUSED("F|cidr: '10.0.0.0/33'", DETECT_INVALID, "network");
	REFUSED("F|cidr: '10.0.0/8'", DETECT_INVALID, "network");
}

static void test_fieldref(void **state)
{
	const struct judge_field pair[] = { { "F", STRING("C:\\Cmd.exe") },
					    { "G", STRING("c:\\cmd.EXE") },
					    { "H", STRING("cmd") },
					    { "N", NUMBER(7) },
					    { "M", STRING("7") },
					    { "U", UNKNOWN_VALUE },
					    { NULL, NULL_VALUE } };
	const struct {
		const char *item;
		enum detect_truth truth;
	} expected[] = {
		{ "F|fieldref: G", DETECT_TRUE },
		{ "F|fieldref: H", DETECT_FALSE },
		{ "F|fieldref|cased: G", DETECT_FALSE },
		{ "F|fieldref|cased: F", DETECT_TRUE },
		{ "F|fieldref|contains: H", DETECT_TRUE },
		{ "F|fieldref|startswith: H", DETECT_FALSE },
		{ "F|fieldref|endswith: H", DETECT_FALSE },
		{ "F|fieldref|neq: H", DETECT_TRUE },
		{ "N|fieldref: M", DETECT_TRUE },
		{ "F|fieldref: Absent", DETECT_FALSE },
		{ "Absent|fieldref: F", DETECT_FALSE },
		{ "F|fieldref: U", DETECT_UNDECIDED },
		{ "U|fieldref: F", DETECT_UNDECIDED },
		{ "F|fieldref: [H, G]", DETECT_TRUE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		char text[128];

		snprintf(text, sizeof(text), "  s:\n    %s\n  condition: s\n", expected[i].item);
		if (judge(text, pair) != expected[i].truth)
			fail_msg("%s", expected[i].item);
	}
	REFUSED("F|fieldref: 5", DETECT_INVALID, "fieldref");
	REFUSED("F|fieldref: NoField", DETECT_NOT_EVALUABLE, "does not know");
}

static void test_lists(void **state)
{
	const struct detect_value some[] = { STRING("one"), NUMBER(2), STRING("three") };
	const struct detect_value open[] = { STRING("one"), UNKNOWN_VALUE };
	const struct detect_value list = { .kind = DETECT_LIST, .length = 3, .item = some };
	const struct detect_value part = { .kind = DETECT_LIST, .length = 2, .item = open };
	const struct detect_value empty = { .kind = DETECT_LIST, .length = 0 };

	(void)state;
	assert_int_equal(judge_item("F: three", list), DETECT_TRUE);
	assert_int_equal(judge_item("F: 2", list), DETECT_TRUE);
	assert_int_equal(judge_item("F: four", list), DETECT_FALSE);
	assert_int_equal(judge_item("F|contains|all: [ne, hre]", list), DETECT_TRUE);
	assert_int_equal(judge_item("F: one", part), DETECT_TRUE);
	assert_int_equal(judge_item("F: three", part), DETECT_UNDECIDED);
	assert_int_equal(judge_item("F: null", empty), DETECT_TRUE);
}

static void test_beginning(void **state)
{
	(void)state;
	HIT("F|contains: 'needle'", BEGINNING("a needle in"));
	OPEN("F|contains: 'needle'", BEGINNING("a nee"));
	HIT("F|startswith: 'abc'", BEGINNING("abcd"));
	MISS("F|startswith: 'abc'", BEGINNING("abd"));
	OPEN("F|startswith: 'abc'", BEGINNING("ab"));
	OPEN("F|endswith: 'abc'", BEGINNING("abc"));
	MISS("F: 'abc'", BEGINNING("abcd"));
	OPEN("F: 'abc'", BEGINNING("abc"));
	OPEN("F: 'abc*x'", BEGINNING("abcx"));
	HIT("F: 'ab*c*'", BEGINNING("abxc"));
	HIT("F|re: 'abc'", BEGINNING("xabcx"));
	OPEN("F|re: 'abc$'", BEGINNING("xabc"));
	OPEN("F|re: 'abc'", BEGINNING("xab"));
	OPEN("F|re: 'a(?!b)'", BEGINNING("a"));
	HIT("F: '*'", BEGINNING(""));
	MISS("F: null", BEGINNING("a"));
}

static void test_unknown_modifier(void **state)
{
	(void)state;
	REFUSED("F|contain: 'a'", DETECT_INVALID, "unknown modifier 'contain'");
	REFUSED("F|base64offset|foo: 'a'", DETECT_INVALID, "unknown modifier 'foo'");
	REFUSED("'F|': 'a'", DETECT_INVALID, "no modifier after '|'");
	REFUSED("'F|neq|': 'a'", DETECT_INVALID, "no modifier after '|'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_case_of_unicode),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_cased),
		cmocka_unit_test(test_neq),
		cmocka_unit_test(test_null_and_exists),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_regex),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_windash),
		cmocka_unit_test(test_cidr),
		cmocka_unit_test(test_fieldref),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_beginning),
		cmocka_unit_test(test_unknown_modifier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
