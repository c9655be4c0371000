/* SPDX-License-Identifier: MIT */
/* stats.c - `vigil stats`: counts events by type: produced, delivered, filtered, dropped. */
#include "stats.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/cli.h"
#include "common/confinement.h"
#include "common/lost.h"
#include "common/options.h"
#include "common/output.h"
#include "common/session.h"
#include "core/bytes.h"
#include "core/error.h"
#include "os/os.h"
#include "stats_service.h"

#define DEFAULT_MS 10000

struct stats {
	struct options options;
	struct output output;
	bool json, service;
	const char *status; /* the file of the service; NULL: the usual one */

	int64_t lasted_ms;
	const struct vigil_statistics *counts; /* the handle's */
	struct stats_sensor sensor;
	bool has_sensor;
	const char *backend;
	struct vigil_buffer text;
};

/* ---- the command line ---- */

static const struct options_line own_lines[] = {
	{ .name = "json", OPTION_IN(FLAG, struct stats, json), .help = "one JSON object" },
	{ .name = "service",
	  OPTION_IN(FLAG, struct stats, service),
	  .help = "the figures of the running service instead, since it started (Linux)",
	  .manual =
	      "Events and losses by type and cause, what each output has written and what "
	      "waits for it,\n"
	      "how many events each exclusion removed, alerts, and what came of the last "
	      "reload.\n"
	      "The exit status is 0 only if the service is ready and has responded within the "
	      "last 10 s.\n" },
	{ .name = "status",
	  .value = "FILE",
	  OPTION_IN(FILE, struct stats, status),
	  .initial = "/run/vigil-service/status",
	  .help = "with --service: of the service that keeps its figures in FILE (vigil run "
		  "--status)" },
};
static const struct options_group own = OPTIONS_GROUP(own_lines);

static const struct options_section sections[] = {
	{ .groups = { &options_time, &options_exclude, &options_redact, &options_queue, &own } },
};

static int run_stats(int argc, char **argv);

const struct options_command stats_command = {
	.name = "stats",
	.summary = "count events, and what became of them",
	.run = run_stats,
	.before =
	    "usage: vigil stats [OPTIONS]\n"
	    "\n"
	    "Watches the whole machine for 10 s, or until Ctrl-C, and says how many events of\n"
	    "which type there were, and what became of them: at any moment, of each type,\n"
	    "events = delivered + withheld (duplicate, or not asked for) + lost + waiting.\n"
	    "With exclusions it also says how many of the delivered events each would remove.\n"
	    "On Windows also what the driver has counted since it was loaded. Needs root.\n",
	.after = "\n"
		 "examples:\n"
		 "  sudo vigil stats --duration 1m\n"
		 "  sudo vigil stats --service\n"
		 "  sudo vigil stats --json | jq '.types.exec.produced'\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

/* ---- watching ---- */

/* The library counts events, the filter those that exclusions would remove. */
static int stats_take(void *context, const struct vigil_event *event)
{
	struct stats *s = context;

	vigil_filter_match(s->options.filter, event);
	return SESSION_CONTINUE;
}

static int stats_watch(struct stats *s, struct vigil *v)
{
	uint64_t duration = s->options.duration_ms ? s->options.duration_ms : DEFAULT_MS;
	struct session session = { .vigil = v,
				   .deadline_ms = session_deadline(duration),
				   .end = SESSION_CUT,
				   .context = s,
				   .take = stats_take };
	int64_t begun = os_now_ms();
	int status = session_run(&session);

	s->lasted_ms = os_now_ms() > begun ? os_now_ms() - begun : 1;
	s->counts = vigil_get_statistics(v);
	return status;
}

static uint64_t count_of(const struct stats *s, enum vigil_counter counter, uint32_t type)
{
	return vigil_statistics_count(s->counts, counter, type);
}

/* ---- text output ---- */

VIGIL_PRINTF(2, 3)
static void put(struct stats *s, const char *format, ...)
{
	char line[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	vigil_put(&s->text, line, strlen(line));
}

static void put_sensor(struct stats *s)
{
	put(s, "\nThe driver, since it was loaded, for all readers:\n%-16s%12s%12s%13s%12s\n",
	    "TYPE", "EVENTS", "DELIVERED", "OVERWRITTEN", "REFUSED");
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
		if (s->sensor.type[type].produced)
			put(s, "%-16s%12" PRIu64 "%12" PRIu64 "%13" PRIu64 "%12" PRIu64 "\n",
			    cli_type_name(type), s->sensor.type[type].produced,
			    s->sensor.type[type].delivered, s->sensor.type[type].overwritten,
			    s->sensor.type[type].refused);
	for (unsigned i = 0; i < s->sensor.values; i++)
		put(s, "%-24s%12" PRIu64 "\n", s->sensor.value[i].title, s->sensor.value[i].value);
}

static void put_excluded(struct stats *s)
{
	const char *name;

	for (size_t i = 0;; i++) {
		uint64_t count = vigil_filter_excluded(s->options.filter, i, &name);

		if (!name)
			return;
		put(s, "%s%12" PRIu64 "  %.200s\n", i ? "" : "\n    EXCLUDED  BY\n", count, name);
	}
}

static void put_text(struct stats *s, struct vigil *v)
{
	uint64_t events = 0, lost = 0;

	put(s, "%-16s%12s%12s%12s%12s%10s%10s\n", "TYPE", "EVENTS", "PER SECOND", "DELIVERED",
	    "WITHHELD", "LOST", "WAITING");
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		uint64_t produced = count_of(s, VIGIL_COUNT_PRODUCED, type);

		if (!produced)
			continue;
		put(s,
		    "%-16s%12" PRIu64 "%12.1f%12" PRIu64 "%12" PRIu64 "%10" PRIu64 "%10" PRIu64
		    "\n",
		    cli_type_name(type), produced, (double)produced * 1000 / (double)s->lasted_ms,
		    count_of(s, VIGIL_COUNT_DELIVERED, type),
		    count_of(s, VIGIL_COUNT_FILTERED, type), count_of(s, VIGIL_COUNT_DROPPED, type),
		    count_of(s, VIGIL_COUNT_QUEUED, type));
		events += produced;
		lost += count_of(s, VIGIL_COUNT_DROPPED, type);
	}
	put(s,
	    "%" PRIu64 " events in %.1f s, %" PRIu64 " lost; %" PRIu64 " processes run, %" PRIu64
	    " ended ones remembered (%s)\n",
	    events, (double)s->lasted_ms / 1000, lost,
	    count_of(s, VIGIL_COUNT_PROCESSES, VIGIL_ANY_TYPE),
	    count_of(s, VIGIL_COUNT_REMEMBERED, VIGIL_ANY_TYPE), s->backend);
	if (count_of(s, VIGIL_COUNT_UNREADABLE, VIGIL_ANY_TYPE) ||
	    count_of(s, VIGIL_COUNT_LATE, VIGIL_ANY_TYPE))
		put(s, "%" PRIu64 " values could not be read; %" PRIu64 " events came late\n",
		    count_of(s, VIGIL_COUNT_UNREADABLE, VIGIL_ANY_TYPE),
		    count_of(s, VIGIL_COUNT_LATE, VIGIL_ANY_TYPE));
	put_excluded(s);
	lost_put_text(&s->text, v);
	if (s->has_sensor)
		put_sensor(s);
}

/* ---- JSON output ---- */

static void put_json_type(struct json *json, const struct vigil_statistics *counts, uint32_t type)
{
	json_open(json, cli_type_name(type), '{');
	json_number(json, "produced", vigil_statistics_count(counts, VIGIL_COUNT_PRODUCED, type));
	json_number(json, "delivered", vigil_statistics_count(counts, VIGIL_COUNT_DELIVERED, type));
	json_number(json, "withheld", vigil_statistics_count(counts, VIGIL_COUNT_FILTERED, type));
	json_open(json, "dropped", '{');
	for (uint32_t reason = 1; reason < VIGIL_LOSS_MAX; reason++)
		json_number(json, vigil_loss_name(reason),
			    vigil_statistics_dropped(counts, type, reason));
	json_close(json, '}');
	json_number(json, "queued", vigil_statistics_count(counts, VIGIL_COUNT_QUEUED, type));
	json_close(json, '}');
}

static void put_json_sensor(struct json *json, const struct stats_sensor *sensor)
{
	json_open(json, "driver", '{');
	json_open(json, "types", '{');
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		json_open(json, cli_type_name(type), '{');
		json_number(json, "produced", sensor->type[type].produced);
		json_number(json, "delivered", sensor->type[type].delivered);
		json_number(json, "overwritten", sensor->type[type].overwritten);
		json_number(json, "refused", sensor->type[type].refused);
		json_close(json, '}');
	}
	json_close(json, '}');
	for (unsigned i = 0; i < sensor->values; i++)
		json_number(json, sensor->value[i].name, sensor->value[i].value);
	json_close(json, '}');
}

static void put_json_excluded(struct json *json, const struct vigil_filter *filter)
{
	const char *name;

	json_open(json, "excluded", '[');
	for (size_t i = 0;; i++) {
		uint64_t count = vigil_filter_excluded(filter, i, &name);

		if (!name)
			break;
		json_open(json, NULL, '{');
		json_text(json, "name", name);
		json_number(json, "events", count);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_json(struct stats *s, struct vigil *v)
{
	struct json json = { .comma = false };

	json_open(&json, NULL, '{');
	json_seconds(&json, "seconds", (uint64_t)s->lasted_ms);
	json_text(&json, "backend", s->backend);
	json_open(&json, "types", '{');
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
		put_json_type(&json, s->counts, type);
	json_close(&json, '}');
	json_number(&json, "unreadable", count_of(s, VIGIL_COUNT_UNREADABLE, VIGIL_ANY_TYPE));
	json_number(&json, "late", count_of(s, VIGIL_COUNT_LATE, VIGIL_ANY_TYPE));
	json_number(&json, "processes", count_of(s, VIGIL_COUNT_PROCESSES, VIGIL_ANY_TYPE));
	json_number(&json, "remembered", count_of(s, VIGIL_COUNT_REMEMBERED, VIGIL_ANY_TYPE));
	put_json_excluded(&json, s->options.filter);
	lost_put_json(&json, v);
	if (s->has_sensor)
		put_json_sensor(&json, &s->sensor);
	json_close(&json, '}');
	vigil_put_char(&json.out, '\n');
	s->text = json.out;
}

/* ---- the command ---- */

static int print_all(struct stats *s, struct vigil *v)
{
	int status = EXIT_FINE;

	if (s->json)
		put_json(s, v);
	else
		put_text(s, v);
	if (s->text.failed) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	if (output_open(&s->output, &s->options.how) < 0 ||
	    output_text(&s->output, s->text.data, s->text.length) < 0)
		status = cli_fail(&s->output.error);
	if (output_close(&s->output) < 0 && status == EXIT_FINE)
		status = cli_fail(&s->output.error);
	return status;
}

static int count_and_print(struct stats *s)
{
	struct confinement confinement = { .source = &s->options.source };
	struct vigil_error error;
	struct vigil *v;
	int status, has;

	confinement_begin(&confinement);
	if (vigil_open(&v, &s->options.source, &error) < 0)
		return cli_fail(&error);
	confinement_complete(&confinement);
	s->backend = vigil_backend(v);
	status = stats_watch(s, v);
	has = stats_ask(&s->sensor, &error);
	s->has_sensor = has > 0;
	if (status == EXIT_FINE && has < 0)
		status = cli_fail(&error);
	if (status == EXIT_FINE)
		status = print_all(s, v);
	vigil_close(v);
	vigil_buffer_free(&s->text);
	return status;
}

static int run_stats(int argc, char **argv)
{
	struct stats s = { 0 };
	int status;

	if (!options_open(&s.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse_all(&stats_command, &s.options, argc, argv);
	if (status < 0 && (s.service || s.status)) {
		status = stats_service(s.status, s.json);
	} else if (status < 0) {
		cli_catch_signals();
		status = count_and_print(&s);
	}
	options_close(&s.options);
	return status;
}
