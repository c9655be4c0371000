/* SPDX-License-Identifier: MIT */
#include "drain.h"

#include "cli.h"

/* Records that wait until their files are read are let go within look_wait_ms. */
static bool are_waiting(struct vigil *v)
{
	struct vigil_statistics statistics;

	vigil_statistics(v, &statistics);
	return statistics.waiting > 0;
}

struct drained {
	bool later;
	uint64_t stop; /* wall clock */
	int (*take)(void *context, const struct vigil_event *event);
	void *context;
	int status; /* -1: go on */
};

/* A LOST record bears the time at which the loss was found. */
static void take_one(struct drained *d, const struct vigil_event *event)
{
	if (d->later || event->record->time <= d->stop || event->record->type == VIGIL_LOST)
		d->status = d->take(d->context, event);
}

/* What happened before the stop is on its way: a few milliseconds. */
static void take_on_its_way(struct drained *d, struct vigil *v)
{
	const uint64_t patience_ns = 10000000;
	const struct vigil_event *event;

	for (int quiet = 0; quiet < 3 && d->status < 0;) {
		int got = vigil_next(v, &event, 0);

		if (got < 0)
			d->status = cli_fail(vigil_error_of(v));
		if (got == 0) {
			quiet += !are_waiting(v);
			os_sleep_ms(2);
		}
		if (got <= 0)
			continue;
		take_one(d, event);
		if (event->record->type != VIGIL_LOST &&
		    event->record->time > d->stop + patience_ns)
			return;
	}
}

/* What the stream still has once the sensor has stopped, and all that it lost. */
static void take_left(struct drained *d, struct vigil *v)
{
	const struct vigil_event *event;

	if (d->status >= 0 || !vigil_stop(v))
		return;
	while (d->status < 0 && !vigil_at_end(v)) {
		int got = vigil_next(v, &event, 0);

		if (got < 0)
			d->status = cli_fail(vigil_error_of(v));
		else if (got > 0)
			take_one(d, event);
		else if (!vigil_at_end(v))
			os_sleep_ms(1);
	}
}

int drain(struct vigil *v, bool later, int (*take)(void *context, const struct vigil_event *event),
	  void *context)
{
	struct drained d = { later, os_wall_ns(), take, context, -1 };

	take_on_its_way(&d, v);
	take_left(&d, v);
	return d.status < 0 ? EXIT_FINE : d.status;
}
