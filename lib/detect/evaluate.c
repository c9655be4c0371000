/* SPDX-License-Identifier: MIT */
/* evaluate.c - which rules an event matches, and why. */
#include <stdlib.h>

#include "detect/state.h"

struct marker {
	struct detect_state *state;
	const struct index *index;
	const struct index_field *field;
};

/* Marks the clauses of rules; a rule whose last clause is marked is to be evaluated. */
static void rules_mark(struct detect_state *s, const struct index *index,
		       const struct index_rules *rules)
{
	for (uint32_t i = 0; i < rules->count; i++) {
		uint32_t mark = index->mark[rules->from + i], rule = mark / 4;
		uint32_t before = s->rule_of[rule] / 4 == s->evaluation ? s->rule_of[rule] % 4 : 0;
		uint32_t after = before | mark % 4;

		if (after == before)
			continue;
		s->rule_of[rule] = s->evaluation * 4 + after;
		if (after == index->bits[rule])
			s->candidate[s->candidates++] = rule;
	}
}

static void key_found(void *user, uint32_t key)
{
	const struct marker *m = user;
	uint32_t *of = &m->state->key_of[m->field->first_key + key];

	if (*of == m->state->evaluation)
		return;
	*of = m->state->evaluation;
	rules_mark(m->state, m->index, &m->field->rules[key]);
}

/* Marks the rules whose strings a field has, or may have. */
static void field_mark(struct detect_state *s, const struct detect_event *event,
		       const struct index *index, const struct index_field *field)
{
	const struct fact *fact = state_fact(s, event, field->field);
	struct marker marker = { s, index, field };
	bool all = fact->kind == FACT_UNKNOWN || fact->more;

	for (uint32_t i = 0; i < fact->pieces && !all; i++) {
		const struct piece *p = &fact->piece[i];

		all = p->cut;
		if (!all)
			search_run(&field->search, p->folded, p->folded_length, key_found, &marker);
	}
	if (all)
		rules_mark(s, index, &field->all);
	else
		s->searched_of[field->field] = s->evaluation;
}

static struct detect_match *match_new(struct detect_state *s)
{
	if (s->matches == s->match_capacity) {
		struct detect_match *more =
		    realloc(s->match, 2 * (size_t)s->match_capacity * sizeof(*more));

		if (!more)
			return NULL;
		s->match = more;
		s->match_capacity *= 2;
	}
	return &s->match[s->matches++];
}

/* Returns the value that makes an atom true: of a list, the first such item. */
static struct detect_value matched_value(struct detect_state *s, const struct detect_event *event,
					 const struct atom *atom)
{
	const struct fact *fact = state_fact(s, event, atom->field);
	const struct fact *other =
	    atom->kind == ATOM_FIELD ? state_fact(s, event, atom->other) : NULL;
	struct fact one = *fact;
	bool limited = false;

	one.pieces = 1;
	for (uint32_t i = 0; fact->value.kind == DETECT_LIST && i < fact->pieces; i++) {
		const struct piece *p = one.piece = &fact->piece[i];

		if (atom_test(atom, &one, other, s->memory, &limited) != DETECT_TRUE)
			continue;
		if (p->is_number)
			return (struct detect_value){ .kind = DETECT_NUMBER, .number = p->number };
		return (struct detect_value){ .kind = DETECT_STRING,
					      .cut = p->cut,
					      .length = p->raw_length,
					      .string = p->raw };
	}
	return fact->value;
}

/* Collects the leaves that make an expression true. */
static void matches_collect(struct detect_state *s, const struct detect_event *event,
			    const struct expression *e, uint32_t first)
{
	struct detect_match *match;

	if (s->matches - first >= MATCHES_MAX || e->kind == EXPRESSION_NOT)
		return;
	if (e->kind == EXPRESSION_LEAF) {
		match = match_new(s);
		if (match)
			*match =
			    (struct detect_match){ e->leaf.selection, e->leaf.field, e->leaf.test,
						   matched_value(s, event,
								 &s->set->atom[e->leaf.atom]) };
		return;
	}
	for (uint32_t i = 0; i < e->count; i++) {
		if (e->kind != EXPRESSION_AND &&
		    state_evaluate(s, event, e->child[i]) != DETECT_TRUE)
			continue;
		matches_collect(s, event, e->child[i], first);
		if (e->kind == EXPRESSION_OR)
			return;
	}
}

static void rule_judge(struct detect_state *s, const struct detect_event *event, uint32_t number)
{
	const struct rule *rule = &s->set->rule[number];
	struct detect_count *count = &s->count[number];
	enum detect_truth truth;
	uint32_t first = s->matches;

	s->limited = false;
	truth = state_evaluate(s, event, rule->root);
	if (truth == DETECT_FALSE)
		return;
	if (truth == DETECT_UNDECIDED) {
		count->limited += s->limited;
		count->unknown += !s->limited;
		s->undecided[s->undecideds++] = number;
		return;
	}
	count->hits++;
	matches_collect(s, event, rule->root, first);
	s->hit[s->hits++] = (struct detect_hit){ &rule->info, NULL, s->matches - first };
}

static void rule_evaluate(struct detect_state *s, const struct detect_event *event, uint32_t number)
{
	struct detect_count *count = &s->count[number];
	uint64_t before = s->clock ? s->clock() : 0;

	count->evaluated++;
	rule_judge(s, event, number);
	if (s->clock) {
		count->measured++;
		count->ns += s->clock() - before;
	}
}

/* Gives each hit its matches, which are in the order of evaluation, and sorts the hits by rule. */
static void hits_finish(struct detect_state *s)
{
	const struct detect_match *match = s->match;

	for (uint32_t i = 0; i < s->hits; i++) {
		s->hit[i].match = match;
		match += s->hit[i].matches;
	}
	for (uint32_t i = 1; i < s->hits; i++) {
		struct detect_hit hit = s->hit[i];
		uint32_t to = i;

		for (; to > 0 && s->hit[to - 1].rule->number > hit.rule->number; to--)
			s->hit[to] = s->hit[to - 1];
		s->hit[to] = hit;
	}
}

uint32_t detect_eval(struct detect_state *state, const struct detect_event *event,
		     const struct detect_hit **hits)
{
	const struct index *index = &state->set->index[event->source];

	state_begin(state);
	*hits = state->hit;
	if (!(state->set->sources & (1u << event->source)))
		return 0;
	rules_mark(state, index, &index->always);
	for (uint32_t i = 0; i < index->fields; i++)
		field_mark(state, event, index, &index->field[i]);
	for (uint32_t i = 0; i < state->candidates; i++)
		rule_evaluate(state, event, state->candidate[i]);
	hits_finish(state);
	return state->hits;
}

uint32_t detect_undecided(const struct detect_state *state, const uint32_t **rules)
{
	*rules = state->undecided;
	return state->undecideds;
}

struct detect_count detect_count(const struct detect_state *state, uint32_t rule)
{
	return state->count[rule];
}

uint64_t detect_no_memory(const struct detect_state *state)
{
	return state->no_memory;
}

void detect_measure(struct detect_state *state, uint64_t (*clock)(void))
{
	state->clock = clock;
}

void detect_field_value(struct detect_state *state, const struct detect_event *event,
			uint32_t field, struct detect_value *value)
{
	*value = state_fact(state, event, field)->value;
}
