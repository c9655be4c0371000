/* SPDX-License-Identifier: MIT */
/*
 * enforcer.h - rules in force on Linux, as long as this is open.
 *
 * Two threads of its own, with descriptors of their own: a process that the
 * program forks holds none of them, so if the program dies, nobody waits for an
 * answer that nobody will give.
 *	the keeper     watches the file of rules and what lies where they point;
 *	               makes a new post when something has changed
 *	the responder  answers: it waits for nothing but the next question
 *	               (a helper process reads the command line of who is refused; if
 *	               that takes too long, the responder answers without)
 */
#ifndef VIGIL_ENFORCE_LINUX_ENFORCER_H
#define VIGIL_ENFORCE_LINUX_ENFORCER_H

#include <vigil/vigil.h>

struct enforcer;

/* Loads the rules and puts them in force. realtime: starts are answered by a thread with
 * real-time priority. */
enum vigil_code enforcer_open(struct enforcer **out, const char *path, bool realtime,
			      struct vigil_error *error);
void enforcer_close(struct enforcer *enforcer);

/* Has the keeper read the file again, as if it had been replaced. */
void enforcer_reread(struct enforcer *enforcer);

/* Becomes readable when a record is there. */
int enforcer_fd(const struct enforcer *enforcer);

/* By what the rules are enforced, for the name of the back end: "lsm", "fanotify". Where an
 * edit changes it, a STATUS record says so. */
const char *enforcer_means(const struct enforcer *enforcer);

/* The oldest record (PROCESS_DENIED, STATUS) that is not taken yet; NULL: none. In
 * order of time. Everything older than the time of the call is there. */
const struct vigil_header *enforcer_peek(struct enforcer *enforcer);
void enforcer_advance(struct enforcer *enforcer);

/* Verdicts for whose record there was no room: since the last call, behind the
 * record that was taken last. */
uint64_t enforcer_refused(struct enforcer *enforcer);

/* Verdicts so far, those without a record too. */
uint64_t enforcer_produced(struct enforcer *enforcer);

#endif /* VIGIL_ENFORCE_LINUX_ENFORCER_H */
