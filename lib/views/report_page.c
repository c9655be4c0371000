/* SPDX-License-Identifier: MIT */
/*
 * report_page.c - writes the page with the data that report.c collected.
 *
 * Processes are written column by column in the order of the tree, each after its parent. Each
 * text is written once, at the end; rows refer to it by its number. Times are microseconds after
 * the first event.
 */
#include "views/report_data.h"

#include <stdlib.h>
#include <string.h>

#include "text/visible.h"
#include "record/names.h"
#include "users/users.h"

#define PIECE    (64u << 10)
#define TEXT_MAX (24u << 20) /* of all texts; beyond it each is shortened */
#define SHORT    160         /* columns of a shortened text */

/* Flags of a process; page/model.js has the same. */
enum flag {
	ENDED = 1,
	KNOWN_END = 2,
	SIGNAL = 4,
	CORE = 8,
	PROCESS_SNAPSHOT = 16,
	KERNEL = 32,
	FORKED = 64, /* has not called exec */
	MARKED = 128
};

struct page {
	struct report *report;
	struct string_table texts;
	struct vigil_buffer out, text;
	uint32_t *row_of; /* by node */
	uint32_t *order;  /* nodes by row */
	uint32_t rows;
	uint64_t shortened;
	bool first; /* at the start of an array or object: no comma is needed */
	report_writer *write;
	void *context;
	enum vigil_code code;
};

/* ---- JSON ---- */

static void flush_page(struct page *page)
{
	if (page->out.failed)
		page->code = VIGIL_ERROR_MEMORY;
	if (page->code == VIGIL_OK && page->out.length)
		page->code = page->write(page->context, page->out.data, page->out.length);
	page->out.length = 0;
}

static void put_comma(struct page *page)
{
	if (!page->first)
		vigil_put_char(&page->out, ',');
	page->first = false;
	if (page->out.length > PIECE)
		flush_page(page);
}

static void begin_json(struct page *page, char bracket)
{
	put_comma(page);
	vigil_put_char(&page->out, bracket);
	page->first = true;
}

static void end_json(struct page *page, char bracket)
{
	vigil_put_char(&page->out, bracket);
	page->first = false;
}

static void put_string(struct page *page, const char *text, size_t length)
{
	put_comma(page);
	visible_quote(&page->out, text, length);
}

static void put_key(struct page *page, const char *key)
{
	put_string(page, key, strlen(key));
	vigil_put_char(&page->out, ':');
	page->first = true;
}

static void put_unsigned(struct page *page, uint64_t value)
{
	put_comma(page);
	vigil_put_unsigned(&page->out, value);
}

static void put_signed(struct page *page, int64_t value)
{
	put_comma(page);
	vigil_put_signed(&page->out, value);
}

static void put_count(struct page *page, const char *key, uint64_t value)
{
	put_key(page, key);
	put_unsigned(page, value);
}

/* Writes the number of a row or text; -1 for UINT32_MAX (none). */
static void put_index(struct page *page, uint32_t index)
{
	put_signed(page, index == UINT32_MAX ? -1 : (int64_t)index);
}

/* Writes a time in us after the first event; negative: before it. */
static void put_time(struct page *page, uint64_t ns)
{
	put_signed(page, ((int64_t)ns - (int64_t)page->report->first) / 1000);
}

/* ---- texts ---- */

static void put_text_number(struct page *page)
{
	const char *text = page->text.data ? page->text.data : "";
	uint32_t number = string_table_add(&page->texts, text, page->text.length);

	if (number == STRINGS_NONE || page->text.failed)
		page->code = VIGIL_ERROR_MEMORY;
	put_index(page, number);
}

static void put_bytes(struct page *page, struct vigil_string s, bool list, bool windows)
{
	bool much = page->texts.bytes > TEXT_MAX;

	page->text.length = 0;
	page->shortened +=
	    !visible_put(&page->text, s, list, windows, much ? SHORT : REPORT_TEXT_COLUMNS);
	put_text_number(page);
}

/* Writes printable text. */
static void put_text(struct page *page, const char *text)
{
	page->text.length = 0;
	vigil_put_text(&page->text, text);
	put_text_number(page);
}

static void put_command(struct page *page, const struct tree_run *run)
{
	struct vigil_string none = { "", 0, 0 };

	if (!run)
		put_bytes(page, none, false, false);
	else if (run->command.length)
		put_bytes(page, run->command, run->list, run->windows);
	else
		put_bytes(page, run->image, false, run->windows);
}

static void put_name(struct page *page, const struct tree_run *run)
{
	struct vigil_string path = { "", 0, 0 };

	if (run)
		path = run->image.length ? run->image : run->command;
	put_bytes(page, visible_base(path, run && run->windows), false, run && run->windows);
}

/* ---- processes ---- */

static unsigned flags_of(const struct tree_node *node)
{
	const struct {
		bool set;
		unsigned flag;
	} flags[] = {
		{ node->ended, ENDED },
		{ node->known_end, KNOWN_END },
		{ node->signal != 0, SIGNAL },
		{ node->core, CORE },
		{ node->existing, PROCESS_SNAPSHOT },
		{ (node->attributes & VIGIL_PROCESS_KERNEL) != 0, KERNEL },
		{ !node->run, FORKED },
		{ node->mark, MARKED },
	};
	unsigned all = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		all |= flags[i].set ? flags[i].flag : 0;
	return all;
}

static uint32_t row_of(const struct page *page, uint32_t node)
{
	return node == TREE_NONE ? UINT32_MAX : page->row_of[node];
}

enum column {
	PID,
	PARENT,
	PARENT_PID,
	START,
	LASTED,
	CPU,
	MEMORY,
	EXIT,
	FLAGS,
	USER,
	THREADS,
	IMAGES,
	NAME,
	COMMAND,
	COLUMNS
};

static void put_cell(struct page *page, const struct tree_node *node, enum column column)
{
	const struct tree *tree = page->report->tree;

	switch (column) {
	case PID:
		put_unsigned(page, node->id.pid);
		break;
	case PARENT:
		put_index(page, row_of(page, node->parent));
		break;
	case PARENT_PID: /* of a parent without a row */
		put_unsigned(page, node->parent == TREE_NONE ? node->parent_id.pid : 0);
		break;
	case START:
		put_time(page, node->start ? node->start : page->report->first);
		break;
	case LASTED:
		put_signed(page, node->end ? (int64_t)(node->lasted / 1000) : -1);
		break;
	case CPU:
		put_unsigned(page, node->cpu_time / 1000);
		break;
	case MEMORY: /* KiB */
		put_unsigned(page, node->max_memory / 1024);
		break;
	case EXIT:
		put_unsigned(page, node->signal ? node->signal : node->code);
		break;
	case FLAGS:
		put_unsigned(page, flags_of(node));
		break;
	case USER:
		put_index(page, node->euid);
		break;
	case THREADS:
		put_unsigned(page, node->threads);
		break;
	case IMAGES:
		put_unsigned(page, node->images);
		break;
	case NAME:
		put_name(page, tree_run_of(tree, node));
		break;
	default:
		put_command(page, tree_run_of(tree, node));
	}
}

static void put_processes(struct page *page)
{
	static const char *const KEYS[COLUMNS] = {
		[PID] = "pid",  [PARENT] = "up", [PARENT_PID] = "ppid", [START] = "t",
		[LASTED] = "d", [CPU] = "cpu",   [MEMORY] = "mem",      [EXIT] = "x",
		[FLAGS] = "f",  [USER] = "uid",  [THREADS] = "th",      [IMAGES] = "im",
		[NAME] = "n",   [COMMAND] = "m",
	};

	put_key(page, "p");
	begin_json(page, '{');
	for (enum column column = PID; column < COLUMNS; column++) {
		put_key(page, KEYS[column]);
		begin_json(page, '[');
		for (uint32_t row = 0; row < page->rows; row++)
			put_cell(page, &page->report->tree->node[page->order[row]], column);
		end_json(page, ']');
	}
	end_json(page, '}');
}

/* The programs of each process that ran several: row, time, name, command. */
static void put_runs(struct page *page)
{
	put_key(page, "runs");
	begin_json(page, '[');
	for (uint32_t row = 0; row < page->rows; row++) {
		const struct tree_run *run = page->report->tree->node[page->order[row]].run;

		if (!run || !run->next)
			continue;
		for (; run; run = run->next) {
			begin_json(page, '[');
			put_unsigned(page, row);
			put_time(page, run->time);
			put_name(page, run);
			put_command(page, run);
			end_json(page, ']');
		}
	}
	end_json(page, ']');
}

/* ---- the other tables ---- */

/* Name, starts, running, ended, failed, lifetime, longest, CPU time, of programs with starts or
 * exits. */
static void put_programs(struct page *page)
{
	const struct programs *programs = &page->report->programs;

	put_key(page, "programs");
	begin_json(page, '[');
	for (uint32_t i = 0; i < programs->names.count; i++) {
		const struct program *p = &programs->program[i];
		const char *name = programs->names.text[i];
		uint32_t length = programs->names.length[i];

		if (!p->starts && !p->ended)
			continue;
		begin_json(page, '[');
		put_bytes(page, (struct vigil_string){ name, length, length }, false, true);
		put_unsigned(page, p->starts);
		put_unsigned(page, p->running);
		put_unsigned(page, p->ended);
		put_unsigned(page, p->failed);
		put_unsigned(page, p->lifetime / 1000);
		put_unsigned(page, p->longest / 1000);
		put_unsigned(page, p->cpu_time / 1000);
		end_json(page, ']');
	}
	end_json(page, ']');
}

/* Time of the first load, path, loads, row of the first loader, attributes. */
static void put_images(struct page *page)
{
	const struct report *report = page->report;

	put_key(page, "images");
	begin_json(page, '[');
	for (uint32_t i = 0; i < report->images.count; i++) {
		const struct report_image *image = &report->images.row[i];
		uint32_t length = report->paths.length[i];

		begin_json(page, '[');
		put_time(page, image->first);
		put_bytes(page, (struct vigil_string){ report->paths.text[i], length, length },
			  false, true);
		put_unsigned(page, image->count);
		put_index(page, row_of(page, image->by));
		put_unsigned(page, image->attributes);
		put_unsigned(page, image->driver);
		end_json(page, ']');
	}
	end_json(page, ']');
}

/* Time, type, row of the actor, row of the target, description. */
static void put_incidents(struct page *page)
{
	put_key(page, "incidents");
	begin_json(page, '[');
	for (uint32_t i = 0; i < page->report->incidents.count; i++) {
		const struct report_incident *incident = &page->report->incidents.row[i];

		begin_json(page, '[');
		put_time(page, incident->time);
		put_text(page, vigil_type_name(incident->type));
		put_index(page, row_of(page, incident->by));
		put_index(page, row_of(page, incident->on));
		put_text(page, incident->text);
		end_json(page, ']');
	}
	end_json(page, ']');
}

static void put_losses(struct page *page)
{
	put_key(page, "losses");
	begin_json(page, '[');
	for (uint32_t i = 0; i < page->report->losses.count; i++) {
		const struct report_loss *loss = &page->report->losses.row[i];
		const char *type = vigil_type_name(loss->type);
		const char *reason = vigil_loss_name(loss->reason);

		begin_json(page, '[');
		put_time(page, loss->time);
		put_unsigned(page, loss->count);
		put_text(page, type ? type : "");
		put_text(page, reason ? reason : "unknown");
		end_json(page, ']');
	}
	end_json(page, ']');
}

static void put_users(struct page *page)
{
	const struct tree *tree = page->report->tree;
	struct process_map seen = { 0 };

	put_key(page, "users");
	begin_json(page, '{');
	for (uint32_t i = 0; i < tree->count; i++) {
		struct vigil_id uid = { .pid = tree->node[i].euid };
		const char *name;
		char digits[VIGIL_DECIMAL_MAX];
		size_t length = vigil_format_unsigned(digits, uid.pid);

		if (uid.pid == VIGIL_UNKNOWN || process_map_find(&seen, &uid) != PROCESS_MAP_NONE)
			continue;
		if (!process_map_set(&seen, &uid, 0))
			page->code = VIGIL_ERROR_MEMORY;
		name = vigil_user_name(uid.pid, page->report->last);
		if (!name)
			continue;
		digits[length] = '\0';
		put_key(page, digits);
		put_text(page, name);
	}
	end_json(page, '}');
	process_map_free(&seen);
}

/* Names of the signals, by their number. */
static void put_signals(struct page *page)
{
	const char *name = "";

	put_key(page, "signals");
	begin_json(page, '[');
	for (uint32_t number = 0; name; number++) {
		put_text(page, name);
		name = vigil_signal_name(number + 1);
	}
	end_json(page, ']');
}

static void put_counts(struct page *page)
{
	const struct report *report = page->report;
	const struct tree_totals *totals = tree_totals(report->tree);

	put_key(page, "counts");
	begin_json(page, '{');
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
		put_count(page, vigil_type_name(type), report->counts[type]);
	end_json(page, '}');
	put_key(page, "totals");
	begin_json(page, '{');
	put_count(page, "started", totals->processes - totals->existing);
	put_count(page, "existing", totals->existing);
	put_count(page, "failed", totals->failed);
	put_count(page, "alive", totals->alive);
	put_count(page, "cpu", totals->cpu_time / 1000);
	put_count(page, "lost", totals->lost);
	end_json(page, '}');
}

/* The numbers of reported items that the page does not show. */
static void put_cut(struct page *page)
{
	const struct report *report = page->report;

	put_key(page, "cut");
	begin_json(page, '{');
	put_count(page, "processes", tree_totals(report->tree)->cut);
	put_count(page, "image loads", report->images.cut);
	put_count(page, "incidents", report->incidents.cut);
	put_count(page, "losses", report->losses.cut);
	put_count(page, "texts", page->shortened);
	end_json(page, '}');
}

static void put_head(struct page *page, const char *source)
{
	const struct report *report = page->report;
	const struct {
		const char *key, *value;
	} words[] = { { "host", report->host },
		      { "source", source },
		      { "version", VIGIL_VERSION } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct vigil_string value = { words[i].value, (uint32_t)strlen(words[i].value), 0 };

		put_key(page, words[i].key);
		put_bytes(page, value, false, true);
	}
	put_count(page, "first", report->first / 1000000); /* ms since 1970 UTC */
	put_count(page, "last", report->last / 1000000);
	put_count(page, "first_us", report->first / 1000 % 1000);
	put_count(page, "span", (report->last - report->first) / 1000);
}

static void put_texts(struct page *page)
{
	put_key(page, "s");
	begin_json(page, '[');
	for (uint32_t i = 0; i < page->texts.count; i++)
		put_string(page, page->texts.text[i], page->texts.length[i]);
	end_json(page, ']');
}

/* Assigns row numbers in the order of the tree. Returns false if memory is exhausted. */
static bool make_rows(struct page *page)
{
	struct tree *tree = page->report->tree;
	size_t size = (tree->count ? tree->count : 1) * sizeof(uint32_t);

	page->row_of = malloc(size);
	page->order = malloc(size);
	if (!page->row_of || !page->order || !tree_link(tree, TREE_KERNEL))
		return false;
	for (uint32_t at = tree->top; at != TREE_NONE; at = tree_following(tree, at, true)) {
		page->row_of[at] = page->rows;
		page->order[page->rows++] = at;
	}
	return true;
}

enum vigil_code report_write(struct report *report, const char *source, report_writer *write,
			     void *context)
{
	struct page page = { .report = report, .write = write, .context = context, .first = true };

	if (!make_rows(&page)) {
		page.code = VIGIL_ERROR_MEMORY;
	} else {
		vigil_put(&page.out, report_page_before, report_page_before_length);
		begin_json(&page, '{');
		put_head(&page, source);
		put_counts(&page);
		put_processes(&page);
		put_runs(&page);
		put_programs(&page);
		put_images(&page);
		put_incidents(&page);
		put_losses(&page);
		put_users(&page);
		put_signals(&page);
		put_cut(&page);
		put_texts(&page);
		end_json(&page, '}');
		vigil_put(&page.out, report_page_after, report_page_after_length);
		flush_page(&page);
	}
	string_table_free(&page.texts);
	vigil_buffer_free(&page.out);
	vigil_buffer_free(&page.text);
	free(page.row_of);
	free(page.order);
	return page.code;
}
