/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include <inttypes.h>
#include <unistd.h>

#include "cli.h"
#include "confinement.h"
#include "lost.h"
#include "os/os.h"
#include "session.h"

#define SNAPSHOT_MS 3000

int follow_parse(struct follow *follow, int argc, char **argv)
{
	if (follow->options->live && optind < argc)
		return cli_usage(follow->command, "`%s` and --live: one of them", argv[optind]);
	if (follow->options->live)
		return -1;
	return options_operand(&follow->path, follow->command,
			       "of what? A recording (`vigil record` makes one), or --live", argc,
			       argv);
}

static int follow_take(void *context, const struct vigil_event *event)
{
	struct follow *follow = context;

	follow->events++;
	follow->snapshot_reported |= event->record->type == VIGIL_EVENT_SNAPSHOT_END;
	if (follow->take(follow->context, event) < 0)
		return EXIT_ERROR;
	if (follow->path && !progress_update(&follow->progress, follow->events, 0))
		return SESSION_CONTINUE; /* a signal: the session handles it */
	return follow->events == follow->options->count ? EXIT_FINE : SESSION_CONTINUE;
}

/* Waits for the end of the snapshot if stopped before it: without it, ancestors would be missing.
 * It takes some milliseconds, more on a loaded machine. */
static bool follow_hold(void *context)
{
	struct follow *follow = context;

	if (!follow->stopped_ms)
		follow->stopped_ms = os_now_ms();
	return !follow->snapshot_reported && os_now_ms() - follow->stopped_ms <= SNAPSHOT_MS;
}

static int follow_reopen(void *context)
{
	struct follow *follow = context;
	int status = follow->reopen(follow->context);

	return status == EXIT_FINE ? SESSION_CONTINUE : status;
}

static int follow_live(struct follow *follow, struct vigil *v)
{
	struct session session = { .vigil = v,
				   .deadline_ms = session_deadline(follow->options->duration_ms),
				   .context = follow,
				   .take = follow_take,
				   .reopen = follow->reopen ? follow_reopen : NULL,
				   .hold = follow_hold };

	return session_run(&session);
}

static int follow_recorded(struct follow *follow, struct vigil *v)
{
	struct session session = { .vigil = v,
				   .recorded = true,
				   .strict = follow->options->strict,
				   .context = follow,
				   .take = follow_take };
	int status;

	progress_begin(&follow->progress, "reading");
	status = session_run(&session);
	progress_end(&follow->progress);
	follow->unreadable = session.unreadable;
	if (status == EXIT_FINE && cli_signal) {
		cli_say("interrupted");
		return 128 + cli_signal;
	}
	if (follow->unreadable)
		cli_say(UNREADABLE, follow->unreadable, follow->path);
	return status;
}

static int open_live(struct follow *follow)
{
	int status = EXIT_FINE;

	confinement_files(&follow->confinement);
	if (follow->opened)
		status = follow->opened(follow->context);
	confinement_complete(&follow->confinement);
	return status;
}

int follow_run(struct follow *follow)
{
	struct vigil_options source = follow->options->source;
	struct vigil_error error;
	enum vigil_code code;
	struct vigil *v;
	int status;

	source.types = follow->types;
	source.trust_path = follow->options->how.trust_path;
	os_set_realtime(!follow->path);
	code = follow->path ? vigil_open_file(&v, follow->path, &source, &error)
			    : vigil_open(&v, &source, &error);
	if (code < 0)
		return cli_fail(&error);
	status = follow->path ? EXIT_FINE : open_live(follow);
	if (status == EXIT_FINE)
		status = follow->path ? follow_recorded(follow, v) : follow_live(follow, v);
	if (!follow->path && !follow->options->quiet)
		lost_say(v);
	vigil_close(v);
	os_set_realtime(false); /* writing the view is not urgent */
	return status;
}

void follow_confine(struct follow *follow, const char *output)
{
	follow->confinement =
	    (struct confinement){ .source = &follow->options->source, .output = { output } };
	if (!follow->path)
		confinement_begin(&follow->confinement);
}

int follow_into(struct follow *follow, struct options *options, struct output *output,
		int (*make)(void *context))
{
	int status;

	follow->options = options;
	cli_catch_signals();
	follow_confine(follow, options->how.path);
	if (output_open(output, &options->how) < 0)
		status = cli_fail(&output->error);
	else
		status = make(follow->context);
	if (status != EXIT_FINE)
		output_discard(output);
	else if (output_close(output) < 0)
		status = cli_fail(&output->error);
	else if (follow->unreadable)
		status = EXIT_ERROR;
	return status;
}
