/* SPDX-License-Identifier: MIT */
/* detect.h - the actions of `vigil detect`. */
#ifndef VIGIL_COMMAND_DETECT_H
#define VIGIL_COMMAND_DETECT_H

#include "alert/alerts.h"
#include "common/options.h"

struct detect {
	struct options options;
	bool live, json, all;
	uint64_t misses; /* near misses that test shows of each rule */
	struct alerts *alerts;
	char **operand; /* after the action */
	int operands;
};

/* Return the exit status. (detect_check.c, detect_run.c) */
int detect_check(struct detect *d);
int detect_test(struct detect *d);
int detect_stats(struct detect *d);

/* Loads rules from `paths` into d->alerts. Returns -1 to continue, otherwise the exit status. */
int detect_open(struct detect *d, char **paths, int count);

#endif /* VIGIL_COMMAND_DETECT_H */
