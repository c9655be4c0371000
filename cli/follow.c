/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include "cli.h"
#include "drain.h"

#define PATIENCE_MS 500 /* a signal between a look at cli_signal and the wait is found then */

static bool is_over(const struct follow *follow, int64_t deadline)
{
	const struct options *options = follow->options;

	return cli_signal || (options->count && follow->events >= options->count) ||
	       (options->duration_ms && os_now_ms() >= deadline);
}

static int take_until(struct follow *follow, struct vigil *v, int64_t deadline)
{
	const struct vigil_event *event;

	while (!is_over(follow, deadline)) {
		int64_t left = follow->options->duration_ms ? deadline - os_now_ms() : PATIENCE_MS;
		int wait = left < 0 ? 0 : left < PATIENCE_MS ? (int)left : PATIENCE_MS;
		int got = vigil_next(v, &event, wait);

		if (got < 0)
			return cli_fail(vigil_error_of(v));
		if (got == 0)
			continue;
		follow->events++;
		if (follow->take(follow->context, event) < 0)
			return EXIT_ERROR;
	}
	return EXIT_FINE;
}

/* For drain: -1 to go on. */
static int take_late(void *context, const struct vigil_event *event)
{
	struct follow *follow = context;

	if (follow->options->count && follow->events >= follow->options->count)
		return EXIT_FINE;
	follow->events++;
	return follow->take(follow->context, event) < 0 ? EXIT_ERROR : -1;
}

int follow_run(struct follow *follow)
{
	int64_t deadline = os_now_ms() + (int64_t)follow->options->duration_ms;
	struct vigil_options source = follow->options->source;
	struct vigil_error error;
	struct vigil *v;
	int status;

	source.types = follow->types;
	if (vigil_open(&v, &source, &error) < 0)
		return cli_fail(&error);
	status = take_until(follow, v, deadline);
	if (status == EXIT_FINE)
		status = drain(v, take_late, follow);
	vigil_close(v);
	return status;
}
