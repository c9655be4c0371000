/* SPDX-License-Identifier: MIT */
/*
 * spawner.h - the process that forks workers, kills those that are given up, and reaps them.
 *
 * It holds no descriptor but its socket, no signal reaches it but SIGKILL, it touches no
 * file, and it ends with the program that opened it.
 */
#ifndef VIGIL_INSPECT_SPAWNER_H
#define VIGIL_INSPECT_SPAWNER_H

#include "inspect/protocol.h"

struct spawner {
	int control; /* -1: none */
	struct spawner_shared *shared;
};

/* Forks it. 0, or -errno. */
int spawner_open(struct spawner *spawner);

/* Its workers are killed, and it ends; nobody waits for that. */
void spawner_close(struct spawner *spawner);

/* Returns the client's end of the socket of a new worker; -1: not now. *gone: the spawner
 * has ended, so none can be had any more. */
int spawner_start(struct spawner *spawner, uint32_t number, enum inspect_class class, bool realtime,
		  bool *gone);

void spawner_kill(struct spawner *spawner, uint32_t number);

/* Workers that were killed and still wait in the kernel. */
unsigned spawner_hanging(const struct spawner *spawner);

#endif /* VIGIL_INSPECT_SPAWNER_H */
