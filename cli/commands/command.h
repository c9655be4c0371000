/* SPDX-License-Identifier: MIT */
/*
 * command.h - the command that `vigil trace` starts, without missing any of its events, and waits
 * for. Implemented by command_linux.c and command_windows.c.
 */
#ifndef VIGIL_COMMAND_H
#define VIGIL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

struct command {
	char **argv;
	const void *as; /* Linux: the user's account; NULL: the caller */
	uint32_t pid;   /* 0: not started */
	bool ended;
	int status;            /* exit status for vigil, once the command has ended */
	intptr_t handle, gate; /* of the system: the process; what suspends it */
};

/* Sets the user that the command runs as. Returns NULL, or the error text. */
const char *command_as(struct command *command, const char *user);

/* Prepares the start. To be called first, while the calling process is small and before signals are
 * caught; argv and `as` are set. Returns -1, or the exit status after an error message. */
int command_prepare(struct command *command);

/* Creates the process, suspended until command_go. Returns -1, or the exit status after an error
 * message. */
int command_start(struct command *command);

/* Releases the process. Returns false if that failed; then it never runs. */
bool command_go(struct command *command);

/* Returns whether it has ended; wait: blocks until it has. */
bool command_ended(struct command *command, bool wait);

/* Sends it a signal. Windows: no effect; a console event that ends vigil also reaches the
 * command. */
void command_signal(const struct command *command, int number);

/* Returns whether a process with this PID runs. */
bool command_runs(uint32_t pid);

#endif /* VIGIL_COMMAND_H */
