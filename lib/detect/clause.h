/* SPDX-License-Identifier: MIT */
/*
 * clause.h - which comparisons of a rule select the events it is evaluated for, and in which order
 * the others follow.
 */
#ifndef VIGIL_DETECT_CLAUSE_H
#define VIGIL_DETECT_CLAUSE_H

#include "detect/set.h"

/* Puts first what is evaluated fastest: most rules are decided by a few comparisons. Returns false
 * if out of memory. */
bool clause_order(struct detect_set *set, struct expression *root);

/* How often a comparison occurs in rules, by the number of its atom: strings that many rules look
 * for are common in events, so other clauses are preferred. */
void clause_count(const struct detect_set *set, const struct expression *root, uint32_t *count);

/* Calls add() for the atom of each comparison of the two best clauses that must both be true, with
 * the bit of the clause, 1 or 2. Returns the bits of the clauses; 0: there is none, or add() has
 * returned false. */
unsigned clause_find(const struct detect_set *set, const struct expression *root,
		     const uint32_t *count, bool (*add)(void *user, uint32_t atom, unsigned bit),
		     void *user);

#endif /* VIGIL_DETECT_CLAUSE_H */
