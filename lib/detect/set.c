/* SPDX-License-Identifier: MIT */
/* set.c - loads a set of rules from text, and answers what is in it. */
#include "detect/set.h"

#include <stdlib.h>

#include "core/error.h"
#include "detect/files.h"
#include "detect/limits.h"
#include "detect/load.h"

static struct detect_set *set_new(void)
{
	struct detect_set *set = calloc(1, sizeof(*set));

	if (set && set_field(set, "") != FIELD_KEYWORDS) {
		detect_free(set);
		return NULL;
	}
	return set;
}

void detect_free(struct detect_set *set)
{
	if (!set)
		return;
	for (uint32_t i = 0; i < set->regexes; i++)
		regex_free(set->regex[i]);
	string_table_free(&set->atom_keys);
	string_table_free(&set->field_names);
	free(set->field);
	free(set->atom);
	free(set->literal);
	free(set->regex);
	free(set->rule);
	free(set->note);
	free(set->correlation);
	arena_free(&set->arena);
	free(set);
}

/* Returns the finished set, or frees it. */
static enum vigil_code set_finish(struct load *load, struct detect_set **out, enum vigil_code code,
				  struct vigil_error *error)
{
	if (code == VIGIL_OK && (load->memory || !load_finish(load)))
		code = vigil_fail(error, VIGIL_ERROR_MEMORY, "out of memory");
	free(load->placeholder);
	free(load->filter);
	free(load->correlation);
	if (code == VIGIL_OK)
		*out = load->set;
	else
		detect_free(load->set);
	return code;
}

enum vigil_code detect_load(struct detect_set **set, const char *const *paths, size_t count,
			    const struct detect_options *options, struct vigil_error *error)
{
	struct load load = { .set = set_new(), .options = options };
	enum vigil_code code = VIGIL_OK;

	*set = NULL;
	if (!load.set)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < count && code == VIGIL_OK; i++)
		code = files_read(&load, paths[i], error);
	return set_finish(&load, set, code, error);
}

enum vigil_code detect_load_text(struct detect_set **set, const char *name, const char *text,
				 size_t length, const struct detect_options *options,
				 struct vigil_error *error)
{
	struct load load = { .set = set_new(), .options = options };

	*set = NULL;
	if (!load.set)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "out of memory");
	if (length > LIMIT_FILE_BYTES)
		load_note(&load, name, DETECT_REFUSED, 1, files_too_large);
	else
		load_text(&load, name, text, length);
	return set_finish(&load, set, VIGIL_OK, error);
}

uint32_t detect_rules(const struct detect_set *set)
{
	return set->rules;
}

const struct detect_rule *detect_rule(const struct detect_set *set, uint32_t number)
{
	return &set->rule[number].info;
}

uint32_t detect_notes(const struct detect_set *set)
{
	return set->notes;
}

const struct detect_note *detect_note(const struct detect_set *set, uint32_t index)
{
	return &set->note[index];
}

uint32_t detect_correlations(const struct detect_set *set)
{
	return set->correlations;
}

const struct detect_correlation *detect_correlation(const struct detect_set *set, uint32_t number)
{
	return &set->correlation[number];
}

uint32_t detect_sources(const struct detect_set *set)
{
	return set->sources;
}

size_t detect_memory(const struct detect_set *set)
{
	return sizeof(*set) + set->arena.bytes + set->regex_bytes + set->field_names.bytes +
	       set->field_capacity * sizeof(*set->field) + set->atom_capacity * sizeof(*set->atom) +
	       set->rule_capacity * sizeof(*set->rule) + set->note_capacity * sizeof(*set->note) +
	       set->correlation_capacity * sizeof(*set->correlation);
}
