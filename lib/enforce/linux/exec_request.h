/* SPDX-License-Identifier: MIT */
/*
 * exec_request.h - who asks for a start, while it waits in exec(2) for the answer.
 *
 * Ids and images come from /proc and never wait. The arguments are in memory of
 * the caller's own, and a hostile caller can make a look at that wait for ever
 * (memory mapped from a file system that it serves itself): a helper process reads
 * them (INSPECT_COMMAND in inspect/inspect.h).
 */
#ifndef VIGIL_ENFORCE_LINUX_EXEC_REQUEST_H
#define VIGIL_ENFORCE_LINUX_EXEC_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct caller {
	uint32_t tid, pid, parent;
	uint32_t uid, gid, euid, egid; /* VIGIL_UNKNOWN */
};

/* False: it is gone. tid may be of any thread. */
bool caller_read(struct caller *caller, uint32_t tid);

/*
 * A process, so that what is read of it is its own, also if its number is used again:
 * an open /proc/PID, or -1.
 */
int caller_open(uint32_t pid);

/* What /proc says of it; false: it is gone. */
bool caller_read_at(int process, struct caller *caller);

/* Path of the image that it runs. False: unknown: it is longer than room, or the thread
 * has ended (the first one of a process may, while others go on). */
bool caller_image(int process, char *to, size_t room);

/* What exec was asked to run, and its arguments, each ended by a NUL.
 * Lengths are 0 where that is unknown. */
struct caller_command {
	const char *name;
	size_t name_length;
	const char *args;
	size_t length;
	bool cut; /* there are more arguments, or the last is longer */
};

#endif /* VIGIL_ENFORCE_LINUX_EXEC_REQUEST_H */
