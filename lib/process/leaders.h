/* SPDX-License-Identifier: MIT */
/*
 * leaders.h - the leaders of a process: of its session, of its group, and its entry leader,
 * with which the session was started. They are the leaders of the Elastic Common Schema.
 */
#ifndef VIGIL_PROCESS_LEADERS_H
#define VIGIL_PROCESS_LEADERS_H

#include <stdbool.h>

#include <vigil/vigil.h>

/* Copies the leaders of the event's record to proc. Returns false if the record is not from
 * Linux: other systems have no leaders. */
bool leaders_read(struct vigil_process_info *proc, const struct vigil_event *event);

/* Whether the first process (init) started it. A process that outlives its parent also becomes a
 * child of init, but stays in its session. */
bool leaders_is_from_init(const struct vigil_process_info *proc);

/*
 * Finds the entry leader of proc, whose session leader and image are known. It is proc itself
 * if proc leads its session and was started by a program that opens sessions (init, sshd, a
 * container runtime, ...), otherwise the entry leader of its parent. creator: for a fork,
 * which inherits all leaders from it; creator and parent may be NULL.
 */
void leaders_find_entry(struct vigil_process_info *proc, const struct vigil_process_info *creator,
			const struct vigil_process_info *parent);

/* Returns the leaders in the form of a record. */
struct vigil_leaders leaders_of(const struct vigil_process_info *proc);

/* Completes the part VIGIL_PART_LEADERS of the record, if it has one. */
void leaders_write(const struct vigil_process_info *proc, const struct vigil_event *event);

#endif /* VIGIL_PROCESS_LEADERS_H */
