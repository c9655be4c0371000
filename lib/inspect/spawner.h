/* SPDX-License-Identifier: MIT */
/*
 * spawner.h - the process that forks workers, kills those that hang, and reaps them.
 *
 * It holds no descriptor except its socket, receives no signal except SIGKILL, opens no file,
 * and ends with the program that started it.
 */
#ifndef VIGIL_INSPECT_SPAWNER_H
#define VIGIL_INSPECT_SPAWNER_H

#include "inspect/protocol.h"

struct spawner {
	int control; /* -1: none */
	struct spawner_shared *shared;
};

/* Starts the spawner. Returns 0 or -errno. */
int spawner_open(struct spawner *spawner);

/* Ends the spawner and its workers, without waiting for that. */
void spawner_close(struct spawner *spawner);

/* Starts a worker. Returns the client's end of its socket; -1: impossible now. *gone: the
 * spawner has ended, so no worker can be started. */
int spawner_start(struct spawner *spawner, uint32_t number, enum inspect_class class, bool realtime,
		  bool *gone);

void spawner_kill(struct spawner *spawner, uint32_t number);

/* Returns the number of workers that were killed and still wait in the kernel. */
unsigned spawner_hanging(const struct spawner *spawner);

#endif /* VIGIL_INSPECT_SPAWNER_H */
