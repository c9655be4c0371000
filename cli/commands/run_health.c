/* SPDX-License-Identifier: MIT */
#include "run_health.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "run.h"
#include "service/service.h"

#define STATUS_MS 5000 /* between two lines for the service manager, unless the state changes */

void run_health_choose(struct run *r)
{
	const char *folder = getenv("RUNTIME_DIRECTORY"); /* of systemd; the first of a list */
	size_t length = folder ? strcspn(folder, ":") : 0;
	struct run_health *h = &r->health;

	if (h->path)
		h->chosen = strdup(h->path);
	else if (length > 0 && (h->chosen = malloc(length + sizeof("/status"))) != NULL)
		sprintf(h->chosen, "%.*s/status", (int)length, folder);
}

void run_health_open(struct run *r)
{
	struct run_health *h = &r->health;
	struct health *f = &h->figures;
	struct vigil_error error;

	snprintf(f->version, sizeof(f->version), "%s", vigil_version());
	f->pid = (uint64_t)getpid();
	f->started_ns = os_wall_ns();
	if (h->chosen && published_open(&h->published, h->chosen, sizeof(*f), &error) < 0) {
		cli_say("%s `vigil stats --service` will not find this service.", error.text);
		return;
	}
	published_put(&h->published, f);
}

void run_health_close(struct run *r)
{
	published_close(&r->health.published);
	free(r->health.chosen);
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
