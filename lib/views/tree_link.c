/* SPDX-License-Identifier: MIT */
/* tree_link.c - makes lists of children from nodes that name their parents. */
#include "views/tree.h"

#include <stdlib.h>

/* Sets the parents that were reported after their children, as can happen in a snapshot. */
static void find_parents(struct tree *tree)
{
	for (uint32_t i = 0; i < tree->count; i++) {
		struct tree_node *node = &tree->node[i];

		if (node->parent == TREE_NONE && node->parent_id.pid)
			node->parent = tree_find(tree, &node->parent_id);
		if (node->parent == i)
			node->parent = TREE_NONE;
	}
}

static void select_shown(struct tree *tree, unsigned which)
{
	for (uint32_t i = 0; i < tree->count; i++)
		tree->node[i].shown = false;
	for (uint32_t i = 0; i < tree->count; i++) {
		const struct tree_node *node = &tree->node[i];
		uint32_t up = i;

		if (((which & TREE_WANTED) && !node->wanted) ||
		    (!(which & TREE_KERNEL) && (node->attributes & VIGIL_PROCESS_KERNEL)))
			continue;
		while (up != TREE_NONE && !tree->node[up].shown) {
			tree->node[up].shown = true;
			up = tree->node[up].parent;
		}
	}
}

/* From the last node to the first, so that prepending to the lists keeps the order. */
static void list_children(struct tree *tree)
{
	tree->top = TREE_NONE;
	for (uint32_t i = 0; i < tree->count; i++) {
		tree->node[i].first = tree->node[i].next = TREE_NONE;
		tree->node[i].depth = tree->node[i].below = 0;
	}
	for (uint32_t i = tree->count; i-- > 0;) {
		struct tree_node *node = &tree->node[i];
		uint32_t *list =
		    node->parent == TREE_NONE ? &tree->top : &tree->node[node->parent].first;

		if (!node->shown)
			continue;
		node->next = *list;
		*list = i;
	}
}

/* Without recursion, because the depth is not bounded. */
uint32_t tree_following(const struct tree *tree, uint32_t at, bool descend)
{
	if (descend && tree->node[at].first != TREE_NONE)
		return tree->node[at].first;
	while (at != TREE_NONE && tree->node[at].next == TREE_NONE)
		at = tree->node[at].parent;
	return at == TREE_NONE ? TREE_NONE : tree->node[at].next;
}

/* Writes the nodes that the lists reach into `order`, depth first; returns their number. */
static uint32_t order_nodes(struct tree *tree, uint32_t *order)
{
	uint32_t count = 0;

	for (uint32_t at = tree->top; at != TREE_NONE; at = tree_following(tree, at, true)) {
		struct tree_node *node = &tree->node[at];

		if (node->parent != TREE_NONE)
			node->depth = tree->node[node->parent].depth + 1;
		order[count++] = at;
	}
	return count;
}

/* Breaks cycles: the nodes that no root leads to are in a cycle, or below one. One node of each
 * cycle becomes a root. */
static bool break_cycles(struct tree *tree, const uint32_t *order, uint32_t reached)
{
	uint32_t *seen =
	    calloc(tree->count, sizeof(*seen)); /* in which walk upward; 0: in none yet */

	if (!seen)
		return false;
	for (uint32_t i = 0; i < reached; i++)
		seen[order[i]] = TREE_NONE;
	for (uint32_t i = 0; i < tree->count; i++) {
		uint32_t up = i;

		if (!tree->node[i].shown)
			continue;
		for (; up != TREE_NONE && !seen[up]; up = tree->node[up].parent)
			seen[up] = i + 1;
		if (up != TREE_NONE && up != i && seen[up] == i + 1)
			tree->node[up].parent = TREE_NONE;
		else if (up == i && seen[i] == i + 1)
			tree->node[i].parent = TREE_NONE;
	}
	free(seen);
	return true;
}

bool tree_link(struct tree *tree, unsigned which)
{
	uint32_t *order = malloc((tree->count ? tree->count : 1) * sizeof(*order));
	uint32_t reached, shown = 0;

	if (!order)
		return false;
	find_parents(tree);
	select_shown(tree, which);
	list_children(tree);
	reached = order_nodes(tree, order);
	for (uint32_t i = 0; i < tree->count; i++)
		shown += tree->node[i].shown;
	if (reached < shown) {
		if (!break_cycles(tree, order, reached)) {
			free(order);
			return false;
		}
		list_children(tree);
		reached = order_nodes(tree, order);
	}
	for (uint32_t i = reached; i-- > 0;) {
		const struct tree_node *node = &tree->node[order[i]];

		if (node->parent != TREE_NONE)
			tree->node[node->parent].below += node->below + 1;
	}
	free(order);
	return true;
}
