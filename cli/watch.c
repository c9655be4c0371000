/* SPDX-License-Identifier: MIT */
/* watch.c - `vigil watch`: events of the whole machine as they happen. */
#include "cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "output.h"

static const char help[] =
    "usage: vigil watch [OPTIONS]\n"
    "\n"
    "Shows processes, threads and image loads of the whole machine as they happen,\n"
    "until Ctrl-C. Needs root.\n"
    "\n"
    "what to show (conditions of one kind are alternatives, kinds must all hold):\n"
    "  -t, --type LIST          create, exec, exit, thread-create, thread-exit, image,\n"
    "                           driver, lost, status, ...; groups: process, thread, all\n"
    "                           (default: process,thread,image,driver)\n"
    "  -p, --pid PID            that process\n"
    "      --children-of PID    that process and all it starts, directly or not\n"
    "  -u, --user USER          name or number of the effective user\n"
    "  -i, --image PATTERN      path of the executable; without '/' its base name (* ? [..])\n"
    "  -c, --command PATTERN    part of the command line (* ? [..])\n"
    "      --container ID       container id, its beginning, or name; `any`: all containers\n"
    "      --snapshot           first show what already runs\n"
    "\n"
    "how to show it:\n"
    "  -f, --format FORMAT      text (default), table, json (ECS, one object a line),\n"
    "                           sysmon-xml\n"
    "  -o, --output FILE        write to FILE (mode 0600)\n"
    "      --append             do not empty FILE first\n"
    "      --color WHEN         auto (default), always, never\n"
    "      --utc                times in UTC\n"
    "      --width N            shorten lines to N columns; 0: never (default: the terminal's\n"
    "                           on a terminal, else 0)\n"
    "  -q, --quiet              no summary at the end\n"
    "\n"
    "when to stop, and how to run:\n"
    "  -n, --count N            after N events\n"
    "  -d, --duration TIME      after TIME: 500ms, 10s, 5m, 1h\n"
    "      --buffer-size SIZE   queue in the kernel, 64K to 1G (default 8M)\n"
    "      --latency TIME       an event waits about this long at most (default 10ms)\n"
    "\n"
    "examples:\n"
    "  sudo vigil watch --type exec,exit\n"
    "  sudo vigil watch --children-of $$ --format json | jq .process.command_line\n"
    "  sudo vigil watch --image 'ssh*' --user root --duration 1h --output ssh.log\n";

enum {
	OPTION_CHILDREN = 256,
	OPTION_CONTAINER,
	OPTION_SNAPSHOT,
	OPTION_APPEND,
	OPTION_COLOR,
	OPTION_UTC,
	OPTION_WIDTH,
	OPTION_BUFFER,
	OPTION_LATENCY,
};

static const struct option long_options[] = {
	{ "type", required_argument, NULL, 't' },
	{ "pid", required_argument, NULL, 'p' },
	{ "children-of", required_argument, NULL, OPTION_CHILDREN },
	{ "user", required_argument, NULL, 'u' },
	{ "image", required_argument, NULL, 'i' },
	{ "command", required_argument, NULL, 'c' },
	{ "container", required_argument, NULL, OPTION_CONTAINER },
	{ "snapshot", no_argument, NULL, OPTION_SNAPSHOT },
	{ "format", required_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "append", no_argument, NULL, OPTION_APPEND },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "utc", no_argument, NULL, OPTION_UTC },
	{ "width", required_argument, NULL, OPTION_WIDTH },
	{ "quiet", no_argument, NULL, 'q' },
	{ "count", required_argument, NULL, 'n' },
	{ "duration", required_argument, NULL, 'd' },
	{ "buffer-size", required_argument, NULL, OPTION_BUFFER },
	{ "latency", required_argument, NULL, OPTION_LATENCY },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct watch {
	struct vigil_filter *filter;
	struct output output;
	struct output_options how;
	struct vigil_options options;
	bool types_given, snapshot, quiet;
	uint64_t count, duration_ms;
	uint64_t shown, lost;
};

#define DEFAULT_TYPES "process,thread,image,driver,remote-thread,access,denied,status"

#define SNAPSHOT_TYPES "existing,existing-thread,snapshot-end"

static const char *filter_key(int option)
{
	switch (option) {
	case 't':
		return "type";
	case 'p':
		return "pid";
	case OPTION_CHILDREN:
		return "children-of";
	case 'u':
		return "user";
	case 'i':
		return "image";
	case 'c':
		return "command";
	case OPTION_CONTAINER:
		return "container";
	default:
		return NULL;
	}
}

/* An option with a value that is no filter. NULL, or what is wrong with it. */
static const char *set_value(struct watch *w, int option, const char *value)
{
	uint64_t number = 0;
	char *end;

	switch (option) {
	case 'f':
		return output_format(value, &w->how.format) ? NULL
							    : "text, table, json or sysmon-xml";
	case 'o':
		w->how.path = value;
		return NULL;
	case OPTION_COLOR:
		return output_color(value, &w->how.color) ? NULL : "auto, always or never";
	case OPTION_WIDTH:
		return output_width(value, &w->how.width) ? NULL : "0, or 20 to 10000";
	case 'n':
		w->count = strtoull(value, &end, 10);
		return end != value && !*end && *value != '-' && w->count ? NULL
									  : "a number from 1";
	case 'd':
		return cli_duration_ms(value, &w->duration_ms) && w->duration_ms
			   ? NULL
			   : "a time like 10s";
	case OPTION_BUFFER:
		if (!cli_bytes(value, &number) || number < 64u << 10 || number > 1u << 30)
			return "a size from 64K to 1G";
		w->options.buffer_bytes = (uint32_t)number;
		return NULL;
	default:
		if (!cli_duration_ms(value, &number) || number < 1 || number > 1000)
			return "a time from 1ms to 1s";
		w->options.latency_ms = (uint32_t)number;
		return NULL;
	}
}

/* -1: go on; else the exit status. */
static int parse(struct watch *w, int argc, char **argv)
{
	struct vigil_error error;
	int option;

	while ((option = getopt_long(argc, argv, "t:p:u:i:c:f:o:n:d:qh", long_options, NULL)) !=
	       -1) {
		const char *key = filter_key(option), *wrong;

		if (key && vigil_filter_add(w->filter, key, optarg, &error) < 0)
			return cli_usage("watch", "%s", error.text);
		if (option == 't')
			w->types_given = true;
		if (key)
			continue;
		switch (option) {
		case OPTION_SNAPSHOT:
			w->snapshot = true;
			break;
		case OPTION_APPEND:
			w->how.append = true;
			break;
		case OPTION_UTC:
			w->how.utc = true;
			break;
		case 'q':
			w->quiet = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_FINE;
		case '?':
			return cli_usage("watch", "see above");
		default:
			wrong = set_value(w, option, optarg);
			if (wrong)
				return cli_usage("watch", "`%s` does not fit: %s", optarg, wrong);
		}
	}
	if (optind < argc)
		return cli_usage("watch", "what is `%s`? (`vigil trace -- %s` runs a command)",
				 argv[optind], argv[optind]);
	if (!w->types_given && vigil_filter_add(w->filter, "type", DEFAULT_TYPES, &error) < 0)
		return cli_usage("watch", "%s", error.text);
	if (w->snapshot && vigil_filter_add(w->filter, "type", SNAPSHOT_TYPES, &error) < 0)
		return cli_usage("watch", "%s", error.text);
	return -1;
}

/* How long to wait for the next event; 0: the time is over. A signal between the
 * look at cli_signal and the wait is found after half a second. */
static int patience(const struct watch *w, int64_t deadline)
{
	int64_t left = deadline - cli_now_ms();

	if (!w->duration_ms || left > 500)
		return 500;
	return left > 0 ? (int)left : 0;
}

static int show(struct watch *w, const struct vigil_event *event)
{
	if (event->record->type == VIGIL_LOST)
		w->lost += event->lost->count;
	/* The filter sees all, to follow families. */
	if (!vigil_filter_match(w->filter, event))
		return VIGIL_OK;
	w->shown++;
	return output_event(&w->output, event);
}

/* What happened before it was told to stop is on its way: a few milliseconds. So
 * may be the news of a loss, which bears the time at which it was found. */
static int finish(struct watch *w, struct vigil *v)
{
	const uint64_t patience_ns = 10000000;
	const struct vigil_event *event;
	struct timespec now;
	uint64_t stop;

	clock_gettime(CLOCK_REALTIME, &now);
	stop = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	for (int quiet = 0; quiet < 3 && (!w->count || w->shown < w->count);) {
		int got = vigil_next(v, &event, 0);

		if (got < 0)
			return cli_fail(vigil_error_of(v));
		if (got == 0) {
			quiet++;
			usleep(2000);
		} else if (event->record->time <= stop || event->record->type == VIGIL_LOST) {
			if (show(w, event) < 0)
				return cli_fail(&w->output.error);
		} else if (event->record->time > stop + patience_ns) {
			break;
		}
	}
	return EXIT_FINE;
}

static int run(struct watch *w, struct vigil *v)
{
	int64_t deadline = cli_now_ms() + (int64_t)w->duration_ms;
	const struct vigil_event *event;

	while (!cli_signal && (!w->count || w->shown < w->count)) {
		int wait = patience(w, deadline), got;

		if (wait == 0)
			break;
		got = vigil_next(v, &event, 0);
		if (got == 0) { /* nothing at hand: now is the time to write */
			if (output_flush(&w->output) < 0)
				return cli_fail(&w->output.error);
			got = vigil_next(v, &event, wait);
		}
		if (got < 0)
			return cli_fail(vigil_error_of(v));
		if (got > 0 && show(w, event) < 0)
			return cli_fail(&w->output.error);
	}
	return finish(w, v);
}

static void summary(const struct watch *w, struct vigil *v)
{
	if (w->quiet)
		return;
	if (w->lost)
		cli_say("%" PRIu64 " events shown; %" PRIu64
			" LOST (try a larger --buffer-size, or fewer --type)",
			w->shown, w->lost);
	else
		cli_say("%" PRIu64 " events shown, none lost (%s)", w->shown, vigil_backend(v));
}

int vigil_cmd_watch(int argc, char **argv)
{
	struct watch w = { .how = { .fd = STDOUT_FILENO, .width = -1 } };
	struct vigil_error error;
	struct vigil *v = NULL;
	int status;

	w.options.size = sizeof w.options;
	w.filter = vigil_filter_new();
	if (!w.filter) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = parse(&w, argc, argv);
	if (status >= 0) {
		vigil_filter_free(w.filter);
		return status;
	}
	cli_catch_signals();
	w.options.types = vigil_filter_types(w.filter);
	if (output_open(&w.output, &w.how) < 0)
		status = cli_fail(&w.output.error);
	else if (vigil_open(&v, &w.options, &error) < 0)
		status = cli_fail(&error);
	else
		status = run(&w, v);
	if (output_close(&w.output) < 0 && status == EXIT_FINE)
		status = cli_fail(&w.output.error);
	if (v && (status == EXIT_FINE || status == EXIT_PEER))
		summary(&w, v);
	vigil_close(v);
	vigil_filter_free(w.filter);
	return status;
}
