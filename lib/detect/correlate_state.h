/* SPDX-License-Identifier: MIT */
/* correlate_state.h - what correlate.c prepares and correlate_step.c changes. */
#ifndef VIGIL_DETECT_CORRELATE_STATE_H
#define VIGIL_DETECT_CORRELATE_STATE_H

#include "detect/correlate_group.h"

struct correlate_counter {
	const struct detect_correlation *correlation;
	struct correlate_groups groups;
	/* Fields of its events that correlations use which refer to it, and those that refer to
	 * them. */
	uint32_t *carried;
	uint32_t carries;
	bool at_once;
};

/* What a match owns. */
struct correlate_made {
	struct correlate_texts group, carried;
	const char **texts; /* of `group` */
	char *value_text;
	uint64_t key; /* as a hit */
};

struct correlate {
	const struct detect_set *set;
	struct correlate_counter *counter; /* by number: each after those it refers to */
	uint32_t counters;
	bool *used; /* by rule: a correlation refers to it */
	bool *hit;  /* by rule: it is a hit of this event */
	uint64_t now, step, unique;
	uint64_t next_end;             /* no frame ends before */
	struct correlate_match *match; /* of this call */
	struct correlate_made *made;   /* of each match */
	uint32_t matches, capacity;
	uint32_t step_begin;     /* the first match of this step */
	bool of_event;           /* this step is that of an event */
	uint64_t (*clock)(void); /* of correlate_measure; NULL: none */
};

/* Frees what the last call returned. */
void correlate_forget_matches(struct correlate *c);

#endif /* VIGIL_DETECT_CORRELATE_STATE_H */
