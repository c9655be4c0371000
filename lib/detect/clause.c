/* SPDX-License-Identifier: MIT */
/* clause.c - which comparisons of a rule select the events it is evaluated for. */
#include "detect/clause.h"

#define COST_NONE UINT64_MAX

void clause_count(const struct detect_set *set, const struct expression *root, uint32_t *count)
{
	if (root->kind == EXPRESSION_LEAF) {
		count[root->leaf.atom]++;
		return;
	}
	for (uint32_t i = 0; i < root->count; i++)
		clause_count(set, root->child[i], count);
}

/* Short strings are in many values. */
static uint64_t clause_leaf_cost(const struct atom *atom, uint32_t count)
{
	if (atom->literal_length < SEARCH_SHORT)
		return COST_NONE;
	return atom->literal_length < SEARCH_WINDOW ? count * UINT64_C(64)
	       : atom->literal_length < 6           ? count * UINT64_C(8)
	       : atom->literal_length < 9           ? count * UINT64_C(2)
						    : count;
}

/* Whether one child of an expression is enough for it. */
static bool clause_is_any(const struct expression *e, bool negated)
{
	return negated ? e->kind == EXPRESSION_AND : e->kind != EXPRESSION_AND;
}

static uint64_t clause_cost(const struct detect_set *set, const struct expression *e, bool negated,
			    const uint32_t *count)
{
	uint64_t sum = 0, best = COST_NONE;

	if (e->kind == EXPRESSION_NOT)
		return clause_cost(set, e->child[0], !negated, count);
	if (e->kind == EXPRESSION_LEAF)
		return negated ? COST_NONE
			       : clause_leaf_cost(&set->atom[e->leaf.atom], count[e->leaf.atom]);
	if (e->kind == EXPRESSION_COUNT && negated)
		return COST_NONE;
	for (uint32_t i = 0; i < e->count; i++) {
		uint64_t cost = clause_cost(set, e->child[i], negated, count);

		best = cost < best ? cost : best;
		sum = cost == COST_NONE || sum == COST_NONE ? COST_NONE : sum + cost;
	}
	return clause_is_any(e, negated) ? sum : best;
}

static bool clause_add(const struct detect_set *set, const struct expression *e, bool negated,
		       const uint32_t *count, bool (*add)(void *user, uint32_t atom), void *user)
{
	uint64_t best = COST_NONE;
	const struct expression *cheapest = NULL;

	if (e->kind == EXPRESSION_NOT)
		return clause_add(set, e->child[0], !negated, count, add, user);
	if (e->kind == EXPRESSION_LEAF)
		return add(user, e->leaf.atom);
	for (uint32_t i = 0; i < e->count; i++) {
		uint64_t cost;

		if (clause_is_any(e, negated)) {
			if (!clause_add(set, e->child[i], negated, count, add, user))
				return false;
			continue;
		}
		cost = clause_cost(set, e->child[i], negated, count);
		if (cost < best) {
			best = cost;
			cheapest = e->child[i];
		}
	}
	return !cheapest || clause_add(set, cheapest, negated, count, add, user);
}

bool clause_find(const struct detect_set *set, const struct expression *root, const uint32_t *count,
		 bool (*add)(void *user, uint32_t atom), void *user)
{
	return clause_cost(set, root, false, count) != COST_NONE &&
	       clause_add(set, root, false, count, add, user);
}
