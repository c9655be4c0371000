/* SPDX-License-Identifier: MIT */
/*
 * shipper.h - the process that sends the spool of one output to its engine. It knows the spool, the
 * mark and the outlet, and nothing of the sensor: either can end and begin again at any time.
 */
#ifndef VIGIL_SHIP_SHIPPER_H
#define VIGIL_SHIP_SHIPPER_H

#include "common/output.h"
#include "outlet.h"

/* How an output is sent. */
struct shipper_options {
	struct ship_settings settings;
	struct field_options choice; /* of the fields, for what the shipper itself reports */
	const char *folder;          /* of the spool */
};

/* Asks a shipper to end. Other signals that ask for it, which a terminal or systemd sends to all
 * processes of the service, are ignored: the sensor has not written the last events then. */
#define SHIPPER_STOP SIGUSR1

/* Sends until SHIPPER_STOP comes; then what is in the spool, for at most a few seconds, unless the
 * engine does not take it. Gives up all privileges first. Returns the exit status of the process. */
int shipper_run(const struct shipper_options *options);

#endif /* VIGIL_SHIP_SHIPPER_H */
