/* SPDX-License-Identifier: MIT */
/* session.c - reads events, calls the callbacks of the command, and ends in order. */
#include "session.h"

#include "cli.h"

#define WAIT_MS     500      /* so a signal between the check and the wait is noticed */
#define HELD_MS     10       /* between two calls of hold */
#define FLUSH_MS    2        /* a recording without an event to show for this long is idle */
#define TICK_EVENTS 64       /* between two looks at the clock for tick */
#define LATE_NS     10000000 /* an event this much later than the stop ends the reading */

int64_t session_deadline(uint64_t duration_ms)
{
	return duration_ms ? os_now_ms() + (int64_t)duration_ms : 0;
}

/* ---- the end ---- */

struct drain {
	struct session *session;
	uint64_t stop; /* wall clock */
	int status;    /* SESSION_CONTINUE: not ended */
};

/* A LOST record has the time at which the loss was detected. */
static void drain_event(struct drain *d, const struct vigil_event *event)
{
	struct session *s = d->session;

	if (s->end == SESSION_DRAIN_ALL || event->record->time <= d->stop ||
	    event->record->type == VIGIL_EVENT_LOST)
		d->status = s->take(s->context, event);
}

/* Records that wait until their files are read are released within inspect_wait_ms. */
static bool are_waiting(struct vigil *v)
{
	return vigil_statistics_count(vigil_get_statistics(v), VIGIL_COUNT_WAITING,
				      VIGIL_ANY_TYPE) > 0;
}

/* Events from before the stop arrive within a few milliseconds. */
static void drain_late(struct drain *d, struct vigil *v)
{
	const struct vigil_event *event;

	for (int quiet = 0; quiet < 3 && d->status == SESSION_CONTINUE;) {
		int got = vigil_next(v, &event, 0);

		if (got < 0)
			d->status = cli_fail(vigil_last_error(v));
		if (got == 0) {
			quiet += !are_waiting(v);
			os_sleep_ms(2);
		}
		if (got <= 0)
			continue;
		drain_event(d, event);
		if (event->record->type != VIGIL_EVENT_LOST &&
		    event->record->time > d->stop + LATE_NS)
			return;
	}
}

/* Reads the rest of the stream after the sensor has stopped, and all losses. */
static void drain_stopped(struct drain *d, struct vigil *v)
{
	const struct vigil_event *event;

	if (d->status != SESSION_CONTINUE || !vigil_drain(v))
		return;
	while (d->status == SESSION_CONTINUE && !vigil_at_end(v)) {
		int got = vigil_next(v, &event, 0);

		if (got < 0)
			d->status = cli_fail(vigil_last_error(v));
		else if (got > 0)
			drain_event(d, event);
		else if (!vigil_at_end(v))
			os_sleep_ms(1);
	}
}

static int session_end(struct session *s)
{
	struct drain d = { s, os_wall_ns(), SESSION_CONTINUE };

	if (s->end == SESSION_CUT || s->recorded)
		return EXIT_FINE;
	drain_late(&d, s->vigil);
	drain_stopped(&d, s->vigil);
	return d.status < 0 ? EXIT_FINE : d.status;
}

/* ---- the loop ---- */

/* Returns whether the session ends now. stopped: a callback requested it. */
static bool session_is_over(struct session *s, bool stopped)
{
	bool over = stopped || cli_signal || (s->deadline_ms && os_now_ms() >= s->deadline_ms);

	return over && !(s->hold && s->hold(s->context));
}

static int session_wait_ms(const struct session *s, bool stopped)
{
	int64_t wait = s->wait_ms ? s->wait_ms : WAIT_MS;
	int64_t now = s->deadline_ms || s->tick_ms ? os_now_ms() : 0;

	if (s->tick_ms && s->tick_ms - now < wait)
		wait = s->tick_ms - now;
	if (s->deadline_ms && s->deadline_ms - now < wait)
		wait = s->deadline_ms - now;
	if (s->hold && (stopped || cli_signal || wait <= 0))
		wait = HELD_MS;
	return wait > 0 ? (int)wait : 0;
}

/* A part of a recording that cannot be read is skipped, and reported once. */
static int session_skip(struct session *s)
{
	const struct vigil_error *error = vigil_last_error(s->vigil);

	if (!s->recorded || s->strict || error->code != VIGIL_ERROR_FORMAT)
		return cli_fail(error);
	if (s->unreadable++ == 0)
		cli_fail(error);
	return SESSION_CONTINUE;
}

/* Waits for an event, as vigil_next does. */
static int session_wait(struct session *s, const struct vigil_event **event, bool stopped)
{
	int wait = session_wait_ms(s, stopped);

	if (!s->wait)
		return vigil_next(s->vigil, event, wait);
	s->wait(s->context, wait);
	return 0;
}

static int session_take_next(struct session *s, bool stopped)
{
	const struct vigil_event *event;
	/* With a wait of 0 a recording would return only at the next event that is shown. */
	int got = vigil_next(s->vigil, &event, s->recorded ? FLUSH_MS : 0), status;

	s->is_busy = got > 0;
	if (got == 0) {
		if (s->recorded && vigil_at_end(s->vigil))
			return EXIT_FINE;
		status = s->idle ? s->idle(s->context) : SESSION_CONTINUE;
		if (status != SESSION_CONTINUE)
			return status;
		got = session_wait(s, &event, stopped);
	}
	if (got < 0)
		return session_skip(s);
	return got > 0 ? s->take(s->context, event) : SESSION_CONTINUE;
}

/* Calls the callbacks that are due besides events. */
static int session_attend(struct session *s)
{
	if (cli_reopen && s->reopen) {
		cli_reopen = 0;
		return s->reopen(s->context);
	}
	/* While events keep coming the clock is read for some of them only. */
	if (s->tick_ms && (!s->is_busy || ++s->turns % TICK_EVENTS == 0) &&
	    os_now_ms() >= s->tick_ms)
		return s->tick(s->context);
	return SESSION_CONTINUE;
}

int session_run(struct session *s)
{
	bool stopped = false;

	while (!session_is_over(s, stopped)) {
		int status = session_attend(s);

		if (status == SESSION_CONTINUE)
			status = session_take_next(s, stopped);
		if (status >= 0)
			return status;
		stopped |= status == SESSION_STOP;
	}
	return session_end(s);
}
