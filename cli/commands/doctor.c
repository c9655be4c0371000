/* SPDX-License-Identifier: MIT */
/* doctor.c - `vigil doctor`: what this machine allows, and what to do about the rest. */
#include "commands.h"
#include "common/cli.h"
#include "core/json_string.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/options.h"
#include "common/output.h"
#include "core/message.h"
#include "doctor/probe.h"
#include "format/format.h"

#define PROBES_MAX 32
#define COLUMNS    80
#define DETAIL_AT  29 /* column where details begin */

static const struct {
	const char *name, *color;
} states[] = {
	[FOUND_OK] = { "ok", "\033[32m" },
	[FOUND_LIMITED] = { "limited", "\033[33m" },
	[FOUND_DENIED] = { "denied", "\033[31m" },
	[FOUND_MISSING] = { "missing", "\033[31m" },
};

static const char *const outcomes[] = {
	[EXIT_FINE] = "vigil watch works fully",
	[EXIT_ERROR] = "vigil watch works, with the limits above",
	[EXIT_PRIVILEGE] = "vigil watch needs more privilege",
	[EXIT_UNSUPPORTED] = "vigil watch cannot work here",
};

struct doctor {
	struct options options;
	struct probing probing;
	struct finding finding[PROBES_MAX];
	bool json, color;
};

static const struct options_line own_lines[] = {
	{ .name = "json", OPTION_IN(FLAG, struct doctor, json), .help = "one JSON object" },
};
static const struct options_group own = OPTIONS_GROUP(own_lines);
static const struct options_section sections[] = { { .groups = { &own, &options_color } } };

static int run_doctor(int argc, char **argv);

const struct options_command doctor_command = {
	.name = "doctor",
	.summary = "say what this machine allows, and what to do about the rest",
	.run = run_doctor,
	.before =
	    "usage: vigil doctor [OPTIONS]\n"
	    "\n"
	    "Tries everything that Vigil needs - BPF programs, perf, fanotify, or the driver of\n"
	    "Windows; what this user may do - and says what works, which means will be used, and\n"
	    "what to do about what is missing. What it tries it undoes at once.\n",
	.after =
	    "\n"
	    "exit status: 0 vigil watch works fully, 1 with limits, 2 wrong usage, 3 it needs\n"
	    "more privilege, 4 not on this system.\n"
	    "\n"
	    "examples:\n"
	    "  sudo vigil doctor\n"
	    "  sudo vigil doctor --json | jq '.checks[] | select(.state != \"ok\")'\n",
	.sections = sections,
	.count = 1,
};

void probe_found(struct finding *f, enum finding_state state, const char *format, ...)
{
	va_list arguments;

	f->state = state;
	va_start(arguments, format);
	message_format(f->detail, sizeof f->detail, format, arguments);
	va_end(arguments);
}

void probe_advise(struct finding *f, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message_format(f->advice, sizeof f->advice, format, arguments);
	va_end(arguments);
}

static enum finding_state state_of(const struct doctor *d, const char *id)
{
	for (size_t i = 0; i < probe_count; i++)
		if (strcmp(probes[i].id, id) == 0)
			return d->finding[i].state;
	return FOUND_MISSING;
}

/* Sets *means, NULL: none. Returns the state of the best there is. */
static enum finding_state means_of(const struct doctor *d, size_t use, const char **means)
{
	enum finding_state best = FOUND_MISSING, sensor = state_of(d, "sensor");

	*means = NULL;
	if (probe_uses[use].is_there && !probe_uses[use].is_there())
		return FOUND_MISSING;
	if (probe_uses[use].sensor && sensor > FOUND_LIMITED)
		return sensor;
	for (size_t i = 0; i < 2 && probe_uses[use].choice[i].probe; i++) {
		enum finding_state state = state_of(d, probe_uses[use].choice[i].probe);

		if (state < best)
			best = state;
		if (state <= FOUND_LIMITED && !*means)
			*means = probe_uses[use].choice[i].means;
	}
	return best;
}

static int outcome(const struct doctor *d)
{
	int worst = EXIT_FINE;

	for (size_t i = 0; i < probe_count; i++) {
		enum finding_state state = d->finding[i].state;

		if (state == FOUND_OK || probes[i].weight == WEIGHT_EXTRA)
			continue;
		/* A look at the whole fails with its parts: they know better why. */
		if (strcmp(probes[i].id, "sensor") == 0 && worst > EXIT_ERROR)
			continue;
		if (probes[i].weight == WEIGHT_WANTED || state == FOUND_LIMITED)
			worst = worst > EXIT_ERROR ? worst : EXIT_ERROR;
		else if (state == FOUND_DENIED)
			worst = worst > EXIT_PRIVILEGE ? worst : EXIT_PRIVILEGE;
		else
			worst = EXIT_UNSUPPORTED;
	}
	return worst;
}

/* ---- for people ---- */

#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

static void paint(const struct doctor *d, const char *code)
{
	if (d->color)
		cli_print_own(code);
}

static void print_heading(const struct doctor *d, bool apart, const char *heading)
{
	cli_print(apart ? "\n" : "");
	paint(d, BOLD);
	cli_print("%s", heading);
	paint(d, PLAIN);
	cli_print("\n");
}

static bool was_advised(const struct doctor *d, size_t finding)
{
	for (size_t i = 0; i < finding; i++)
		if (strcmp(d->finding[i].advice, d->finding[finding].advice) == 0)
			return true;
	return false;
}

static void print_text(const struct doctor *d, int status)
{
	for (size_t i = 0; i < probe_count; i++) {
		const struct finding *f = &d->finding[i];

		if (probes[i].section)
			print_heading(d, i > 0, probes[i].section);
		cli_print("  %-17s ", probes[i].title);
		paint(d, states[f->state].color);
		cli_print("%-8s", states[f->state].name);
		paint(d, PLAIN);
		cli_print(" ");
		cli_print_wrapped("%s", DETAIL_AT, COLUMNS, f->detail);
		if (*f->advice && !was_advised(d, i)) {
			cli_print("%*s", DETAIL_AT, "-> ");
			cli_print_wrapped("%s", DETAIL_AT, COLUMNS, f->advice);
		}
	}
	print_heading(d, true, "What Vigil uses here");
	for (size_t i = 0; i < probe_use_count; i++) {
		const char *means;
		enum finding_state state = means_of(d, i, &means);

		if (!means)
			means = state == FOUND_DENIED ? "not for this user" : "not on this system";
		cli_print("  %-17s %s\n", probe_uses[i].what, means);
	}
	cli_print("\n");
	paint(d, states[status == EXIT_FINE ? FOUND_OK : FOUND_LIMITED].color);
	cli_print("%s.", outcomes[status]);
	paint(d, PLAIN);
	cli_print("\n");
}

/* ---- for programs ---- */

static void json_string(struct vigil_buffer *json, const char *text)
{
	vigil_put_json(json, text, strlen(text));
}

static void json_member(struct vigil_buffer *json, const char *name, const char *value)
{
	json_string(json, name);
	vigil_put_char(json, ':');
	if (value)
		json_string(json, value);
	else
		vigil_put_text(json, "null");
}

static void json_check(struct vigil_buffer *json, const struct probe *probe,
		       const struct finding *finding)
{
	static const char *const weights[] = {
		[WEIGHT_NEEDED] = "needed", [WEIGHT_WANTED] = "wanted", [WEIGHT_EXTRA] = "extra"
	};

	vigil_put_char(json, '{');
	json_member(json, "name", probe->id);
	vigil_put_char(json, ',');
	json_member(json, "state", states[finding->state].name);
	vigil_put_char(json, ',');
	json_member(json, "weight", weights[probe->weight]);
	vigil_put_char(json, ',');
	json_member(json, "detail", finding->detail);
	if (*finding->advice) {
		vigil_put_char(json, ',');
		json_member(json, "advice", finding->advice);
	}
	vigil_put_char(json, '}');
}

static void print_json(const struct doctor *d, int status)
{
	struct vigil_buffer json = { 0 };
	const char *means;

	vigil_put_char(&json, '{');
	json_member(&json, "version", VIGIL_VERSION);
	vigil_put_text(&json, ",\"status\":");
	vigil_put_signed(&json, status);
	vigil_put_char(&json, ',');
	json_member(&json, "outcome", outcomes[status]);
	vigil_put_text(&json, ",\"checks\":[");
	for (size_t i = 0; i < probe_count; i++) {
		if (i > 0)
			vigil_put_char(&json, ',');
		json_check(&json, &probes[i], &d->finding[i]);
	}
	vigil_put_text(&json, "],\"uses\":{");
	for (size_t i = 0; i < probe_use_count; i++) {
		if (i > 0)
			vigil_put_char(&json, ',');
		means_of(d, i, &means);
		json_member(&json, probe_uses[i].what, means);
	}
	vigil_put(&json, "}}\n", 4);
	if (json.failed)
		cli_say("no memory");
	else
		cli_print_own(json.data);
	vigil_buffer_free(&json);
}

static int run_doctor(int argc, char **argv)
{
	struct doctor d = { .json = false };
	int status;

	if (!options_open(&d.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse_all(&doctor_command, &d.options, argc, argv);
	options_close(&d.options);
	if (status >= 0)
		return status;
	d.color = output_is_colored(d.options.how.color, STDOUT_FILENO);
	probing_open(&d.probing);
	for (size_t i = 0; i < probe_count; i++)
		probes[i].run(&d.probing, &d.finding[i]);
	probing_close(&d.probing);
	status = outcome(&d);
	if (d.json)
		print_json(&d, status);
	else
		print_text(&d, status);
	return status;
}
