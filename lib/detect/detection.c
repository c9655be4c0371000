/* SPDX-License-Identifier: MIT */
/* detection.c - the search identifiers of a rule, and the condition that connects them. */
#include <string.h>

#include "detect/limits.h"
#include "detect/load.h"

static struct expression *detection_new(struct load *load, enum expression_kind kind)
{
	struct expression *e = expression_new(&load->set->arena, kind);

	return e ? e : load_out_of_memory(load);
}

static bool detection_add(struct load *load, struct expression *parent, struct expression *child)
{
	if (!child)
		return false;
	return expression_add(&load->set->arena, parent, child) || load_out_of_memory(load);
}

/* All items of a map. */
static struct expression *detection_map(struct load *load, const char *name,
					const struct doc_node *map)
{
	struct expression *all = detection_new(load, EXPRESSION_AND);

	if (map->count == 0)
		return load_fail(load, DETECT_INVALID, map->line,
				 "the search identifier '%.60s' is empty", name);
	for (uint32_t i = 0; all && i < map->count; i++)
		if (!detection_add(load, all, item_read(load, name, map->key[i], map->item[i])))
			return NULL;
	return all ? expression_done(all) : NULL;
}

/* A list of maps and keywords, of which one must match; or a single one of them. */
static struct expression *detection_any(struct load *load, const char *name,
					const struct doc_node *node)
{
	struct expression *any;

	if (node->kind == DOC_MAP)
		return detection_map(load, name, node);
	if (node->kind == DOC_SCALAR)
		return item_read(load, name, NULL, node);
	if (node->count == 0)
		return load_fail(load, DETECT_INVALID, node->line,
				 "the search identifier '%.60s' is empty", name);
	any = detection_new(load, EXPRESSION_OR);
	for (uint32_t i = 0; any && i < node->count; i++) {
		if (node->item[i]->kind == DOC_LIST)
			return load_fail(load, DETECT_INVALID, node->item[i]->line,
					 "a list in a list");
		if (!detection_add(load, any, detection_any(load, name, node->item[i])))
			return NULL;
	}
	return any ? expression_done(any) : NULL;
}

/* One condition, or a list of which one must be true. */
static struct expression *detection_condition(struct load *load, const struct doc_node *map,
					      const struct selection *selection,
					      uint32_t selections)
{
	const struct doc_node *node = doc_find(map, "condition");
	struct expression *any;

	if (!node || (node->kind == DOC_LIST && node->count == 0))
		return load_fail(load, DETECT_INVALID, node ? node->line : map->line,
				 "there is no condition");
	if (node->kind == DOC_SCALAR)
		return condition_parse(load, node->text, node->line, selection, selections);
	any = detection_new(load, EXPRESSION_OR);
	for (uint32_t i = 0; any && i < node->count; i++) {
		const struct doc_node *one = node->item[i];

		if (node->kind != DOC_LIST || one->kind != DOC_SCALAR)
			return load_fail(load, DETECT_INVALID, node->line,
					 "the condition is not a string");
		if (!detection_add(load, any,
				   condition_parse(load, one->text, one->line, selection,
						   selections)))
			return NULL;
	}
	return any ? expression_done(any) : NULL;
}

static bool detection_is_excepted(const char *key, const char *const *except)
{
	for (; *except; except++)
		if (strcmp(key, *except) == 0)
			return true;
	return false;
}

struct expression *detection_read(struct load *load, const struct doc_node *map,
				  const char *const *except, struct selection **selection,
				  uint32_t *selections)
{
	struct arena *arena = &load->set->arena;
	struct selection *made;
	uint32_t count = 0;

	if (map->kind != DOC_MAP)
		return load_fail(load, DETECT_INVALID, map->line, "the detection is not a map");
	made = arena_array(arena, map->count, sizeof(*made));
	if (!made)
		return load_out_of_memory(load);
	for (uint32_t i = 0; i < map->count; i++) {
		const struct doc_node *key = map->key[i];

		if (detection_is_excepted(key->text, except))
			continue;
		made[count].name = arena_copy(arena, key->text, key->length);
		if (!made[count].name)
			return load_out_of_memory(load);
		made[count].expression = detection_any(load, made[count].name, map->item[i]);
		if (!made[count].expression)
			return NULL;
		made[count++].expression->named = true;
	}
	*selection = made;
	*selections = count;
	return detection_condition(load, map, made, count);
}
