/* SPDX-License-Identifier: MIT */
/*
 * finish.c - what is done when all documents of a set were read: filters are applied, fields are
 * resolved, rules that cannot be evaluated are removed.
 */
#include <stdlib.h>
#include <string.h>

#include "detect/index.h"
#include "detect/load.h"

static void finish_fail(struct load *load, uint32_t note, enum detect_outcome outcome,
			const char *field, const char *format, const char *text)
{
	struct detect_note *n = &load->set->note[note];

	load->note = n;
	load_fail(load, outcome, n->line, format, text);
	if (n->outcome == outcome)
		n->field = field;
	load->note = NULL;
}

/* ---- filters ---- */

static bool finish_is_referred(const struct detect_info *info, const char *reference)
{
	return (info->id && strcmp(info->id, reference) == 0) ||
	       (info->name && strcmp(info->name, reference) == 0);
}

/* Whether the log source of a filter is that of a rule, or more general. */
static bool filter_covers(const struct detect_info *filter, const struct detect_info *rule)
{
	const char *const pair[][2] = { { filter->product, rule->product },
					{ filter->category, rule->category },
					{ filter->service, rule->service } };

	for (size_t i = 0; i < 3; i++)
		if (pair[i][0] && (!pair[i][1] || strcmp(pair[i][0], pair[i][1]) != 0))
			return false;
	return true;
}

/* Adds "and not" the filter to a rule. */
static bool filter_apply_to(struct load *load, struct rule *rule, struct expression *suppressed)
{
	struct arena *arena = &load->set->arena;
	struct expression *all = expression_new(arena, EXPRESSION_AND);
	struct expression *none = expression_not(arena, suppressed);

	if (!all || !none || !expression_add(arena, all, rule->root) ||
	    !expression_add(arena, all, none))
		return load_out_of_memory(load);
	rule->root = all;
	return true;
}

static bool filter_apply(struct load *load, const struct filter *filter)
{
	uint32_t applied = 0;

	for (uint32_t k = 0; k < filter->rules.count; k++)
		for (uint32_t i = 0; i < load->set->rules; i++) {
			struct rule *rule = &load->set->rule[i];

			if (!finish_is_referred(&rule->info.info, filter->rules.text[k]) ||
			    !filter_covers(&filter->info, &rule->info.info))
				continue;
			if (!filter_apply_to(load, rule, filter->expression))
				return false;
			applied++;
		}
	if (applied == 0)
		finish_fail(load, filter->note, DETECT_NOT_EVALUABLE, NULL,
			    "%s that is loaded and has its log source",
			    "the filter refers to no rule");
	return !load->memory;
}

/* ---- fields ---- */

void field_ask(struct load *load, uint32_t number, unsigned source)
{
	const struct detect_resolver *r = &load->options->resolver;
	struct field *f = &load->set->field[number];
	const char *name = load->set->field_names.text[number];

	if (f->asked & (1u << source))
		return;
	f->asked |= 1u << source;
	f->reason[source] =
	    r->resolve(r->user, source, number == FIELD_KEYWORDS ? NULL : name, &f->id[source]);
	if (!f->reason[source] && f->id[source] >= DETECT_IDS_MAX)
		f->reason[source] = "the field's number is out of range";
}

/* Returns the first field of an expression that a log source cannot answer. DETECT_NO_FIELD: there
 * is none. */
static uint32_t field_missing(struct load *load, const struct expression *e, unsigned source)
{
	const struct atom *atom;
	uint32_t missing = DETECT_NO_FIELD;

	if (e->kind != EXPRESSION_LEAF) {
		for (uint32_t i = 0; i < e->count && missing == DETECT_NO_FIELD; i++)
			missing = field_missing(load, e->child[i], source);
		return missing;
	}
	atom = &load->set->atom[e->leaf.atom];
	field_ask(load, atom->field, source);
	if (load->set->field[atom->field].reason[source])
		return atom->field;
	if (atom->kind != ATOM_FIELD)
		return DETECT_NO_FIELD;
	field_ask(load, atom->other, source);
	return load->set->field[atom->other].reason[source] ? atom->other : DETECT_NO_FIELD;
}

/* Sets the log sources that can evaluate a rule. */
static void rule_resolve(struct load *load, struct rule *rule)
{
	const struct detect_info *info = &rule->info.info;
	struct detect_set *set = load->set;
	const char *reason = "";
	uint32_t covered = detect_sources_of(info->product, info->category, info->service, &reason);
	uint32_t missing = DETECT_NO_FIELD, first = DETECT_NO_FIELD;
	unsigned at = 0;

	for (unsigned s = 0; s < DETECT_SOURCES; s++) {
		if (!(covered & (1u << s)))
			continue;
		missing = field_missing(load, rule->root, s);
		if (missing == DETECT_NO_FIELD) {
			rule->info.sources |= 1u << s;
		} else if (first == DETECT_NO_FIELD) {
			first = missing;
			at = s;
		}
	}
	if (rule->info.sources)
		return;
	if (first == DETECT_NO_FIELD)
		finish_fail(load, rule->note, DETECT_NOT_EVALUABLE, NULL, "%s", reason);
	else
		finish_fail(load, rule->note, DETECT_NOT_EVALUABLE, set->field_names.text[first],
			    "%s", set->field[first].reason[at]);
}

/* ---- the set ---- */

/* Calls `wanted`, and removes the rules that are not wanted or cannot be evaluated. */
static void rules_select(struct load *load)
{
	struct detect_set *set = load->set;
	const struct detect_options *o = load->options;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < set->rules && !load->memory; i++) {
		struct rule *rule = &set->rule[i];

		if (o->wanted && !o->wanted(o->wanted_user, &rule->info.info))
			finish_fail(load, rule->note, DETECT_UNWANTED, NULL, "%s",
				    "excluded by the options");
		else
			rule_resolve(load, rule);
		if (!rule->info.sources)
			continue;
		rule->info.number = kept;
		set->note[rule->note].rule = kept;
		set->sources |= rule->info.sources;
		set->rule[kept++] = *rule;
	}
	set->rules = kept;
}

bool load_finish(struct load *load)
{
	struct detect_set *set = load->set;

	for (uint32_t i = 0; i < load->filters && !load->memory; i++)
		filter_apply(load, &load->filter[i]);
	if (!load->memory)
		rules_select(load);
	if (!load->memory && !correlations_resolve(load))
		load->memory = true;
	if (!load->memory && !index_build(set, &set->keys))
		load->memory = true;
	string_table_free(&set->atom_keys);
	free(set->literal);
	set->literal = NULL;
	return !load->memory;
}
