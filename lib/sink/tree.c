/* SPDX-License-Identifier: MIT */
#include "sink/tree.h"

#include <stdlib.h>
#include <string.h>

#include "model/names.h"
#include "sink/line.h"

#define NONE UINT32_MAX

/* One program that a process ran; a process that execs again has several. */
struct run {
	struct run *next;
	uint64_t time;
	uint32_t length, original;
	bool list; /* text is an argument list, else one string */
	char text[];
};

struct node {
	struct vigil_id id;
	uint64_t start, end, lasted, cpu_time;
	uint32_t parent, first, last, next; /* indices */
	uint32_t code, signal;
	uint32_t threads, depth;
	bool ended, known_end, core;
	struct run *run, **last_run;
};

struct tree {
	struct node *node;
	uint32_t count, capacity;
	uint32_t *slot; /* hash of indices, twice the capacity */
	uint32_t root, creator;
	struct tree_totals totals;
};

struct tree *tree_new(uint32_t root, uint32_t creator)
{
	struct tree *tree = calloc(1, sizeof *tree);

	if (tree) {
		tree->root = root;
		tree->creator = creator;
	}
	return tree;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	for (uint32_t i = 0; i < tree->count; i++)
		for (struct run *run = tree->node[i].run, *next; run; run = next) {
			next = run->next;
			free(run);
		}
	free(tree->node);
	free(tree->slot);
	free(tree);
}

/* ---- nodes ---- */

static uint32_t hash(const struct vigil_id *id)
{
	uint64_t mixed = (id->start_key ^ (uint64_t)id->pid << 40) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(mixed >> 32);
}

/* The place of id in the hash: its own, or the free one that it would take. */
static uint32_t *place(const struct tree *tree, const struct vigil_id *id)
{
	uint32_t mask = tree->capacity * 2 - 1;

	for (uint32_t i = hash(id) & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &tree->slot[i];

		if (*slot == NONE || (tree->node[*slot].id.pid == id->pid &&
				      tree->node[*slot].id.start_key == id->start_key))
			return slot;
	}
}

static uint32_t find(const struct tree *tree, const struct vigil_id *id)
{
	return tree->capacity ? *place(tree, id) : NONE;
}

static bool grow(struct tree *tree)
{
	uint32_t capacity = tree->capacity ? tree->capacity * 2 : 256;
	struct node *node = realloc(tree->node, capacity * sizeof *node);
	uint32_t *slot;

	if (!node)
		return false;
	tree->node = node;
	for (uint32_t i = 0; i < tree->count; i++) /* the first run may be in the node itself */
		if (!node[i].run)
			node[i].last_run = &node[i].run;
	slot = malloc(2 * (size_t)capacity * sizeof *slot);
	if (!slot)
		return false;
	memset(slot, 0xff, 2 * (size_t)capacity * sizeof *slot);
	free(tree->slot);
	tree->slot = slot;
	tree->capacity = capacity;
	for (uint32_t i = 0; i < tree->count; i++)
		*place(tree, &node[i].id) = i;
	return true;
}

static uint32_t add(struct tree *tree, const struct vigil_id *id, uint32_t parent, uint64_t start)
{
	uint32_t index = tree->count;
	struct node *node;

	if (index == tree->capacity && !grow(tree))
		return NONE;
	node = &tree->node[index];
	*node = (struct node){ .id = { id->pid, 0, id->start_key },
			       .start = start,
			       .parent = parent,
			       .first = NONE,
			       .last = NONE,
			       .next = NONE };
	node->last_run = &node->run;
	*place(tree, &node->id) = index;
	tree->count++;
	tree->totals.processes++;
	tree->totals.alive++;
	if (parent == NONE)
		return index;
	node->depth = tree->node[parent].depth + 1;
	if (tree->node[parent].last == NONE)
		tree->node[parent].first = index;
	else
		tree->node[tree->node[parent].last].next = index;
	tree->node[parent].last = index;
	return index;
}

static bool add_run(struct node *node, const struct vigil_event *event)
{
	const struct vigil_string *args = &event->part[VIGIL_ARGS];
	const struct vigil_string *command = &event->part[VIGIL_COMMAND_LINE];
	const struct vigil_string *text = args->length ? args : command;
	struct run *run;

	if (!text->length) /* a program started with no arguments at all */
		text = &event->part[VIGIL_IMAGE];
	run = malloc(sizeof *run + text->length + 1);
	if (!run)
		return false;
	*run = (struct run){ .time = event->record->time,
			     .length = text->length,
			     .original = text->original,
			     .list = text == args };
	memcpy(run->text, text->data, text->length);
	run->text[text->length] = '\0';
	*node->last_run = run;
	node->last_run = &run->next;
	return true;
}

/* ---- events ---- */

/* The node of a process that starts, if it belongs here. */
static uint32_t join(struct tree *tree, const struct vigil_event *event)
{
	const struct vigil_process *body = event->start;
	uint32_t at = find(tree, &body->process), parent;

	if (at != NONE)
		return at;
	if (tree->count == 0) {
		if (body->process.pid != tree->root || body->parent.pid != tree->creator)
			return NONE;
		return add(tree, &body->process, NONE, body->start);
	}
	/* The creator, who need not be the parent; of one whose fork was lost, the parent. */
	parent =
	    event->record->type == VIGIL_PROCESS_CREATE ? find(tree, &event->record->actor) : NONE;
	if (parent == NONE)
		parent = find(tree, &body->parent);
	return parent == NONE ? NONE : add(tree, &body->process, parent, body->start);
}

static void end(struct tree *tree, struct node *node, uint64_t when)
{
	if (node->ended)
		return;
	node->ended = true;
	node->end = when;
	node->lasted = when > node->start ? when - node->start : 0;
	tree->totals.alive--;
}

static void apply_exit(struct tree *tree, struct node *node, const struct vigil_exit *body,
		       uint64_t when)
{
	uint64_t split = body->user_time + body->system_time;

	end(tree, node, when);
	node->known_end = true;
	if (body->lifetime) /* the wall clock may have been set in between */
		node->lasted = body->lifetime;
	node->code = body->code;
	node->signal = body->signal;
	node->core = body->attributes & VIGIL_EXIT_CORE;
	node->cpu_time = body->cpu_time ? body->cpu_time : split;
	tree->totals.cpu_time += node->cpu_time;
	tree->totals.failed += body->code || body->signal;
}

static int apply_other(struct tree *tree, const struct vigil_event *event)
{
	const struct vigil_proc *process = event->process;
	uint32_t at = process ? find(tree, &process->id) : NONE;

	if (at == NONE && event->target)
		at = find(tree, &event->target->id);
	if (at == NONE)
		return 0;
	switch (event->record->type) {
	case VIGIL_THREAD_CREATE:
		tree->node[at].threads++;
		tree->totals.threads++;
		break;
	case VIGIL_IMAGE_LOAD:
		tree->totals.images++;
		break;
	case VIGIL_PROCESS_DENIED:
		tree->totals.denied++;
		break;
	default:
		break;
	}
	return 1;
}

int tree_apply(struct tree *tree, const struct vigil_event *event)
{
	uint32_t at;

	switch (event->record->type) {
	case VIGIL_PROCESS_CREATE:
	case VIGIL_PROCESS_EXEC:
		at = join(tree, event);
		if (at == NONE)
			return 0;
		if (event->record->type == VIGIL_PROCESS_CREATE)
			return 1;
		tree->totals.execs++;
		return add_run(&tree->node[at], event) ? 1 : VIGIL_ERROR_MEMORY;
	case VIGIL_PROCESS_EXIT:
		at = find(tree, &event->exit->process);
		if (at == NONE)
			return 0;
		apply_exit(tree, &tree->node[at], event->exit, event->record->time);
		return 1;
	case VIGIL_LOST:
		tree->totals.lost += event->lost->count;
		return 1;
	default:
		return apply_other(tree, event);
	}
}

void tree_check(struct tree *tree, bool (*runs)(uint32_t pid))
{
	for (uint32_t i = 0; i < tree->count; i++)
		if (!tree->node[i].ended && !runs(tree->node[i].id.pid))
			end(tree, &tree->node[i], 0);
}

const struct tree_totals *tree_totals(const struct tree *tree)
{
	return &tree->totals;
}

/* What a process runs now: its own last program, or its nearest ancestor's. */
static const struct run *last_run(const struct tree *tree, const struct node *node)
{
	const struct run *run = NULL;

	for (; node; node = node->parent == NONE ? NULL : &tree->node[node->parent]) {
		for (const struct run *each = node->run; each; each = each->next)
			run = each;
		if (run)
			return run;
	}
	return NULL;
}

void tree_each_alive(const struct tree *tree,
		     void (*tell)(void *context, uint32_t pid, struct vigil_string command),
		     void *context)
{
	for (uint32_t i = 0; i < tree->count; i++) {
		const struct node *node = &tree->node[i];
		const struct run *run = last_run(tree, node);

		if (!node->ended)
			tell(context, node->id.pid,
			     (struct vigil_string){ run ? run->text : "", run ? run->length : 0,
						    0 });
	}
}

/* ---- the picture ---- */

enum {
	COLUMN_AT = 9,
	COLUMN_LASTED = 19,
	COLUMN_CPU = 29,
	COLUMN_END = 38,
	COLUMN_COMMAND = 47
};

static void put_end(struct vigil_line *line, const struct node *node)
{
	const char *name = vigil_signal_name(node->signal);

	if (!node->ended) {
		vigil_line_style(line, VIGIL_GREEN);
		vigil_line_text(line, "runs");
	} else if (!node->known_end) {
		vigil_line_style(line, VIGIL_YELLOW);
		vigil_line_text(line, "lost");
	} else if (node->signal) {
		vigil_line_style(line, VIGIL_RED);
		if (name && strncmp(name, "SIG", 3) == 0)
			vigil_line_text(line, name + 3);
		else
			vigil_line_unsigned(line, node->signal);
		if (node->core)
			vigil_line_text(line, "+");
	} else {
		vigil_line_style(line, node->code ? VIGIL_RED : VIGIL_DIM);
		vigil_line_unsigned(line, node->code);
	}
	vigil_line_style(line, VIGIL_PLAIN);
}

#define DEPTH_SHOWN 24

static void put_box(struct vigil_line *line, const char *box)
{
	vigil_line_string(line, (struct vigil_string){ box, (uint32_t)strlen(box), 0 }, 0);
}

/* The lines that lead from the root to a node, none for the root; of a very deep
 * one the last few, behind its depth. below: for a line under the node's own. */
static void put_branch(const struct tree *tree, struct vigil_line *line, uint32_t at, bool below)
{
	const struct node *node = &tree->node[at];
	bool last[DEPTH_SHOWN];
	uint32_t shown = 0;

	for (uint32_t up = node->parent; up != NONE && shown < DEPTH_SHOWN; shown++) {
		last[shown] = tree->node[up].next == NONE;
		up = tree->node[up].parent;
	}
	if (node->depth > shown) {
		vigil_line_text(line, "[");
		vigil_line_unsigned(line, node->depth);
		vigil_line_text(line, "] ");
	}
	/* The root stands at the margin: nothing is drawn for it. */
	for (uint32_t i = shown; i-- > 0;)
		if (!(i == shown - 1 && node->depth == shown))
			put_box(line, last[i] ? "   " : "│  ");
	if (node->parent == NONE)
		return;
	if (below)
		put_box(line, node->next == NONE ? "   " : "│  ");
	else
		put_box(line, node->next == NONE ? "└─ " : "├─ ");
}

static void put_run(struct vigil_line *line, const struct run *run)
{
	struct vigil_string text = { run->text, run->length, run->original };

	if (run->list)
		vigil_line_command(line, text);
	else
		vigil_line_string(line, text, 0);
	if (run->original > run->length) {
		vigil_line_style(line, VIGIL_YELLOW);
		vigil_line_text(line, " [cut]");
		vigil_line_style(line, VIGIL_PLAIN);
	}
}

static void put_node(const struct tree *tree, struct vigil_line *line, uint32_t at)
{
	const struct node *node = &tree->node[at];
	const struct node *root = &tree->node[0];

	vigil_line_unsigned(line, node->id.pid);
	vigil_line_to(line, COLUMN_AT);
	vigil_line_duration(line, node->start > root->start ? node->start - root->start : 0);
	vigil_line_to(line, COLUMN_LASTED);
	if (node->end)
		vigil_line_duration(line, node->lasted);
	vigil_line_to(line, COLUMN_CPU);
	if (node->known_end)
		vigil_line_duration(line, node->cpu_time);
	vigil_line_to(line, COLUMN_END);
	put_end(line, node);
	vigil_line_to(line, COLUMN_COMMAND);
	vigil_line_style(line, VIGIL_DIM);
	put_branch(tree, line, at, false);
	vigil_line_style(line, VIGIL_PLAIN);
	if (node->run) {
		put_run(line, node->run);
	} else {
		vigil_line_style(line, VIGIL_DIM);
		vigil_line_text(line, "(fork)");
		vigil_line_style(line, VIGIL_PLAIN);
	}
	if (node->threads) {
		vigil_line_style(line, VIGIL_DIM);
		vigil_line_text(line, "  +");
		vigil_line_unsigned(line, node->threads);
		vigil_line_text(line, node->threads == 1 ? " thread" : " threads");
		vigil_line_style(line, VIGIL_PLAIN);
	}
}

static void put_totals(const struct tree_totals *t, struct vigil_line *line)
{
	const struct {
		uint64_t count;
		const char *one, *many;
	} words[] = {
		{ t->processes, " process, ", " processes, " },
		{ t->execs, " exec, ", " execs, " },
		{ t->threads, " thread, ", " threads, " },
		{ t->images, " image load, ", " image loads, " },
		{ t->failed, " failed, ", " failed, " },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		vigil_line_unsigned(line, words[i].count);
		vigil_line_text(line, words[i].count == 1 ? words[i].one : words[i].many);
	}
	vigil_line_duration(line, t->cpu_time);
	vigil_line_text(line, " CPU; ");
	if (t->lost) {
		vigil_line_style(line, VIGIL_ALARM);
		vigil_line_unsigned(line, t->lost);
		vigil_line_text(line, " events LOST");
		vigil_line_style(line, VIGIL_PLAIN);
	} else {
		vigil_line_text(line, "nothing lost");
	}
}

/* Depth first without recursion: a line of processes may be any length long. */
static uint32_t following(const struct tree *tree, uint32_t at)
{
	if (tree->node[at].first != NONE)
		return tree->node[at].first;
	while (at != NONE && tree->node[at].next == NONE)
		at = tree->node[at].parent;
	return at == NONE ? NONE : tree->node[at].next;
}

void tree_print(const struct tree *tree, struct vigil_buffer *out, unsigned width, bool color)
{
	struct vigil_line line;

	if (!tree->count)
		return;
	vigil_line_begin(&line, out, width, color);
	vigil_line_style(&line, VIGIL_BOLD);
	vigil_line_text(&line, "PID");
	vigil_line_to(&line, COLUMN_AT);
	vigil_line_text(&line, "AFTER");
	vigil_line_to(&line, COLUMN_LASTED);
	vigil_line_text(&line, "LASTED");
	vigil_line_to(&line, COLUMN_CPU);
	vigil_line_text(&line, "CPU");
	vigil_line_to(&line, COLUMN_END);
	vigil_line_text(&line, "EXIT");
	vigil_line_to(&line, COLUMN_COMMAND);
	vigil_line_text(&line, "COMMAND");
	vigil_line_style(&line, VIGIL_PLAIN);
	vigil_line_end(&line);
	for (uint32_t at = 0; at != NONE; at = following(tree, at)) {
		const struct run *run = tree->node[at].run;

		vigil_line_begin(&line, out, width, color);
		put_node(tree, &line, at);
		vigil_line_end(&line);
		for (run = run ? run->next : NULL; run; run = run->next) { /* exec after exec */
			vigil_line_begin(&line, out, width, color);
			vigil_line_to(&line, COLUMN_COMMAND);
			vigil_line_style(&line, VIGIL_DIM);
			put_branch(tree, &line, at, true);
			vigil_line_text(&line, "exec ");
			vigil_line_style(&line, VIGIL_PLAIN);
			put_run(&line, run);
			vigil_line_end(&line);
		}
	}
	vigil_line_begin(&line, out, width, color);
	put_totals(&tree->totals, &line);
	vigil_line_end(&line);
}
