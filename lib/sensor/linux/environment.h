/* SPDX-License-Identifier: MIT */
/* environment.h - the names of variables of the environment whose values are wanted. */
#ifndef VIGIL_SENSOR_LINUX_ENVIRONMENT_H
#define VIGIL_SENSOR_LINUX_ENVIRONMENT_H

#include <vigil/vigil.h>

#include "shared.h"

/* The form in which kernel/linux/environment.h compares a name. */
struct environment_name {
	uint64_t word[VIGIL_ENVIRONMENT_WORDS]; /* the name and `=`, followed by zeros */
	uint64_t mask[VIGIL_ENVIRONMENT_WORDS]; /* ones where they are */
};

/* Reads a list like "PATH,LD_PRELOAD" (vigil_options.environment). Returns how many names
 * there are, or VIGIL_ERROR_USAGE. */
int environment_parse(const char *list, struct environment_name names[VIGIL_ENVIRONMENT_NAMES],
		      struct vigil_error *error);

#endif /* VIGIL_SENSOR_LINUX_ENVIRONMENT_H */
