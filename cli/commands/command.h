/* SPDX-License-Identifier: MIT */
/*
 * command.h - the command that `vigil trace` runs: started so that nothing of it is
 * missed, waited for. command_linux.c and command_windows.c do it.
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
	int status;            /* once it has ended: what vigil exits with */
	intptr_t handle, gate; /* of the system: a process, what holds it back */
};

/* Whom it shall run as. NULL, or what is wrong. */
const char *command_as(struct command *command, const char *user);

/* To be called first, before the calling process has much in memory, and before signals are
 * caught: argv and `as` are set. -1, or the exit status after saying what failed. */
int command_prepare(struct command *command);

/* Makes its process, which runs nothing before command_go. -1, or the exit status
 * after saying why it cannot be. */
int command_start(struct command *command);

/* False: it could not be let go, and never runs. */
bool command_go(struct command *command);

/* Whether it has ended; wait: returns when it has. */
bool command_ended(struct command *command, bool wait);

/* Sends it a signal. Windows: what ends vigil reaches the command by itself. */
void command_signal(const struct command *command, int number);

/* Whether some process with this PID runs. */
bool command_runs(uint32_t pid);

#endif /* VIGIL_COMMAND_H */
