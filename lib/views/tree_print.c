/* SPDX-License-Identifier: MIT */
/* tree_print.c - prints a tree for a terminal. */
#include "views/tree.h"

#include <string.h>

#include "format/detail.h"
#include "text/line.h"
#include "record/names.h"

#define DAY_NS UINT64_C(86400000000000)

/* The first columns of the fields. Clock times are longer; in a narrow terminal the CPU time is
 * then omitted (0). */
static const struct layout {
	unsigned at, lasted, cpu, end, command;
} AFTER = { 9, 19, 29, 38, 47 }, CLOCK = { 9, 23, 33, 43, 52 }, CLOCK_NARROW = { 9, 22, 0, 32, 39 };

#define NARROW 110 /* columns; with fewer, CLOCK_NARROW is used */

struct picture {
	struct tree *tree;
	const struct tree_view *view;
	const struct layout *layout;
	struct vigil_zone zone;
	uint64_t now; /* the latest start; starts a day earlier are shown as dates */
	struct vigil_line line;
};

static void put_end(struct vigil_line *line, const struct tree_node *node)
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
		vigil_line_text(line, name ? name + strlen("SIG") : "signal ");
		if (!name)
			vigil_line_unsigned(line, node->signal);
		if (node->core)
			vigil_line_text(line, "+");
	} else {
		vigil_line_style(line, node->code ? VIGIL_RED : VIGIL_DIM);
		vigil_line_unsigned(line, node->code);
	}
	vigil_line_style(line, VIGIL_PLAIN);
}

#define DEPTH_SHOWN  24
#define PATH_COLUMNS 60 /* for the path of a program that its command does not name */

static void put_box(struct vigil_line *line, const char *box)
{
	vigil_line_string(line, (struct vigil_string){ box, (uint32_t)strlen(box), 0 }, 0);
}

/* Draws the lines that lead from the root to a node, none for the root; for a very deep node
 * its depth and the last DEPTH_SHOWN lines. below: for a line below the node's first line. */
static void put_branch(const struct tree *tree, struct vigil_line *line, uint32_t at, bool below)
{
	const struct tree_node *node = &tree->node[at];
	bool last[DEPTH_SHOWN];
	uint32_t shown = 0;

	for (uint32_t up = node->parent; up != TREE_NONE && shown < DEPTH_SHOWN; shown++) {
		last[shown] = tree->node[up].next == TREE_NONE;
		up = tree->node[up].parent;
	}
	if (node->depth > shown) {
		vigil_line_text(line, "[");
		vigil_line_unsigned(line, node->depth);
		vigil_line_text(line, "] ");
	}
	/* The root is at the margin: nothing is drawn for it. */
	for (uint32_t i = shown; i-- > 0;)
		if (!(i == shown - 1 && node->depth == shown))
			put_box(line, last[i] ? "   " : "│  ");
	if (node->parent == TREE_NONE)
		return;
	if (below)
		put_box(line, node->next == TREE_NONE ? "   " : "│  ");
	else
		put_box(line, node->next == TREE_NONE ? "└─ " : "├─ ");
}

/* The marks and the path precede the command, because that may be shortened. */
static void put_run(struct vigil_line *line, const struct tree_run *run)
{
	struct vigil_string text = run->command.length ? run->command : run->image;

	line->windows = run->windows;
	vigil_detail_marks(line, run->attributes);
	if (run->misnamed) {
		vigil_line_style(line, VIGIL_YELLOW);
		vigil_line_text(line, "[");
		vigil_line_string(line, run->image, PATH_COLUMNS);
		vigil_line_text(line, "] ");
		vigil_line_style(line, VIGIL_PLAIN);
	}
	if (run->list && run->command.length)
		vigil_line_command(line, text);
	else
		vigil_line_string(line, text, 0);
	if (text.original > text.length) {
		vigil_line_style(line, VIGIL_YELLOW);
		vigil_line_text(line, " [cut]");
		vigil_line_style(line, VIGIL_PLAIN);
	}
}

static void put_start(struct picture *p, const struct tree_node *node)
{
	struct vigil_line *line = &p->line;
	const struct tree_node *root = &p->tree->node[p->tree->top];

	if (!p->view->clock)
		vigil_line_duration(line,
				    node->start > root->start ? node->start - root->start : 0);
	else if (node->start && node->start + DAY_NS < p->now)
		vigil_line_date(line, &p->zone, node->start);
	else if (node->start)
		vigil_line_time(line, &p->zone, node->start);
}

/* Prints notes after the command, dimmed. */
static void put_notes(struct picture *p, const struct tree_node *node)
{
	uint32_t hidden = p->view->depth && node->depth + 1 >= p->view->depth ? node->below : 0;
	const struct {
		uint64_t count;
		const char *one, *many;
	} notes[] = { { node->threads, " thread", " threads" },
		      { hidden, " process below", " processes below" } };

	vigil_line_style(&p->line, VIGIL_DIM);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		if (!notes[i].count)
			continue;
		vigil_line_text(&p->line, "  +");
		vigil_line_unsigned(&p->line, notes[i].count);
		vigil_line_text(&p->line, notes[i].count == 1 ? notes[i].one : notes[i].many);
	}
	if (node->depth == 0 && node->parent_id.pid && p->view->clock) {
		vigil_line_text(&p->line, "  (started by ");
		vigil_line_unsigned(&p->line, node->parent_id.pid);
		vigil_line_text(&p->line, ")");
	}
	vigil_line_style(&p->line, VIGIL_PLAIN);
}

static void put_node(struct picture *p, uint32_t at)
{
	const struct tree_node *node = &p->tree->node[at];
	struct vigil_line *line = &p->line;
	bool unwanted = (p->view->which & TREE_WANTED) && !node->wanted;

	vigil_line_unsigned(line, node->id.pid);
	vigil_line_to(line, p->layout->at);
	put_start(p, node);
	vigil_line_to(line, p->layout->lasted);
	if (node->end)
		vigil_line_duration(line, node->lasted);
	if (p->layout->cpu) {
		vigil_line_to(line, p->layout->cpu);
		if (node->known_cpu)
			vigil_line_duration(line, node->cpu_time);
		else if (node->known_end)
			vigil_line_text(line, "?");
	}
	vigil_line_to(line, p->layout->end);
	put_end(line, node);
	vigil_line_to(line, p->layout->command);
	vigil_line_style(line, VIGIL_DIM);
	put_branch(p->tree, line, at, false);
	if (!unwanted)
		vigil_line_style(line, VIGIL_PLAIN);
	if (node->run) {
		put_run(line, node->run);
	} else {
		vigil_line_style(line, VIGIL_DIM);
		vigil_line_text(line, "(fork)");
	}
	vigil_line_style(line, VIGIL_PLAIN);
	put_notes(p, node);
}

static void begin_line_below(struct picture *p, struct vigil_buffer *out, uint32_t at)
{
	vigil_line_begin(&p->line, out, p->view->width, p->view->color);
	vigil_line_to(&p->line, p->layout->command);
	vigil_line_style(&p->line, VIGIL_DIM);
	put_branch(p->tree, &p->line, at, true);
}

static bool is_grave(uint32_t type)
{
	return type == VIGIL_EVENT_PROCESS_DENIED || type == VIGIL_EVENT_ALERT;
}

static void put_marks(struct picture *p, struct vigil_buffer *out, uint32_t at)
{
	static const char *const WORDS[VIGIL_TYPE_MAX] = {
		[VIGIL_EVENT_REMOTE_THREAD] = "! remote ",
		[VIGIL_EVENT_PROCESS_ACCESS] = "! ",
		[VIGIL_EVENT_PROCESS_DENIED] = "! ",
		[VIGIL_EVENT_ALERT] = "! alert ",
	};
	const struct tree_node *node = &p->tree->node[at];
	uint32_t shown = 0;

	for (const struct tree_mark *mark = node->mark; mark; mark = mark->next, shown++) {
		begin_line_below(p, out, at);
		vigil_line_style(&p->line, is_grave(mark->type) ? VIGIL_RED : VIGIL_YELLOW);
		vigil_line_text(&p->line, WORDS[mark->type]);
		p->line.windows = true; /* detail.c has already escaped the text */
		put_box(&p->line, mark->text);
		if (mark->count > 1) {
			vigil_line_text(&p->line, ", ");
			vigil_line_unsigned(&p->line, mark->count);
			vigil_line_text(&p->line, " times");
		}
		vigil_line_end(&p->line);
	}
	if (node->marks <= shown)
		return;
	begin_line_below(p, out, at);
	vigil_line_style(&p->line, VIGIL_YELLOW);
	vigil_line_text(&p->line, "! and ");
	vigil_line_unsigned(&p->line, node->marks - shown);
	vigil_line_text(&p->line, " more such events");
	vigil_line_end(&p->line);
}

static void put_totals(const struct tree_totals *t, struct vigil_line *line)
{
	const struct {
		uint64_t count;
		const char *one, *many;
		bool always;
	} words[] = {
		{ t->processes - t->existing, " process, ", " processes, ", true },
		{ t->existing, " that ran before, ", " that ran before, ", false },
		{ t->execs, " exec, ", " execs, ", true },
		{ t->threads, " thread, ", " threads, ", false },
		{ t->images, " image load, ", " image loads, ", false },
		{ t->failed, " failed, ", " failed, ", false },
		{ t->remote, " remote thread, ", " remote threads, ", false },
		{ t->accesses, " process access, ", " process accesses, ", false },
		{ t->denied, " denied, ", " denied, ", false },
		{ t->alerts, " alert, ", " alerts, ", false },
		{ t->cut, " more not kept, ", " more not kept, ", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!words[i].count && !words[i].always)
			continue;
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

static void put_heading(struct picture *p, struct vigil_buffer *out)
{
	const struct {
		unsigned column;
		const char *text;
	} headings[] = {
		{ 0, "PID" },
		{ p->layout->at, p->view->clock ? "START" : "AFTER" },
		{ p->layout->lasted, "LASTED" },
		{ p->layout->cpu, "CPU" },
		{ p->layout->end, "EXIT" },
		{ p->layout->command, "COMMAND" },
	};

	vigil_line_begin(&p->line, out, p->view->width, p->view->color);
	vigil_line_style(&p->line, VIGIL_BOLD);
	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++) {
		if (i && !headings[i].column)
			continue;
		if (i)
			vigil_line_to(&p->line, headings[i].column);
		vigil_line_text(&p->line, headings[i].text);
	}
	vigil_line_style(&p->line, VIGIL_PLAIN);
	vigil_line_end(&p->line);
}

/* Prints a node, and below it its later programs and its marks. */
static void put_lines(struct picture *p, struct vigil_buffer *out, uint32_t at)
{
	const struct tree_run *run = p->tree->node[at].run;

	vigil_line_begin(&p->line, out, p->view->width, p->view->color);
	put_node(p, at);
	vigil_line_end(&p->line);
	for (run = run ? run->next : NULL; run; run = run->next) {
		begin_line_below(p, out, at);
		vigil_line_text(&p->line, "exec ");
		vigil_line_style(&p->line, VIGIL_PLAIN);
		put_run(&p->line, run);
		vigil_line_end(&p->line);
	}
	put_marks(p, out, at);
}

bool tree_print(struct tree *tree, struct vigil_buffer *out, const struct tree_view *view)
{
	bool narrow = view->width && view->width < NARROW;
	struct picture p = { .tree = tree,
			     .view = view,
			     .layout = !view->clock ? &AFTER
				       : narrow     ? &CLOCK_NARROW
						    : &CLOCK,
			     .zone = { .utc = view->utc } };

	if (!tree->count)
		return true;
	if (!tree_link(tree, view->which))
		return false;
	for (uint32_t i = 0; i < tree->count; i++)
		if (tree->node[i].start > p.now)
			p.now = tree->node[i].start;
	put_heading(&p, out);
	for (uint32_t at = tree->top; at != TREE_NONE;) {
		bool descend = !view->depth || tree->node[at].depth + 1 < view->depth;

		put_lines(&p, out, at);
		at = tree_following(tree, at, descend);
	}
	/* Never shortened: whether events were lost is at its end. */
	vigil_line_begin(&p.line, out, 0, view->color);
	put_totals(&tree->totals, &p.line);
	vigil_line_end(&p.line);
	return !out->failed;
}
