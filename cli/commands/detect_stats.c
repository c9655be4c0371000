/* SPDX-License-Identifier: MIT */
/* detect_stats.c - `vigil detect stats`: hits of detection rules in recordings, and their cost. */
#include <inttypes.h>
#include <stdlib.h>

#include "common/cli.h"
#include "common/json.h"
#include "common/session.h"
#include "detect.h"
#include "os/os.h"

struct stats {
	struct detect *detect;
	uint64_t events, ns;
};

static int stats_take(void *context, const struct vigil_event *event)
{
	struct stats *stats = context;
	uint64_t before = os_thread_ns();

	alerts_apply(stats->detect->alerts, event);
	stats->ns += os_thread_ns() - before;
	stats->events++;
	return SESSION_CONTINUE;
}

/* A rule or a correlation. */
struct counted {
	const struct detect_info *info;
	bool correlation;
	uint64_t hits, undecided, limits, evaluated, ns;
};

static struct counted count_rule(const struct stats *stats, uint32_t number)
{
	const struct alerts *alerts = stats->detect->alerts;
	struct detect_count count = detect_count(alerts_state(stats->detect->alerts), number);

	return (struct counted){ .info = &detect_rule(alerts_set(alerts), number)->info,
				 .hits = count.hits,
				 .undecided = count.unknown,
				 .limits = count.limited,
				 .evaluated = count.evaluated,
				 .ns = count.ns };
}

static struct counted count_correlation(const struct stats *stats, uint32_t number)
{
	const struct alerts *alerts = stats->detect->alerts;
	struct correlate_count count =
	    correlate_count(alerts_correlate(stats->detect->alerts), number);

	return (struct counted){
		.info = &detect_correlation(alerts_set(alerts), number)->info,
		.correlation = true,
		.hits = count.matches,
		.undecided = count.without_group + count.without_value,
		.limits = count.late + count.no_memory + count.evicted_hits,
		.evaluated = count.hits,
		.ns = count.ns,
	};
}

/* What the two readings of the clock around an evaluation measure themselves. */
static uint64_t empty_measurement(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		uint64_t before = os_thread_ns(), took = os_thread_ns() - before;

		least = took < least ? took : least;
	}
	return least;
}

static void subtract_clock(struct counted *all, size_t count, uint64_t each)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t clock = each * all[i].evaluated;

		all[i].ns = all[i].ns > clock ? all[i].ns - clock : 0;
	}
}

static int by_hits(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	if (x->hits != y->hits)
		return x->hits < y->hits ? 1 : -1;
	if (x->undecided != y->undecided)
		return x->undecided < y->undecided ? 1 : -1;
	return x->ns < y->ns ? 1 : x->ns > y->ns ? -1 : 0;
}

static int print_json(const struct counted *c)
{
	struct json json = { 0 };

	json_open(&json, NULL, '{');
	json_text(&json, "kind", c->correlation ? "correlation" : "rule");
	json_text(&json, "id", c->info->id);
	json_text(&json, "title", c->info->title);
	json_text(&json, "level", detect_level_name(c->info->level));
	json_number(&json, "hits", c->hits);
	json_number(&json, "not_decided", c->undecided);
	json_number(&json, "limits", c->limits);
	json_number(&json, "evaluated", c->evaluated);
	json_number(&json, "cpu_ns", c->ns);
	json_close(&json, '}');
	return json_print(&json);
}

static int print_counted(const struct detect *d, const struct counted *c)
{
	if (d->json)
		return print_json(c);
	cli_print("%10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %10" PRIu64 " %9" PRIu64 ".%03u"
		  "  %-13s %s%s\n",
		  c->hits, c->undecided, c->limits, c->evaluated, c->ns / 1000000,
		  (unsigned)(c->ns / 1000 % 1000), detect_level_name(c->info->level),
		  c->info->title, c->correlation ? " (correlation)" : "");
	return cli_print_failed() ? EXIT_OUTPUT : EXIT_FINE;
}

/* Whether a rule is listed without --all: it has hits, or 1 % of the time of all. */
static bool is_listed(const struct counted *c, uint64_t ns)
{
	return c->hits + c->undecided + c->limits > 0 || (c->ns > 0 && c->ns >= ns / 100);
}

static int print_list(const struct stats *stats, const struct counted *all, size_t count)
{
	const struct detect *d = stats->detect;
	int status = EXIT_FINE;
	uint64_t ns = 0;

	for (size_t i = 0; i < count; i++)
		ns += all[i].ns;
	if (!d->json)
		cli_print("%10s %10s %8s %10s %13s  %-13s %s\n", "HITS", "UNDECIDED", "LIMITS",
			  "EVALUATED", "CPU ms", "LEVEL", "RULE");
	for (size_t i = 0; i < count && status == EXIT_FINE; i++)
		if (d->all || is_listed(&all[i], ns))
			status = print_counted(d, &all[i]);
	if (status == EXIT_FINE && stats->events)
		cli_say("%" PRIu64 " events, %" PRIu64 " ns of CPU each with the clock, %" PRIu64
			" of them for single rules; %" PRIu32 " rules, %zu KiB",
			stats->events, stats->ns / stats->events, ns / stats->events,
			(uint32_t)count, detect_memory(alerts_set(d->alerts)) / 1024);
	return status;
}

static int print_stats(const struct stats *stats)
{
	const struct detect_set *set = alerts_set(stats->detect->alerts);
	uint32_t rules = detect_rules(set), correlations = detect_correlations(set);
	size_t count = (size_t)rules + correlations;
	struct counted *all = calloc(count, sizeof(*all));
	int status;

	if (!all) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	for (uint32_t i = 0; i < rules; i++)
		all[i] = count_rule(stats, i);
	for (uint32_t i = 0; i < correlations; i++)
		all[rules + i] = count_correlation(stats, i);
	subtract_clock(all, count, empty_measurement());
	qsort(all, count, sizeof(*all), by_hits);
	status = print_list(stats, all, count);
	free(all);
	return status;
}

int detect_stats(struct detect *d)
{
	struct stats stats = { .detect = d };
	int status = detect_open_for_recordings(d);

	if (status >= 0)
		return status;
	detect_measure(alerts_state(d->alerts), os_thread_ns);
	correlate_measure(alerts_correlate(d->alerts), os_thread_ns);
	status = detect_read(d, &stats, stats_take);
	return status == EXIT_FINE ? print_stats(&stats) : status;
}
