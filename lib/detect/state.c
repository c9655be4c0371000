/* SPDX-License-Identifier: MIT */
/* state.c - facts and truth during an evaluation. */
#include "detect/state.h"

#include <stdlib.h>
#include <string.h>

#define RESULT_LIMITED 3u /* after the values of enum detect_truth: unknown, because of a limit */

static bool state_allocate(struct detect_state *s)
{
	const struct detect_set *set = s->set;
	size_t fields = (size_t)set->fields + 1, rules = (size_t)set->rules + 1;

	s->match_capacity = 4 * MATCHES_MAX;
	s->memory = regex_memory_new();
	s->fact = calloc(fields, sizeof(*s->fact));
	s->fact_of = calloc(fields, sizeof(*s->fact_of));
	s->searched_of = calloc(fields, sizeof(*s->searched_of));
	s->rule_of = calloc(rules, sizeof(*s->rule_of));
	s->key_of = calloc((size_t)set->keys + 1, sizeof(*s->key_of));
	s->result = calloc((size_t)set->atoms + 1, sizeof(*s->result));
	s->candidate = calloc(rules, sizeof(*s->candidate));
	s->undecided = calloc(rules, sizeof(*s->undecided));
	s->hit = calloc(rules, sizeof(*s->hit));
	s->match = calloc(s->match_capacity, sizeof(*s->match));
	s->count = calloc(rules, sizeof(*s->count));
	return s->memory && s->fact && s->fact_of && s->searched_of && s->rule_of && s->key_of &&
	       s->result && s->candidate && s->undecided && s->hit && s->match && s->count;
}

struct detect_state *detect_state_new(const struct detect_set *set)
{
	struct detect_state *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	state->set = set;
	if (state_allocate(state))
		return state;
	detect_state_free(state);
	return NULL;
}

void detect_state_free(struct detect_state *state)
{
	if (!state)
		return;
	for (uint32_t i = 0; state->fact && i < state->set->fields; i++)
		fact_free(&state->fact[i]);
	regex_memory_free(state->memory);
	free(state->fact);
	free(state->fact_of);
	free(state->searched_of);
	free(state->rule_of);
	free(state->key_of);
	free(state->result);
	free(state->candidate);
	free(state->undecided);
	free(state->hit);
	free(state->match);
	free(state->count);
	free(state);
}

void state_begin(struct detect_state *s)
{
	const struct detect_set *set = s->set;

	if (s->evaluation == EVALUATION_MAX) {
		memset(s->fact_of, 0, set->fields * sizeof(*s->fact_of));
		memset(s->searched_of, 0, set->fields * sizeof(*s->searched_of));
		memset(s->rule_of, 0, set->rules * sizeof(*s->rule_of));
		memset(s->key_of, 0, set->keys * sizeof(*s->key_of));
		memset(s->result, 0, set->atoms * sizeof(*s->result));
		s->evaluation = 0;
	}
	s->evaluation++;
	s->candidates = s->undecideds = s->hits = s->matches = 0;
}

const struct fact *state_fact(struct detect_state *s, const struct detect_event *event,
			      uint32_t field)
{
	const struct field *f = &s->set->field[field];
	struct fact *fact = &s->fact[field];

	if (s->fact_of[field] == s->evaluation)
		return fact;
	s->fact_of[field] = s->evaluation;
	fact->value = (struct detect_value){ .kind = DETECT_UNKNOWN };
	if ((f->asked & (1u << event->source)) && !f->reason[event->source]) {
		fact->value.kind = DETECT_ABSENT;
		event->get(event->user, f->id[event->source], &fact->value);
	}
	fact_prepare(fact);
	s->no_memory += fact->failed;
	return fact;
}

/* What the search for strings has decided about an atom; UNDECIDED: nothing. */
static enum detect_truth state_searched(const struct detect_state *s, unsigned source,
					const struct atom *atom, uint32_t number)
{
	uint32_t key;

	if (s->searched_of[atom->field] != s->evaluation)
		return DETECT_UNDECIDED;
	key = s->set->index[source].key[number];
	if (key && s->key_of[key - 1] != s->evaluation)
		return DETECT_FALSE;
	return key && atom->kind == ATOM_TEXT && !atom->cased &&
		       atom->pattern.shape == PATTERN_INSIDE
		   ? DETECT_TRUE
		   : DETECT_UNDECIDED;
}

/* Evaluates an atom, and keeps the result. */
static uint32_t state_test(struct detect_state *s, const struct detect_event *event,
			   uint32_t number)
{
	const struct atom *atom = &s->set->atom[number];
	enum detect_truth searched = state_searched(s, event->source, atom, number);
	const struct fact *fact, *other = NULL;
	bool limited = false;
	enum detect_truth truth;

	if (searched != DETECT_UNDECIDED)
		return s->result[number] = s->evaluation * 4 + (uint32_t)searched;
	fact = state_fact(s, event, atom->field);
	if (atom->kind == ATOM_FIELD)
		other = state_fact(s, event, atom->other);
	truth = atom_test(atom, fact, other, s->memory, &limited);
	s->result[number] =
	    s->evaluation * 4 +
	    (limited && truth == DETECT_UNDECIDED ? RESULT_LIMITED : (uint32_t)truth);
	return s->result[number];
}

static inline enum detect_truth state_atom(struct detect_state *s, const struct detect_event *event,
					   uint32_t number)
{
	uint32_t known = s->result[number];

	if (known / 4 != s->evaluation)
		known = state_test(s, event, number);
	if (known % 4 != RESULT_LIMITED)
		return (enum detect_truth)(known % 4);
	s->limited = true;
	return DETECT_UNDECIDED;
}

/* At least `need` children. */
static enum detect_truth state_count(struct detect_state *s, const struct detect_event *event,
				     const struct expression *e)
{
	uint32_t yes = 0, maybe = 0;

	for (uint32_t i = 0; i < e->count && yes < e->need; i++) {
		enum detect_truth truth = state_evaluate(s, event, e->child[i]);

		yes += truth == DETECT_TRUE;
		maybe += truth == DETECT_UNDECIDED;
	}
	if (yes >= e->need)
		return DETECT_TRUE;
	return yes + maybe >= e->need ? DETECT_UNDECIDED : DETECT_FALSE;
}

enum detect_truth state_evaluate(struct detect_state *s, const struct detect_event *event,
				 const struct expression *e)
{
	enum detect_truth decides = e->kind == EXPRESSION_AND ? DETECT_FALSE : DETECT_TRUE;
	enum detect_truth result = e->kind == EXPRESSION_AND ? DETECT_TRUE : DETECT_FALSE;

	if (e->kind == EXPRESSION_LEAF)
		return state_atom(s, event, e->leaf.atom);
	if (e->kind == EXPRESSION_NOT)
		return (enum detect_truth)(DETECT_TRUE - state_evaluate(s, event, e->child[0]));
	if (e->kind == EXPRESSION_COUNT)
		return state_count(s, event, e);
	for (uint32_t i = 0; i < e->count; i++) {
		enum detect_truth truth = i < e->leading ? state_atom(s, event, e->atom[i])
							 : state_evaluate(s, event, e->child[i]);

		if (truth == decides)
			return truth;
		if (truth == DETECT_UNDECIDED)
			result = truth;
	}
	return result;
}
