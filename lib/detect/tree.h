/* SPDX-License-Identifier: MIT */
/*
 * tree.h - the YAML documents of a file, each as a tree of bounded size.
 *
 * An alias is the node that it names, which several parents then share. Its nodes are counted
 * each time, so that what a walk over the tree visits is bounded too.
 */
#ifndef VIGIL_DETECT_TREE_H
#define VIGIL_DETECT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/arena.h"

enum tree_kind {
	TREE_SCALAR,
	TREE_LIST,
	TREE_MAP
};

/* The type of a scalar by the core schema of YAML 1.2. */
enum tree_type {
	TREE_STRING,
	TREE_NULL,
	TREE_BOOL,
	TREE_INTEGER,
	TREE_FLOAT
};

struct tree_node {
	enum tree_kind kind;
	enum tree_type type;     /* of a scalar */
	uint32_t line;           /* from 1 */
	uint32_t length;         /* of text */
	uint32_t count;          /* items of a list, or keys of a map */
	uint32_t size;           /* nodes of the tree below it, itself included */
	const char *text;        /* of a scalar; ends with a NUL */
	struct tree_node **item; /* of a list; of a map its values */
	struct tree_node **key;  /* of a map: scalars, all different */
};

enum tree_result {
	TREE_DOCUMENT,
	TREE_END,
	TREE_INVALID, /* no YAML, or not what rules may contain */
	TREE_REFUSED, /* over a limit */
	TREE_MEMORY
};

struct tree_parser;

/* Starts to parse text, which must stay valid. Returns NULL if out of memory. */
struct tree_parser *tree_open(const char *text, size_t length);
void tree_close(struct tree_parser *parser);

/* Parses the next document into the arena. *root is NULL for an empty document. After a result
 * other than TREE_DOCUMENT there is nothing more to read. */
enum tree_result tree_next(struct tree_parser *parser, struct arena *arena,
			   struct tree_node **root);

/* Why tree_next failed, a string constant or memory of the parser; and the line, from 1. */
const char *tree_reason(const struct tree_parser *parser);
uint32_t tree_line(const struct tree_parser *parser);

/* Returns the value of a key of a map, or NULL. */
struct tree_node *tree_find(const struct tree_node *map, const char *key);

#endif /* VIGIL_DETECT_TREE_H */
