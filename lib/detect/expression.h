/* SPDX-License-Identifier: MIT */
/* expression.h - the logic of a rule, a tree whose leaves are comparisons. */
#ifndef VIGIL_DETECT_EXPRESSION_H
#define VIGIL_DETECT_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/arena.h"

enum expression_kind {
	EXPRESSION_LEAF,
	EXPRESSION_NOT, /* of its first child */
	EXPRESSION_AND,
	EXPRESSION_OR,
	EXPRESSION_COUNT /* at least `need` children */
};

/* What a leaf is in the rule's text. */
struct leaf {
	uint32_t atom;
	const char *selection, *field, *test; /* as in struct detect_match */
};

struct expression {
	uint8_t kind;
	bool named; /* it is a search identifier */
	uint32_t count, need;
	uint32_t leading;     /* the first children, which are leaves; set by clause_order */
	const uint32_t *atom; /* their atoms, one after the other in memory */
	uint32_t weight;      /* leaves below it, shared ones again; at most UINT32_MAX */
	uint32_t cost;        /* of its evaluation, estimated; set by clause_order */
	union {
		struct expression **child;
		struct leaf leaf;
	};
};

/* Return NULL if out of memory. expression_add works for a kind with children; expression_done
 * returns the only child instead of an AND or OR with one. */
struct expression *expression_new(struct arena *arena, enum expression_kind kind);
bool expression_add(struct arena *arena, struct expression *parent, struct expression *child);
struct expression *expression_done(struct expression *expression);
struct expression *expression_not(struct arena *arena, struct expression *child);

#endif /* VIGIL_DETECT_EXPRESSION_H */
