/* SPDX-License-Identifier: MIT */
/*
 * leaders.h - which processes lead a process: its session's, its group's, and the one with
 * which the session came into being. Those are the leaders of the Elastic Common Schema.
 */
#ifndef VIGIL_PROCESS_LEADERS_H
#define VIGIL_PROCESS_LEADERS_H

#include <stdbool.h>

#include <vigil/vigil.h>

/* Takes what the event's record says to proc. False: it is not of Linux, which has no
 * leaders. */
bool leaders_read(struct vigil_proc *proc, const struct vigil_event *event);

/* Whether the first process started it. What outlives its parent becomes a child of the first
 * process, too, but stays in its session. */
bool leaders_is_from_init(const struct vigil_proc *proc);

/*
 * Finds the entry leader of proc, whose session leader and image are known. It is the process
 * itself if it leads its session and was started by what opens sessions (init, sshd, a
 * container runtime, ...), otherwise that of its parent. creator: of a fork, which has all
 * of it; may be NULL, as the parent may.
 */
void leaders_find_entry(struct vigil_proc *proc, const struct vigil_proc *creator,
			const struct vigil_proc *parent);

/* As a record has them. */
struct vigil_leaders leaders_of(const struct vigil_proc *proc);

/* Completes the record's own part VIGIL_LEADERS, if it has one. */
void leaders_write(const struct vigil_proc *proc, const struct vigil_event *event);

#endif /* VIGIL_PROCESS_LEADERS_H */
