/* SPDX-License-Identifier: MIT */
/* top.c - `vigil top`: shows the activity of programs on this machine. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/cli.h"
#include "common/confinement.h"
#include "common/options.h"
#include "common/output.h"
#include "common/session.h"
#include "text/line.h"
#include "text/visible.h"
#include "os/os.h"
#include "screen.h"
#include "views/programs.h"

#define DRAW_MS        250 /* minimum time between two updates of the screen */
#define ROWS           20  /* of a plain snapshot */
#define STARTS_PROGRAM (OS_WINDOWS ? VIGIL_EVENT_PROCESS_CREATE : VIGIL_EVENT_PROCESS_EXEC)
#define NARROW         100 /* minimum width in columns; below, a program is shown by its base name */

enum column {
	RATE,
	STARTS,
	RUNNING,
	FAILED,
	MEAN,
	LONGEST,
	CPU,
	COLUMNS
};

static const struct {
	const char *heading; /* right-aligned */
	unsigned width;      /* with the separator on its left */
	bool wide;           /* only on a wide terminal */
} columns[COLUMNS] = {
	[RATE] = { "STARTS/S", 8, false },   [STARTS] = { "STARTS", 9, false },
	[RUNNING] = { "RUNNING", 9, false }, [FAILED] = { "FAILED", 8, false },
	[MEAN] = { "MEAN LIFE", 11, false }, [LONGEST] = { "LONGEST", 10, true },
	[CPU] = { "CPU", 10, false },
};

struct row {
	uint32_t program;
	uint64_t key;            /* the value to sort by */
	uint64_t value[COLUMNS]; /* rate: starts per second, times ten */
};

struct top {
	struct options options;
	uint64_t interval_ms;
	enum column sort;
	bool paused, full; /* full: uses the whole terminal */
	bool narrow;

	struct programs programs;
	uint64_t *starts_before; /* by program, at the previous update */
	uint32_t known_before;
	struct row *row;
	uint32_t rows, rows_capacity;
	uint64_t starts, ends, lost, lost_of[VIGIL_TYPE_MAX];
	uint64_t all_starts_before;
	int64_t begun_ms, before_ms;
	uint64_t rate; /* of all programs, times ten */
	uint64_t shown;
	struct session session;
	int64_t next_ms, drawn_ms; /* when the next rows are due; when the screen was last drawn */
	bool pending;              /* the screen is to be redrawn */
	struct vigil_buffer text, cell;
};

/* ---- options ---- */

static const char *const sort_words[] = {
	[RATE] = "rate",     [STARTS] = "starts",   [RUNNING] = "running", [FAILED] = "failed",
	[MEAN] = "lifetime", [LONGEST] = "longest", [CPU] = "cpu",         [COLUMNS] = NULL,
};

static const struct options_line lines[] = {
	{ .name = "sort",
	  .letter = 's',
	  .value = "COLUMN",
	  OPTION_IN(CHOICE, struct top, sort),
	  .words = sort_words,
	  .initial = "rate",
	  .help = "column to sort by" },
	{ .name = "interval",
	  .letter = 'i',
	  .value = "TIME",
	  OPTION_IN(TIME, struct top, interval_ms),
	  .min = DRAW_MS,
	  .max = 3600000,
	  .initial = "1s",
	  .help = "a picture every TIME" },
	{ .name = "count",
	  .letter = 'n',
	  .value = "N",
	  OPTION_IN(NUMBER, struct top, options.count),
	  .min = 1,
	  .help = "end after N pictures" },
};
static const struct options_group own = OPTIONS_GROUP(lines);

static const struct options_section sections[] = {
	{ .groups = { &options_look, &options_redact, &options_queue, &own } },
};

static int run_top(int argc, char **argv);

const struct options_command top_command = {
	.name = "top",
	.summary = "show what the programs of this machine do, now",
	.run = run_top,
	.before =
	    "usage: vigil top [OPTIONS]\n"
	    "\n"
	    "Shows what the programs of this machine do: how often each is started, how many\n"
	    "processes run it, how long they last, how many failed, the CPU time of those that\n"
	    "ended. Counts begin when it begins. Needs root. Where standard output is no\n"
	    "terminal, the pictures come one after the other as plain text.\n"
	    "\n"
	    "keys: q ends, s sorts by the next column, p pauses\n",
	.after = "\n"
		 "examples:\n"
		 "  sudo vigil top\n"
		 "  sudo vigil top --sort cpu --interval 10s --count 6 >minute.txt\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

/* ---- rows ---- */

static int compare(const void *one, const void *other)
{
	const struct row *a = one, *b = other;

	if (a->key != b->key)
		return a->key < b->key ? 1 : -1;
	if (a->value[STARTS] != b->value[STARTS])
		return a->value[STARTS] < b->value[STARTS] ? 1 : -1;
	return a->program < b->program ? -1 : 1;
}

/* Returns starts per second times ten, rounded: small rates matter. */
static uint64_t rate_of(uint64_t starts, int64_t ms)
{
	return ms > 0 ? (starts * 10000 + (uint64_t)ms / 2) / (uint64_t)ms : 0;
}

static void make_row(struct top *top, uint32_t program, int64_t ms)
{
	const struct program *p = &top->programs.program[program];
	uint64_t starts_before = program < top->known_before ? top->starts_before[program] : 0;
	struct row *row = &top->row[top->rows];

	if (!p->starts && !p->ended && !p->running)
		return;
	*row = (struct row){ .program = program,
			     .value = { [RATE] = rate_of(p->starts - starts_before, ms),
					[STARTS] = p->starts,
					[RUNNING] = p->running,
					[FAILED] = p->failed,
					[MEAN] = p->ended ? p->lifetime / p->ended : 0,
					[LONGEST] = p->longest,
					[CPU] = p->cpu_time } };
	row->key = row->value[top->sort];
	top->rows++;
}

/* Allocates a row for each program. Returns false if memory is short. */
static bool grow_rows(struct top *top)
{
	uint32_t count = top->programs.names.count, capacity = count < 64 ? 64 : count * 2;
	struct row *row;
	uint64_t *starts;

	if (count <= top->rows_capacity && top->row)
		return true;
	row = realloc(top->row, capacity * sizeof(*row));
	if (row)
		top->row = row;
	starts = realloc(top->starts_before, capacity * sizeof(*starts));
	if (starts)
		top->starts_before = starts;
	if (row && starts)
		top->rows_capacity = capacity;
	return row && starts;
}

/* Computes the rows for the time since the previous update. */
static bool make_rows(struct top *top)
{
	int64_t now = os_now_ms(), ms = now - top->before_ms;
	uint32_t count = top->programs.names.count;

	if (!grow_rows(top))
		return false;
	top->rows = 0;
	for (uint32_t i = 0; i < count; i++)
		make_row(top, i, ms);
	for (uint32_t i = 0; i < count; i++)
		top->starts_before[i] = top->programs.program[i].starts;
	top->known_before = count;
	top->rate = rate_of(top->starts - top->all_starts_before, ms);
	top->all_starts_before = top->starts;
	top->before_ms = now;
	return true;
}

static void sort_rows(struct top *top)
{
	for (uint32_t i = 0; i < top->rows; i++)
		top->row[i].key = top->row[i].value[top->sort];
	if (top->rows)
		qsort(top->row, top->rows, sizeof(*top->row), compare);
}

/* ---- drawing ---- */

/* Puts the text of top->cell, ASCII, right-aligned below the column's heading. Returns where the
 * next column begins. */
static unsigned put_right(struct top *top, struct vigil_line *line, unsigned from,
			  enum column column)
{
	unsigned to = from + columns[column].width, length = (unsigned)top->cell.length;

	vigil_put_char(&top->cell, '\0');
	if (length && to - length > line->column)
		vigil_line_spaces(line, to - length - line->column);
	if (length)
		vigil_line_text(line, top->cell.data);
	return to;
}

static bool is_shown(const struct top *top, enum column column)
{
	return !columns[column].wide || !top->narrow;
}

static void put_tenths(struct vigil_line *line, uint64_t tenths)
{
	vigil_line_unsigned(line, tenths / 10);
	vigil_line_text(line, ".");
	vigil_line_unsigned(line, tenths % 10);
}

static void put_value(struct top *top, uint64_t value, enum column column)
{
	struct vigil_line cell;

	top->cell.length = 0;
	vigil_line_begin(&cell, &top->cell, 0, false);
	if (!value && column != STARTS)
		return;
	if (column == RATE)
		put_tenths(&cell, value);
	else if (column >= MEAN)
		vigil_line_duration(&cell, value);
	else
		vigil_line_unsigned(&cell, value);
}

/* Prints the path of a program. If it does not fit, what is left out is folders at its beginning,
 * because the end distinguishes programs. */
static void put_program(struct vigil_line *line, struct vigil_string path)
{
	static const char ELLIPSIS[] = "\xe2\x80\xa6";
	uint32_t room = line->width > line->column ? line->width - line->column : 0, skip = 0;

	while (line->width && path.length - skip + (skip ? 1 : 0) > room) {
		uint32_t next = skip + 1;

		while (next < path.length && path.data[next] != (line->windows ? '\\' : '/'))
			next++;
		if (next >= path.length)
			break;
		skip = next;
	}
	if (skip)
		vigil_line_string(line, (struct vigil_string){ ELLIPSIS, 3, 3 }, 0);
	path = (struct vigil_string){ path.data + skip, path.length - skip, path.length - skip };
	vigil_line_string(line, path, 0);
}

static void put_row(struct top *top, struct vigil_line *line, const struct row *row)
{
	const struct string_table *names = &top->programs.names;
	uint32_t length = names->length[row->program];
	struct vigil_string name = { names->text[row->program], length, length };
	unsigned at = 0;

	for (enum column column = RATE; column < COLUMNS; column++) {
		if (!is_shown(top, column))
			continue;
		put_value(top, row->value[column], column);
		if (column == FAILED && top->cell.length)
			vigil_line_style(line, VIGIL_RED);
		at = put_right(top, line, at, column);
		vigil_line_style(line, VIGIL_PLAIN);
	}
	vigil_line_to(line, at + 2);
	line->windows = OS_WINDOWS;
	if (top->narrow && *name.data != '[') /* a kernel thread's name is not a path */
		name = visible_base(name, line->windows);
	put_program(line, name);
	vigil_line_end(line);
}

static void put_losses(const struct top *top, struct vigil_line *line)
{
	if (!top->lost) {
		vigil_line_text(line, ", nothing lost");
		return;
	}
	vigil_line_text(line, ", ");
	vigil_line_style(line, VIGIL_ALARM);
	vigil_line_unsigned(line, top->lost);
	vigil_line_text(line, " LOST");
	vigil_line_style(line, VIGIL_PLAIN);
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		if (!top->lost_of[type])
			continue;
		vigil_line_text(line, " ");
		vigil_line_text(line, vigil_type_name(type));
		vigil_line_text(line, " ");
		vigil_line_unsigned(line, top->lost_of[type]);
	}
}

static void put_head(struct top *top, struct vigil_line *line)
{
	struct vigil_zone zone = { .utc = top->options.how.utc };

	vigil_line_time(line, &zone, os_wall_ns());
	vigil_line_text(line, "  ");
	put_tenths(line, top->rate);
	vigil_line_text(line, " starts/s, ");
	vigil_line_unsigned(line, top->starts);
	vigil_line_text(line, " starts and ");
	vigil_line_unsigned(line, top->ends);
	vigil_line_text(line, " ends in ");
	vigil_line_duration(line, (uint64_t)(os_now_ms() - top->begun_ms) * 1000000);
	put_losses(top, line);
	if (top->paused) {
		vigil_line_text(line, "  ");
		vigil_line_style(line, VIGIL_YELLOW);
		vigil_line_text(line, "PAUSED");
		vigil_line_style(line, VIGIL_PLAIN);
	}
	vigil_line_end(line);
}

static void put_headings(struct top *top, struct vigil_line *line)
{
	unsigned at = 0;

	for (enum column column = RATE; column < COLUMNS; column++) {
		if (!is_shown(top, column))
			continue;
		top->cell.length = 0;
		vigil_put_text(&top->cell, columns[column].heading);
		vigil_line_style(line, column == top->sort ? VIGIL_CYAN : VIGIL_BOLD);
		at = put_right(top, line, at, column);
		vigil_line_style(line, VIGIL_PLAIN);
	}
	vigil_line_to(line, at + 2);
	vigil_line_style(line, VIGIL_BOLD);
	vigil_line_text(line, "PROGRAM");
	vigil_line_style(line, VIGIL_PLAIN);
	vigil_line_end(line);
}

static void put_keys(const struct top *top, struct vigil_line *line)
{
	vigil_line_style(line, VIGIL_DIM);
	vigil_line_text(line, "q end   s sort by ");
	vigil_line_text(line, sort_words[(top->sort + 1) % COLUMNS]);
	vigil_line_text(line, top->paused ? "   p continue" : "   p pause");
	vigil_line_end(line);
}

/* Returns false if memory is short. */
static bool make_picture(struct top *top)
{
	bool color = output_is_colored(top->options.how.color, STDOUT_FILENO);
	unsigned wide = (unsigned)(top->options.how.width > 0 ? top->options.how.width : 0);
	unsigned high = ROWS + 4;
	struct vigil_line line;
	uint32_t rows;

	if (top->full)
		screen_size(&wide, &high);
	top->narrow = wide && wide < NARROW;
	sort_rows(top);
	rows = top->rows < high - 4 ? top->rows : high - 4;
	top->text.length = 0;
	vigil_line_begin(&line, &top->text, wide, color);
	put_head(top, &line);
	vigil_put_char(&top->text, '\n');
	vigil_line_begin(&line, &top->text, wide, color);
	put_headings(top, &line);
	for (uint32_t i = 0; i < rows; i++) {
		vigil_line_begin(&line, &top->text, wide, color);
		put_row(top, &line, &top->row[i]);
	}
	for (uint32_t i = rows; top->full && i < high - 4; i++)
		vigil_put_char(&top->text, '\n');
	if (top->full) {
		vigil_line_begin(&line, &top->text, wide, color);
		put_keys(top, &line);
	} else {
		vigil_put_char(&top->text, '\n');
	}
	return !top->text.failed && !top->cell.failed;
}

/* Returns EXIT_FINE, or the exit status. */
static int show(struct top *top)
{
	if (!make_picture(top)) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	if (top->full)
		return screen_show(top->text.data, top->text.length) ? EXIT_FINE : EXIT_PEER;
	return os_write_all(STDOUT_FILENO, top->text.data, top->text.length) == 0 ? EXIT_FINE
										  : EXIT_PEER;
}

/* ---- following ---- */

static int top_take(void *context, const struct vigil_event *event)
{
	struct top *top = context;
	uint32_t type = event->record->type;

	top->starts += type == STARTS_PROGRAM;
	top->ends += type == VIGIL_EVENT_PROCESS_EXIT;
	if (type == VIGIL_EVENT_LOST) {
		top->lost += event->lost->count;
		top->lost_of[event->lost->type < VIGIL_TYPE_MAX ? event->lost->type : 0] +=
		    event->lost->count;
	}
	if (programs_apply(&top->programs, event))
		return SESSION_CONTINUE;
	cli_say("no memory");
	return EXIT_ERROR;
}

/* Returns true if a key changed the view. */
static bool obey(struct top *top)
{
	bool changed = false;
	int key;

	while (top->full && (key = screen_key()) != 0) {
		if (key == 'q')
			cli_signal = SIGINT;
		else if (key == 's')
			top->sort = (top->sort + 1) % COLUMNS;
		else if (key == 'p')
			top->paused = !top->paused;
		changed = true;
		if (key == 'q')
			break;
	}
	return changed;
}

/* Returns when to draw next: at the interval, or soon after a key or a change of size, but never
 * twice within DRAW_MS, even while a key is held down. */
static void top_schedule(struct top *top)
{
	int64_t soon = top->drawn_ms + DRAW_MS;

	top->session.tick_ms = top->pending && soon < top->next_ms ? soon : top->next_ms;
}

/* Waits for an event or a key of the full screen. */
static void top_wait(void *context, int ms)
{
	struct top *top = context;

	screen_wait(vigil_fd(top->session.vigil), ms);
	top->pending |= obey(top);
	top->pending |= screen_changed();
	top_schedule(top);
}

static int top_tick(void *context)
{
	struct top *top = context;
	int status = EXIT_FINE;

	top->pending |= obey(top);
	if (os_now_ms() >= top->next_ms) {
		top->next_ms = os_now_ms() + (int64_t)top->interval_ms;
		if (!top->paused && !make_rows(top)) {
			cli_say("no memory");
			return EXIT_ERROR;
		}
		top->pending |= !top->paused;
		top->shown += !top->paused;
	}
	if (top->pending && !cli_signal && os_now_ms() - top->drawn_ms >= DRAW_MS) {
		status = show(top);
		top->drawn_ms = os_now_ms();
		top->pending = false;
	}
	top_schedule(top);
	if (status != EXIT_FINE)
		return status;
	return top->options.count && top->shown >= top->options.count && !top->pending
		   ? EXIT_FINE
		   : SESSION_CONTINUE;
}

static int top_events(struct top *top, struct vigil *v)
{
	top->session = (struct session){ .vigil = v,
					 .end = SESSION_CUT,
					 .context = top,
					 .take = top_take,
					 .tick = top_tick,
					 .wait = top->full ? top_wait : NULL };
	top->before_ms = top->begun_ms;
	top->next_ms = top->begun_ms + (top->full ? DRAW_MS : (int64_t)top->interval_ms);
	top_schedule(top);
	return session_run(&top->session);
}

static int show_programs(struct top *top)
{
	struct confinement confinement = { .source = &top->options.source };
	struct vigil_error error;
	struct vigil *v;
	int status;

	top->options.source.types =
	    VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
	    VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) |
	    VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_SNAPSHOT) | VIGIL_TYPE_BIT(VIGIL_EVENT_LOST);
	confinement_begin(&confinement);
	os_set_realtime(true);
	if (vigil_open(&v, &top->options.source, &error) < 0)
		return cli_fail(&error);
	top->full = screen_open(); /* Landlock denies requests to terminals opened later */
	confinement_complete(&confinement);
	top->begun_ms = os_now_ms();
	if (top->full && !screen_begin()) {
		cli_say("cannot take the terminal; plain pictures follow");
		top->full = false;
	}
	status = top_events(top, v);
	if (top->full)
		screen_end();
	if (status == EXIT_PEER)
		cli_say("the reader of standard output has gone; stopped.");
	vigil_close(v);
	return status;
}

static int run_top(int argc, char **argv)
{
	struct top top = { .interval_ms = 1000 };
	int status;

	if (!options_open(&top.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse_all(&top_command, &top.options, argc, argv);
	if (status < 0) {
		cli_catch_signals();
		status = show_programs(&top);
	}
	programs_free(&top.programs);
	vigil_buffer_free(&top.text);
	vigil_buffer_free(&top.cell);
	free(top.row);
	free(top.starts_before);
	options_close(&top.options);
	return status;
}
