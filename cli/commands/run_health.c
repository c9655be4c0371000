/* SPDX-License-Identifier: MIT */
#include "run_health.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "run.h"
#include "run/metrics.h"
#include "service/service.h"

#define STATUS_MS 5000 /* between two lines for the service manager, unless the state changes */

/* ---- begin and end ---- */

/* Returns the path of the status file, to be freed; NULL: none. */
static char *choose_path(const char *given)
{
	const char *folder = getenv("RUNTIME_DIRECTORY"); /* of systemd; the first of a list */
	size_t length = folder ? strcspn(folder, ":") : 0;
	char *path;

	if (given)
		return strdup(given);
	path = length > 0 ? malloc(length + sizeof("/status")) : NULL;
	if (path) {
		memcpy(path, folder, length);
		memcpy(path + length, "/status", sizeof("/status"));
	}
	return path;
}

const char *run_health_path(const struct run *r)
{
	return r->health.chosen;
}

const char *run_health_socket(const struct run *r)
{
	return r->health.metrics ? r->health.metrics->path : NULL;
}

static void open_file(struct run *r)
{
	struct run_health *h = &r->health;
	struct vigil_error error;

	h->chosen = choose_path(h->path);
	if (h->chosen && published_open(&h->published, h->chosen, r->options.how.trust_path,
					sizeof(h->figures), &error) < 0) {
		cli_say("%s. `vigil stats --service` will not find this service.", error.text);
		free(h->chosen);
		h->chosen = NULL;
	}
}

int run_health_check(const struct run *r)
{
	struct metrics_address address;
	struct vigil_error error;

	if (r->health.metrics_at && metrics_parse(&address, r->health.metrics_at, &error) < 0)
		return cli_fail(&error);
	return -1;
}

/* Starts the process that answers. */
static int start_metrics(struct run_health *h)
{
	struct metrics_address address;
	struct vigil_error error;

	if (!h->published.page &&
	    published_open(&h->published, NULL, false, sizeof(h->figures), &error) < 0)
		return cli_fail(&error);
	published_put(&h->published, &h->figures);
	h->metrics = calloc(1, sizeof(*h->metrics));
	if (!h->metrics) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	if (metrics_parse(&address, h->metrics_at, &error) < 0 ||
	    metrics_start(h->metrics, &address, &h->published, &error) < 0)
		return cli_fail(&error);
	return -1;
}

int run_health_open(struct run *r)
{
	struct run_health *h = &r->health;
	struct health *f = &h->figures;
	int status = run_health_check(r);

	if (status >= 0)
		return status;
	snprintf(f->version, sizeof(f->version), "%s", vigil_version());
	f->pid = (uint64_t)getpid();
	f->started_ns = f->beat_ns = os_wall_ns();
	f->beat_ms = (uint64_t)os_now_ms();
	open_file(r);
	published_put(&h->published, f);
	return h->metrics_at ? start_metrics(h) : -1;
}

void run_health_close(struct run *r)
{
	if (r->health.metrics)
		metrics_stop(r->health.metrics);
	free(r->health.metrics);
	published_close(&r->health.published);
	free(r->health.chosen);
	r->health.metrics = NULL;
	r->health.chosen = NULL;
}

/* ---- figures ---- */

static void collect_types(struct health *f, struct vigil *v)
{
	const struct vigil_statistics *s = vigil_get_statistics(v);

	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		struct health_type *to = &f->type[type];

		to->produced = vigil_statistics_count(s, VIGIL_COUNT_PRODUCED, type);
		to->delivered = vigil_statistics_count(s, VIGIL_COUNT_DELIVERED, type);
		to->filtered = vigil_statistics_count(s, VIGIL_COUNT_FILTERED, type);
		to->queued = vigil_statistics_count(s, VIGIL_COUNT_QUEUED, type);
		for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++)
			to->dropped[reason] = vigil_statistics_dropped(s, type, reason);
	}
	f->unreadable = vigil_statistics_count(s, VIGIL_COUNT_UNREADABLE, VIGIL_ANY_TYPE);
	f->late = vigil_statistics_count(s, VIGIL_COUNT_LATE, VIGIL_ANY_TYPE);
	f->processes = vigil_statistics_count(s, VIGIL_COUNT_PROCESSES, VIGIL_ANY_TYPE);
	f->remembered = vigil_statistics_count(s, VIGIL_COUNT_REMEMBERED, VIGIL_ANY_TYPE);
}

static void set_error(struct health_output *output, bool failing, const char *text)
{
	if (failing && !output->failing) {
		output->error_ns = os_wall_ns();
		snprintf(output->error, sizeof(output->error), "%.*s",
			 (int)sizeof(output->error) - 1, text);
	}
	output->failing = failing;
}

static void collect_log(struct health *f, const struct run *r)
{
	const struct log *log = r->log;
	struct health_output *to = health_output(f, "log", "file");

	to->written = r->written_before + log->feed.account.written;
	to->lost = r->lost_before + log->feed.account.lost;
	to->waiting = log->feed.length;
	to->oldest_ns = log->feed.account.lines ? log->feed.account.line[0].at.time : 0;
	set_error(to, log->feed.failing, log->file.error.text);
}

static void collect_recording(struct health *f, const struct run *r)
{
	struct vigil_recorder_statistics s = { .size = sizeof(s) };
	const struct recording *recording = &r->recording;
	struct vigil_error error = { .text = "it could not be opened" };
	struct health_output *to;
	bool failing = !recording->recorder;

	if (!recording->path)
		return;
	to = health_output(f, "recording", "recording");
	if (recording->recorder) {
		vigil_recorder_statistics(recording->recorder, &s);
		failing = vigil_recorder_status(recording->recorder, &error) < 0;
		to->written = s.wanted;
	}
	to->lost = s.dropped + recording->missed;
	set_error(to, failing, error.text);
}

static void collect_filters(struct health *f, const struct vigil_filter *filter)
{
	const char *name;

	f->filters = 0;
	for (size_t i = 0; i < HEALTH_FILTERS; i++) {
		struct health_filter *to = &f->filter[i];

		to->count = vigil_filter_excluded(filter, i, &name);
		if (!name)
			return;
		snprintf(to->name, sizeof(to->name), "%s", name);
		f->filters++;
	}
}

static void collect_figures(struct run *r)
{
	struct health *f = &r->health.figures;

	f->is_ready = true;
	snprintf(f->backend, sizeof(f->backend), "%s", vigil_backend(r->vigil));
	collect_types(f, r->vigil);
	collect_log(f, r);
	collect_recording(f, r);
	run_outputs_health(r, f);
	if (r->health.metrics)
		f->metrics_restarts = side_process_restarts(&r->health.metrics->process);
	collect_filters(f, run_options(r)->filter);
	f->alerts = r->detecting.count;
	f->detect_rules = r->detecting.alerts ? alerts_loaded(r->detecting.alerts).rules : 0;
	f->beat_ns = os_wall_ns();
	f->beat_ms = (uint64_t)os_now_ms();
}

/* ---- the service manager ---- */

/* What does not work now: an output, or the settings that SIGHUP read. NULL: all is well. */
static const char *name_trouble(const struct health *f, const char **why)
{
	for (uint32_t i = 0; i < f->outputs; i++)
		if (f->output[i].failing) {
			*why = f->output[i].error;
			return f->output[i].name;
		}
	*why = f->reload.error;
	return f->reload.is_failed ? "reload" : NULL;
}

static void beat_with_status(struct run *r)
{
	struct run_health *h = &r->health;
	const struct health *f = &h->figures;
	int64_t now = os_now_ms();
	uint64_t events = HEALTH_SUM(f, delivered);
	const char *why, *trouble = name_trouble(f, &why);
	char text[500];

	if (h->was_failing == (trouble != NULL) && now - h->status_ms < STATUS_MS) {
		service_beat(NULL);
		return;
	}
	snprintf(text, sizeof(text),
		 "%" PRIu64 " events, %" PRIu64 " a second, %" PRIu64 " lost, %" PRIu64
		 " alerts%s%s%s%s",
		 events,
		 now > h->status_ms ? (events - h->before) * 1000 / (uint64_t)(now - h->status_ms)
				    : 0,
		 health_lost(f), f->alerts, trouble ? "; " : "", trouble ? trouble : "",
		 trouble ? ": " : "", trouble ? why : "");
	h->was_failing = trouble != NULL;
	h->status_ms = now;
	h->before = events;
	service_beat(text);
}

void run_health_beat(struct run *r)
{
	collect_figures(r);
	published_put(&r->health.published, &r->health.figures);
	if (r->health.metrics && metrics_has_ended(r->health.metrics))
		cli_say("the process that answers at %s has ended, and so has its guard; restart "
			"vigil run to start it again",
			r->health.metrics_at);
	beat_with_status(r);
}

void run_health_reloaded(struct run *r, const char *fault)
{
	struct health_reload *reload = &r->health.figures.reload;

	reload->count++;
	reload->failed += fault != NULL;
	reload->is_failed = fault != NULL;
	reload->ns = os_wall_ns();
	snprintf(reload->error, sizeof(reload->error), "%s", fault ? fault : "");
	run_health_beat(r);
}
