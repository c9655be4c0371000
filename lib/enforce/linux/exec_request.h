/* SPDX-License-Identifier: MIT */
/*
 * exec_request.h - the process that has called exec(2) and waits there for the answer.
 *
 * Its ids and images are read from /proc without waiting. The arguments are in the caller's
 * memory, and a hostile caller can block a read of that forever (memory mapped from a file
 * system that it serves). Therefore a helper process reads them (INSPECT_COMMAND in
 * inspect/inspect.h).
 */
#ifndef VIGIL_ENFORCE_LINUX_EXEC_REQUEST_H
#define VIGIL_ENFORCE_LINUX_EXEC_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exec_request {
	uint32_t tid, pid, parent;     /* in our PID namespace; VIGIL_UNKNOWN: unknown */
	uint32_t uid, gid, euid, egid; /* VIGIL_UNKNOWN: unknown */
};

/* Reads the ids of the process of any thread. Returns false if it has ended; then only the tid
 * and pid are set, both to tid. */
bool exec_request_read(struct exec_request *caller, uint32_t tid);

/* Opens /proc/PID. Reads through the descriptor are about this process, also if its PID is
 * reused. Returns -1 if there is no such process. The caller closes it. */
int exec_request_open(uint32_t pid);

/* Reads the ids of an open process. Returns false if it has ended. */
bool exec_request_read_at(int process, struct exec_request *caller);

/* Reads the path of the image that it runs. Returns false if that is longer than size - 1 bytes
 * or the thread has ended (the first thread of a process can end before the others). */
bool exec_request_image(int process, char *to, size_t size);

/* The file name and the arguments that were passed to exec, each terminated by a NUL. Lengths
 * are in bytes; 0: unknown. */
struct exec_command {
	const char *name;
	size_t name_length;
	const char *args;
	size_t length;
	bool cut; /* truncated: there are more arguments, or the last one is longer */
};

#endif /* VIGIL_ENFORCE_LINUX_EXEC_REQUEST_H */
