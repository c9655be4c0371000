/* SPDX-License-Identifier: MIT */
/* resolve.c - finds the rules, correlations and fields that correlations refer to. */
#include <string.h>

#include "detect/load.h"

static void resolve_fail(struct load *load, struct draft_correlation *draft,
			 enum detect_outcome outcome, const char *field, const char *format,
			 const char *text)
{
	struct detect_note *note = &load->set->note[draft->note];

	load->note = note;
	load_fail(load, outcome, note->line, format, text);
	note->field = field;
	load->note = NULL;
	draft->state = DRAFT_FAILED;
}

static bool resolve_is(const struct detect_info *info, const char *reference)
{
	return (info->id && strcmp(info->id, reference) == 0) ||
	       (info->name && strcmp(info->name, reference) == 0);
}

/* Returns the field that stands for a name in the events of a rule. */
static const char *resolve_alias(const struct draft_correlation *draft,
				 const struct detect_info *info, const char *name)
{
	const struct doc_node *alias = draft->aliases ? doc_find(draft->aliases, name) : NULL;

	for (uint32_t i = 0; alias && i < alias->count; i++)
		if (resolve_is(info, alias->key[i]->text))
			return alias->item[i]->text;
	return name;
}

/* Whether all of some log sources can answer a field. */
static bool resolve_field(struct load *load, struct draft_correlation *draft, uint32_t sources,
			  uint32_t number)
{
	for (unsigned s = 0; s < DETECT_SOURCES; s++) {
		const struct field *f;

		if (!(sources & (1u << s)))
			continue;
		field_ask(load, number, s);
		f = &load->set->field[number];
		if (f->reason[s]) {
			resolve_fail(load, draft, DETECT_NOT_EVALUABLE,
				     load->set->field_names.text[number], "%s", f->reason[s]);
			return false;
		}
	}
	return true;
}

/* Returns the field numbers of names in the events of a rule or a correlation. */
static const uint32_t *resolve_fields(struct load *load, struct draft_correlation *draft,
				      const struct detect_info *info, uint32_t sources,
				      const struct detect_strings *names)
{
	uint32_t *number = arena_array(&load->set->arena, names->count, sizeof(*number));

	if (!number)
		return load_out_of_memory(load);
	for (uint32_t i = 0; i < names->count; i++) {
		number[i] = set_field(load->set, resolve_alias(draft, info, names->text[i]));
		if (number[i] == DETECT_NO_FIELD)
			return load_out_of_memory(load);
		if (!resolve_field(load, draft, sources, number[i]))
			return NULL;
	}
	return number;
}

/* The reference is neither a rule nor a correlation of the set. */
static void resolve_missing(struct load *load, struct draft_correlation *draft, const char *name)
{
	const struct detect_set *set = load->set;

	for (uint32_t i = 0; i < set->notes; i++)
		if (resolve_is(&set->note[i].info, name)) {
			resolve_fail(load, draft, DETECT_NOT_EVALUABLE, NULL,
				     "it refers to '%.80s', which is not loaded", name);
			return;
		}
	resolve_fail(load, draft, DETECT_INVALID, NULL, "it refers to '%.80s', which is no rule",
		     name);
}

/* Sets the field numbers of a reference. Returns 1; -1: failed. */
static int resolve_found(struct load *load, struct draft_correlation *draft,
			 struct detect_reference *out, const struct detect_info *info,
			 uint32_t sources)
{
	draft->sources |= sources;
	out->group = resolve_fields(load, draft, info, sources, &draft->made.group_by);
	out->field =
	    out->group ? resolve_fields(load, draft, info, sources, &draft->made.fields) : NULL;
	return out->field ? 1 : -1;
}

/* Returns 1; 0: depends on a correlation that is not resolved yet; -1: failed. */
static int resolve_reference(struct load *load, struct draft_correlation *draft,
			     struct detect_reference *out, const char *name)
{
	struct detect_set *set = load->set;

	for (uint32_t i = 0; i < set->rules; i++) {
		const struct detect_rule *rule = &set->rule[i].info;

		if (!resolve_is(&rule->info, name))
			continue;
		out->number = i;
		return resolve_found(load, draft, out, &rule->info, rule->sources);
	}
	for (uint32_t i = 0; i < load->correlations; i++) {
		const struct draft_correlation *other = &load->correlation[i];

		if (!resolve_is(&other->made.info, name) || other->state == DRAFT_FAILED)
			continue;
		if (other->state != DRAFT_DONE)
			return 0;
		out->correlation = true;
		out->number = other->made.number;
		return resolve_found(load, draft, out, &other->made.info, other->sources);
	}
	resolve_missing(load, draft, name);
	return -1;
}

/* Returns whether the state of the correlation changed. */
static bool resolve_one(struct load *load, struct draft_correlation *draft)
{
	struct detect_set *set = load->set;
	struct detect_correlation *made = &draft->made;
	struct detect_reference *reference =
	    arena_array(&set->arena, draft->rules.count, sizeof(*reference));

	if (!reference)
		return load_out_of_memory(load);
	draft->sources = 0;
	for (uint32_t i = 0; i < draft->rules.count; i++) {
		int done = resolve_reference(load, draft, &reference[i], draft->rules.text[i]);

		if (done <= 0 || load->memory)
			return done < 0;
	}
	if (!set_grow(&set->correlation, set->correlations, &set->correlation_capacity,
		      sizeof(*made)))
		return load_out_of_memory(load);
	made->reference = reference;
	made->references = draft->rules.count;
	made->number = set->correlations;
	set->note[draft->note].rule = made->number;
	set->correlation[set->correlations++] = *made;
	draft->state = DRAFT_DONE;
	return true;
}

/* Rules that only correlations use report nothing themselves. */
static void resolve_silent(struct detect_set *set, bool generate)
{
	for (uint32_t i = 0; i < set->correlations; i++) {
		const struct detect_correlation *c = &set->correlation[i];

		for (uint32_t k = 0; c->generate == generate && k < c->references; k++)
			if (c->reference[k].correlation)
				set->correlation[c->reference[k].number].silent = !generate;
			else
				set->rule[c->reference[k].number].info.silent = !generate;
	}
}

bool correlations_resolve(struct load *load)
{
	const struct detect_options *o = load->options;
	bool changed = true;

	for (uint32_t i = 0; i < load->correlations; i++)
		if (o->wanted && !o->wanted(o->wanted_user, &load->correlation[i].made.info))
			resolve_fail(load, &load->correlation[i], DETECT_UNWANTED, NULL, "%s",
				     "excluded by the options");
	while (changed && !load->memory) {
		changed = false;
		for (uint32_t i = 0; i < load->correlations && !load->memory; i++)
			if (load->correlation[i].state == DRAFT_OPEN)
				changed |= resolve_one(load, &load->correlation[i]);
	}
	for (uint32_t i = 0; i < load->correlations && !load->memory; i++)
		if (load->correlation[i].state == DRAFT_OPEN)
			resolve_fail(load, &load->correlation[i], DETECT_INVALID, NULL,
				     "%s refers to itself", "the correlation, or one it uses,");
	resolve_silent(load->set, false);
	resolve_silent(load->set, true);
	return !load->memory;
}
