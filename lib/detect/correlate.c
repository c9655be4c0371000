/* SPDX-License-Identifier: MIT */
/* correlate.c - prepares the correlations of a set: finds which fields each needs of the others. */
#include "detect/correlate.h"

#include <stdlib.h>
#include <string.h>

#include "detect/correlate_state.h"
#include "detect/correlate_value.h"
#include "detect/limits.h"

static bool carried_add(struct correlate_counter *counter, const uint32_t *field, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t *grown, at = 0;

		while (at < counter->carries && counter->carried[at] != field[i])
			at++;
		if (at < counter->carries)
			continue;
		grown = realloc(counter->carried, (at + 1) * sizeof(*grown));
		if (!grown)
			return false;
		grown[at] = field[i];
		counter->carried = grown;
		counter->carries++;
	}
	return true;
}

/* Adds what a correlation needs of those that it refers to. To be called after all that refer
 * to it were done. */
static bool carry_for(struct correlate *c, const struct correlate_counter *outer)
{
	const struct detect_correlation *correlation = outer->correlation;

	for (uint32_t i = 0; i < correlation->references; i++) {
		const struct detect_reference *reference = &correlation->reference[i];
		struct correlate_counter *inner;

		if (!reference->correlation)
			continue;
		inner = &c->counter[reference->number];
		if (!carried_add(inner, reference->group, correlation->group_by.count) ||
		    !carried_add(inner, reference->field, correlation->fields.count) ||
		    !carried_add(inner, outer->carried, outer->carries))
			return false;
	}
	return true;
}

static bool counter_init(struct correlate *c, uint32_t number, struct correlate_limits limits)
{
	struct correlate_counter *counter = &c->counter[number];

	counter->correlation = detect_correlation(c->set, number);
	counter->at_once = correlate_at_once(counter->correlation);
	if (counter->correlation->type == DETECT_TEMPORAL_ORDERED &&
	    limits.hits > LIMIT_ORDERED_HITS)
		limits.hits = LIMIT_ORDERED_HITS;
	for (uint32_t i = 0; i < counter->correlation->references; i++)
		if (!counter->correlation->reference[i].correlation)
			c->used[counter->correlation->reference[i].number] = true;
	return groups_init(&counter->groups, &limits);
}

static bool correlate_init(struct correlate *c, struct correlate_limits limits)
{
	uint32_t rules = detect_rules(c->set), count = detect_correlations(c->set);

	c->counter = calloc(count + 1, sizeof(*c->counter));
	c->used = calloc(rules + 1, sizeof(*c->used));
	c->hit = calloc(rules + 1, sizeof(*c->hit));
	if (!c->counter || !c->used || !c->hit)
		return false;
	limits.memory /= count > 0 ? count : 1;
	for (; c->counters < count; c->counters++)
		if (!counter_init(c, c->counters, limits))
			return false;
	for (uint32_t i = count; i-- > 0;)
		if (!carry_for(c, &c->counter[i]))
			return false;
	return true;
}

struct correlate *correlate_new(const struct detect_set *set, const struct correlate_limits *limits)
{
	static const struct correlate_limits usual = CORRELATE_LIMITS;
	struct correlate *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->set = set;
	c->next_end = UINT64_MAX;
	if (correlate_init(c, limits ? *limits : usual))
		return c;
	correlate_free(c);
	return NULL;
}

void correlate_free(struct correlate *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->counters; i++) {
		groups_free(&c->counter[i].groups);
		free(c->counter[i].carried);
	}
	correlate_forget_matches(c);
	free(c->made);
	free(c->match);
	free(c->counter);
	free(c->used);
	free(c->hit);
	free(c);
}

struct correlate_count correlate_count(const struct correlate *c, uint32_t number)
{
	return c->counter[number].groups.count;
}

void correlate_measure(struct correlate *c, uint64_t (*clock)(void))
{
	c->clock = clock;
}
