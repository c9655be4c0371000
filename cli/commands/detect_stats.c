/* SPDX-License-Identifier: MIT */
/* detect_stats.c - `vigil detect stats`: hits of detection rules in recordings, and their cost. */
#include <inttypes.h>
#include <stdlib.h>

#include "common/cli.h"
#include "common/json.h"
#include "common/session.h"
#include "detect.h"
#include "os/os.h"

/* Times of events, counted by their highest bit and the four bits after it: to within 6 %. */
#define TIMES_BITS 4u
#define TIMES      (64u << TIMES_BITS)

struct stats {
	struct detect *detect;
	uint64_t empty; /* ns that a measurement itself takes */
	uint64_t events, timed, ns;
	uint64_t time[TIMES];
};

static unsigned time_index(uint64_t ns)
{
	unsigned shift = 0;

	while (ns >> shift >= 2u << TIMES_BITS)
		shift++;
	return (shift << TIMES_BITS) + (unsigned)(ns >> shift);
}

/* The largest time with an index. */
static uint64_t time_of(unsigned index)
{
	unsigned shift = index < 2u << TIMES_BITS ? 0 : (index >> TIMES_BITS) - 1;
	uint64_t first = (uint64_t)(index - (shift << TIMES_BITS)) << shift;

	return first + (UINT64_C(1) << shift) - 1;
}

/* The clock around rules would be in the time of an event: every other event is measured as a whole,
 * and the rest rule by rule. */
static int stats_take(void *context, const struct vigil_event *event)
{
	struct stats *stats = context;
	struct alerts *alerts = stats->detect->alerts;
	uint64_t (*clock)(void) = stats->events++ % 2 ? os_thread_ns : NULL;
	uint64_t before, took;

	detect_measure(alerts_state(alerts), clock);
	correlate_measure(alerts_correlate(alerts), clock);
	before = os_thread_ns();
	alerts_apply(alerts, event);
	took = os_thread_ns() - before;
	took = took > stats->empty ? took - stats->empty : 0;
	if (!clock) {
		stats->timed++;
		stats->ns += took;
		stats->time[time_index(took)]++;
	}
	return SESSION_CONTINUE;
}

/* A rule or a correlation. */
struct counted {
	const struct detect_info *info;
	bool correlation;
	uint64_t hits, undecided, limits, evaluated, ns;
};

/* Returns the time of all evaluations, from that of some. */
static uint64_t extrapolate(const struct stats *stats, uint64_t evaluated, uint64_t measured,
			    uint64_t ns)
{
	uint64_t clock = stats->empty * measured;

	if (ns <= clock)
		return 0;
	return (uint64_t)((double)(ns - clock) * (double)evaluated / (double)measured);
}

static struct counted count_rule(const struct stats *stats, uint32_t number)
{
	const struct alerts *alerts = stats->detect->alerts;
	struct detect_count count = detect_count(alerts_state(stats->detect->alerts), number);

	return (
	    struct counted){ .info = &detect_rule(alerts_set(alerts), number)->info,
			     .hits = count.hits,
			     .undecided = count.unknown,
			     .limits = count.limited,
			     .evaluated = count.evaluated,
			     .ns = extrapolate(stats, count.evaluated, count.measured, count.ns) };
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
		.ns = extrapolate(stats, count.hits, count.measured, count.ns),
	};
}

/* What two readings of the clock measure themselves. */
static uint64_t empty_measurement(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		uint64_t before = os_thread_ns(), took = os_thread_ns() - before;

		least = took < least ? took : least;
	}
	return least;
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

/* Returns the time that a share of the events in percent does not exceed. */
static uint64_t time_below(const struct stats *stats, unsigned percent)
{
	uint64_t count = 0;
	unsigned i = 0;

	while (i < TIMES && (count += stats->time[i]) * 100 < stats->timed * percent)
		i++;
	return time_of(i);
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
	if (status == EXIT_FINE && stats->timed)
		cli_say("%" PRIu64 " events, ns of CPU each: median %" PRIu64
			", 99 %% below %" PRIu64 ", mean %" PRIu64 ", of it %" PRIu64
			" for single rules; %" PRIu32 " rules, %zu KiB",
			stats->events, time_below(stats, 50), time_below(stats, 99),
			stats->ns / stats->timed, ns / stats->events, (uint32_t)count,
			detect_memory(alerts_set(d->alerts)) / 1024);
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
	stats.empty = empty_measurement();
	status = detect_read(d, &stats, stats_take);
	return status == EXIT_FINE ? print_stats(&stats) : status;
}
