/* SPDX-License-Identifier: MIT */
/* metrics_text.c - the figures in Prometheus' text format, version 0.0.4. */
#include "metrics.h"

#include <string.h>

#include "common/cli.h"

/* ---- the format ---- */

static void put_family(struct vigil_buffer *out, const char *name, const char *type,
		       const char *help)
{
	vigil_put_text(out, "# HELP vigil_");
	vigil_put_text(out, name);
	vigil_put_char(out, ' ');
	vigil_put_text(out, help);
	vigil_put_text(out, "\n# TYPE vigil_");
	vigil_put_text(out, name);
	vigil_put_char(out, ' ');
	vigil_put_text(out, type);
	vigil_put_char(out, '\n');
}

/* A label's value: names that a person has chosen. Bytes that are not UTF-8 become '?'. */
static void put_value(struct vigil_buffer *out, const char *text)
{
	bool valid = vigil_utf8_valid(text, strlen(text));

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n')
			vigil_put_text(out, "\\n");
		else if (c == '"' || c == '\\')
			vigil_put_char(out, '\\'), vigil_put_char(out, (char)c);
		else
			vigil_put_char(out, c >= 0x80 && !valid ? '?' : (char)c);
	}
}

struct label {
	const char *name, *value;
};

/* labels: ended by one without a name. */
static void put_name(struct vigil_buffer *out, const char *name, const struct label *labels)
{
	vigil_put_text(out, "vigil_");
	vigil_put_text(out, name);
	for (const struct label *label = labels; label && label->name; label++) {
		vigil_put_char(out, label == labels ? '{' : ',');
		vigil_put_text(out, label->name);
		vigil_put_text(out, "=\"");
		put_value(out, label->value);
		vigil_put_char(out, '"');
	}
	vigil_put_text(out, labels && labels->name ? "} " : " ");
}

static void put_sample(struct vigil_buffer *out, const char *name, const struct label *labels,
		       uint64_t value)
{
	put_name(out, name, labels);
	vigil_put_unsigned(out, value);
	vigil_put_char(out, '\n');
}

/* thousandths: of the unit. */
static void put_fraction(struct vigil_buffer *out, const char *name, const struct label *labels,
			 uint64_t thousandths)
{
	char digits[3];

	put_name(out, name, labels);
	vigil_put_unsigned(out, thousandths / 1000);
	vigil_put_char(out, '.');
	vigil_format_padded(digits, thousandths % 1000, 3);
	vigil_put(out, digits, sizeof(digits));
	vigil_put_char(out, '\n');
}

static void put_single(struct vigil_buffer *out, const char *name, const char *type,
		       const char *help, uint64_t value)
{
	put_family(out, name, type, help);
	put_sample(out, name, NULL, value);
}

/* ---- the figures ---- */

static void put_types(struct vigil_buffer *out, const struct health *h)
{
	put_family(
	    out, "events_total", "counter",
	    "Events of the sensor: delivered, or withheld (reported before, or not asked for).");
	for (uint32_t i = 0; i < VIGIL_TYPE_MAX; i++) {
		const struct label delivered[] = { { "type", cli_type_name(i) },
						   { "outcome", "delivered" },
						   { 0 } };
		const struct label withheld[] = { { "type", cli_type_name(i) },
						  { "outcome", "withheld" },
						  { 0 } };

		put_sample(out, "events_total", delivered, h->type[i].delivered);
		put_sample(out, "events_total", withheld, h->type[i].filtered);
	}
	put_family(out, "events_lost_total", "counter",
		   "Events that the sensor lost, by cause; those of outputs are counted there.");
	for (uint32_t i = 0; i < VIGIL_TYPE_MAX; i++)
		for (uint32_t reason = 1; reason < VIGIL_LOSS_MAX; reason++) {
			const struct label labels[] = { { "type", cli_type_name(i) },
							{ "reason", vigil_loss_name(reason) },
							{ 0 } };

			put_sample(out, "events_lost_total", labels, h->type[i].dropped[reason]);
		}
	put_family(out, "events_queued", "gauge", "Events that wait in the queues of the sensor.");
	for (uint32_t i = 0; i < VIGIL_TYPE_MAX; i++) {
		const struct label labels[] = { { "type", cli_type_name(i) }, { 0 } };

		put_sample(out, "events_queued", labels, h->type[i].queued);
	}
}

/* The figures of an output that are numbers. */
static const struct output_figure {
	const char *name, *type, *help;
	size_t offset;
} OUTPUT_FIGURES[] = {
	{ "output_events_total", "counter",
	  "Events passed to the output: in its file, or in its spool.",
	  offsetof(struct health_output, written) },
	{ "output_acked_total", "counter", "Events that the engine has acknowledged.",
	  offsetof(struct health_output, acked) },
	{ "output_refused_total", "counter", "Events that the engine has refused for good.",
	  offsetof(struct health_output, refused) },
	{ "output_withheld_total", "counter", "Events above the limit of events per second.",
	  offsetof(struct health_output, withheld) },
	{ "output_lost_total", "counter", "Events that did not fit: full disk, full spool.",
	  offsetof(struct health_output, lost) },
	{ "output_aged_total", "counter", "Events removed from the spool because of their age.",
	  offsetof(struct health_output, aged) },
	{ "output_restarts_total", "counter",
	  "Starts of the process that sends, after it ended by itself.",
	  offsetof(struct health_output, restarts) },
	{ "output_waiting_bytes", "gauge", "Bytes that wait, in memory or in the spool.",
	  offsetof(struct health_output, waiting) },
};

static void put_outputs(struct vigil_buffer *out, const struct health *h)
{
	for (size_t f = 0; f < sizeof(OUTPUT_FIGURES) / sizeof(OUTPUT_FIGURES[0]); f++) {
		const struct output_figure *figure = &OUTPUT_FIGURES[f];

		put_family(out, figure->name, figure->type, figure->help);
		for (uint32_t i = 0; i < h->outputs; i++) {
			const struct health_output *o = &h->output[i];
			const struct label labels[] = { { "output", o->name },
							{ "kind", o->kind },
							{ 0 } };
			uint64_t value;

			memcpy(&value, (const char *)o + figure->offset, sizeof(value));
			put_sample(out, figure->name, labels, value);
		}
	}
	put_family(out, "output_oldest_seconds", "gauge", "Age of the oldest event that waits.");
	for (uint32_t i = 0; i < h->outputs; i++) {
		const struct health_output *o = &h->output[i];
		const struct label labels[] = { { "output", o->name }, { "kind", o->kind }, { 0 } };
		bool waits = o->oldest_ns && o->oldest_ns < h->beat_ns;

		put_fraction(out, "output_oldest_seconds", labels,
			     waits ? (h->beat_ns - o->oldest_ns) / 1000000 : 0);
	}
	put_family(out, "output_failing", "gauge", "1: the output does not work now.");
	for (uint32_t i = 0; i < h->outputs; i++) {
		const struct health_output *o = &h->output[i];
		const struct label labels[] = { { "output", o->name }, { "kind", o->kind }, { 0 } };

		put_sample(out, "output_failing", labels, o->failing);
	}
}

static void put_filters(struct vigil_buffer *out, const struct health *h)
{
	put_family(out, "excluded_events_total", "counter",
		   "Events that an exclusion removed, since it was read.");
	for (uint32_t i = 0; i < h->filters; i++) {
		const struct label labels[] = { { "exclusion", h->filter[i].name }, { 0 } };
		bool before = false;

		for (uint32_t j = 0; j < i && !before;
		     j++) /* two samples with one name are an error */
			before = strcmp(h->filter[i].name, h->filter[j].name) == 0;
		if (!before)
			put_sample(out, "excluded_events_total", labels, h->filter[i].count);
	}
}

static void put_restarts(struct vigil_buffer *out, const struct health *h)
{
	static const struct label keeper[] = { { "process", "keeper" }, { 0 } };
	static const struct label metrics[] = { { "process", "metrics" }, { 0 } };

	put_family(out, "process_restarts_total", "counter",
		   "How often a process of the service was started again after it ended.");
	put_sample(out, "process_restarts_total", keeper, h->keeper_restarts);
	put_sample(out, "process_restarts_total", metrics, h->metrics_restarts);
}

static void put_service(struct vigil_buffer *out, const struct health *h, uint64_t now_ms)
{
	const struct label build[] = { { "version", h->version },
				       { "backend", h->backend },
				       { 0 } };

	put_family(out, "build_info", "gauge", "Version and means of the sensor.");
	put_sample(out, "build_info", build, 1);
	put_family(out, "start_time_seconds", "gauge", "When the service started, since 1970 UTC.");
	put_fraction(out, "start_time_seconds", NULL, h->started_ns / 1000000);
	put_single(out, "ready", "gauge", "1: the sensor runs.", h->is_ready);
	put_family(out, "age_seconds", "gauge", "How old these figures are; 1 or less normally.");
	put_fraction(out, "age_seconds", NULL, now_ms > h->beat_ms ? now_ms - h->beat_ms : 0);
	put_single(out, "processes", "gauge", "Processes that run.", h->processes);
	put_single(out, "processes_remembered", "gauge", "Ended processes whose names are known.",
		   h->remembered);
	put_single(out, "values_unreadable_total", "counter",
		   "Parts of events that could not be read.", h->unreadable);
	put_single(out, "events_late_total", "counter",
		   "Events that came after one with a later time.", h->late);
	put_single(out, "alerts_total", "counter", "Alerts of detection rules.", h->alerts);
	put_single(out, "detection_rules", "gauge", "Detection rules that are loaded.",
		   h->detect_rules);
	put_single(out, "reloads_total", "counter", "How often the settings were read again.",
		   h->reload.count);
	put_single(out, "reloads_failed_total", "counter", "Of these, those that changed nothing.",
		   h->reload.failed);
	put_single(out, "reload_failed", "gauge", "1: the last one changed nothing.",
		   h->reload.is_failed);
	put_restarts(out, h);
}

void metrics_put(struct vigil_buffer *out, const struct health *health, uint64_t now_ms)
{
	put_service(out, health, now_ms);
	put_types(out, health);
	put_outputs(out, health);
	put_filters(out, health);
}
