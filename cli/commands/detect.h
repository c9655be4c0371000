/* SPDX-License-Identifier: MIT */
/* detect.h - the actions of `vigil detect`. */
#ifndef VIGIL_COMMAND_DETECT_H
#define VIGIL_COMMAND_DETECT_H

#include "alert/alerts.h"
#include "alert/block.h"
#include "common/options.h"
#include "core/bytes.h"

struct detect {
	struct options options;
	bool live, json, all, cased;
	uint64_t misses; /* near misses that test shows of each rule */
	struct alerts *alerts;
	char **operand; /* after the action */
	int operands;
};

/* Return the exit status. (detect_check.c, detect_test.c, detect_stats.c, detect_block.c) */
int detect_check(struct detect *d);
int detect_test(struct detect *d);
int detect_stats(struct detect *d);
int detect_block(struct detect *d);

/* Loads rules from `paths` into d->alerts. Returns -1 to continue, otherwise the exit status. */
int detect_open(struct detect *d, char **paths, int count);

/* The same for the operands RULES FILE..., of which a rule must be loaded. (detect_run.c) */
int detect_open_for_recordings(struct detect *d);

/* Passes the events of the recordings to take(). Returns the exit status. */
int detect_read(struct detect *d, void *context,
		int (*take)(void *context, const struct vigil_event *event));

/* Appends the lines of a rules file of a system that deny what a rule detects. Returns true; or false
 * and sets *reason: it cannot be expressed; or, with reason->text NULL, memory is exhausted.
 * (detect_block.c) */
bool detect_block_lines(const struct detect_set *set, uint32_t rule, enum detect_product product,
			struct vigil_buffer *out, struct block_reason *reason);

/* Prints the rules that are invalid or could not be read, each with its file and line. Returns how
 * many. (detect_check.c) */
uint32_t detect_say_mistakes(const struct alerts *alerts);

#endif /* VIGIL_COMMAND_DETECT_H */
