/* SPDX-License-Identifier: MIT */
/* doc.c - the YAML documents of a file, each as a tree of bounded size. */
#include "detect/doc.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "detect/limits.h"
#include "detect/scalar.h"

#define ANCHORS_MAX 256
#define KEYS_MAX    1024

struct doc_anchor {
	const char *name;
	struct doc_node *node; /* NULL: it is not complete */
};

struct doc_parser {
	yaml_parser_t yaml;
	struct arena *arena;
	struct doc_anchor anchor[ANCHORS_MAX];
	uint32_t anchors, nodes;
	enum doc_result result;
	const char *reason;
	uint32_t line;
};

struct doc_parser *doc_open(const char *text, size_t length)
{
	struct doc_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (!yaml_parser_initialize(&p->yaml)) {
		free(p);
		return NULL;
	}
	p->result = DOC_DOCUMENT;
	yaml_parser_set_encoding(&p->yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p->yaml, (const unsigned char *)text, length);
	return p;
}

void doc_close(struct doc_parser *parser)
{
	if (!parser)
		return;
	yaml_parser_delete(&parser->yaml);
	free(parser);
}

const char *doc_reason(const struct doc_parser *parser)
{
	return parser->reason;
}

uint32_t doc_line(const struct doc_parser *parser)
{
	return parser->line;
}

static uint32_t doc_mark_line(yaml_mark_t mark)
{
	return mark.line < UINT32_MAX ? (uint32_t)mark.line + 1 : UINT32_MAX;
}

static void *doc_fail(struct doc_parser *p, enum doc_result result, uint32_t line,
		      const char *reason)
{
	if (p->result == DOC_DOCUMENT) {
		p->result = result;
		p->line = line;
		p->reason = reason;
	}
	return NULL;
}

static void *doc_out_of_memory(struct doc_parser *p)
{
	return doc_fail(p, DOC_MEMORY, 0, "out of memory");
}

static bool doc_event(struct doc_parser *p, yaml_event_t *event)
{
	if (yaml_parser_parse(&p->yaml, event))
		return true;
	if (p->yaml.error == YAML_MEMORY_ERROR)
		doc_out_of_memory(p);
	else if (p->yaml.error == YAML_READER_ERROR)
		doc_fail(p, DOC_INVALID, doc_mark_line(p->yaml.mark),
			 "the file is not UTF-8 text, or has control characters");
	else
		doc_fail(p, DOC_INVALID, doc_mark_line(p->yaml.problem_mark),
			 p->yaml.problem ? p->yaml.problem : "invalid YAML");
	return false;
}

/* Counts the nodes of a subtree, shared ones again. */
static bool doc_count(struct doc_parser *p, uint32_t nodes, uint32_t line)
{
	if (nodes <= LIMIT_NODES - p->nodes) {
		p->nodes += nodes;
		return true;
	}
	doc_fail(p, DOC_REFUSED, line, "the document has too many nodes");
	return false;
}

static struct doc_node *doc_new(struct doc_parser *p, enum doc_kind kind, const yaml_event_t *event)
{
	struct doc_node *node = arena_take(p->arena, sizeof(*node));

	if (!node)
		return doc_out_of_memory(p);
	node->kind = kind;
	node->line = doc_mark_line(event->start_mark);
	node->size = 1;
	return doc_count(p, 1, node->line) ? node : NULL;
}

/* Reserves the name of an anchor. Returns its index plus 1; 0: none; -1: failed. */
static int doc_anchor(struct doc_parser *p, const yaml_char_t *name, uint32_t line)
{
	struct doc_anchor *anchor;

	if (!name)
		return 0;
	if (p->anchors == ANCHORS_MAX) {
		doc_fail(p, DOC_REFUSED, line, "the document has too many anchors");
		return -1;
	}
	anchor = &p->anchor[p->anchors];
	anchor->node = NULL;
	anchor->name = arena_copy(p->arena, (const char *)name, strlen((const char *)name));
	if (!anchor->name) {
		doc_out_of_memory(p);
		return -1;
	}
	return (int)++p->anchors;
}

static struct doc_node *doc_alias(struct doc_parser *p, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	uint32_t line = doc_mark_line(event->start_mark);

	for (uint32_t i = p->anchors; i-- > 0;) {
		struct doc_node *node = p->anchor[i].node;

		if (strcmp(p->anchor[i].name, name) != 0)
			continue;
		if (!node)
			return doc_fail(p, DOC_INVALID, line, "an alias contains itself");
		return doc_count(p, node->size, line) ? node : NULL;
	}
	return doc_fail(p, DOC_INVALID, line, "an alias without an anchor");
}

static struct doc_node *doc_scalar(struct doc_parser *p, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	const char *tag = (const char *)event->data.scalar.tag;
	struct doc_node *node = doc_new(p, DOC_SCALAR, event);

	if (!node)
		return NULL;
	node->text = arena_copy(p->arena, text, length);
	if (!node->text)
		return doc_out_of_memory(p);
	node->length = (uint32_t)length;
	node->type = DOC_STRING;
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !tag)
		node->type = scalar_type(node->text, length);
	return node;
}

static struct doc_node *doc_value(struct doc_parser *p, const yaml_event_t *event, unsigned depth);

/* Appends a node to an array that doubles within the arena. */
static bool doc_append(struct doc_parser *p, struct doc_node ***array, uint32_t count,
		       struct doc_node *node)
{
	if ((count & (count - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
		struct doc_node **more =
		    arena_array(p->arena, count ? (size_t)count * 2 : 1, sizeof(node));

		if (!more) {
			doc_out_of_memory(p);
			return false;
		}
		if (count)
			memcpy(more, *array, count * sizeof(node));
		*array = more;
	}
	(*array)[count] = node;
	return true;
}

static bool doc_key_is_new(struct doc_parser *p, const struct doc_node *map,
			   const struct doc_node *key)
{
	if (key->kind != DOC_SCALAR) {
		doc_fail(p, DOC_INVALID, key->line, "a key is not a string");
		return false;
	}
	if (map->count == KEYS_MAX) {
		doc_fail(p, DOC_REFUSED, key->line, "a map has too many keys");
		return false;
	}
	for (uint32_t i = 0; i < map->count; i++)
		if (map->key[i]->length == key->length &&
		    memcmp(map->key[i]->text, key->text, key->length) == 0) {
			doc_fail(p, DOC_INVALID, key->line, "a key occurs twice in a map");
			return false;
		}
	return true;
}

/* Parses the next item of a list, or key and value of a map. Returns 1; 0: at its end; -1. */
static int doc_item(struct doc_parser *p, struct doc_node *node, unsigned depth)
{
	struct doc_node *part[2] = { NULL, NULL };
	int parts = node->kind == DOC_MAP ? 2 : 1;

	for (int i = 0; i < parts; i++) {
		yaml_event_t event;

		if (!doc_event(p, &event))
			return -1;
		if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		part[i] = doc_value(p, &event, depth + 1);
		yaml_event_delete(&event);
		if (!part[i] || (parts == 2 && i == 0 && !doc_key_is_new(p, node, part[0])))
			return -1;
		node->size += part[i]->size;
	}
	if ((parts == 2 && !doc_append(p, &node->key, node->count, part[0])) ||
	    !doc_append(p, &node->item, node->count, part[parts - 1]))
		return -1;
	node->count++;
	return 1;
}

static struct doc_node *doc_collection(struct doc_parser *p, struct doc_node *node, unsigned depth)
{
	int more;

	if (!node)
		return NULL;
	if (depth > LIMIT_DEPTH)
		return doc_fail(p, DOC_REFUSED, node->line, "the document is nested too deeply");
	do {
		more = doc_item(p, node, depth);
	} while (more > 0);
	return more < 0 ? NULL : node;
}

/* Returns the node that begins with an event. */
static struct doc_node *doc_value(struct doc_parser *p, const yaml_event_t *event, unsigned depth)
{
	uint32_t line = doc_mark_line(event->start_mark);
	struct doc_node *node = NULL;
	int anchor = 0;

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return doc_alias(p, event);
	case YAML_SCALAR_EVENT:
		anchor = doc_anchor(p, event->data.scalar.anchor, line);
		node = anchor < 0 ? NULL : doc_scalar(p, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = doc_anchor(p, event->data.sequence_start.anchor, line);
		node = anchor < 0 ? NULL : doc_collection(p, doc_new(p, DOC_LIST, event), depth);
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = doc_anchor(p, event->data.mapping_start.anchor, line);
		node = anchor < 0 ? NULL : doc_collection(p, doc_new(p, DOC_MAP, event), depth);
		break;
	default:
		return doc_fail(p, DOC_INVALID, line, "invalid YAML");
	}
	if (node && anchor > 0)
		p->anchor[anchor - 1].node = node;
	return node;
}

enum doc_result doc_next(struct doc_parser *parser, struct arena *arena, struct doc_node **root)
{
	yaml_event_type_t type;

	*root = NULL;
	parser->arena = arena;
	parser->anchors = parser->nodes = 0;
	while (parser->result == DOC_DOCUMENT) {
		yaml_event_t event;

		if (!doc_event(parser, &event))
			break;
		type = event.type;
		if (type == YAML_STREAM_END_EVENT)
			parser->result = DOC_END;
		else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
			 type != YAML_DOCUMENT_END_EVENT)
			*root = doc_value(parser, &event, 1);
		yaml_event_delete(&event);
		if (type == YAML_DOCUMENT_END_EVENT)
			break;
	}
	if (*root && (*root)->kind == DOC_SCALAR && (*root)->type == DOC_NULL)
		*root = NULL;
	return parser->result;
}

struct doc_node *doc_find(const struct doc_node *map, const char *key)
{
	if (map->kind != DOC_MAP)
		return NULL;
	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->key[i]->text, key) == 0)
			return map->item[i];
	return NULL;
}
