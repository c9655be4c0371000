/* SPDX-License-Identifier: MIT */
/* info.c - what a rule says about itself. */
#include <string.h>

#include "detect/load.h"

/* Reads a scalar. Missing or null: NULL. */
static bool info_string(struct load *load, const char **out, const struct doc_node *map,
			const char *key)
{
	const struct doc_node *node = doc_find(map, key);

	*out = NULL;
	if (!node || (node->kind == DOC_SCALAR && node->type == DOC_NULL))
		return true;
	if (node->kind != DOC_SCALAR)
		return load_fail(load, DETECT_INVALID, node->line, "'%s' is not a string", key);
	*out = arena_copy(&load->set->arena, node->text, node->length);
	return *out || load_out_of_memory(load);
}

bool info_strings(struct load *load, struct detect_strings *out, const struct doc_node *map,
		  const char *key)
{
	const struct doc_node *node = doc_find(map, key);
	uint32_t count = !node ? 0 : node->kind == DOC_LIST ? node->count : 1;
	const char **text = arena_array(&load->set->arena, count, sizeof(*text));

	*out = (struct detect_strings){ text, 0 };
	if (!text)
		return load_out_of_memory(load);
	for (uint32_t i = 0; i < count; i++) {
		const struct doc_node *one = node->kind == DOC_LIST ? node->item[i] : node;

		if (one->kind != DOC_SCALAR)
			return load_fail(load, DETECT_INVALID, one->line,
					 "'%s' is not a list of strings", key);
		if (one->type == DOC_NULL)
			continue;
		text[out->count] = arena_copy(&load->set->arena, one->text, one->length);
		if (!text[out->count++])
			return load_out_of_memory(load);
	}
	return true;
}

/* Reads a word of a list of words; -1 is none of them. */
static bool info_word(struct load *load, int *out, const struct doc_node *root, const char *key,
		      int (*find)(const char *name))
{
	const struct doc_node *node = doc_find(root, key);

	*out = 0;
	if (!node || (node->kind == DOC_SCALAR && node->type == DOC_NULL))
		return true;
	*out = node->kind == DOC_SCALAR ? find(node->text) : -1;
	return *out >= 0 || load_fail(load, DETECT_INVALID, node->line, "unknown %s '%.40s'", key,
				      node->kind == DOC_SCALAR ? node->text : "");
}

static bool info_logsource(struct load *load, struct detect_info *info, const struct doc_node *root)
{
	const struct doc_node *source = doc_find(root, "logsource");

	if (!source)
		return true;
	if (source->kind != DOC_MAP)
		return load_fail(load, DETECT_INVALID, source->line, "the log source is not a map");
	return info_string(load, &info->product, source, "product") &&
	       info_string(load, &info->category, source, "category") &&
	       info_string(load, &info->service, source, "service");
}

bool info_read(struct load *load, struct detect_info *info, const struct doc_node *root)
{
	const struct {
		const char *key, **to;
	} string[] = {
		{ "title", &info->title },       { "id", &info->id },
		{ "name", &info->name },         { "description", &info->description },
		{ "author", &info->author },     { "license", &info->license },
		{ "date", &info->date },         { "modified", &info->modified },
		{ "taxonomy", &info->taxonomy },
	};
	const struct {
		const char *key;
		struct detect_strings *to;
	} list[] = {
		{ "references", &info->references },
		{ "tags", &info->tags },
		{ "falsepositives", &info->falsepositives },
		{ "fields", &info->fields },
		{ "scope", &info->scope },
	};
	int level, status;

	for (size_t i = 0; i < sizeof(string) / sizeof(*string); i++)
		if (!info_string(load, string[i].to, root, string[i].key))
			return false;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (!info_strings(load, list[i].to, root, list[i].key))
			return false;
	if (!info_word(load, &level, root, "level", detect_level_of) ||
	    !info_word(load, &status, root, "status", detect_status_of) ||
	    !info_logsource(load, info, root))
		return false;
	info->level = (enum detect_level)level;
	info->status = (enum detect_status)status;
	if (!info->title)
		return load_fail(load, DETECT_INVALID, root->line, "there is no title");
	return true;
}
