/* SPDX-License-Identifier: MIT */
/*
 * state.h - what evaluation of a set needs and keeps.
 *
 * Facts, results of atoms and marks belong to one evaluation. They are not cleared between
 * evaluations: each has the number of the evaluation that it belongs to.
 */
#ifndef VIGIL_DETECT_STATE_H
#define VIGIL_DETECT_STATE_H

#include "detect/set.h"

#define MATCHES_MAX 32u /* of a hit */

struct detect_state {
	const struct detect_set *set;
	uint32_t evaluation; /* counts up to EVALUATION_MAX */
	struct regex_memory *memory;
	struct fact *fact; /* by field */
	uint32_t *fact_of, *key_of;
	uint32_t *searched_of; /* by field: all of its value was searched for the index's strings */
	uint32_t *rule_of;     /* by rule: the evaluation times 4, plus the bits of clauses */
	uint32_t *result;      /* by atom: the evaluation times 4, plus the result */
	uint32_t *candidate, *undecided;
	uint32_t candidates, undecideds;
	struct detect_hit *hit;
	struct detect_match *match;
	uint32_t hits, matches, match_capacity;
	struct detect_count *count; /* by rule */
	uint64_t no_memory;         /* of detect_no_memory */
	uint64_t (*clock)(void);    /* of detect_measure; NULL: none */
	bool limited;               /* of the rule that is being evaluated */
};

#define EVALUATION_MAX (UINT32_MAX / 4)

/* Begins an evaluation. */
void state_begin(struct detect_state *state);

/* Returns the fact of a field; asks the event for it if necessary. */
const struct fact *state_fact(struct detect_state *state, const struct detect_event *event,
			      uint32_t field);

/* Evaluates an expression. Sets state->limited if a limit was reached. */
enum detect_truth state_evaluate(struct detect_state *state, const struct detect_event *event,
				 const struct expression *e);

#endif /* VIGIL_DETECT_STATE_H */
