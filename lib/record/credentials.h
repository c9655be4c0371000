/* SPDX-License-Identifier: MIT */
/* credentials.h - what an event shows about users and groups of the process that caused it. */
#ifndef VIGIL_RECORD_CREDENTIALS_H
#define VIGIL_RECORD_CREDENTIALS_H

#include <vigil/vigil.h>

/*
 * Sets the ids of actor, the process that caused the event, to those it has after the event.
 * Credentials belong to a thread: those of the first thread are used for the process, as in
 * /proc/PID, and when the process ends, those of the thread that ended last. Returns whether any id
 * has changed.
 */
bool credentials_learn(struct vigil_process_info *actor, const struct vigil_event *event);

#endif /* VIGIL_RECORD_CREDENTIALS_H */
