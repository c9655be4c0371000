/* SPDX-License-Identifier: MIT */
/*
 * doc.h - the YAML documents of a file, each as a tree of bounded size.
 *
 * An alias is the node that it names, which several parents then share. Its nodes are counted
 * each time, so that what a walk over the tree visits is bounded too.
 */
#ifndef VIGIL_DETECT_DOC_H
#define VIGIL_DETECT_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/arena.h"

enum doc_kind {
	DOC_SCALAR,
	DOC_LIST,
	DOC_MAP
};

/* The type of a scalar by the core schema of YAML 1.2. */
enum doc_type {
	DOC_STRING,
	DOC_NULL,
	DOC_BOOL,
	DOC_INTEGER,
	DOC_FLOAT
};

struct doc_node {
	enum doc_kind kind;
	enum doc_type type;     /* of a scalar */
	uint32_t line;          /* from 1 */
	uint32_t length;        /* of text */
	uint32_t count;         /* items of a list, or keys of a map */
	uint32_t size;          /* nodes of the tree below it, itself included */
	const char *text;       /* of a scalar; ends with a NUL */
	struct doc_node **item; /* of a list; of a map its values */
	struct doc_node **key;  /* of a map: scalars, all different */
};

enum doc_result {
	DOC_DOCUMENT,
	DOC_END,
	DOC_INVALID, /* no YAML, or not what rules may contain */
	DOC_REFUSED, /* over a limit */
	DOC_MEMORY
};

struct doc_parser;

/* Starts to parse text, which must stay valid. Returns NULL if out of memory. */
struct doc_parser *doc_open(const char *text, size_t length);
void doc_close(struct doc_parser *parser);

/* Parses the next document into the arena. *root is NULL for an empty document. After a result
 * other than DOC_DOCUMENT there is nothing more to read. */
enum doc_result doc_next(struct doc_parser *parser, struct arena *arena, struct doc_node **root);

/* Why doc_next failed, a string constant or memory of the parser; and the line, from 1. */
const char *doc_reason(const struct doc_parser *parser);
uint32_t doc_line(const struct doc_parser *parser);

/* Returns the value of a key of a map, or NULL. */
struct doc_node *doc_find(const struct doc_node *map, const char *key);

#endif /* VIGIL_DETECT_DOC_H */
