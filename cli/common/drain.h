/* SPDX-License-Identifier: MIT */
/* drain.h - what is still on the way when a command is told to stop. */
#ifndef VIGIL_DRAIN_H
#define VIGIL_DRAIN_H

#include <vigil/vigil.h>

/* Ends the sensor (vigil_stop) and gives take all that happened up to now, and what was lost
 * of it; with `later` what else comes by the way.
 * take returns -1 to go on; anything else ends it. Returns the exit status: take's,
 * EXIT_FINE, or that of a failure, said. */
int drain(struct vigil *v, bool later, int (*take)(void *context, const struct vigil_event *event),
	  void *context);

#endif /* VIGIL_DRAIN_H */
