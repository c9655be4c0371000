/* SPDX-License-Identifier: MIT */
/* drain.h - what is still on the way when a command is told to stop. */
#ifndef VIGIL_DRAIN_H
#define VIGIL_DRAIN_H

#include <vigil/vigil.h>

/* Gives take all that happened up to now. take returns -1 to go on; anything else
 * ends it. Returns the exit status: take's, EXIT_FINE, or that of a failure, said. */
int drain(struct vigil *v, int (*take)(void *context, const struct vigil_event *event),
	  void *context);

#endif /* VIGIL_DRAIN_H */
