/* SPDX-License-Identifier: MIT */
/* environment.h - the names of the environment variables whose values are recorded. */
#ifndef VIGIL_SENSOR_LINUX_ENVIRONMENT_H
#define VIGIL_SENSOR_LINUX_ENVIRONMENT_H

#include <vigil/vigil.h>

#include "shared.h"

/* The form in which kernel/linux/environment.h compares a name. */
struct environment_name {
	uint64_t word[VIGIL_ENVIRONMENT_WORDS]; /* the name and `=`, followed by zeros */
	uint64_t mask[VIGIL_ENVIRONMENT_WORDS]; /* 0xff for each of their bytes */
};

/* Parses a list such as "PATH,LD_PRELOAD" (vigil_options.environment). Returns the number of
 * names, or VIGIL_ERROR_USAGE. */
int environment_parse(const char *list, struct environment_name names[VIGIL_ENVIRONMENT_NAMES],
		      struct vigil_error *error);

#endif /* VIGIL_SENSOR_LINUX_ENVIRONMENT_H */
