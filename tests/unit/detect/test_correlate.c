/* SPDX-License-Identifier: MIT */
/* test_correlate.c - every type of correlation, chains, times, and limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/correlate.h"

#define SECOND UINT64_C(1000000000)
#define START  (1700000000 * SECOND)
#define BASE(name) \
	"title: B\nname: " name "\nlogsource: {product: windows, category: process_creation}\n" \
	"detection:\n  s: {K|contains: " name "}\n  condition: s\n"
#define RULES          BASE("a") "---\n" BASE("b") "---\n" BASE("c")
#define NAMED(n, yaml) "---\ntitle: C\nname: " n "\ncorrelation: " yaml "\n"
#define ONE(yaml)      RULES NAMED("x", yaml)
#define COUNT(by, condition) \
	ONE("{type: event_count, rules: [a], " by "timespan: 10s, condition: {" condition "}}")
#define FIELDS 4

static const char *const field_name[FIELDS] = { "K", "User", "Host", "Value" };

struct stream {
	struct detect_set *set;
	struct detect_state *state;
	struct correlate *correlate;
	const char *field[FIELDS]; /* of the event; NULL: absent */
	const struct correlate_match *match;
};

static const char *stream_resolve(void *user, unsigned source, const char *field, uint32_t *id)
{
	(void)user;
	(void)source;
	for (*id = 0; field && *id < FIELDS; (*id)++)
		if (strcmp(field_name[*id], field) == 0)
			return NULL;
	return "not known";
}

static void stream_get(void *user, uint32_t id, struct detect_value *value)
{
	const struct stream *stream = user;

	if (!stream->field[id])
		return;
	*value = (struct detect_value){ .kind = DETECT_STRING,
					.length = (uint32_t)strlen(stream->field[id]),
					.string = stream->field[id] };
}

static void open_with(struct stream *stream, const char *text,
		      const struct correlate_limits *limits)
{
	const struct detect_options options = { .resolver = { NULL, stream_resolve } };
	struct vigil_error error;

	assert_int_equal(detect_load_text(&stream->set, "t", text, strlen(text), &options, &error),
			 VIGIL_OK);
	for (uint32_t i = 0; i < detect_notes(stream->set); i++)
		assert_string_equal(detect_note(stream->set, i)->reason, "");
	stream->state = detect_state_new(stream->set);
	stream->correlate = correlate_new(stream->set, limits);
	assert_non_null(stream->state);
	assert_non_null(stream->correlate);
}

static struct stream open_stream(const char *text)
{
	struct stream stream = { 0 };

	open_with(&stream, text, NULL);
	return stream;
}

static void close_stream(struct stream *stream)
{
	correlate_free(stream->correlate);
	detect_state_free(stream->state);
	detect_free(stream->set);
}

/* Passes an event, `at` seconds after START, and returns the number of matches. */
static uint32_t pass(struct stream *stream, double at, const char *k, const char *user,
		     const char *value)
{
	struct detect_event event = { .source =
					  detect_source(DETECT_WINDOWS, DETECT_PROCESS_CREATION),
				      .time = START + (uint64_t)(at * 1e9),
				      .get = stream_get,
				      .user = stream };
	const struct detect_hit *hits;
	uint32_t count;

	stream->field[0] = k;
	stream->field[1] = user;
	stream->field[3] = value;
	count = detect_eval(stream->state, &event, &hits);
	return correlate_event(stream->correlate, stream->state, &event, hits, count,
			       &stream->match);
}

static void test_event_count(void **state)
{
	struct stream s = open_stream(COUNT("group-by: [User], ", "gte: 3"));

	(void)state;
	assert_int_equal(pass(&s, 0, "a", "u", NULL), 0);
	assert_int_equal(pass(&s, 1, "a", "v", NULL), 0);
	assert_int_equal(pass(&s, 2, "b", "u", NULL), 0);
	assert_int_equal(pass(&s, 3, "a", "u", NULL), 0);
	assert_int_equal(pass(&s, 10, "a", "u", NULL), 1); /* the first is 10 s old: it counts */
	assert_string_equal(s.match->group[0], "u");
	assert_string_equal(s.match->correlation->info.name, "x");
	assert_true(s.match->time == START + 10 * SECOND);
	assert_true(s.match->first == START && s.match->last == s.match->time);
	assert_int_equal((int)s.match->value, 3);
	assert_int_equal(pass(&s, 11, "a", "u", NULL), 0); /* those were used up */
	assert_int_equal(pass(&s, 12, "a", "u", NULL), 0);
	assert_int_equal(pass(&s, 21.5, "a", "u", NULL), 0); /* the one at 11 is too old */
	assert_int_equal(pass(&s, 22, "a", "u", NULL), 1);
	assert_int_equal(pass(&s, 23, "a", NULL, NULL), 0);
	assert_int_equal(correlate_count(s.correlate, 0).without_group, 1);
	assert_int_equal(correlate_count(s.correlate, 0).matches, 2);
	close_stream(&s);
}

static void test_without_group(void **state)
{
	struct stream s = open_stream(COUNT("", "gt: 1"));

	(void)state;
	assert_int_equal(pass(&s, 0, "a", "u", NULL), 0);
	assert_int_equal(pass(&s, 1, "a", NULL, NULL), 1);
	assert_null(s.match->group);
	close_stream(&s);
}

/* Conditions that the next hit may undo are decided when their frame has ended. */
static void test_frames(void **state)
{
	struct stream s = open_stream(COUNT("group-by: [User], ", "gte: 2, lte: 3"));

	(void)state;
	assert_int_equal(pass(&s, 0, "a", "u", NULL), 0);
	assert_int_equal(pass(&s, 10, "a", "u", NULL), 0);
	for (int i = 0; i < 4; i++) /* too many */
		assert_int_equal(pass(&s, 10, "a", "v", NULL), 0);
	assert_int_equal(correlate_count(s.correlate, 0).groups, 2);
	assert_int_equal(pass(&s, 10.5, "z", NULL, NULL), 1);
	assert_string_equal(s.match->group[0], "u");
	assert_true(s.match->time == START + 10 * SECOND);
	assert_int_equal(pass(&s, 1000, "z", NULL, NULL), 0);
	assert_int_equal(correlate_count(s.correlate, 0).groups, 0);
	close_stream(&s);
}

static void test_value_count(void **state)
{
	struct stream s = open_stream(ONE("{type: value_count, rules: [a], group-by: [User], "
					  "timespan: 10s, condition: {field: Value, gte: 3}}"));

	(void)state;
	assert_int_equal(pass(&s, 0, "a", "u", "1"), 0);
	assert_int_equal(pass(&s, 1, "a", "u", "2"), 0);
	assert_int_equal(pass(&s, 2, "a", "u", "1"), 0);
	assert_int_equal(pass(&s, 3, "a", "u", NULL), 0);
	assert_int_equal(pass(&s, 11.5, "a", "u", "3"), 0); /* "2" is too old, "1" was seen again */
	assert_int_equal(pass(&s, 12, "a", "u", "4"), 1);
	assert_int_equal(correlate_count(s.correlate, 0).without_value, 1);
	close_stream(&s);
}

static void test_temporal(void **state)
{
	struct stream s = open_stream(ONE("{type: temporal, rules: [a, b, c], group-by: [User], "
					  "timespan: 10s}"));

	(void)state;
	assert_int_equal(pass(&s, 0, "c", "u", NULL), 0);
	assert_int_equal(pass(&s, 1, "c", "u", NULL), 0);
	assert_int_equal(pass(&s, 2, "b", "u", NULL), 0);
	assert_int_equal(pass(&s, 3, "a", "v", NULL), 0);
	assert_int_equal(pass(&s, 11, "a", "u", NULL), 1);
	assert_int_equal(pass(&s, 12, "abc", "w", NULL), 1); /* one event may match them all */
	close_stream(&s);
	s = open_stream(ONE("{type: temporal, rules: [a, b, c], timespan: 10s, "
			    "condition: {gte: 2}}"));
	assert_int_equal(pass(&s, 0, "a", NULL, NULL), 0);
	assert_int_equal(pass(&s, 1, "a", NULL, NULL), 0);
	assert_int_equal(pass(&s, 2, "c", NULL, NULL), 1);
	close_stream(&s);
}

static void test_temporal_ordered(void **state)
{
	struct stream s = open_stream(ONE("{type: temporal_ordered, rules: [a, b, c], "
					  "timespan: 10s}"));

	(void)state;
	assert_int_equal(pass(&s, 0, "a", NULL, NULL), 0);
	assert_int_equal(pass(&s, 1, "c", NULL, NULL), 0);
	assert_int_equal(pass(&s, 2, "b", NULL, NULL), 0);
	assert_int_equal(pass(&s, 3, "a", NULL, NULL), 0);
	assert_int_equal(pass(&s, 4, "c", NULL, NULL), 1);
	assert_int_equal(pass(&s, 20, "abc", NULL, NULL), 0); /* one event is no order */
	assert_int_equal(pass(&s, 21, "abc", NULL, NULL), 0);
	assert_int_equal(pass(&s, 22, "abc", NULL, NULL), 1);
	close_stream(&s);
}

static void test_numbers(void **state)
{
	struct stream s = open_stream(ONE("{type: value_sum, rules: [a], timespan: 10s, "
					  "condition: {field: Value, gt: 10}}"));

	(void)state;
	assert_int_equal(pass(&s, 0, "a", NULL, "7"), 0);
	assert_int_equal(pass(&s, 1, "a", NULL, "seven"), 0);
	assert_int_equal(pass(&s, 2, "a", NULL, "-2"), 0);
	assert_int_equal(pass(&s, 3, "a", NULL, "5.5"), 1);
	assert_true(s.match->value > 10.4 && s.match->value < 10.6);
	assert_int_equal(correlate_count(s.correlate, 0).without_value, 1);
	close_stream(&s);
	s = open_stream(ONE("{type: value_avg, rules: [a], timespan: 10s, "
			    "condition: {field: Value, gt: 5}}"));
	assert_int_equal(pass(&s, 0, "a", NULL, "9"), 0);
	assert_int_equal(pass(&s, 1, "a", NULL, "3"), 0);
	assert_int_equal(pass(&s, 11, "a", NULL, "1"), 1);
	assert_int_equal((int)s.match->value, 6);
	assert_int_equal(pass(&s, 30, "z", NULL, NULL), 0);
	close_stream(&s);
}

static void test_percentile(void **state)
{
	struct stream s = open_stream(ONE("{type: value_percentile, rules: [a], timespan: 10s, "
					  "condition: {field: Value, lte: 20}}"));

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pass(&s, i, "a", NULL, "often"), 0);
	assert_int_equal(pass(&s, 5, "a", NULL, "rare"), 0);
	assert_int_equal(pass(&s, 11, "a", NULL, "often"), 1);
	assert_string_equal(s.match->value_text, "rare");
	assert_int_equal((int)s.match->value, 20);
	assert_int_equal(pass(&s, 30, "a", NULL, "often"), 0);
	close_stream(&s);
}

/* An event of several rules counts once. */
static void test_repeated(void **state)
{
	struct stream s = open_stream(ONE("{type: event_count, rules: [a, b], timespan: 10s, "
					  "condition: {gte: 2}}"));

	(void)state;
	assert_int_equal(pass(&s, 0, "ab", NULL, NULL), 0);
	assert_int_equal(pass(&s, 1, "ab", NULL, NULL), 1);
	assert_int_equal(correlate_count(s.correlate, 0).repeated, 2);
	close_stream(&s);
}

/* The example of the specification: failed logins, then one that succeeds. The outer rule groups
 * by another field than the inner one. */
static void test_chain(void **state)
{
	struct stream s = open_stream(
	    RULES NAMED("outer", "{type: temporal_ordered, rules: [many, b], group-by: [who], "
				 "timespan: 1m, aliases: {who: {many: Value, b: User}}}")
		NAMED("many", "{type: event_count, rules: [a], group-by: [User], timespan: 10s, "
			      "condition: {gte: 3}}"));

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pass(&s, i, "a", "u", "x"), 0);
	assert_int_equal(pass(&s, 3, "a", "u", "y"), 1);
	assert_true(s.match->correlation->silent);
	assert_int_equal(pass(&s, 4, "b", "x", NULL), 0);
	assert_int_equal(pass(&s, 5, "b", "y", NULL), 1);
	assert_string_equal(s.match->correlation->info.name, "outer");
	assert_string_equal(s.match->group[0], "y");
	close_stream(&s);
}

/* A match at the end of a frame is at that time, and has the fields of the last event. */
static void test_chain_of_frames(void **state)
{
	struct stream s = open_stream(
	    RULES NAMED("few", "{type: event_count, rules: [a], group-by: [User], timespan: 10s, "
			       "condition: {lte: 2}}")
		NAMED("outer", "{type: temporal, rules: [few, b], group-by: [Value], "
			       "timespan: 5s}"));

	(void)state;
	assert_int_equal(pass(&s, 0, "a", "u", "old"), 0);
	assert_int_equal(pass(&s, 1, "a", "u", "new"), 0);
	assert_int_equal(pass(&s, 6, "b", NULL, "new"), 0);
	assert_int_equal(pass(&s, 500, "z", NULL, NULL), 2);
	assert_string_equal(s.match[1].correlation->info.name, "outer");
	assert_string_equal(s.match[1].group[0], "new");
	assert_true(s.match[1].time == START + 10 * SECOND);
	close_stream(&s);
}

static void test_order_of_times(void **state)
{
	struct stream s = open_stream(ONE("{type: temporal_ordered, rules: [a, b], "
					  "timespan: 10s}"));

	(void)state;
	assert_int_equal(pass(&s, 20, "b", NULL, NULL), 0);
	assert_int_equal(pass(&s, 9, "a", NULL, NULL), 0); /* more than 10 s late */
	assert_int_equal(correlate_count(s.correlate, 0).late, 1);
	assert_int_equal(pass(&s, 15, "a", NULL, NULL), 1); /* before the b */
	assert_true(s.match->time == START + 20 * SECOND);
	close_stream(&s);
}

static void test_limit_of_groups(void **state)
{
	const struct correlate_limits limits = { 2, 4096, 1u << 20 };
	struct stream s = { 0 };

	(void)state;
	open_with(&s, COUNT("group-by: [User], ", "gte: 2"), &limits);
	assert_int_equal(pass(&s, 0, "a", "u", NULL), 0);
	assert_int_equal(pass(&s, 1, "a", "v", NULL), 0);
	assert_int_equal(pass(&s, 2, "a", "w", NULL), 0); /* u is forgotten */
	assert_int_equal(pass(&s, 3, "a", "u", NULL), 0); /* v is forgotten */
	assert_int_equal(pass(&s, 4, "a", "w", NULL), 1);
	assert_int_equal(correlate_count(s.correlate, 0).evicted_groups, 2);
	assert_int_equal(correlate_count(s.correlate, 0).evicted_hits, 2);
	/* What is too old to count is not evicted. */
	assert_int_equal(pass(&s, 50, "a", "x", NULL), 0);
	assert_int_equal(pass(&s, 51, "a", "y", NULL), 0);
	assert_int_equal(correlate_count(s.correlate, 0).evicted_groups, 2);
	close_stream(&s);
}

static void test_limit_of_hits(void **state)
{
	const struct correlate_limits limits = { 8, 3, 1u << 20 };
	struct stream s = { 0 };

	(void)state;
	open_with(&s,
		  ONE("{type: value_sum, rules: [a], timespan: 10s, "
		      "condition: {field: Value, gte: 5}}"),
		  &limits);
	for (int i = 0; i < 20; i++) /* three hits of 1 are kept */
		assert_int_equal(pass(&s, 0.1 * i, "a", NULL, "1"), 0);
	assert_int_equal(correlate_count(s.correlate, 0).evicted_hits, 17);
	close_stream(&s);
}

/* Many groups with long names stay within the memory. */
static void test_limit_of_memory(void **state)
{
	const struct correlate_limits limits = { 4096, 4096, 64u << 10 };
	struct correlate_count count;
	struct stream s = { 0 };
	static char user[6000];

	(void)state;
	open_with(&s, COUNT("group-by: [User], ", "gte: 2"), &limits);
	memset(user, 'x', sizeof(user) - 1);
	for (int i = 0; i < 500; i++) {
		snprintf(user, 8, "%06d", i);
		user[6] = 'x';
		pass(&s, 0.001 * i, "a", user, NULL);
	}
	count = correlate_count(s.correlate, 0);
	assert_in_range(count.groups, 8, 16);
	assert_int_equal(count.evicted_groups, 500 - count.groups);
	assert_int_equal(pass(&s, 1, "a", user, NULL), 1);
	assert_non_null(strstr(s.match->group[0], "...[5999 bytes]"));
	close_stream(&s);
}

static void test_too_many_hits(void **state)
{
	static const char text[] = COUNT("", "gte: 5000");
	const struct detect_options options = { .resolver = { NULL, stream_resolve } };
	struct vigil_error error;
	struct detect_set *set;

	(void)state;
	assert_int_equal(detect_load_text(&set, "t", text, sizeof(text) - 1, &options, &error),
			 VIGIL_OK);
	assert_int_equal(detect_note(set, 3)->outcome, DETECT_REFUSED);
	detect_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_count),     cmocka_unit_test(test_without_group),
		cmocka_unit_test(test_frames),          cmocka_unit_test(test_value_count),
		cmocka_unit_test(test_temporal),        cmocka_unit_test(test_temporal_ordered),
		cmocka_unit_test(test_numbers),         cmocka_unit_test(test_percentile),
		cmocka_unit_test(test_repeated),        cmocka_unit_test(test_chain),
		cmocka_unit_test(test_chain_of_frames), cmocka_unit_test(test_order_of_times),
		cmocka_unit_test(test_limit_of_groups), cmocka_unit_test(test_limit_of_hits),
		cmocka_unit_test(test_limit_of_memory), cmocka_unit_test(test_too_many_hits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
