/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - starts the shippers, and starts one again that ended. The keeper is a process: the
 * process of the sensor cannot start any once it has given up its privileges. It is forked before
 * the sensor opens anything, and ends, with its shippers, when the sensor closes the socket or
 * dies.
 */
#ifndef VIGIL_SHIP_KEEPER_H
#define VIGIL_SHIP_KEEPER_H

#include <limits.h>

#include "common/settings.h"
#include "common/side_process.h"
#include "shipper.h"

/* What is to be sent, in memory that the sensor shares with the keeper. */
struct keeper_orders {
	uint64_t turn; /* text[turn % 2] is in force: the sections [output NAME] of the settings */
	char text[2][SETTINGS_BYTES_MAX + 1];
	char folder[NAME_MAX + 1]; /* to be made, in that of the spools */
};

struct keeper {
	struct side_process process;
	bool gone; /* it and its guard have ended, which was reported */
	struct keeper_orders *orders;
};

/* Starts the keeper, and a shipper for each of the sections. folder: that of the spools, whose owner
 * the processes become. Returns false and sets errno on failure. */
bool keeper_start(struct keeper *keeper, const char *sections, const char *folder);

/* Makes the folder of a spool, which the sensor may not once its files are confined: waits until the
 * keeper has made it, normally less than 1 ms. Returns false and sets errno on failure. */
bool keeper_make_folder(struct keeper *keeper, const char *name, const char *path);

/* Changes the sections, which are valid; NULL: they are the same. A shipper whose settings are the
 * same, and the files that they name, continues; another one is asked to end, and started again with
 * those of now. Never waits. */
void keeper_change(struct keeper *keeper, const char *sections);

/* Reports if the keeper has ended by itself and is not started again. Never waits. */
void keeper_look(struct keeper *keeper);

/* Asks the shippers to send the rest, and waits until they have ended, at most a few seconds. */
void keeper_stop(struct keeper *keeper);

#endif /* VIGIL_SHIP_KEEPER_H */
