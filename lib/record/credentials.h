/* SPDX-License-Identifier: MIT */
/* credentials.h - what an event says of the users and groups of the process that caused it. */
#ifndef VIGIL_RECORD_CREDENTIALS_H
#define VIGIL_RECORD_CREDENTIALS_H

#include <vigil/vigil.h>

/*
 * Gives actor, the process that caused the event, the ids that it has after it. Credentials are a
 * thread's own: those of the first thread are taken for the process's, as /proc/PID does, and at
 * its end those of the thread that ended last. Returns whether any id is another one than before.
 */
bool credentials_learn(struct vigil_proc *actor, const struct vigil_event *event);

#endif /* VIGIL_RECORD_CREDENTIALS_H */
