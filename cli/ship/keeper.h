/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - starts the shippers, and starts one again that ended. The keeper is a process: the
 * process of the sensor cannot start any once it has given up its privileges. It is forked before
 * the sensor opens anything, and ends, with its shippers, when the sensor closes the socket or
 * dies.
 */
#ifndef VIGIL_SHIP_KEEPER_H
#define VIGIL_SHIP_KEEPER_H

#include "shipper.h"

struct keeper {
	int socket; /* -1: it does not run */
	bool gone;  /* it ended by itself, which was reported */
};

/* Starts the keeper and a shipper for each of `count` options, which stay valid. folder: that of the
 * spools, whose owner the processes become. Returns false and sets errno on failure. */
bool keeper_start(struct keeper *keeper, const struct shipper_options *options, size_t count,
		  const char *folder);

/* Reports if the keeper has ended by itself. Never waits. */
void keeper_look(struct keeper *keeper);

/* Asks the shippers to send the rest, and waits until they have ended, at most a few seconds. */
void keeper_stop(struct keeper *keeper);

#endif /* VIGIL_SHIP_KEEPER_H */
