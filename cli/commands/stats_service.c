/* SPDX-License-Identifier: MIT */
/* stats_service.c - `vigil stats --service`: the figures that the running service publishes. */
#include "stats_service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "common/health.h"
#include "common/json.h"
#include "common/published.h"
#include "service/service.h"

#define SILENT_MS 10000 /* a service that has not published for this long does not respond */

/* ---- times ---- */

static uint64_t age_ms(const struct health *h)
{
	uint64_t now = (uint64_t)os_now_ms();

	return now > h->beat_ms ? now - h->beat_ms : 0;
}

static uint64_t since_ms(const struct health *h, uint64_t ns)
{
	return ns && h->beat_ns > ns ? (h->beat_ns - ns) / 1000000 : 0;
}

static const char *span(char text[32], uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s >= 172800)
		snprintf(text, 32, "%" PRIu64 " days", s / 86400);
	else if (s >= 7200)
		snprintf(text, 32, "%" PRIu64 " h", s / 3600);
	else if (s >= 120)
		snprintf(text, 32, "%" PRIu64 " min", s / 60);
	else
		snprintf(text, 32, "%" PRIu64 " s", s);
	return text;
}

static uint64_t dropped(const struct health_type *type)
{
	uint64_t sum = 0;

	for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++)
		sum += type->dropped[reason];
	return sum;
}

static uint64_t lost_for(const struct health *h, uint32_t reason)
{
	return health_sum(h, offsetof(struct health_type, dropped) + reason * sizeof(uint64_t));
}

/* ---- text ---- */

static void print_types(const struct health *h)
{
	cli_print("\n%-16s%14s%14s%12s%10s%10s\n", "TYPE", "EVENTS", "DELIVERED", "WITHHELD",
		  "LOST", "WAITING");
	for (uint32_t i = 0; i < VIGIL_TYPE_MAX; i++) {
		const struct health_type *type = &h->type[i];

		if (type->produced)
			cli_print("%-16s%14" PRIu64 "%14" PRIu64 "%12" PRIu64 "%10" PRIu64
				  "%10" PRIu64 "\n",
				  cli_type_name(i), type->produced, type->delivered, type->filtered,
				  dropped(type), type->queued);
	}
	for (uint32_t reason = 1; reason < VIGIL_LOSS_MAX; reason++)
		if (lost_for(h, reason))
			cli_print("%" PRIu64 " lost: %s\n", lost_for(h, reason),
				  vigil_loss_name(reason));
}

static void print_outputs(const struct health *h)
{
	char text[32];

	cli_print("\n%-20s%-14s%14s%14s%10s%10s%10s%12s%10s\n", "OUTPUT", "KIND", "WRITTEN",
		  "ACKED", "REFUSED", "WITHHELD", "LOST", "WAITING", "OLDEST");
	for (uint32_t i = 0; i < h->outputs; i++) {
		const struct health_output *o = &h->output[i];

		cli_print("%-20s%-14s%14" PRIu64 "%14" PRIu64 "%10" PRIu64 "%10" PRIu64 "%10" PRIu64
			  "%11" PRIu64 "K%10s\n",
			  o->name, o->kind, o->written, o->acked, o->refused, o->withheld,
			  o->lost + o->aged, o->waiting >> 10,
			  o->oldest_ns ? span(text, since_ms(h, o->oldest_ns)) : "-");
	}
	for (uint32_t i = 0; i < h->outputs; i++) {
		const struct health_output *o = &h->output[i];

		if (o->restarts)
			cli_print("%s: its process was started again %" PRIu64 " times\n", o->name,
				  o->restarts);
		if (o->error_ns)
			cli_print("%s: %s, %s before: %s\n", o->name,
				  o->failing ? "fails now" : "last error",
				  span(text, since_ms(h, o->error_ns)), o->error);
	}
}

static void print_text(const struct health *h)
{
	char up[32], text[32];

	cli_print("vigil %s, PID %" PRIu64 ", %s, for %s%s\n", h->version, h->pid,
		  *h->backend ? h->backend : "starting", span(up, since_ms(h, h->started_ns)),
		  h->is_ready ? "" : ", not ready");
	cli_print("%" PRIu64 " processes run, %" PRIu64 " ended ones remembered; %" PRIu64
		  " alerts of %" PRIu64 " detection rules\n",
		  h->processes, h->remembered, h->alerts, h->detect_rules);
	if (h->reload.count)
		cli_print("settings read again %" PRIu64 " times, %" PRIu64
			  " without effect; the last time %s before%s%s\n",
			  h->reload.count, h->reload.failed, span(text, since_ms(h, h->reload.ns)),
			  h->reload.is_failed ? ", which failed: " : "", h->reload.error);
	if (h->keeper_restarts || h->metrics_restarts)
		cli_print("restarts after a failure: %" PRIu64
			  " of the process that starts the senders, %" PRIu64
			  " of the one that answers --metrics\n",
			  h->keeper_restarts, h->metrics_restarts);
	print_types(h);
	print_outputs(h);
	if (h->filters)
		cli_print("\n%14s  %s\n", "EVENTS", "EXCLUDED BY");
	for (uint32_t i = 0; i < h->filters; i++)
		cli_print("%14" PRIu64 "  %s\n", h->filter[i].count, h->filter[i].name);
}

/* ---- JSON ---- */

static void put_types(struct json *json, const struct health *h)
{
	json_open(json, "types", '{');
	for (uint32_t i = 0; i < VIGIL_TYPE_MAX; i++) {
		json_open(json, cli_type_name(i), '{');
		json_number(json, "produced", h->type[i].produced);
		json_number(json, "delivered", h->type[i].delivered);
		json_number(json, "withheld", h->type[i].filtered);
		json_open(json, "dropped", '{');
		for (uint32_t reason = 1; reason < VIGIL_LOSS_MAX; reason++)
			json_number(json, vigil_loss_name(reason), h->type[i].dropped[reason]);
		json_close(json, '}');
		json_number(json, "queued", h->type[i].queued);
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void put_output(struct json *json, const struct health *h, const struct health_output *o)
{
	json_open(json, NULL, '{');
	json_text(json, "name", o->name);
	json_text(json, "kind", o->kind);
	json_text(json, "state", o->failing ? "failing" : "working");
	json_number(json, "written", o->written);
	json_number(json, "acked", o->acked);
	json_number(json, "refused", o->refused);
	json_number(json, "withheld", o->withheld);
	json_number(json, "lost", o->lost);
	json_number(json, "aged", o->aged);
	json_number(json, "restarts", o->restarts);
	json_number(json, "waiting_bytes", o->waiting);
	json_seconds(json, "oldest_seconds", since_ms(h, o->oldest_ns));
	json_text(json, "error", o->error_ns ? o->error : NULL);
	json_close(json, '}');
}

static void put_lists(struct json *json, const struct health *h)
{
	json_open(json, "outputs", '[');
	for (uint32_t i = 0; i < h->outputs; i++)
		put_output(json, h, &h->output[i]);
	json_close(json, ']');
	json_open(json, "excluded", '[');
	for (uint32_t i = 0; i < h->filters; i++) {
		json_open(json, NULL, '{');
		json_text(json, "name", h->filter[i].name);
		json_number(json, "events", h->filter[i].count);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static int print_json(const struct health *h, bool responds)
{
	struct json json = { .comma = false };

	json_open(&json, NULL, '{');
	json_text(&json, "version", h->version);
	json_text(&json, "backend", h->backend);
	json_number(&json, "pid", h->pid);
	json_text(&json, "state", !responds ? "silent" : h->is_ready ? "ready" : "starting");
	json_seconds(&json, "seconds", since_ms(h, h->started_ns));
	json_seconds(&json, "age_seconds", age_ms(h));
	json_number(&json, "processes", h->processes);
	json_number(&json, "remembered", h->remembered);
	json_number(&json, "unreadable", h->unreadable);
	json_number(&json, "late", h->late);
	json_number(&json, "alerts", h->alerts);
	json_number(&json, "detection_rules", h->detect_rules);
	json_number(&json, "keeper_restarts", h->keeper_restarts);
	json_number(&json, "metrics_restarts", h->metrics_restarts);
	json_open(&json, "reload", '{');
	json_number(&json, "count", h->reload.count);
	json_number(&json, "failed", h->reload.failed);
	json_text(&json, "error", h->reload.is_failed ? h->reload.error : NULL);
	json_close(&json, '}');
	put_types(&json, h);
	put_lists(&json, h);
	json_close(&json, '}');
	return json_print(&json);
}

/* ---- the command ---- */

int stats_service(const char *path, bool as_json)
{
	struct health *h = malloc(sizeof(*h));
	struct vigil_error error, why;
	bool responds;
	int status = EXIT_FINE;

	if (!h) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	if (published_read(path ? path : SERVICE_STATUS, h, sizeof(*h), &error) < 0) {
		free(h);
		vigil_fail(&why, error.code, "%s. Does the service run?", error.text);
		return cli_fail(&why);
	}
	responds = age_ms(h) < SILENT_MS;
	if (as_json)
		status = print_json(h, responds);
	else
		print_text(h);
	if (!responds)
		cli_say("the service has not responded for %" PRIu64 " s", age_ms(h) / 1000);
	if (status == EXIT_FINE && (!responds || !h->is_ready))
		status = EXIT_ERROR;
	free(h);
	return status;
}
