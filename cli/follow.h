/* SPDX-License-Identifier: MIT */
/*
 * follow.h - the events that a view is made of: those of the live sensor, until
 * it is told to stop.
 */
#ifndef VIGIL_FOLLOW_H
#define VIGIL_FOLLOW_H

#include <vigil/vigil.h>

#include "options.h"

struct follow {
	const char *command; /* of vigil, for messages */
	const struct options *options;
	uint32_t types; /* what the view is made of */
	/* Takes each event in order; negative: failed, and said so. */
	int (*take)(void *context, const struct vigil_event *event);
	void *context;
	uint64_t events; /* taken so far */
};

/* Runs to the end: that of --count or --duration, or a signal. Returns the exit
 * status. */
int follow_run(struct follow *follow);

#endif /* VIGIL_FOLLOW_H */
