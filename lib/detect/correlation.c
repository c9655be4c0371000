/* SPDX-License-Identifier: MIT */
/* correlation.c - reads correlation rules. */
#include <string.h>

#include "detect/limits.h"
#include "detect/load.h"
#include "detect/scalar.h"

static const char *const correlation_types[] = { "event_count",      "value_count", "temporal",
						 "temporal_ordered", "value_sum",   "value_avg",
						 "value_percentile" };

static bool correlation_type(struct load *load, struct detect_correlation *out,
			     const struct doc_node *map)
{
	const struct doc_node *node = doc_find(map, "type");

	for (unsigned i = 0; node && node->kind == DOC_SCALAR && i < DETECT_CORRELATION_TYPES; i++)
		if (strcmp(correlation_types[i], node->text) == 0) {
			out->type = (enum detect_correlation_type)i;
			return true;
		}
	return load_fail(load, DETECT_INVALID, node ? node->line : map->line,
			 "the type of the correlation is missing or unknown");
}

/* A number and a letter: 90m. */
static bool correlation_timespan(struct load *load, struct detect_correlation *out,
				 const struct doc_node *map)
{
	static const char letters[] = "smhd";
	static const uint64_t seconds[] = { 1, 60, 3600, 86400 };
	const struct doc_node *node = doc_find(map, "timespan");
	uint64_t number = 0;
	const char *s = node && node->kind == DOC_SCALAR ? node->text : "";
	const char *letter = NULL;

	while (*s >= '0' && *s <= '9' && number < 100000000)
		number = number * 10 + (uint64_t)(*s++ - '0');
	if (*s && !s[1])
		letter = strchr(letters, *s);
	if (number == 0 || !letter || number * seconds[letter - letters] > 366u * 86400u)
		return load_fail(load, DETECT_INVALID, node ? node->line : map->line,
				 "'timespan' is not a number with s, m, h or d, of at most a year");
	out->timespan = number * seconds[letter - letters] * UINT64_C(1000000000);
	return true;
}

static int correlation_operator(const char *name)
{
	static const char *const names[] = { "gt", "gte", "lt", "lte", "eq", "neq" };

	for (int i = 0; i < 6; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static bool correlation_criterion(struct load *load, struct detect_correlation *out,
				  const struct doc_node *key, const struct doc_node *value)
{
	int operator= correlation_operator(key->text);
	struct number number;

	if (operator<0 ||
	    value->kind != DOC_SCALAR || !number_parse(&number, value->text, value->length))
		return load_fail(load, DETECT_INVALID, key->line,
				 "the condition has something else than comparisons with numbers");
	if ((out->type == DETECT_EVENT_COUNT || out->type == DETECT_VALUE_COUNT) &&
	    number.real >= LIMIT_HITS)
		return load_fail(load, DETECT_REFUSED, value->line,
				 "the condition needs more hits than are kept");
	if (out->criteria == sizeof(out->criterion) / sizeof(*out->criterion))
		return load_fail(load, DETECT_INVALID, key->line, "too many comparisons");
	out->criterion[out->criteria++] =
	    (struct detect_criterion){ (enum detect_operator) operator, number.real };
	return true;
}

static bool correlation_condition(struct load *load, struct detect_correlation *out,
				  const struct doc_node *map)
{
	const struct doc_node *node = doc_find(map, "condition");
	bool temporal = out->type == DETECT_TEMPORAL || out->type == DETECT_TEMPORAL_ORDERED;
	bool counts = temporal || out->type == DETECT_EVENT_COUNT;

	if (!node && temporal)
		return true;
	if (!node || node->kind != DOC_MAP)
		return load_fail(load, DETECT_INVALID, node ? node->line : map->line,
				 "the condition is missing or no map");
	if (!info_strings(load, &out->fields, node, "field"))
		return false;
	for (uint32_t i = 0; i < node->count; i++)
		if (strcmp(node->key[i]->text, "field") != 0 &&
		    !correlation_criterion(load, out, node->key[i], node->item[i]))
			return false;
	if (out->criteria == 0 || (out->fields.count == 0) != counts)
		return load_fail(load, DETECT_INVALID, node->line,
				 counts
				     ? "the condition of this type is comparisons without a field"
				     : "the condition of this type is a field and comparisons");
	return true;
}

/* Copies aliases to the arena of the set: alias, then rule and field. */
static struct doc_node *correlation_copy(struct load *load, const struct doc_node *node,
					 unsigned depth)
{
	struct arena *arena = &load->set->arena;
	struct doc_node *copy = arena_take(arena, sizeof(*copy));

	if (node->kind != (depth < 2 ? DOC_MAP : DOC_SCALAR))
		return load_fail(load, DETECT_INVALID, node->line,
				 "an alias is a map of rules and their fields");
	if (!copy)
		return load_out_of_memory(load);
	*copy = *node;
	if (node->kind == DOC_SCALAR) {
		copy->text = arena_copy(arena, node->text, node->length);
		return copy->text ? copy : load_out_of_memory(load);
	}
	copy->key = arena_array(arena, node->count, sizeof(struct doc_node *));
	copy->item = arena_array(arena, node->count, sizeof(struct doc_node *));
	if (!copy->key || !copy->item)
		return load_out_of_memory(load);
	for (uint32_t i = 0; i < node->count; i++) {
		copy->key[i] = correlation_copy(load, node->key[i], 2);
		copy->item[i] =
		    copy->key[i] ? correlation_copy(load, node->item[i], depth + 1) : NULL;
		if (!copy->item[i])
			return NULL;
	}
	return copy;
}

static bool correlation_generate(struct load *load, struct detect_correlation *out,
				 const struct doc_node *map, const struct doc_node *root)
{
	const struct doc_node *node = doc_find(map, "generate");

	node = node ? node : doc_find(root, "generate");
	if (!node)
		return true;
	if (node->kind != DOC_SCALAR || node->type != DOC_BOOL)
		return load_fail(load, DETECT_INVALID, node->line,
				 "'generate' is neither true nor false");
	out->generate = (node->text[0] | 0x20) == 't';
	return true;
}

bool correlation_read(struct load *load, struct detect_info *info, const struct doc_node *root)
{
	const struct doc_node *map = doc_find(root, "correlation"), *aliases;
	struct draft_correlation draft = { .made.info = *info, .note = load->set->notes };
	struct detect_correlation *made = &draft.made;

	if (map->kind != DOC_MAP)
		return load_fail(load, DETECT_INVALID, map->line, "the correlation is not a map");
	if (!correlation_type(load, made, map) || !correlation_timespan(load, made, map) ||
	    !correlation_condition(load, made, map) ||
	    !correlation_generate(load, made, map, root) ||
	    !info_strings(load, &draft.rules, map, "rules") ||
	    !info_strings(load, &made->group_by, map, "group-by"))
		return false;
	if (draft.rules.count == 0 || draft.rules.count > LIMIT_REFERENCES ||
	    made->group_by.count > LIMIT_REFERENCES || made->fields.count > LIMIT_REFERENCES)
		return load_fail(load, DETECT_INVALID, map->line,
				 "the correlation names no rules, or too many of them or fields");
	aliases = doc_find(map, "aliases");
	if (aliases) {
		draft.aliases = correlation_copy(load, aliases, 0);
		if (!draft.aliases)
			return false;
	}
	if (!set_grow(&load->correlation, load->correlations, &load->correlation_capacity,
		      sizeof(draft)))
		return load_out_of_memory(load);
	load->correlation[load->correlations++] = draft;
	return true;
}
