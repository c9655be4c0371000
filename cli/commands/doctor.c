/* SPDX-License-Identifier: MIT */
/* doctor.c - `vigil doctor`: what this machine supports, and how to fix the rest. */
#include "commands.h"

#include <string.h>
#include <unistd.h>

#include <vigil/probe.h>

#include "common/cli.h"
#include "common/json.h"
#include "common/output.h"

#define COLUMNS   80
#define DETAIL_AT 29 /* column where details begin */

static const struct {
	const char *name, *color;
} states[] = {
	[VIGIL_CHECK_OK] = { "ok", "\033[32m" },
	[VIGIL_CHECK_LIMITED] = { "limited", "\033[33m" },
	[VIGIL_CHECK_DENIED] = { "denied", "\033[31m" },
	[VIGIL_CHECK_MISSING] = { "missing", "\033[31m" },
};

static const char *const outcomes[] = {
	[EXIT_FINE] = "vigil watch works fully",
	[EXIT_ERROR] = "vigil watch works, with the limits above",
	[EXIT_PRIVILEGE] = "vigil watch needs more privilege",
	[EXIT_UNSUPPORTED] = "vigil watch cannot work here",
};

struct doctor {
	struct options options;
	struct vigil_probe *probe;
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

static int outcome(const struct doctor *d)
{
	bool limited;

	switch (vigil_probe_outcome(d->probe, &limited)) {
	case VIGIL_OK:
		return limited ? EXIT_ERROR : EXIT_FINE;
	case VIGIL_ERROR_PRIVILEGE:
		return EXIT_PRIVILEGE;
	default:
		return EXIT_UNSUPPORTED;
	}
}

/* ---- text output ---- */

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

static bool was_advised(const struct doctor *d, size_t index)
{
	const char *advice = vigil_probe_check(d->probe, index)->advice;

	for (size_t i = 0; i < index; i++)
		if (strcmp(vigil_probe_check(d->probe, i)->advice, advice) == 0)
			return true;
	return false;
}

static void print_check(const struct doctor *d, size_t index)
{
	const struct vigil_check *check = vigil_probe_check(d->probe, index);

	if (check->section)
		print_heading(d, index > 0, check->section);
	cli_print("  %-17s ", check->title);
	paint(d, states[check->state].color);
	cli_print("%-8s", states[check->state].name);
	paint(d, PLAIN);
	cli_print(" ");
	cli_print_wrapped("%s", DETAIL_AT, COLUMNS, check->detail);
	if (*check->advice && !was_advised(d, index)) {
		cli_print("%*s", DETAIL_AT, "-> ");
		cli_print_wrapped("%s", DETAIL_AT, COLUMNS, check->advice);
	}
}

static void print_text(const struct doctor *d, int status)
{
	const struct vigil_use *use;

	for (size_t i = 0; vigil_probe_check(d->probe, i); i++)
		print_check(d, i);
	print_heading(d, true, "What Vigil uses here");
	for (size_t i = 0; (use = vigil_probe_use(d->probe, i)); i++)
		cli_print("  %-17s %s\n", use->what,
			  use->means                         ? use->means
			  : use->state == VIGIL_CHECK_DENIED ? "not for this user"
							     : "not on this system");
	cli_print("\n");
	paint(d, states[status == EXIT_FINE ? VIGIL_CHECK_OK : VIGIL_CHECK_LIMITED].color);
	cli_print("%s.", outcomes[status]);
	paint(d, PLAIN);
	cli_print("\n");
}

/* ---- JSON output ---- */

static void put_check(struct json *json, const struct vigil_check *check)
{
	static const char *const weights[] = { [VIGIL_CHECK_NEEDED] = "needed",
					       [VIGIL_CHECK_WANTED] = "wanted",
					       [VIGIL_CHECK_EXTRA] = "extra" };

	json_open(json, NULL, '{');
	json_text(json, "name", check->name);
	json_text(json, "state", states[check->state].name);
	json_text(json, "weight", weights[check->weight]);
	json_text(json, "detail", check->detail);
	if (*check->advice)
		json_text(json, "advice", check->advice);
	json_close(json, '}');
}

static int print_json(const struct doctor *d, int status)
{
	struct json json = { .comma = false };
	const struct vigil_use *use;
	int printed;

	json_open(&json, NULL, '{');
	json_text(&json, "version", VIGIL_VERSION);
	json_number(&json, "status", (uint64_t)status);
	json_text(&json, "outcome", outcomes[status]);
	json_open(&json, "checks", '[');
	for (size_t i = 0; vigil_probe_check(d->probe, i); i++)
		put_check(&json, vigil_probe_check(d->probe, i));
	json_close(&json, ']');
	json_open(&json, "uses", '{');
	for (size_t i = 0; (use = vigil_probe_use(d->probe, i)); i++)
		json_text(&json, use->what, use->means);
	json_close(&json, '}');
	json_close(&json, '}');
	printed = json_print(&json);
	return printed == EXIT_FINE ? status : printed;
}

static int run_doctor(int argc, char **argv)
{
	struct doctor d = { .probe = NULL };
	int status;

	if (!options_open(&d.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse_all(&doctor_command, &d.options, argc, argv);
	options_close(&d.options);
	if (status >= 0)
		return status;
	d.color = output_is_colored(d.options.how.color, STDOUT_FILENO);
	d.probe = vigil_probe();
	if (!d.probe) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = outcome(&d);
	if (d.json)
		status = print_json(&d, status);
	else
		print_text(&d, status);
	vigil_probe_free(d.probe);
	return status;
}
