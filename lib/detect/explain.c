/* SPDX-License-Identifier: MIT */
/* explain.c - why a rule matches an event, or does not. */
#include "detect/state.h"

struct explainer {
	struct detect_state *state;
	const struct detect_event *event;
	void (*show)(void *user, const struct detect_step *step);
	void *user;
};

static void explain_leaves(const struct explainer *x, const struct expression *e)
{
	struct detect_step step;

	if (e->kind != EXPRESSION_LEAF) {
		for (uint32_t i = 0; i < e->count; i++)
			explain_leaves(x, e->child[i]);
		return;
	}
	step = (struct detect_step){ .selection = e->leaf.selection,
				     .field = e->leaf.field,
				     .test = e->leaf.test };
	step.truth = state_evaluate(x->state, x->event, e);
	step.value = state_fact(x->state, x->event, x->state->set->atom[e->leaf.atom].field)->value;
	x->show(x->user, &step);
}

enum detect_truth detect_explain(struct detect_state *state, uint32_t rule,
				 const struct detect_event *event,
				 void (*show)(void *user, const struct detect_step *step),
				 void *user)
{
	const struct rule *r = &state->set->rule[rule];
	struct explainer x = { state, event, show, user };

	state_begin(state);
	for (uint32_t i = 0; i < r->selections; i++) {
		struct detect_step step = { .selection = r->selection[i].name };

		step.truth = state_evaluate(state, event, r->selection[i].expression);
		show(user, &step);
		explain_leaves(&x, r->selection[i].expression);
	}
	return state_evaluate(state, event, r->root);
}
