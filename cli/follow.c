/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include "cli.h"

#define PATIENCE_MS 500 /* a signal between a look at cli_signal and the wait is found then */
#define DRAIN_MS    50  /* what happened before the end is told within */

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

/* What is on its way when it is told to stop. */
static int drain(struct follow *follow, struct vigil *v)
{
	int64_t until = os_now_ms() + DRAIN_MS;
	const struct vigil_event *event;
	int got = 1;

	while (got > 0 && os_now_ms() < until &&
	       !(follow->options->count && follow->events >= follow->options->count)) {
		got = vigil_next(v, &event, DRAIN_MS / 2);
		if (got < 0)
			return cli_fail(vigil_error_of(v));
		if (got > 0) {
			follow->events++;
			if (follow->take(follow->context, event) < 0)
				return EXIT_ERROR;
		}
	}
	return EXIT_FINE;
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
		status = drain(follow, v);
	vigil_close(v);
	return status;
}
