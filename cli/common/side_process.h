/* SPDX-License-Identifier: MIT */
/*
 * side_process.h - a process beside that of the sensor, forked before the sensor gives up its
 * privileges. It ends when the sensor closes the socket between them or dies. If it ends by itself, a
 * guard, the process that forked it, starts it again after a pause: the sensor cannot.
 */
#ifndef VIGIL_SIDE_PROCESS_H
#define VIGIL_SIDE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#define SIDE_PROCESS_END 'e' /* a byte that asks for the end, for a socket that stays open */

/* What a process does; context is what was given to side_process_start(). */
struct side_process_calls {
	const char *name; /* for messages: "the process that ..." */
	/* Gives up privileges, in the guard. May move *socket to another descriptor. */
	void (*confine)(int *socket, void *context);
	/* Does the work, and does not return. The exit status 0 means that it is not to be started
	 * again. socket: at its end when the sensor is. */
	void (*run)(int socket, void *context);
};

struct side_process {
	int socket;               /* -1: it does not run */
	const uint64_t *restarts; /* how often it was started again; NULL: socket is -1 */
};

/* Starts the process. Signals that a terminal or systemd sends to all processes of the service are
 * for the sensor: this one ignores them. Returns false with errno on failure. */
bool side_process_start(struct side_process *process, const struct side_process_calls *calls,
			void *context);

/* Returns whether the process and its guard have ended. Does not wait. */
bool side_process_has_ended(const struct side_process *process);

/* Returns how often the process was started again. */
uint64_t side_process_restarts(const struct side_process *process);

/* Frees what side_process_start() made; closes the socket. */
void side_process_close(struct side_process *process);

/* For what starts a process again: prints how `name` ended, by its status, and returns the next
 * pause. pause_ms: the last one, 0: none; started_ms: of the process that ended. */
int64_t side_process_ended(const char *name, int status, int64_t pause_ms, int64_t started_ms);

#endif /* VIGIL_SIDE_PROCESS_H */
