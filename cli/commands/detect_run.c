/* SPDX-License-Identifier: MIT */
/* detect_run.c - passes the events of recordings to `vigil detect test` and `stats`. */
#include <inttypes.h>

#include "common/cli.h"
#include "common/session.h"
#include "detect.h"

/* Passes the events of a recording to take(). */
static int read_recording(struct detect *d, const char *path, void *context,
			  int (*take)(void *context, const struct vigil_event *event))
{
	struct vigil_options source = { .size = sizeof(source),
					.types = alerts_types(d->alerts),
					.trust_path = d->options.how.trust_path };
	struct session session = { .recorded = true, .context = context, .take = take };
	struct vigil_error error;
	int status;

	if (vigil_open_file(&session.vigil, path, &source, &error) < 0)
		return cli_fail(&error);
	status = session_run(&session);
	if (session.unreadable) {
		cli_say("%" PRIu64 " parts or lines of %s could not be read and are missing",
			session.unreadable, path);
		status = EXIT_ERROR;
	}
	vigil_close(session.vigil);
	return status;
}

int detect_open_for_recordings(struct detect *d)
{
	int status;

	if (d->operands < 2)
		return cli_usage("detect", "which recording? For example: vigil detect test "
					   "rule.yml today.vigil");
	status = detect_open(d, d->operand, 1);
	if (status >= 0)
		return status;
	if (detect_rules(alerts_set(d->alerts)) > 0)
		return -1;
	cli_say("no rule of %s was loaded; `vigil detect check` says why", d->operand[0]);
	return EXIT_USAGE;
}

int detect_read(struct detect *d, void *context,
		int (*take)(void *context, const struct vigil_event *event))
{
	int status = EXIT_FINE;

	for (int i = 1; i < d->operands && status == EXIT_FINE && !cli_signal; i++)
		status = read_recording(d, d->operand[i], context, take);
	return status;
}
