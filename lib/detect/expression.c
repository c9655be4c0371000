/* SPDX-License-Identifier: MIT */
/* expression.c - the logic of a rule, a tree whose leaves are comparisons. */
#include "detect/expression.h"

#include <string.h>

struct expression *expression_new(struct arena *arena, enum expression_kind kind)
{
	struct expression *e = arena_take(arena, sizeof(*e));

	if (e) {
		e->kind = (uint8_t)kind;
		e->weight = kind == EXPRESSION_LEAF;
	}
	return e;
}

bool expression_add(struct arena *arena, struct expression *parent, struct expression *child)
{
	uint32_t count = parent->count;

	if (!child)
		return false;
	if ((count & (count - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
		struct expression **more =
		    arena_array(arena, count ? (size_t)count * 2 : 1, sizeof(struct expression *));

		if (!more)
			return false;
		if (count)
			memcpy(more, parent->child, count * sizeof(*more));
		parent->child = more;
	}
	parent->child[parent->count++] = child;
	parent->weight = child->weight > UINT32_MAX - parent->weight
			     ? UINT32_MAX
			     : parent->weight + child->weight;
	return true;
}

struct expression *expression_done(struct expression *expression)
{
	bool plain = expression->kind == EXPRESSION_AND || expression->kind == EXPRESSION_OR;

	return plain && expression->count == 1 ? expression->child[0] : expression;
}

struct expression *expression_not(struct arena *arena, struct expression *child)
{
	struct expression *e = expression_new(arena, EXPRESSION_NOT);

	return e && expression_add(arena, e, child) ? e : NULL;
}
