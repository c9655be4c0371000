/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include <inttypes.h>
#include <unistd.h>

#include "cli.h"
#include "confinement.h"
#include "drain.h"
#include "lost.h"
#include "os/os.h"
#include "progress.h"

#define SNAPSHOT_MS 3000
#define PATIENCE_MS 500 /* a signal between a look at cli_signal and the wait is found then */

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

static bool is_complete(const struct follow *follow)
{
	return follow->options->count && follow->events >= follow->options->count;
}

static int take(struct follow *follow, const struct vigil_event *event)
{
	follow->events++;
	follow->snapshot_told |= event->record->type == VIGIL_SNAPSHOT_END;
	return follow->take(follow->context, event) < 0 ? EXIT_ERROR : EXIT_FINE;
}

/* ---- live ---- */

/* Told to stop while the snapshot is still being told: without it, ancestors would be
 * missing. It takes some milliseconds, on a loaded machine more. */
static bool is_over(const struct follow *follow, int64_t deadline, int64_t *stopped_ms)
{
	bool stop = cli_signal || is_complete(follow) ||
		    (follow->options->duration_ms && os_now_ms() >= deadline);

	if (stop && !*stopped_ms)
		*stopped_ms = os_now_ms();
	return stop && (follow->snapshot_told || is_complete(follow) ||
			os_now_ms() - *stopped_ms > SNAPSHOT_MS);
}

static int take_live(struct follow *follow, struct vigil *v)
{
	int64_t deadline = os_now_ms() + (int64_t)follow->options->duration_ms, stopped_ms = 0;
	const struct vigil_event *event;
	int status = EXIT_FINE;

	while (status == EXIT_FINE && !is_over(follow, deadline, &stopped_ms)) {
		int64_t left = follow->options->duration_ms ? deadline - os_now_ms() : PATIENCE_MS;
		int wait = left < 0 || stopped_ms ? 10
			   : left < PATIENCE_MS   ? (int)left
						  : PATIENCE_MS;
		int got = vigil_next(v, &event, wait);

		if (got < 0)
			return cli_fail(vigil_error_of(v));
		if (got > 0)
			status = take(follow, event);
		if (status == EXIT_FINE && cli_reopen && follow->reopen) {
			cli_reopen = 0;
			status = follow->reopen(follow->context);
		}
	}
	return status;
}

/* For drain: -1 to go on. */
static int take_late(void *context, const struct vigil_event *event)
{
	struct follow *follow = context;

	if (is_complete(follow))
		return EXIT_FINE;
	return take(follow, event) == EXIT_FINE ? -1 : EXIT_ERROR;
}

/* ---- a recording ---- */

/* Damaged parts are passed over, and told once. */
static int pass_over(struct follow *follow, struct vigil *v)
{
	const struct vigil_error *error = vigil_error_of(v);

	if (error->code != VIGIL_ERROR_FORMAT || follow->options->strict)
		return cli_fail(error);
	if (follow->unreadable++ == 0)
		cli_fail(error);
	return EXIT_FINE;
}

static int take_recorded(struct follow *follow, struct vigil *v)
{
	const struct vigil_event *event;
	struct progress progress;
	int status = EXIT_FINE;

	progress_begin(&progress, "reading");
	while (status == EXIT_FINE && !is_complete(follow)) {
		int got = vigil_next(v, &event, PATIENCE_MS); /* it may come through a pipe */

		if (!progress_tell(&progress, follow->events, 0) || cli_signal)
			status = 128 + cli_signal;
		else if (got == 0 && vigil_at_end(v))
			break;
		else if (got < 0)
			status = pass_over(follow, v);
		else if (got > 0)
			status = take(follow, event);
	}
	progress_end(&progress);
	if (status > 128)
		cli_say("interrupted");
	else if (follow->unreadable)
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
	os_hurry(!follow->path);
	code = follow->path ? vigil_open_file(&v, follow->path, &source, &error)
			    : vigil_open(&v, &source, &error);
	if (code < 0)
		return cli_fail(&error);
	status = follow->path ? EXIT_FINE : open_live(follow);
	if (status == EXIT_FINE)
		status = follow->path ? take_recorded(follow, v) : take_live(follow, v);
	if (status == EXIT_FINE && !follow->path)
		status = drain(v, false, take_late, follow);
	if (!follow->path && !follow->options->quiet)
		lost_say(v);
	vigil_close(v);
	os_hurry(false); /* what is made of it has time */
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
