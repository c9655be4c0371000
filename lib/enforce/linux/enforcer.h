/* SPDX-License-Identifier: MIT */
/*
 * enforcer.h - keeps rules in force on Linux until it is closed.
 *
 * It has two threads, which share a descriptor table that is separate from the program's. A
 * process that the program forks does not inherit the fanotify group, so the kernel releases
 * blocked execs when the program dies.
 *	the keeper     watches the rules file and the paths that the rules name, and applies the
 *	               rules again when something has changed
 *	the responder  answers the permission events of fanotify; it never waits for a file or a
 *	               process (a helper process reads the command line of a denied exec; on
 *	               timeout the responder answers without it)
 * The functions are for one thread, the reader's, except where stated otherwise.
 */
#ifndef VIGIL_ENFORCE_LINUX_ENFORCER_H
#define VIGIL_ENFORCE_LINUX_ENFORCER_H

#include <vigil/vigil.h>

struct enforcer;

/* Loads the rules file at path and puts its rules in force: by BPF LSM if the kernel can
 * evaluate all of them, else by fanotify. Waits until that is done. realtime: the thread that
 * answers execs, and the helper processes, have real-time priority. */
enum vigil_code enforcer_open(struct enforcer **out, const char *path, bool realtime,
			      struct vigil_error *error);
void enforcer_close(struct enforcer *enforcer);

/* Makes the keeper read the file again, as if it had been replaced. Any thread. */
void enforcer_reread(struct enforcer *enforcer);

/* A descriptor that becomes readable when a record is available. */
int enforcer_fd(const struct enforcer *enforcer);

/* The mechanism that first put the rules in force, for the name of the back end: "lsm" or
 * "fanotify". If an edit of the rules changes it, a STATUS record reports that. */
const char *enforcer_mechanism(const struct enforcer *enforcer);

/* The oldest record (PROCESS_DENIED, STATUS) that has not been taken; NULL: none. Records are
 * in order of time, and none that is older than the call is still to come. */
const struct vigil_header *enforcer_peek(struct enforcer *enforcer);
void enforcer_advance(struct enforcer *enforcer);

/* The number of verdicts since the last call whose record did not fit in the queue. They come
 * after the record that was taken last. */
uint64_t enforcer_refused(struct enforcer *enforcer);

/* The number of verdicts so far, including those without a record. */
uint64_t enforcer_produced(struct enforcer *enforcer);

#endif /* VIGIL_ENFORCE_LINUX_ENFORCER_H */
