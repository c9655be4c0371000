/* SPDX-License-Identifier: MIT */
/* doctor.c - `vigil doctor`: what this machine allows, and what to do about the rest. */
#include "cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "probe.h"

#define PROBES_MAX 32
#define COLUMNS    80
#define DETAIL_AT  29 /* column where details begin */

static const char help[] =
    "usage: vigil doctor [OPTIONS]\n"
    "\n"
    "Tries everything that Vigil stands on - BPF programs, perf, fanotify, or the\n"
    "driver of Windows; what this user may - and says what works, which means will be\n"
    "used, and what to do about what is missing. What it tries it undoes at once.\n"
    "\n"
    "      --json          one JSON object\n"
    "      --color WHEN    auto (default), always, never\n"
    "  -h, --help          this help\n"
    "\n"
    "exit status: 0 vigil watch works fully, 1 with limits, 2 wrong usage, 3 it needs\n"
    "more privilege, 4 not on this system.\n"
    "\n"
    "examples:\n"
    "  sudo vigil doctor\n"
    "  sudo vigil doctor --json | jq '.checks[] | select(.state != \"ok\")'\n";

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
	struct probing probing;
	struct finding finding[PROBES_MAX];
	bool json, color;
	enum color_choice choice;
};

void probe_found(struct finding *f, enum finding_state state, const char *format, ...)
{
	va_list arguments;

	f->state = state;
	va_start(arguments, format);
	vsnprintf(f->detail, sizeof f->detail, format, arguments);
	va_end(arguments);
}

void probe_advise(struct finding *f, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(f->advice, sizeof f->advice, format, arguments);
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

static const char *paint(const struct doctor *d, const char *code)
{
	return d->color ? code : "";
}

/* Prints text, the cursor being at column `at`, broken between words. */
static void wrap(const char *text, int at)
{
	int column = at;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (column > at && column + 1 + length > COLUMNS) {
			printf("\n%*s", at, "");
			column = at;
		}
		column += printf("%s%.*s", column > at ? " " : "", length, text);
		text += length;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static bool told_before(const struct doctor *d, size_t finding)
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
			printf("%s%s%s%s\n", i ? "\n" : "", paint(d, "\033[1m"), probes[i].section,
			       paint(d, "\033[0m"));
		printf("  %-17s %s%-8s%s ", probes[i].title, paint(d, states[f->state].color),
		       states[f->state].name, paint(d, "\033[0m"));
		wrap(f->detail, DETAIL_AT);
		if (*f->advice && !told_before(d, i)) {
			printf("%*s", DETAIL_AT, "-> ");
			wrap(f->advice, DETAIL_AT);
		}
	}
	printf("\n%sWhat Vigil uses here%s\n", paint(d, "\033[1m"), paint(d, "\033[0m"));
	for (size_t i = 0; i < probe_use_count; i++) {
		const char *means;
		enum finding_state state = means_of(d, i, &means);

		if (!means)
			means = state == FOUND_DENIED ? "not for this user" : "not on this system";
		printf("  %-17s %s\n", probe_uses[i].what, means);
	}
	printf("\n%s%s.%s\n",
	       paint(d, states[status == EXIT_FINE ? FOUND_OK : FOUND_LIMITED].color),
	       outcomes[status], paint(d, "\033[0m"));
}

/* ---- for programs ---- */

static void json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c > 0x7e) /* nothing here is but ASCII, unless it is broken */
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void json_member(const char *name, const char *value)
{
	json_string(name);
	putchar(':');
	if (value)
		json_string(value);
	else
		fputs("null", stdout);
}

static void print_json(const struct doctor *d, int status)
{
	static const char *const weights[] = {
		[WEIGHT_NEEDED] = "needed", [WEIGHT_WANTED] = "wanted", [WEIGHT_EXTRA] = "extra"
	};
	const char *means;

	putchar('{');
	json_member("version", VIGIL_VERSION);
	printf(",\"status\":%d,", status);
	json_member("outcome", outcomes[status]);
	fputs(",\"checks\":[", stdout);
	for (size_t i = 0; i < probe_count; i++) {
		fputs(i ? ",{" : "{", stdout);
		json_member("name", probes[i].id);
		putchar(',');
		json_member("state", states[d->finding[i].state].name);
		putchar(',');
		json_member("weight", weights[probes[i].weight]);
		putchar(',');
		json_member("detail", d->finding[i].detail);
		if (*d->finding[i].advice) {
			putchar(',');
			json_member("advice", d->finding[i].advice);
		}
		putchar('}');
	}
	fputs("],\"uses\":{", stdout);
	for (size_t i = 0; i < probe_use_count; i++) {
		fputs(i > 0 ? "," : "", stdout);
		means_of(d, i, &means);
		json_member(probe_uses[i].what, means);
	}
	puts("}}");
}

/* -1: go on; else the exit status. */
static int parse(struct doctor *d, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "color", required_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		switch (option) {
		case 'j':
			d->json = true;
			break;
		case 'C':
			if (!output_color(optarg, &d->choice))
				return cli_usage("doctor",
						 "--color `%s`? It is auto, always or never",
						 optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_FINE;
		default:
			return cli_usage("doctor", "see above");
		}
	if (optind < argc)
		return cli_usage("doctor", "what is `%s`?", argv[optind]);
	return -1;
}

int vigil_cmd_doctor(int argc, char **argv)
{
	struct doctor d = { .choice = COLOR_AUTO };
	int status = parse(&d, argc, argv);

	if (status >= 0)
		return status;
	d.color = output_is_colored(d.choice, STDOUT_FILENO);
	probing_open(&d.probing);
	for (size_t i = 0; i < probe_count; i++)
		probes[i].run(&d.probing, &d.finding[i]);
	probing_close(&d.probing);
	status = outcome(&d);
	if (d.json)
		print_json(&d, status);
	else
		print_text(&d, status);
	if (fflush(stdout) != 0) {
		cli_say("cannot write to standard output");
		return EXIT_OUTPUT;
	}
	return status;
}
