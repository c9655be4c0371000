/* SPDX-License-Identifier: MIT */
/* clause.c - which comparisons of a rule select the events, and the order of the others. */
#include "detect/clause.h"

#define COST_NONE UINT64_MAX
/* A second clause is worth while only if it is small and has no short strings. */
#define SECOND_COST_MAX   UINT64_C(4096)
#define SECOND_WEIGHT_MAX 256u

#define ORDERED_MAX 64u /* children that are sorted */

static uint32_t clause_atom_cost(const struct atom *atom)
{
	uint32_t cost = atom->field == FIELD_KEYWORDS ? 4 : 1;

	switch (atom->kind) {
	case ATOM_TEXT:
		return cost * (atom->pattern.shape == PATTERN_INSIDE     ? 2
			       : atom->pattern.shape == PATTERN_SEGMENTS ? 8
									 : 1);
	case ATOM_REGEX:
		return cost * 40;
	case ATOM_CIDR:
	case ATOM_COMPARE:
	case ATOM_FIELD:
		return cost * 4;
	default:
		return cost;
	}
}

/* Lists the atoms of the children before the first that is no leaf. */
static bool clause_lead(struct detect_set *set, struct expression *e)
{
	uint32_t *atom, leading = 0;

	while (leading < e->count && e->child[leading]->kind == EXPRESSION_LEAF)
		leading++;
	atom = arena_array(&set->arena, leading, sizeof(*atom));
	if (!atom)
		return false;
	for (uint32_t i = 0; i < leading; i++)
		atom[i] = e->child[i]->leaf.atom;
	e->atom = atom;
	e->leading = leading;
	return true;
}

bool clause_order(struct detect_set *set, struct expression *root)
{
	if (root->cost)
		return true;
	if (root->kind == EXPRESSION_LEAF) {
		root->cost = clause_atom_cost(&set->atom[root->leaf.atom]);
		return true;
	}
	for (uint32_t i = 0; i < root->count; i++) {
		struct expression *child = root->child[i];
		uint32_t to = i;

		if (!clause_order(set, child))
			return false;
		root->cost =
		    child->cost > UINT32_MAX - root->cost ? UINT32_MAX : root->cost + child->cost;
		if (root->count > ORDERED_MAX)
			continue;
		for (; to > 0 && root->child[to - 1]->cost > child->cost; to--)
			root->child[to] = root->child[to - 1];
		root->child[to] = child;
	}
	return clause_lead(set, root);
}

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
static uint64_t clause_leaf_cost(const struct literal *literal, uint32_t count)
{
	if (literal->length < SEARCH_SHORT)
		return COST_NONE;
	return literal->length < 4   ? count * (SECOND_COST_MAX + 1)
	       : literal->length < 6 ? count * UINT64_C(8)
	       : literal->length < 9 ? count * UINT64_C(2)
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
			       : clause_leaf_cost(&set->literal[e->leaf.atom], count[e->leaf.atom]);
	if (e->kind == EXPRESSION_COUNT && negated)
		return COST_NONE;
	for (uint32_t i = 0; i < e->count; i++) {
		uint64_t cost = clause_cost(set, e->child[i], negated, count);

		best = cost < best ? cost : best;
		sum = cost == COST_NONE || sum == COST_NONE ? COST_NONE : sum + cost;
	}
	return clause_is_any(e, negated) ? sum : best;
}

/* Receives the atoms of a clause. */
struct clause_out {
	bool (*add)(void *user, uint32_t atom, unsigned bit);
	void *user;
	unsigned bit;
};

static bool clause_add(const struct detect_set *set, const struct expression *e, bool negated,
		       const uint32_t *count, const struct clause_out *out)
{
	uint64_t best = COST_NONE;
	const struct expression *cheapest = NULL;

	if (e->kind == EXPRESSION_NOT)
		return clause_add(set, e->child[0], !negated, count, out);
	if (e->kind == EXPRESSION_LEAF)
		return out->add(out->user, e->leaf.atom, out->bit);
	for (uint32_t i = 0; i < e->count; i++) {
		uint64_t cost;

		if (clause_is_any(e, negated)) {
			if (!clause_add(set, e->child[i], negated, count, out))
				return false;
			continue;
		}
		cost = clause_cost(set, e->child[i], negated, count);
		if (cost < best) {
			best = cost;
			cheapest = e->child[i];
		}
	}
	return !cheapest || clause_add(set, cheapest, negated, count, out);
}

/* A part of a rule that must be true, or false if negated. */
struct clause {
	const struct expression *e;
	bool negated;
	uint64_t cost;
};

/* Finds the two parts with the lowest cost of those that must all hold. */
static void clause_choose(const struct detect_set *set, const struct expression *e, bool negated,
			  const uint32_t *count, struct clause best[2])
{
	struct clause clause = { e, negated, 0 };

	if (e->kind == EXPRESSION_NOT) {
		clause_choose(set, e->child[0], !negated, count, best);
		return;
	}
	if (e->kind != EXPRESSION_LEAF && e->kind != EXPRESSION_COUNT &&
	    !clause_is_any(e, negated)) {
		for (uint32_t i = 0; i < e->count; i++)
			clause_choose(set, e->child[i], negated, count, best);
		return;
	}
	clause.cost = clause_cost(set, e, negated, count);
	if (clause.cost < best[0].cost) {
		best[1] = best[0];
		best[0] = clause;
	} else if (clause.cost < best[1].cost) {
		best[1] = clause;
	}
}

unsigned clause_find(const struct detect_set *set, const struct expression *root,
		     const uint32_t *count, bool (*add)(void *user, uint32_t atom, unsigned bit),
		     void *user)
{
	struct clause best[2] = { { NULL, false, COST_NONE }, { NULL, false, COST_NONE } };
	struct clause_out out = { add, user, 1 };

	clause_choose(set, root, false, count, best);
	if (!best[0].e || !clause_add(set, best[0].e, best[0].negated, count, &out))
		return 0;
	out.bit = 2;
	if (!best[1].e || best[1].cost > SECOND_COST_MAX || best[1].e->weight > SECOND_WEIGHT_MAX ||
	    !clause_add(set, best[1].e, best[1].negated, count, &out))
		return 1;
	return 3;
}
