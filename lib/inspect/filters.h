/* SPDX-License-Identifier: MIT */
/* filters.h - the seccomp filters of helper processes, which the build generates from seccomp.c. */
#ifndef VIGIL_INSPECT_FILTERS_H
#define VIGIL_INSPECT_FILTERS_H

#include "os/confine.h"

enum {
	INSPECT_READING, /* files and processes */
	INSPECT_NAMING,  /* queries the name service */
	INSPECT_FILTERS,
};

extern const struct confine_filter inspect_filters[INSPECT_FILTERS];

#endif /* VIGIL_INSPECT_FILTERS_H */
