/* SPDX-License-Identifier: MIT */
/* detect_run.c - `vigil detect test` and `stats`: rules on recordings. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "common/json.h"
#include "common/session.h"
#include "core/bytes.h"
#include "detect.h"
#include "text/line.h"

/* ---- reading ---- */

/* Passes the events of a recording to take(). */
static int read_recording(struct detect *d, const char *path, void *context,
			  int (*take)(void *context, const struct vigil_event *event))
{
	struct vigil_options source = { .size = sizeof(source),
					.types = alerts_types(d->alerts),
					.trust_path = d->options.how.trust_path };
	struct session session = { .recorded = true, .context = context, .take = take };
	struct vigil_error error;
	int status;

	if (vigil_open_file(&session.vigil, path, &source, &error) < 0)
		return cli_fail(&error);
	status = session_run(&session);
	if (session.unreadable) {
		cli_say("%" PRIu64 " parts or lines of %s could not be read and are missing",
			session.unreadable, path);
		status = EXIT_ERROR;
	}
	vigil_close(session.vigil);
	return status;
}

static int read_all(struct detect *d, void *context,
		    int (*take)(void *context, const struct vigil_event *event))
{
	int status = EXIT_FINE;

	if (d->operands < 2)
		return cli_usage("detect", "which recording? For example: vigil detect test "
					   "rule.yml today.vigil");
	status = detect_open(d, d->operand, 1);
	if (status >= 0)
		return status;
	if (detect_rules(alerts_set(d->alerts)) == 0) {
		cli_say("no rule of %s was loaded; `vigil detect check` says why", d->operand[0]);
		return EXIT_USAGE;
	}
	status = EXIT_FINE;
	for (int i = 1; i < d->operands && status == EXIT_FINE && !cli_signal; i++)
		status = read_recording(d, d->operand[i], context, take);
	return status;
}

/* ---- test ---- */

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
	cli_print_own(text); /* the printer has made control characters visible */
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

static int test_take(void *context, const struct vigil_event *event)
{
	struct test *test = context;
	const struct detect_set *set = alerts_set(test->detect->alerts);
	struct detect_event begun;
	int status = SESSION_CONTINUE;

	if (!test->misses)
		test->misses = calloc(detect_rules(set) + 1, sizeof(*test->misses));
	if (!test->misses) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	for (uint32_t i = 0; i < detect_rules(set) && status == SESSION_CONTINUE; i++) {
		const struct detect_rule *rule = detect_rule(set, i);

		if (alerts_begin(test->detect->alerts, event, &begun) &&
		    rule->sources & 1u << begun.source)
			status = test_rule(test, rule, event, &begun);
	}
	return status;
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
	status = read_all(d, &test, test_take);
	if (status == EXIT_FINE) {
		cli_say("%" PRIu64 " matches, %" PRIu64 " near misses, %" PRIu64 " not decided",
			test.matches, test.near, test.undecided);
		status = test.matches ? EXIT_FINE : EXIT_ERROR;
	}
	vigil_printer_free(test.printer);
	vigil_buffer_free(&test.steps);
	free(test.misses);
	return status;
}

/* ---- stats ---- */

struct stats {
	struct detect *detect;
	uint64_t events, ns;
};

static int stats_take(void *context, const struct vigil_event *event)
{
	struct stats *stats = context;
	uint64_t before = os_wall_ns();

	alerts_apply(stats->detect->alerts, event);
	stats->ns += os_wall_ns() - before;
	stats->events++;
	return SESSION_CONTINUE;
}

static int print_counts(const struct detect *d, const struct detect_rule *rule,
			const struct detect_count *count)
{
	struct json json = { 0 };

	if (!d->json) {
		cli_print("%10" PRIu64 " %10" PRIu64 " %10" PRIu64 "  %-13s %s\n", count->hits,
			  count->unknown, count->limited, detect_level_name(rule->info.level),
			  rule->info.title);
		return EXIT_FINE;
	}
	json_open(&json, NULL, '{');
	json_text(&json, "id", rule->info.id);
	json_text(&json, "title", rule->info.title);
	json_text(&json, "level", detect_level_name(rule->info.level));
	json_number(&json, "hits", count->hits);
	json_number(&json, "not_decided", count->unknown);
	json_number(&json, "limits", count->limited);
	json_close(&json, '}');
	return json_print(&json);
}

struct counted {
	const struct detect_rule *rule;
	struct detect_count count;
};

static int by_hits(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	if (x->count.hits != y->count.hits)
		return x->count.hits < y->count.hits ? 1 : -1;
	if (x->count.unknown != y->count.unknown)
		return x->count.unknown < y->count.unknown ? 1 : -1;
	return x->rule->number < y->rule->number ? -1 : 1;
}

static int print_stats(const struct stats *stats)
{
	const struct detect *d = stats->detect;
	const struct detect_set *set = alerts_set(d->alerts);
	uint32_t rules = detect_rules(set);
	struct counted *all = calloc(rules, sizeof(*all));
	int status = EXIT_FINE;

	if (!all) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	for (uint32_t i = 0; i < rules; i++)
		all[i] = (struct counted){ detect_rule(set, i),
					   detect_count(alerts_state(d->alerts), i) };
	qsort(all, rules, sizeof(*all), by_hits);
	if (!d->json)
		cli_print("%10s %10s %10s  %-13s %s\n", "HITS", "UNDECIDED", "LIMITS", "LEVEL",
			  "RULE");
	for (uint32_t i = 0; i < rules && status == EXIT_FINE; i++)
		if (d->all || all[i].count.hits + all[i].count.unknown + all[i].count.limited > 0)
			status = print_counts(d, all[i].rule, &all[i].count);
	free(all);
	return status;
}

int detect_stats(struct detect *d)
{
	struct stats stats = { .detect = d };
	int status = read_all(d, &stats, stats_take);

	if (status == EXIT_FINE)
		status = print_stats(&stats);
	if (status == EXIT_FINE && stats.events)
		cli_say("%" PRIu64 " events, %" PRIu64 " ns each; %" PRIu32 " rules, %zu KiB",
			stats.events, stats.ns / stats.events, detect_rules(alerts_set(d->alerts)),
			detect_memory(alerts_set(d->alerts)) / 1024);
	return status;
}
