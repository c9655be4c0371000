/* SPDX-License-Identifier: MIT */
/* test_limits.c - hostile rules are refused, and nothing takes long. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "detect/limits.h"
#include "judge.h"

#define SOURCE  "logsource: {product: windows, category: process_creation}\n"
#define SECONDS 5.0 /* of CPU time, also with sanitizers on a slow machine */

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void repeat(struct vigil_buffer *text, const char *what, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		vigil_put_text(text, what);
}

/* Fails the test unless a document with this after its title is not loaded, soon. */
static void check_refused(struct vigil_buffer *rest, enum detect_outcome outcome, const char *part)
{
	struct vigil_buffer text = { 0 };
	double before = cpu_seconds();

	vigil_put_text(&text, "title: x\n" SOURCE);
	vigil_put(&text, rest->data, rest->length + 1);
	assert_false(text.failed || rest->failed);
	judge_document_refused(text.data, outcome, part);
	assert_true(cpu_seconds() - before < SECONDS);
	vigil_buffer_free(&text);
	vigil_buffer_free(rest);
}

/* "item" of a search identifier, then its condition, closed by a NUL. */
static void end_rule(struct vigil_buffer *text)
{
	vigil_put_text(text, "\n  condition: s\n");
	vigil_put_char(text, '\0');
	text->length--;
}

static void test_file_size(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	repeat(&text, "# ten bytes\n", 1000000);
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "too large");
}

/* Each of 30 lists has the one before ten times. */
static void test_alias_bomb(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	vigil_put_text(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 30; i++) {
		char line[256], alias[16];

		snprintf(line, sizeof(line), "a%d: &a%d [", i, i);
		vigil_put_text(&text, line);
		snprintf(alias, sizeof(alias), "*a%d, ", i - 1);
		repeat(&text, alias, 10);
		vigil_put_text(&text, "x]\n");
	}
	vigil_put_text(&text, "detection:\n  s: {F: *a29}");
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "too many nodes");
}

static void test_depth(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	vigil_put_text(&text, "x: ");
	repeat(&text, "[", 500000);
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "nested too deeply");
	vigil_put_text(&text, "x: ");
	repeat(&text, "{a: ", 200000);
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "nested too deeply");
	repeat(&text, "- ", 1);
	end_rule(&text);
	check_refused(&text, DETECT_INVALID, "");
}

static void test_nodes_and_keys(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	vigil_put_text(&text, "detection:\n  s:\n    F: [");
	repeat(&text, "a, ", LIMIT_NODES);
	vigil_put_text(&text, "a]");
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "too many nodes");
	vigil_put_text(&text, "detection:\n  s:\n");
	for (int i = 0; i < 20000; i++) {
		char line[32];

		snprintf(line, sizeof(line), "    F%d: a\n", i);
		vigil_put_text(&text, line);
	}
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "too many keys");
	repeat(&text, "? &a b\n: c\n", 2);
	end_rule(&text);
	check_refused(&text, DETECT_INVALID, "twice");
	for (int i = 0; i < 1000; i++) {
		char line[32];

		snprintf(line, sizeof(line), "k%d: &a%d b\n", i, i);
		vigil_put_text(&text, line);
	}
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "anchors");
}

static void test_values(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	vigil_put_text(&text, "detection:\n  s:\n    F: ");
	repeat(&text, "a", LIMIT_TEXT + 1);
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "too long");
	vigil_put_text(&text, "detection:\n  s:\n    F|windash|wide: ");
	repeat(&text, "-", 1000);
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "permutations");
	/* 625 permutations of 8000 bytes, of each of 100 values. */
	vigil_put_text(&text, "detection:\n  s:\n    F|windash|wide|base64offset:\n");
	for (int i = 0; i < 100; i++) {
		vigil_put_text(&text, "      - '----");
		repeat(&text, "abcdefgh", 300);
		vigil_put_text(&text, "'\n");
	}
	end_rule(&text);
	check_refused(&text, DETECT_REFUSED, "");
}

static void test_conditions(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	vigil_put_text(&text, "detection:\n  s: {F: a}\n  condition: '");
	repeat(&text, "(", 5000);
	vigil_put_text(&text, "'\n  x: {F: a");
	vigil_put_text(&text, "}\n");
	vigil_put_char(&text, '\0');
	text.length--;
	check_refused(&text, DETECT_REFUSED, "nested too deeply");
	vigil_put_text(&text, "detection:\n  s: {F: a}\n  condition: '");
	repeat(&text, "not ", 4000);
	vigil_put_text(&text, "'\n");
	vigil_put_char(&text, '\0');
	text.length--;
	check_refused(&text, DETECT_INVALID, "missing");
	vigil_put_text(&text, "detection:\n  s: {F: a}\n  condition: 's");
	repeat(&text, " or s", 5000);
	vigil_put_text(&text, "'\n");
	vigil_put_char(&text, '\0');
	text.length--;
	check_refused(&text, DETECT_REFUSED, "too long");
	/* A search identifier of 5000 values, a thousand times. */
	vigil_put_text(&text, "detection:\n  s:\n    F: [");
	repeat(&text, "abcd, ", 5000);
	vigil_put_text(&text, "a]\n  condition: 's");
	repeat(&text, " or s", 1000);
	vigil_put_text(&text, "'\n");
	vigil_put_char(&text, '\0');
	text.length--;
	check_refused(&text, DETECT_REFUSED, "too many values");
}

static void check_regex(const char *expression, enum detect_outcome outcome, const char *part)
{
	struct vigil_buffer text = { 0 };

	vigil_put_text(&text, "detection:\n  s:\n    F|re: '");
	vigil_put_text(&text, expression);
	vigil_put_char(&text, '\'');
	end_rule(&text);
	check_refused(&text, outcome, part);
}

static void test_large_expressions(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	repeat(&text, "a?", LIMIT_REGEX);
	vigil_put_char(&text, '\0');
	check_regex(text.data, DETECT_REFUSED, "regular expression");
	vigil_buffer_free(&text);
	repeat(&text, "(", 500);
	vigil_put_char(&text, '\0');
	check_regex(text.data, DETECT_REFUSED, "regular expression");
	vigil_buffer_free(&text);
	check_regex("((((a{1,100}){1,100}){1,100}){1,100}){1,100}", DETECT_REFUSED,
		    "regular expression");
	check_regex("(?:x{1,60000}y{1,60000}){1,60000}", DETECT_REFUSED, "regular expression");
}

/* An expression that would take exponential time reaches a limit, and the rule is counted. */
static void test_exponential_expressions(void **state)
{
	static const char *const expressions[] = { "^(a+)+$", "^(a|aa)+$", "(.*a){20}b",
						   "(a*)*(a*)*(a*)*b", "^(?:(a)|(?R))*b" };
	char value[4096];
	struct judge_field fields[] = { { "F", { .kind = DETECT_STRING, .length = sizeof(value) } },
					{ NULL, NULL_VALUE } };

	(void)state;
	memset(value, 'a', sizeof(value) - 1);
	value[sizeof(value) - 1] = '!';
	fields[0].value.string = value;
	for (size_t i = 0; i < sizeof(expressions) / sizeof(*expressions); i++) {
		char text[256];
		struct detect_set *set;
		double before = cpu_seconds();

		snprintf(text, sizeof(text),
			 "title: x\n" SOURCE "detection:\n  s: {F|re: '%s'}\n  condition: s\n",
			 expressions[i]);
		set = judge_load(text);
		assert_string_equal(detect_note(set, 0)->reason, "");
		if (judge_set(set, fields) == DETECT_TRUE)
			fail_msg("%s", expressions[i]);
		assert_true(cpu_seconds() - before < 1);
		detect_free(set);
	}
}

static void get_long(void *user, uint32_t id, struct detect_value *value)
{
	(void)id;
	*value = *(const struct detect_value *)user;
}

/* A rule that is undecided because of a limit is counted as such. */
static void test_limit_is_counted(void **state)
{
	struct detect_set *set =
	    judge_load("title: x\n" SOURCE "detection:\n  s: {F|re: '^(a+)+$'}\n"
		       "  condition: s\n");
	struct detect_state *own = detect_state_new(set);
	struct detect_value value = STRING("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	const struct detect_event event = { .source = 0, .get = get_long, .user = &value };
	const struct detect_hit *hit;
	const uint32_t *rule;

	(void)state;
	assert_int_equal(detect_eval(own, &event, &hit), 0);
	assert_int_equal(detect_undecided(own, &rule), 1);
	assert_int_equal(detect_count(own, 0).limited, 1);
	assert_int_equal(detect_count(own, 0).unknown, 0);
	detect_state_free(own);
	detect_free(set);
}

/* A value of a megabyte, and patterns that match it almost everywhere. */
static void test_long_value(void **state)
{
	const size_t size = 1u << 20;
	char *bytes = malloc(size);
	struct judge_field fields[] = { { "F", { .kind = DETECT_STRING, .length = 1u << 20 } },
					{ NULL, NULL_VALUE } };
	double before = cpu_seconds();

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'a', size);
	fields[0].value.string = bytes;
	assert_int_equal(
	    judge("  s:\n    F:\n      - '*aaaaaaaaaaaaaaaaab*'\n      - '*a?a?a?b*'\n"
		  "      - '*a*a*a*a*a*a*a*a*b'\n      - '?*?*?*?*b'\n  condition: s\n",
		  fields),
	    DETECT_FALSE);
	assert_true(cpu_seconds() - before < SECONDS);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_size),
		cmocka_unit_test(test_alias_bomb),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_nodes_and_keys),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_large_expressions),
		cmocka_unit_test(test_exponential_expressions),
		cmocka_unit_test(test_limit_is_counted),
		cmocka_unit_test(test_long_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
