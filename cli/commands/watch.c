/* SPDX-License-Identifier: MIT */
/* watch.c - `vigil watch`: shows the events of the whole machine as they happen. */
#include "commands.h"
#include "common/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/confinement.h"
#include "common/detecting.h"
#include "common/lost.h"
#include "common/options.h"
#include "common/output.h"
#include "common/session.h"
#include "os/os.h"

struct watch {
	struct options options;
	struct output output;
	struct confinement confinement;
	struct detecting detecting;
	uint64_t shown, lost;
};

static const struct options_section sections[] = {
	{ .heading = "what to show",
	  .note = OPTIONS_CONDITIONS "; without --type: process, thread, image, driver, "
				     "remote-thread, access, credentials, denied, alert, status",
	  .groups = { &options_filter, &options_redact } },
	{ .heading = "what to detect", .groups = { &options_detect } },
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
	.count = sizeof(sections) / sizeof(sections[0]),
	.types = OPTIONS_TYPES,
};

static int watch_show(void *context, const struct vigil_event *event)
{
	struct watch *w = context;

	if (event->record->type == VIGIL_EVENT_LOST)
		w->lost += event->lost->count;
	if (output_event(&w->output, event) < 0)
		return cli_fail(&w->output.error);
	return ++w->shown == w->options.count ? EXIT_FINE : SESSION_CONTINUE;
}

/* The filter must see all events, to follow descendants. */
static int watch_take(void *context, const struct vigil_event *event)
{
	struct watch *w = context;

	return detecting_event(&w->detecting, event, vigil_filter_match(w->options.filter, event),
			       watch_show, w);
}

static int watch_flush(void *context)
{
	struct watch *w = context;

	return output_flush(&w->output) < 0 ? cli_fail(&w->output.error) : SESSION_CONTINUE;
}

static int watch_reopen(void *context)
{
	struct watch *w = context;
	struct vigil_error why;

	if (output_reopen(&w->output, &why) == VIGIL_OK)
		return SESSION_CONTINUE;
	if (w->output.error.code < 0)
		return cli_fail(&w->output.error);
	cli_say("cannot open %s again: %s Output continues in the previous file.", w->output.path,
		why.text);
	return SESSION_CONTINUE;
}

static int watch_events(struct watch *w, struct vigil *v)
{
	struct session session = { .vigil = v,
				   .deadline_ms = session_deadline(w->options.duration_ms),
				   .context = w,
				   .take = watch_take,
				   .idle = watch_flush,
				   .reopen = watch_reopen };

	confinement_complete(&w->confinement);
	w->output.deadline_ms = session.deadline_ms;
	return session_run(&session);
}

static void summary(const struct watch *w, struct vigil *v)
{
	if (w->options.quiet)
		return;
	options_say_excluded(&w->options);
	if (!w->lost) {
		cli_say("%" PRIu64 " events shown, none lost (%s)", w->output.account.written,
			vigil_backend(v));
		return;
	}
	cli_say("%" PRIu64 " events shown; %" PRIu64 " LOST", w->output.account.written, w->lost);
	lost_say(v);
}

/* Returns -1 to continue, otherwise the exit status. */
static int parse_watch(struct watch *w, int argc, char **argv)
{
	int status = options_parse(&watch_command, &w->options, argc, argv);

	if (status < 0 && optind < argc)
		return cli_usage("watch",
				 "unexpected argument `%s` (`vigil trace -- %s` runs a command)",
				 argv[optind], argv[optind]);
	return status;
}

/* Requests what the filter and the detection rules need. */
static void choose_events(struct watch *w)
{
	struct vigil_options *source = &w->options.source;

	source->types = vigil_filter_types(w->options.filter) | detecting_types(&w->detecting);
	if (!w->detecting.alerts) /* alerts may be about any process */
		source->children_of_count =
		    vigil_filter_roots(w->options.filter, &source->children_of);
}

static int run_watch(int argc, char **argv)
{
	struct watch w = { 0 };
	struct vigil_error error;
	struct vigil *v = NULL;
	int status;

	if (!options_open(&w.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse_watch(&w, argc, argv);
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
	os_set_realtime(true);
	status = detecting_open(&w.detecting, &w.options, true);
	if (status >= 0)
		goto done;
	choose_events(&w);
	if (output_open(&w.output, &w.options.how) < 0)
		status = cli_fail(&w.output.error);
	else if (vigil_open(&v, &w.options.source, &error) < 0)
		status = cli_fail(&error);
	else
		status = watch_events(&w, v);
	if (output_close(&w.output) < 0 && status == EXIT_FINE)
		status = cli_fail(&w.output.error);
	if (v && (status == EXIT_FINE || status == EXIT_PEER))
		summary(&w, v);
	vigil_close(v);
done:
	status = detecting_close(&w.detecting, status);
	options_close(&w.options);
	return status;
}
