/* SPDX-License-Identifier: MIT */
/* test_conditions.c - conditions, search identifiers, and logic with values that are not known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "judge.h"

/* Search identifiers t, f and u that are true, false and undecided; and some for patterns. */
static const char identifiers[] = "  t:\n    F: a\n"
				  "  f:\n    F: b\n"
				  "  u:\n    U: a\n"
				  "  sel_1:\n    F: a\n"
				  "  sel_2:\n    F: b\n"
				  "  sel_3:\n    U: a\n"
				  "  yes_1:\n    F: a\n"
				  "  yes_2:\n    F: '*'\n"
				  "  and_not:\n    F: a\n"
				  "  1st:\n    F: a\n"
				  "  _hidden:\n    F: b\n";

static const struct judge_field event[] = {
	{ "F", { .kind = DETECT_STRING, .length = 1, .string = "a" } },
	{ "U", { .kind = DETECT_UNKNOWN } },
	{ NULL, { .kind = DETECT_ABSENT } }
};

static void check(const char *condition, enum detect_truth truth)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s  condition: %s\n", identifiers, condition);
	if (judge(text, event) != truth)
		fail_msg("%s", condition);
}

static void check_wrong(const char *condition, const char *part)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s  condition: '%s'\n", identifiers, condition);
	judge_refused(text, DETECT_INVALID, part);
}

static void test_logic(void **state)
{
	static const char *const name[] = { "f", "u", "t" };

	(void)state;
	for (int a = 0; a < 3; a++) {
		char text[64];

		snprintf(text, sizeof(text), "not %s", name[a]);
		check(text, (enum detect_truth)(2 - a));
		for (int b = 0; b < 3; b++) {
			snprintf(text, sizeof(text), "%s and %s", name[a], name[b]);
			check(text, (enum detect_truth)(a < b ? a : b));
			snprintf(text, sizeof(text), "%s or %s", name[a], name[b]);
			check(text, (enum detect_truth)(a > b ? a : b));
		}
	}
}

static void test_precedence(void **state)
{
	(void)state;
	check("t or t and f", DETECT_TRUE);
	check("(t or t) and f", DETECT_FALSE);
	check("f and f or t", DETECT_TRUE);
	check("not f and f", DETECT_FALSE);
	check("not (f and f)", DETECT_TRUE);
	check("not not t", DETECT_TRUE);
	check("not f or f", DETECT_TRUE);
	check("t and not f", DETECT_TRUE);
	check("not 1 of sel_* or t", DETECT_TRUE);
	check("((t))", DETECT_TRUE);
	check("(t)and(t)", DETECT_TRUE);
	check("t AND NOT f", DETECT_TRUE);
	check("and_not", DETECT_TRUE);
	check("1st", DETECT_TRUE);
}

static void test_of(void **state)
{
	(void)state;
	check("1 of sel_*", DETECT_TRUE);
	check("any of sel_*", DETECT_TRUE);
	check("all of sel_*", DETECT_FALSE);
	check("all of yes_*", DETECT_TRUE);
	check("2 of yes_*", DETECT_TRUE);
	check("2 of sel_*", DETECT_UNDECIDED);
	check("3 of sel_*", DETECT_FALSE);
	check("not 2 of sel_*", DETECT_UNDECIDED);
	check("1 of sel_2", DETECT_FALSE);
	check("1 of *_1", DETECT_TRUE);
	check("1 of s*l_*2", DETECT_FALSE);
	check("all of them", DETECT_FALSE);
	check("1 of them", DETECT_TRUE);
	check("1 of _*", DETECT_FALSE);
	check("1 of _hidden or t", DETECT_TRUE);
	check("t and not 1 of f*", DETECT_TRUE);
}

/* `them` and * leave out what begins with an underscore. */
static void test_hidden(void **state)
{
	const char *text = "  _a:\n    F: a\n  b:\n    F: b\n  condition: ";
	char rule[256];

	(void)state;
	snprintf(rule, sizeof(rule), "%s1 of them\n", text);
	assert_int_equal(judge(rule, event), DETECT_FALSE);
	snprintf(rule, sizeof(rule), "%s1 of *\n", text);
	assert_int_equal(judge(rule, event), DETECT_FALSE);
	snprintf(rule, sizeof(rule), "%s_a\n", text);
	assert_int_equal(judge(rule, event), DETECT_TRUE);
}

static void test_list_of_conditions(void **state)
{
	(void)state;
	check("[f, t]", DETECT_TRUE);
	check("[f, u]", DETECT_UNDECIDED);
	check("[f, f and t]", DETECT_FALSE);
}

static void test_wrong(void **state)
{
	(void)state;
	check_wrong("", "missing");
	check_wrong("x", "no search identifier");
	check_wrong("t and", "missing");
	check_wrong("and t", "missing");
	check_wrong("t f", "'and' or 'or'");
	check_wrong("(t", "')' is missing");
	check_wrong("t)", "'and' or 'or'");
	check_wrong("()", "missing");
	check_wrong("not", "missing");
	check_wrong("1 of", "missing");
	check_wrong("1 of nothing*", "no search identifier matches");
	check_wrong("4 of sel_*", "fewer");
	check_wrong("0 of sel_*", "no search identifier");
	check_wrong("T", "no search identifier");
	judge_refused("  s:\n    F: a\n  condition: s | count() > 5\n", DETECT_NOT_EVALUABLE,
		      "aggregations");
	judge_refused("  s:\n    F: a\n", DETECT_INVALID, "no condition");
	judge_refused("  s:\n    F: a\n  condition: []\n", DETECT_INVALID, "no condition");
	judge_refused("  s:\n    F: a\n  condition: {a: s}\n", DETECT_INVALID, "not a string");
}

static void test_maps_and_lists(void **state)
{
	const struct judge_field fields[] = { { "A", STRING("1") },
					      { "B", STRING("2") },
					      { NULL, NULL_VALUE } };

	(void)state;
	/* All of a map; one of a list of maps. */
	assert_int_equal(judge("  s:\n    A: 1\n    B: 2\n  condition: s\n", fields), DETECT_TRUE);
	assert_int_equal(judge("  s:\n    A: 1\n    B: 1\n  condition: s\n", fields), DETECT_FALSE);
	assert_int_equal(judge("  s:\n    - A: 2\n    - B: 2\n  condition: s\n", fields),
			 DETECT_TRUE);
	assert_int_equal(judge("  s:\n    - A: 2\n      B: 2\n    - A: 1\n      B: 1\n"
			       "  condition: s\n",
			       fields),
			 DETECT_FALSE);
	/* The same field with two modifiers. */
	assert_int_equal(judge("  s:\n    A|startswith: 1\n    A|endswith: 1\n  condition: s\n",
			       fields),
			 DETECT_TRUE);
	judge_refused("  s: []\n  condition: s\n", DETECT_INVALID, "empty");
	judge_refused("  s: {}\n  condition: s\n", DETECT_INVALID, "empty");
	judge_refused("  s:\n  condition: s\n", DETECT_INVALID, "null");
	judge_refused("  s:\n    F: []\n  condition: s\n", DETECT_INVALID, "without values");
	judge_refused("  s:\n    F: {a: b}\n  condition: s\n", DETECT_INVALID, "neither a string");
	judge_refused("  s:\n    F: [[a]]\n  condition: s\n", DETECT_INVALID, "neither a string");
	judge_refused("  s:\n    - - a\n  condition: s\n", DETECT_INVALID, "list in a list");
	judge_refused("  s:\n    F: a\n    F: b\n  condition: s\n", DETECT_INVALID, "twice");
}

static void test_keywords(void **state)
{
	const struct judge_field fields[] = { { "A", STRING("some EvilService here") },
					      { "B", NUMBER(4711) },
					      { NULL, NULL_VALUE } };

	(void)state;
	assert_int_equal(judge("  k:\n    - nothing\n    - evilservice\n  condition: k\n", fields),
			 DETECT_TRUE);
	assert_int_equal(judge("  k: evil*here\n  condition: k\n", fields), DETECT_TRUE);
	assert_int_equal(judge("  k: evil?ervice\n  condition: k\n", fields), DETECT_TRUE);
	assert_int_equal(judge("  k:\n    - 471\n  condition: k\n", fields), DETECT_TRUE);
	assert_int_equal(judge("  k:\n    - good\n  condition: k\n", fields), DETECT_FALSE);
	assert_int_equal(judge("  k:\n    '|all':\n      - some\n      - '4711'\n  condition: k\n",
			       fields),
			 DETECT_TRUE);
	assert_int_equal(judge("  k:\n    '|all':\n      - some\n      - good\n  condition: k\n",
			       fields),
			 DETECT_FALSE);
	assert_int_equal(judge("  k:\n    '|re':\n      - 'Evil.e'\n  condition: k\n", fields),
			 DETECT_TRUE);
	assert_int_equal(judge("  k:\n    - nothing\n    - A: 'some*'\n  condition: k\n", fields),
			 DETECT_TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logic),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_of),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_list_of_conditions),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_maps_and_lists),
		cmocka_unit_test(test_keywords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
