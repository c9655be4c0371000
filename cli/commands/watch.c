/* SPDX-License-Identifier: MIT */
/* watch.c - `vigil watch`: events of the whole machine as they happen. */
#include "commands.h"
#include "common/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/confinement.h"
#include "common/drain.h"
#include "common/lost.h"
#include "common/options.h"
#include "common/output.h"
#include "os/os.h"

struct watch {
	struct options options;
	struct output output;
	struct confinement confinement;
	uint64_t shown, lost;
};

static const struct options_section sections[] = {
	{ .heading = "what to show",
	  .note = OPTIONS_CONDITIONS "; without --type: process, thread, image, driver, "
				     "remote-thread, access, credentials, denied, status",
	  .groups = { &options_filter } },
	{ .heading = "how to show it", .groups = { &options_output, &options_quiet } },
	{ .heading = "when to stop, and how to run",
	  .groups = { &options_stop, &options_source, &options_environment } },
};

static int run_watch(int argc, char **argv);

const struct options_command watch_command = {
	.name = "watch",
	.summary = "show events of the whole machine as they happen",
	.run = run_watch,
	.manual_is_of_all = true,
	.before = "usage: vigil watch [OPTIONS]\n"
		  "\n"
		  "Shows processes, threads and image loads of the whole machine as they happen,\n"
		  "until Ctrl-C. Needs root.\n",
	.after = "\n"
		 "examples:\n"
		 "  sudo vigil watch --type exec,exit\n"
		 "  sudo vigil watch --children-of $$ --format json | jq .process.command_line\n"
		 "  sudo vigil watch --image 'ssh*' --user root --duration 1h --output ssh.log\n",
	.sections = sections,
	.count = sizeof sections / sizeof sections[0],
	.types = OPTIONS_TYPES,
};

/* How long to wait for the next event; 0: the time is over. A signal between the
 * look at cli_signal and the wait is found after half a second. */
static int patience(const struct watch *w, int64_t deadline)
{
	int64_t left = deadline - os_now_ms();

	if (!w->options.duration_ms || left > 500)
		return 500;
	return left > 0 ? (int)left : 0;
}

static int show(struct watch *w, const struct vigil_event *event)
{
	/* The filter sees all, to follow families. */
	if (!vigil_filter_match(w->options.filter, event))
		return VIGIL_OK;
	if (event->record->type == VIGIL_LOST)
		w->lost += event->lost->count;
	w->shown++;
	return output_event(&w->output, event);
}

/* -1: go on; else the exit status. */
static int show_rest(void *context, const struct vigil_event *event)
{
	struct watch *w = context;

	if (w->options.count && w->shown >= w->options.count)
		return EXIT_FINE;
	return show(w, event) < 0 ? cli_fail(&w->output.error) : -1;
}

/* SIGHUP. -1: go on; else the exit status. */
static int reopen(struct watch *w)
{
	struct vigil_error why;

	cli_reopen = 0;
	if (output_reopen(&w->output, &why) == VIGIL_OK)
		return -1;
	if (w->output.error.code < 0)
		return cli_fail(&w->output.error);
	cli_say("cannot open %s again: %s It goes on in the file before.", w->output.path,
		why.text);
	return -1;
}

static int run(struct watch *w, struct vigil *v)
{
	int64_t deadline = os_now_ms() + (int64_t)w->options.duration_ms;
	const struct vigil_event *event;

	confinement_complete(&w->confinement);
	w->output.deadline_ms = w->options.duration_ms ? deadline : 0;
	while (!cli_signal && (!w->options.count || w->shown < w->options.count)) {
		int wait = patience(w, deadline), got;

		if (wait == 0)
			break;
		if (cli_reopen && reopen(w) >= 0)
			return EXIT_OUTPUT;
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
	return drain(v, false, show_rest, w);
}

static void summary(const struct watch *w, struct vigil *v)
{
	if (w->options.quiet)
		return;
	if (!w->lost) {
		cli_say("%" PRIu64 " events shown, none lost (%s)", w->output.account.written,
			vigil_backend(v));
		return;
	}
	cli_say("%" PRIu64 " events shown; %" PRIu64 " LOST", w->output.account.written, w->lost);
	lost_say(v);
}

/* -1: go on; else the exit status. */
static int parse(struct watch *w, int argc, char **argv)
{
	int status = options_parse(&watch_command, &w->options, argc, argv);

	if (status < 0 && optind < argc)
		return cli_usage("watch",
				 "unexpected argument `%s` (`vigil trace -- %s` runs a command)",
				 argv[optind], argv[optind]);
	return status;
}

static int run_watch(int argc, char **argv)
{
	struct watch w = { 0 };
	struct vigil_error error;
	struct vigil *v = NULL;
	int status;

	if (!options_open(&w.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse(&w, argc, argv);
	if (status >= 0) {
		options_close(&w.options);
		return status;
	}
	cli_catch_signals();
	if (w.options.how.path)
		cli_catch_reopen();
	w.confinement =
	    (struct confinement){ .source = &w.options.source, .output = { w.options.how.path } };
	confinement_begin(&w.confinement);
	os_hurry(true);
	w.options.source.types = vigil_filter_types(w.options.filter);
	if (output_open(&w.output, &w.options.how) < 0)
		status = cli_fail(&w.output.error);
	else if (vigil_open(&v, &w.options.source, &error) < 0)
		status = cli_fail(&error);
	else
		status = run(&w, v);
	if (output_close(&w.output) < 0 && status == EXIT_FINE)
		status = cli_fail(&w.output.error);
	if (v && (status == EXIT_FINE || status == EXIT_PEER))
		summary(&w, v);
	vigil_close(v);
	options_close(&w.options);
	return status;
}
