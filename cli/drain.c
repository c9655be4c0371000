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

/* What happened before the stop is on its way: a few milliseconds. So may be the
 * news of a loss, which bears the time at which it was found. */
int drain(struct vigil *v, bool later, int (*take)(void *context, const struct vigil_event *event),
	  void *context)
{
	const uint64_t patience_ns = 10000000;
	const struct vigil_event *event;
	uint64_t stop = os_wall_ns();
	int status = -1;

	for (int quiet = 0; quiet < 3 && status < 0;) {
		int got = vigil_next(v, &event, 0);

		if (got < 0)
			return cli_fail(vigil_error_of(v));
		if (got == 0) {
			quiet += !are_waiting(v);
			os_sleep_ms(2);
		} else {
			if (later || event->record->time <= stop ||
			    event->record->type == VIGIL_LOST)
				status = take(context, event);
			if (event->record->type != VIGIL_LOST &&
			    event->record->time > stop + patience_ns)
				break;
		}
	}
	return status < 0 ? EXIT_FINE : status;
}
