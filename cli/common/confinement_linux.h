/* SPDX-License-Identifier: MIT */
/* confinement_linux.h - the seccomp filters of commands, which the build makes of
 * confinement_calls.c. */
#ifndef VIGIL_CONFINEMENT_LINUX_H
#define VIGIL_CONFINEMENT_LINUX_H

#include "os/confine.h"

/* What a command does; a filter's number is the sum of these. */
enum {
	CONFINEMENT_WRITES = 1,   /* files */
	CONFINEMENT_ENFORCES = 2, /* rules */
	CONFINEMENT_REOPENS = 4,  /* rings for image loads, on CPUs that come online */
	CONFINEMENT_ENDS = 8,     /* a command of its own */
	CONFINEMENT_FILTERS = 16,
};

extern const struct confine_filter confinement_filters[CONFINEMENT_FILTERS];

#endif /* VIGIL_CONFINEMENT_LINUX_H */
