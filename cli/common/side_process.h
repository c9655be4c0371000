/* SPDX-License-Identifier: MIT */
/*
 * side_process.h - a process beside that of the sensor, forked before the sensor gives up its
 * privileges. It ends when the sensor closes the socket between them or dies.
 */
#ifndef VIGIL_SIDE_PROCESS_H
#define VIGIL_SIDE_PROCESS_H

#include <stdbool.h>

/* What the process does; it does not return. socket: at its end when the sensor is. */
typedef void side_process_run(int socket, void *context);

/* Starts the process. Signals that a terminal or systemd sends to all processes of the service are
 * for the sensor: this one ignores them. Returns the socket, to be closed; -1 with errno. */
int side_process_start(side_process_run *run, void *context);

/* Returns whether the process has ended. Does not wait. */
bool side_process_has_ended(int socket);

#endif /* VIGIL_SIDE_PROCESS_H */
