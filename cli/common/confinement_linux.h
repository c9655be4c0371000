/* SPDX-License-Identifier: MIT */
/* confinement_linux.h - the seccomp filters of commands. The build generates them from
 * confinement_calls.c. */
#ifndef VIGIL_CONFINEMENT_LINUX_H
#define VIGIL_CONFINEMENT_LINUX_H

#include "os/confine.h"

/* What a command does; the number of a filter is the sum of these. */
enum {
	CONFINEMENT_WRITES = 1,   /* files */
	CONFINEMENT_ENFORCES = 2, /* rules */
	CONFINEMENT_REOPENS = 4,  /* image-load rings, on CPUs that come online */
	CONFINEMENT_ENDS = 8,     /* a command that vigil starts */
	CONFINEMENT_FILTERS = 16,
};

extern const struct confine_filter confinement_filters[CONFINEMENT_FILTERS];

#endif /* VIGIL_CONFINEMENT_LINUX_H */
