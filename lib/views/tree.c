/* SPDX-License-Identifier: MIT */
#include "views/tree.h"

#include <stdlib.h>
#include <string.h>

#include "format/detail.h"
#include "text/line.h"
#include "record/subject.h"

#define MARKS_MAX 16 /* of each process; more are only counted */

struct tree *tree_new(uint32_t root, uint32_t creator, uint32_t limit)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (tree) {
		tree->root = root;
		tree->creator = creator;
		tree->limit = limit ? limit : TREE_NONE - 1;
		tree->top = TREE_NONE;
	}
	return tree;
}

static void free_node(struct tree_node *node)
{
	for (struct tree_run *run = node->run, *next; run; run = next) {
		next = run->next;
		free(run);
	}
	for (struct tree_mark *mark = node->mark, *next; mark; mark = next) {
		next = mark->next;
		free(mark);
	}
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	for (uint32_t i = 0; i < tree->count; i++)
		free_node(&tree->node[i]);
	free(tree->node);
	process_map_free(&tree->ids);
	free(tree);
}

/* ---- nodes ---- */

uint32_t tree_find(const struct tree *tree, const struct vigil_id *id)
{
	return process_map_find(&tree->ids, id);
}

static bool grow_nodes(struct tree *tree)
{
	uint32_t capacity = tree->capacity ? tree->capacity * 2 : 256;
	struct tree_node *node = realloc(tree->node, capacity * sizeof(*node));

	if (!node)
		return false;
	tree->node = node;
	tree->capacity = capacity;
	return true;
}

/* The result of finding or adding a node. */
enum joined {
	JOINED,
	STRANGER, /* the process does not belong to the tree, or the tree is full */
	NO_MEMORY
};

static enum joined add_node(struct tree *tree, const struct vigil_id *id,
			    const struct vigil_id *parent_id, uint32_t parent, uint64_t start)
{
	uint32_t index = tree->count;

	if (index >= tree->limit)
		return STRANGER;
	if ((index == tree->capacity && !grow_nodes(tree)) ||
	    !process_map_set(&tree->ids, id, index))
		return NO_MEMORY;
	tree->node[index] =
	    (struct tree_node){ .id = { id->pid, 0, id->start_key },
				.parent_id = { parent_id->pid, 0, parent_id->start_key },
				.start = start,
				.parent = parent,
				.first = TREE_NONE,
				.next = TREE_NONE,
				.euid = VIGIL_UNKNOWN };
	tree->count++;
	tree->totals.processes++;
	tree->totals.alive++;
	return JOINED;
}

/* Adds the program of a start; a fork has none. */
static bool add_reported_run(struct tree_node *node, const struct vigil_event *event)
{
	struct vigil_string image = event->part[VIGIL_PART_IMAGE],
			    args = event->part[VIGIL_PART_ARGS];
	struct vigil_string command = event->part[VIGIL_PART_COMMAND_LINE];

	struct tree_run run = { .time = event->record->time,
				.image = image,
				.command = args.length ? args : command,
				.list = args.length > 0,
				.windows = event->record->encoding == VIGIL_UTF16LE,
				.attributes = event->start->attributes };

	return !vigil_starts_program(event) ||
	       tree_add_run(node, &run, event->part[VIGIL_PART_FILENAME]);
}

/* ---- events ---- */

/* Finds or adds the node of a process that starts, if it belongs to the tree. */
static enum joined join_started(struct tree *tree, const struct vigil_event *event, uint32_t *at)
{
	const struct vigil_process_body *body = event->start;
	uint32_t parent = TREE_NONE;
	enum joined joined;

	*at = tree_find(tree, &body->process);
	if (*at != TREE_NONE)
		return JOINED;
	/* The creator, which may not be the parent; if the fork was lost, the parent. */
	if (event->record->type == VIGIL_EVENT_PROCESS_CREATE)
		parent = tree_find(tree, &event->record->actor);
	if (parent == TREE_NONE)
		parent = tree_find(tree, &body->parent);
	if (tree->root && tree->count == 0 &&
	    (body->process.pid != tree->root || body->parent.pid != tree->creator))
		return STRANGER;
	if (tree->root && tree->count > 0 && parent == TREE_NONE)
		return STRANGER;
	joined = add_node(tree, &body->process, &body->parent, parent, body->start);
	if (joined == JOINED)
		*at = tree->count - 1;
	else if (event->record->type != VIGIL_EVENT_PROCESS_EXEC) /* its fork was counted */
		tree->totals.cut++;
	return joined;
}

static bool add_known_run(struct tree_node *node, const struct vigil_process_info *proc,
			  bool windows)
{
	struct tree_run run = { .time = proc->start,
				.image = proc->image,
				.command = proc->args.length ? proc->args : proc->command,
				.list = proc->args.length > 0,
				.windows = windows,
				.attributes = proc->attributes };

	return (!proc->image.length && !proc->command.length) ||
	       tree_add_run(node, &run, proc->filename);
}

/* Finds or adds the node of a process whose start was not in the stream, from the process
 * table. */
static enum joined join_known(struct tree *tree, const struct vigil_process_info *proc,
			      bool windows, uint32_t *at)
{
	struct tree_node *node;
	enum joined joined;

	*at = proc ? tree_find(tree, &proc->id) : TREE_NONE;
	if (*at != TREE_NONE)
		return JOINED;
	if (!proc || tree->root)
		return STRANGER;
	joined =
	    add_node(tree, &proc->id, &proc->parent, tree_find(tree, &proc->parent), proc->start);
	if (joined != JOINED)
		return joined;
	*at = tree->count - 1;
	node = &tree->node[*at];
	node->existing = true;
	node->euid = proc->euid;
	node->attributes = proc->attributes;
	tree->totals.existing++;
	return add_known_run(node, proc, windows) ? JOINED : NO_MEMORY;
}

static enum joined apply_start(struct tree *tree, const struct vigil_event *event)
{
	uint32_t at;
	enum joined joined = join_started(tree, event, &at);
	struct tree_node *node;

	if (joined != JOINED)
		return joined;
	node = &tree->node[at];
	node->euid = event->start->euid;
	node->attributes = event->start->attributes;
	if (event->record->type == VIGIL_EVENT_PROCESS_SNAPSHOT) {
		node->existing = true;
		tree->totals.existing++;
	}
	tree->totals.execs += event->record->type == VIGIL_EVENT_PROCESS_EXEC;
	return add_reported_run(node, event) ? JOINED : NO_MEMORY;
}

static void end_node(struct tree *tree, struct tree_node *node, uint64_t when)
{
	if (node->ended)
		return;
	node->ended = true;
	node->end = when;
	node->lasted = when > node->start ? when - node->start : 0;
	tree->totals.alive--;
}

static enum joined apply_exit(struct tree *tree, const struct vigil_event *event)
{
	const struct vigil_exit_body *body = event->exit;
	uint32_t at = tree_find(tree, &body->process);
	bool windows = event->record->encoding == VIGIL_UTF16LE;
	enum joined joined =
	    at == TREE_NONE ? join_known(tree, event->process, windows, &at) : JOINED;
	struct tree_node *node;

	if (joined != JOINED)
		return joined;
	node = &tree->node[at];
	end_node(tree, node, event->record->time);
	node->known_end = true;
	if (body->lifetime) /* more reliable: the wall clock may have been set in between */
		node->lasted = body->lifetime;
	node->code = body->code;
	node->signal = body->signal;
	node->core = body->attributes & VIGIL_EXIT_CORE;
	node->known_cpu = vigil_exit_cpu_time(body, &node->cpu_time);
	node->max_memory = body->max_memory;
	tree->totals.cpu_time += node->cpu_time;
	tree->totals.failed += body->code || body->signal;
	return JOINED;
}

static enum joined add_mark(struct tree_node *node, const struct vigil_event *event)
{
	struct tree_mark *mark, **last = &node->mark;
	struct vigil_buffer text = { 0 };
	struct vigil_line line;

	vigil_line_begin(&line, &text, 0, false);
	line.windows = event->record->encoding == VIGIL_UTF16LE;
	vigil_detail(&line, event);
	vigil_put_char(&text, '\0');
	if (text.failed)
		goto no_memory;
	for (; *last; last = &(*last)->next)
		if ((*last)->type == event->record->type && strcmp((*last)->text, text.data) == 0)
			break;
	if (*last) {
		(*last)->count++;
	} else if (node->marks++ < MARKS_MAX) {
		mark = malloc(sizeof(*mark) + text.length);
		if (!mark)
			goto no_memory;
		*mark = (struct tree_mark){ .time = event->record->time,
					    .count = 1,
					    .type = event->record->type };
		memcpy(mark->text, text.data, text.length);
		*last = mark;
	}
	vigil_buffer_free(&text);
	return JOINED;
no_memory:
	vigil_buffer_free(&text);
	return NO_MEMORY;
}

/* Finds or adds the node of the actor of an event that is neither a start nor an exit, or else
 * of its target. */
static enum joined join_other(struct tree *tree, const struct vigil_event *event, uint32_t *at)
{
	bool windows = event->record->encoding == VIGIL_UTF16LE;
	enum joined joined = join_known(tree, event->process, windows, at);

	return joined == STRANGER ? join_known(tree, event->target, windows, at) : joined;
}

static enum joined apply_other(struct tree *tree, const struct vigil_event *event)
{
	uint32_t at;
	enum joined joined = join_other(tree, event, &at);

	if (joined != JOINED)
		return joined;
	switch (event->record->type) {
	case VIGIL_EVENT_THREAD_CREATE:
		tree->node[at].threads++;
		tree->totals.threads++;
		return JOINED;
	case VIGIL_EVENT_IMAGE_LOAD:
		tree->node[at].images++;
		tree->totals.images++;
		return JOINED;
	case VIGIL_EVENT_REMOTE_THREAD:
		tree->totals.remote++;
		return add_mark(&tree->node[at], event);
	case VIGIL_EVENT_PROCESS_ACCESS:
		tree->totals.accesses++;
		return add_mark(&tree->node[at], event);
	case VIGIL_EVENT_PROCESS_DENIED:
		tree->totals.denied++;
		return add_mark(&tree->node[at], event);
	case VIGIL_EVENT_ALERT:
		tree->totals.alerts++;
		return add_mark(&tree->node[at], event);
	default:
		return JOINED;
	}
}

int tree_apply(struct tree *tree, const struct vigil_event *event)
{
	static const enum vigil_code CODES[] = {
		[JOINED] = 1, [STRANGER] = 0, [NO_MEMORY] = VIGIL_ERROR_MEMORY
	};

	switch (event->record->type) {
	case VIGIL_EVENT_PROCESS_SNAPSHOT:
	case VIGIL_EVENT_PROCESS_CREATE:
	case VIGIL_EVENT_PROCESS_EXEC:
		return CODES[apply_start(tree, event)];
	case VIGIL_EVENT_PROCESS_EXIT:
		return CODES[apply_exit(tree, event)];
	case VIGIL_EVENT_LOST:
		tree->totals.lost += event->lost->count;
		return 1;
	default:
		return CODES[apply_other(tree, event)];
	}
}

void tree_want(struct tree *tree, const struct vigil_event *event)
{
	const struct vigil_id *id = vigil_subject_id(event);
	uint32_t at = id ? tree_find(tree, id) : TREE_NONE;

	if (at != TREE_NONE)
		tree->node[at].wanted = true;
}

void tree_check(struct tree *tree, bool (*runs)(uint32_t pid))
{
	for (uint32_t i = 0; i < tree->count; i++)
		if (!tree->node[i].ended && !runs(tree->node[i].id.pid))
			end_node(tree, &tree->node[i], 0);
}

const struct tree_totals *tree_totals(const struct tree *tree)
{
	return &tree->totals;
}

/* Steps are counted, because parents in a corrupt stream may form a cycle. */
const struct tree_run *tree_run_of(const struct tree *tree, const struct tree_node *node)
{
	for (uint32_t steps = 0; node && steps <= tree->count; steps++) {
		if (node->newest)
			return node->newest;
		node = node->parent == TREE_NONE ? NULL : &tree->node[node->parent];
	}
	return NULL;
}

void tree_each_alive(const struct tree *tree,
		     void (*call)(void *context, uint32_t pid, struct vigil_string command),
		     void *context)
{
	for (uint32_t i = 0; i < tree->count; i++) {
		const struct tree_node *node = &tree->node[i];
		const struct tree_run *run = tree_run_of(tree, node);
		struct vigil_string none = { "", 0, 0 };

		if (!node->ended)
			call(context, node->id.pid,
			     !run                  ? none
			     : run->command.length ? run->command
						   : run->image);
	}
}
