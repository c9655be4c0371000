/* SPDX-License-Identifier: MIT */
/* detect_test.c - `vigil detect test`: which events of recordings match, and why. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "common/session.h"
#include "detect.h"
#include "text/line.h"

struct test {
	struct detect *detect;
	struct vigil_printer *printer;
	struct vigil_buffer steps; /* what detect_explain() says about an event */
	bool any_true;             /* a search identifier was */
	uint64_t *misses;          /* shown of each rule */
	uint64_t matches, undecided, near;
};

static const char *const TRUTHS[] = {
	[DETECT_FALSE] = "false", [DETECT_UNDECIDED] = "unknown", [DETECT_TRUE] = "true"
};

static void put_value(struct vigil_line *line, const struct detect_value *value)
{
	switch (value->kind) {
	case DETECT_NUMBER:
		vigil_line_text(line, value->number < 0 ? "-" : "");
		vigil_line_unsigned(line, value->number < 0 ? 0 - (uint64_t)value->number
							    : (uint64_t)value->number);
		break;
	case DETECT_STRING:
		vigil_line_string(
		    line, (struct vigil_string){ value->string, value->length, value->length }, 0);
		break;
	case DETECT_LIST:
		for (uint32_t i = 0; i < value->length; i++) {
			vigil_line_text(line, i > 0 ? ", " : "");
			put_value(line, &value->item[i]);
		}
		break;
	case DETECT_UNKNOWN:
		vigil_line_text(line, "(not known)");
		break;
	default:
		vigil_line_text(line, "(none)");
		break;
	}
}

/* "    selection: true", "      Image|endswith: /bash: true, it is /usr/bin/bash" */
static void show_step(void *user, const struct detect_step *step)
{
	struct test *test = user;
	struct vigil_line line;
	const char *name = step->test ? step->field : step->selection;

	if (!step->test && step->truth == DETECT_TRUE)
		test->any_true = true;
	vigil_line_begin(&line, &test->steps, 0, false);
	line.windows = true; /* values have backslashes */
	vigil_line_spaces(&line, step->test ? 8 : 4);
	if (!name)
		name = "keywords";
	vigil_line_string(&line, (struct vigil_string){ name, (uint32_t)strlen(name), 0 }, 0);
	if (step->test) {
		vigil_line_text(&line, " ");
		vigil_line_string(
		    &line, (struct vigil_string){ step->test, (uint32_t)strlen(step->test), 0 }, 0);
	}
	vigil_line_text(&line, ": ");
	vigil_line_text(&line, TRUTHS[step->truth]);
	if (step->test) {
		vigil_line_text(&line, "; it is ");
		put_value(&line, &step->value);
	}
	vigil_line_end(&line);
}

static int print_result(struct test *test, const struct detect_rule *rule,
			const struct vigil_event *event, const char *what)
{
	size_t length;
	const char *text = vigil_print(test->printer, event, &length);

	if (!text || test->steps.failed) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	cli_print("%s: %s\n  ", what, rule->info.title);
	/* The printer has made control characters visible; its text is not terminated. */
	cli_print_bytes(text, length);
	vigil_put_char(&test->steps, '\0');
	cli_print_own(test->steps.failed ? "" : test->steps.data);
	return cli_print_failed() ? EXIT_OUTPUT : SESSION_CONTINUE;
}

static int test_rule(struct test *test, const struct detect_rule *rule,
		     const struct vigil_event *event, const struct detect_event *begun)
{
	enum detect_truth truth;

	test->steps.length = 0;
	test->any_true = false;
	truth = detect_explain(alerts_state(test->detect->alerts), rule->number, begun, show_step,
			       test);
	test->matches += truth == DETECT_TRUE;
	test->undecided += truth == DETECT_UNDECIDED;
	if (truth == DETECT_TRUE)
		return print_result(test, rule, event, "match");
	if (truth == DETECT_FALSE && !test->any_true)
		return SESSION_CONTINUE;
	test->near += truth == DETECT_FALSE;
	if (test->misses[rule->number]++ >= test->detect->misses)
		return SESSION_CONTINUE;
	return print_result(test, rule, event, truth == DETECT_FALSE ? "near miss" : "not decided");
}

/* ---- correlations ---- */

/* What a condition compares, by type of correlation, and the words of operators. */
static const char *const AMOUNTS[] = {
	[DETECT_EVENT_COUNT] = "count of events",
	[DETECT_VALUE_COUNT] = "count of values",
	[DETECT_TEMPORAL] = "count of rules",
	[DETECT_TEMPORAL_ORDERED] = "count of rules in order",
	[DETECT_VALUE_SUM] = "sum",
	[DETECT_VALUE_AVG] = "average",
	[DETECT_VALUE_PERCENTILE] = "share in percent",
};
static const char *const OPERATORS[] = {
	[DETECT_GT] = "gt",   [DETECT_GTE] = "gte", [DETECT_LT] = "lt",
	[DETECT_LTE] = "lte", [DETECT_EQ] = "eq",   [DETECT_NEQ] = "neq",
};

/* The value of a condition as text: at most six digits that count. */
struct amount {
	char text[32];
};

static struct amount amount_of(double value)
{
	struct amount amount;

	snprintf(amount.text, sizeof(amount.text), "%g", value);
	return amount;
}

static void print_condition(const struct detect_correlation *correlation)
{
	for (uint32_t i = 0; i < correlation->criteria; i++)
		cli_print("%s%s %s", i > 0 ? " and " : "",
			  OPERATORS[correlation->criterion[i].operator],
			  amount_of(correlation->criterion[i].value).text);
	if (correlation->criteria == 0)
		cli_print("gte %" PRIu32, correlation->references);
	cli_print(" within %s s", amount_of((double)correlation->timespan / 1e9).text);
}

static int print_match(struct test *test, const struct vigil_event *event,
		       const struct correlate_match *match)
{
	const struct detect_correlation *correlation = match->correlation;
	size_t length = 0;
	const char *text = match->of_event ? vigil_print(test->printer, event, &length) : "";

	if (!text) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	cli_print("match: %s (correlation)\n%s", correlation->info.title,
		  match->of_event ? "  " : "");
	/* The printer has made control characters visible; its text is not terminated. */
	cli_print_bytes(text, length);
	for (uint32_t i = 0; match->group && i < correlation->group_by.count; i++)
		cli_print("    %s is %s\n", correlation->group_by.text[i], match->group[i]);
	cli_print("    the %s is %s", AMOUNTS[correlation->type], amount_of(match->value).text);
	if (match->value_text)
		cli_print(" of %s", match->value_text);
	cli_print("; wanted: ");
	print_condition(correlation);
	cli_print("; first to last hit: %s s\n",
		  amount_of((double)(match->last - match->first) / 1e9).text);
	return cli_print_failed() ? EXIT_OUTPUT : SESSION_CONTINUE;
}

static int test_matches(struct test *test, const struct vigil_event *event)
{
	const struct correlate_match *match;
	uint32_t count = alerts_matches(test->detect->alerts, &match);
	int status = SESSION_CONTINUE;

	for (uint32_t i = 0; i < count && status == SESSION_CONTINUE; i++)
		status = print_match(test, event, &match[i]);
	test->matches += count;
	return status;
}

static void print_uncounted(uint64_t count, const char *why)
{
	if (count > 0)
		cli_print("    %" PRIu64 " hits were not counted: %s\n", count, why);
}

/* What a correlation counted: why it did not match, or not more often. */
static void print_counts(const struct detect_correlation *correlation,
			 const struct correlate_count *count)
{
	cli_print("correlation: %s: %" PRIu64 " hits of its rules counted, %" PRIu64 " matches\n",
		  correlation->info.title, count->hits, count->matches);
	if (count->decisions > 0) {
		cli_print("    the %s was %s to %s; wanted: ", AMOUNTS[correlation->type],
			  amount_of(count->least).text, amount_of(count->most).text);
		print_condition(correlation);
		cli_print_own("\n");
	}
	if (count->groups > 0)
		cli_print("    %" PRIu32 " groups of hits were not decided, or can still match\n",
			  count->groups);
	print_uncounted(count->repeated, "another rule has the same event");
	print_uncounted(count->late, "they came after their timespan");
	print_uncounted(count->without_group, "a value to group by is absent or not known");
	print_uncounted(count->without_value, "the field of the condition has no such value");
	print_uncounted(count->no_memory, "no memory");
	print_uncounted(count->evicted_hits, "a limit of memory was reached");
}

static void print_correlations(const struct detect *d)
{
	const struct detect_set *set = alerts_set(d->alerts);

	for (uint32_t i = 0; i < detect_correlations(set); i++) {
		struct correlate_count count = correlate_count(alerts_correlate(d->alerts), i);

		print_counts(detect_correlation(set, i), &count);
	}
}

/* ---- the command ---- */

/* detect_explain() overwrites the results that correlations need, so these come first. */
static int test_take(void *context, const struct vigil_event *event)
{
	struct test *test = context;
	const struct detect_set *set = alerts_set(test->detect->alerts);
	struct detect_event begun;
	int status;

	alerts_apply(test->detect->alerts, event);
	status = test_matches(test, event);
	for (uint32_t i = 0; i < detect_rules(set) && status == SESSION_CONTINUE; i++) {
		const struct detect_rule *rule = detect_rule(set, i);

		if (alerts_begin(test->detect->alerts, event, &begun) &&
		    rule->sources & 1u << begun.source)
			status = test_rule(test, rule, event, &begun);
	}
	return status;
}

static int test_recordings(struct test *test)
{
	int status = detect_open_for_recordings(test->detect);

	if (status >= 0)
		return status;
	test->misses =
	    calloc(detect_rules(alerts_set(test->detect->alerts)), sizeof(*test->misses));
	if (!test->misses) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = detect_read(test->detect, test, test_take);
	if (status != EXIT_FINE)
		return status;
	print_correlations(test->detect);
	cli_say("%" PRIu64 " matches, %" PRIu64 " near misses, %" PRIu64 " not decided",
		test->matches, test->near, test->undecided);
	return test->matches ? EXIT_FINE : EXIT_ERROR;
}

int detect_test(struct detect *d)
{
	const struct vigil_printer_options how = { .size = sizeof(how),
						   .format = VIGIL_FORMAT_TEXT };
	struct test test = { .detect = d, .printer = vigil_printer_new(&how) };
	int status;

	if (!test.printer) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = test_recordings(&test);
	vigil_printer_free(test.printer);
	vigil_buffer_free(&test.steps);
	free(test.misses);
	return status;
}
