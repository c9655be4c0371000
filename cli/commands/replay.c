/* SPDX-License-Identifier: MIT */
/* replay.c - `vigil replay FILE`: shows a recording as `vigil watch` shows events. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/cli.h"
#include "common/detecting.h"
#include "common/follow.h"
#include "common/options.h"
#include "common/output.h"
#include "common/session.h"
#include "os/os.h"

struct replay {
	struct options options;
	struct output output;
	struct detecting detecting;
	const char *path;
	double speed; /* speed relative to the recording; 0: without waiting */
	int64_t begun_ms;
	uint64_t begun_mono;
	uint64_t shown, lost, unreadable;
};

static const struct options_line own_lines[] = {
	{ .name = "speed",
	  .value = "N",
	  OPTION_IN(RATIO, struct replay, speed),
	  .min = 1,
	  .max = 1000000000,
	  .word = "max",
	  .initial = "max",
	  .help = "N times as fast as it happened: 1, 10, 0.5; max: as fast as possible" },
};
static const struct options_group own = OPTIONS_GROUP(own_lines);

static const struct options_section sections[] = {
	{ .heading = "what to show",
	  .note = OPTIONS_CONDITIONS "; without --type: process, thread, image, driver, "
				     "remote-thread, access, credentials, denied, alert, status",
	  .groups = { &options_filter, &options_redact, &options_snapshot } },
	{ .heading = "what to detect", .groups = { &options_detect } },
	{ .heading = "how to show it",
	  .groups = { &options_output, &options_count, &options_strict, &options_quiet, &own } },
};

static int run_replay(int argc, char **argv);

const struct options_command replay_command = {
	.name = "replay",
	.summary = "show what was recorded",
	.run = run_replay,
	.operands = "FILE",
	.before =
	    "usage: vigil replay [OPTIONS] FILE\n"
	    "\n"
	    "Shows what `vigil record` recorded in FILE, as `vigil watch` would have shown it.\n"
	    "FILE may be what `--format json` wrote, too; - is that from standard input. A\n"
	    "recording of another system is as good. Needs no privilege.\n",
	.after = "\n"
		 "examples:\n"
		 "  vigil replay build.vigil\n"
		 "  vigil replay --type exec --command '*curl*' --format json build.vigil\n"
		 "  ssh host sudo vigil watch --format json | vigil replay -\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
	.types = OPTIONS_TYPES,
};

/* Returns -1 to continue, otherwise the exit status. */
static int parse_replay(struct replay *r, int argc, char **argv)
{
	int status = options_parse(&replay_command, &r->options, argc, argv);

	if (status < 0)
		status = options_operand(&r->path, "replay",
					 "which file? For example: vigil replay today.vigil", argc,
					 argv);
	return status;
}

/* Waits until an event is due; the ones before it are written first. */
static int keep_pace(struct replay *r, uint64_t mono)
{
	if (r->speed == 0)
		return VIGIL_OK;
	if (mono < r->begun_mono || !r->begun_mono) { /* the first event, or one of another boot */
		r->begun_mono = mono;
		r->begun_ms = os_now_ms();
	}
	for (;;) {
		double due = (double)(mono - r->begun_mono) / 1e6 / r->speed;
		double left = due - (double)(os_now_ms() - r->begun_ms);

		if (left < 1 || cli_signal)
			return VIGIL_OK;
		if (output_flush(&r->output) < 0)
			return r->output.error.code;
		os_sleep_ms(left < 100 ? (unsigned)left : 100);
	}
}

static int replay_show(void *context, const struct vigil_event *event)
{
	struct replay *r = context;

	if (event->record->type == VIGIL_EVENT_LOST)
		r->lost += event->lost->count;
	if (keep_pace(r, event->record->mono) < 0 || output_event(&r->output, event) < 0)
		return cli_fail(&r->output.error);
	return ++r->shown == r->options.count ? EXIT_FINE : SESSION_CONTINUE;
}

static int replay_take(void *context, const struct vigil_event *event)
{
	struct replay *r = context;

	return detecting_event(&r->detecting, event, vigil_filter_match(r->options.filter, event),
			       replay_show, r);
}

/* Writes buffered events while a pipe has no new ones, or while many events are not shown. */
static int replay_flush(void *context)
{
	struct replay *r = context;

	return output_flush(&r->output) < 0 ? cli_fail(&r->output.error) : SESSION_CONTINUE;
}

static int replay_events(struct replay *r, struct vigil *v)
{
	struct session session = { .vigil = v,
				   .recorded = true,
				   .strict = r->options.strict,
				   .context = r,
				   .take = replay_take,
				   .idle = replay_flush };
	int status = session_run(&session);

	r->unreadable = session.unreadable;
	return status == EXIT_FINE && r->unreadable ? EXIT_ERROR : status;
}

static void summary(const struct replay *r)
{
	if (r->options.quiet)
		return;
	options_say_excluded(&r->options);
	if (r->unreadable && !r->options.strict)
		cli_say(UNREADABLE, r->unreadable, r->path);
	if (r->lost)
		cli_say("%" PRIu64 " events shown; %" PRIu64 " were lost when it was recorded",
			r->shown, r->lost);
	else
		cli_say("%" PRIu64 " events shown, none lost", r->shown);
}

static int replay(struct replay *r)
{
	struct vigil_options source = { .size = sizeof(source),
					.ancestors = r->options.source.ancestors };
	struct vigil_error error;
	struct vigil *v = NULL;
	int status;

	status = detecting_open(&r->detecting, &r->options, false);
	if (status >= 0)
		return status;
	source.types = vigil_filter_types(r->options.filter) | detecting_types(&r->detecting);
	source.trust_path = r->options.how.trust_path;
	source.redact = r->options.source.redact;
	source.redact_names = r->options.source.redact_names;
	source.redact_key = r->options.source.redact_key;
	if (vigil_open_file(&v, r->path, &source, &error) < 0)
		return cli_fail(&error);
	if (output_open(&r->output, &r->options.how) < 0)
		status = cli_fail(&r->output.error);
	else
		status = replay_events(r, v);
	if (output_close(&r->output) < 0 && status == EXIT_FINE)
		status = cli_fail(&r->output.error);
	if (status == EXIT_FINE || status == EXIT_PEER || r->unreadable)
		summary(r);
	vigil_close(v);
	return status;
}

static int run_replay(int argc, char **argv)
{
	struct replay r = { 0 };
	int status;

	if (!options_open(&r.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse_replay(&r, argc, argv);
	if (status < 0) {
		cli_catch_signals();
		status = replay(&r);
		status = detecting_close(&r.detecting, status);
	}
	options_close(&r.options);
	return status;
}
