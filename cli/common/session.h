/* SPDX-License-Identifier: MIT */
/*
 * session.h - the one loop in which a command reads events: until its time is over, its source
 * ends, a signal comes or the command stops it. Events still in transit are read before it ends.
 */
#ifndef VIGIL_SESSION_H
#define VIGIL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

/* Return values of callbacks: one of these, or an exit status, 0 or more, to end with
 * immediately. */
enum {
	SESSION_CONTINUE = -1,
	SESSION_STOP = -2, /* end in order, as a signal does */
};

enum session_end {
	SESSION_DRAIN,     /* read events from before the stop, and losses among them */
	SESSION_DRAIN_ALL, /* likewise, and accept later events that come with them */
	SESSION_CUT,       /* read nothing more */
};

struct session {
	struct vigil *vigil;
	bool recorded;       /* the source ends; unreadable parts of it are skipped, and counted */
	bool strict;         /* recorded: end at the first unreadable part */
	int64_t deadline_ms; /* os_now_ms() at which to stop; 0: none */
	int wait_ms;         /* longest time without a call of idle; 0: 500 */
	int64_t tick_ms;     /* os_now_ms() at which tick is called; 0: never */
	enum session_end end;
	void *context; /* for the callbacks; all but take may be NULL */
	int (*take)(void *context, const struct vigil_event *event);
	/* No event is ready: the time to write what is buffered. */
	int (*idle)(void *context);
	/* tick_ms is over; the callback sets the next one. */
	int (*tick)(void *context);
	/* SIGHUP came and cli_catch_reopen was called: to open outputs again. */
	int (*reopen)(void *context);
	/* The session is to end (a signal, the deadline, SESSION_STOP): returns whether to
	 * continue. Called again after at most 10 ms. */
	bool (*hold)(void *context);
	/* Waits at most ms for an event, or for other input of the command. */
	void (*wait)(void *context, int ms);
	bool is_busy; /* the last look found an event; this and turns: for session_run */
	unsigned turns;
	uint64_t unreadable; /* out: parts that were skipped; the first was reported */
};

/* Returns os_now_ms() plus duration_ms; 0 for 0. */
int64_t session_deadline(uint64_t duration_ms);

/* Runs the session. Returns the exit status: of a callback, of a failure that was reported, or
 * EXIT_FINE. A signal is not a failure: cli_signal has it. */
int session_run(struct session *session);

#endif /* VIGIL_SESSION_H */
