/* SPDX-License-Identifier: MIT */
/* tree_link.c - from nodes that name their parents to lists of children. */
#include "views/tree.h"

#include <stdlib.h>

/* Of those whose parent was told after them, as a snapshot may. */
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

static void choose(struct tree *tree, unsigned which)
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

/* The last child comes first, and is put before its siblings' list. */
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

/* Depth first without recursion: a line of processes may be any length long. */
uint32_t tree_following(const struct tree *tree, uint32_t at, bool descend)
{
	if (descend && tree->node[at].first != TREE_NONE)
		return tree->node[at].first;
	while (at != TREE_NONE && tree->node[at].next == TREE_NONE)
		at = tree->node[at].parent;
	return at == TREE_NONE ? TREE_NONE : tree->node[at].next;
}

/* Writes the shown nodes that are reached into order; returns how many. */
static uint32_t walk(struct tree *tree, uint32_t *order)
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

/* Nodes that no beginning leads to stand in a circle, or under one: one of each
 * circle becomes a beginning. */
static bool open_circles(struct tree *tree, const uint32_t *order, uint32_t reached)
{
	uint32_t *seen = calloc(tree->count, sizeof *seen); /* in which walk; 0: not yet */

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
	uint32_t *order = malloc((tree->count ? tree->count : 1) * sizeof *order);
	uint32_t reached, shown = 0;

	if (!order)
		return false;
	find_parents(tree);
	choose(tree, which);
	list_children(tree);
	reached = walk(tree, order);
	for (uint32_t i = 0; i < tree->count; i++)
		shown += tree->node[i].shown;
	if (reached < shown) {
		if (!open_circles(tree, order, reached)) {
			free(order);
			return false;
		}
		list_children(tree);
		reached = walk(tree, order);
	}
	for (uint32_t i = reached; i-- > 0;) {
		const struct tree_node *node = &tree->node[order[i]];

		if (node->parent != TREE_NONE)
			tree->node[node->parent].below += node->below + 1;
	}
	free(order);
	return true;
}
