/* SPDX-License-Identifier: MIT */
/*
 * text.c - lines for people: the text and the table are two selections of columns.
 *
 * All columns but the last come from the table of fields. The last gives the important facts in a
 * few words, which differ by type: see detail.c.
 */
#include "format/detail.h"
#include "format/format.h"

#include <stdlib.h>

#include "record/names.h"

#define NARROW      100 /* columns; below this width, name columns are narrower */
#define COLUMNS_MAX 7

enum content {
	TIME,
	EVENT,
	FIELD,
	DETAIL
};

static const struct layout {
	const char *heading;
	enum content content;
	const char *field, *instead; /* FIELD: its name; shown if that is unknown */
	uint8_t narrow, wide;        /* columns */
	bool right;
	bool in_text; /* otherwise only in the table */
	enum vigil_style style;
} LAYOUT[COLUMNS_MAX] = {
	{ "TIME", TIME, NULL, NULL, 12, 12, false, true, VIGIL_DIM },
	{ "EVENT", EVENT, NULL, NULL, 7, 7, false, true, VIGIL_PLAIN },
	{ "PID", FIELD, "process.pid", NULL, 7, 7, true, true, VIGIL_PLAIN },
	{ "PPID", FIELD, "process.parent.pid", NULL, 7, 7, true, false, VIGIL_DIM },
	{ "USER", FIELD, "user.effective.name", "user.id", 8, 12, false, false, VIGIL_PLAIN },
	{ "NAME", FIELD, "process.name", NULL, 10, 15, false, true, VIGIL_BOLD },
	{ "DETAIL", DETAIL, NULL, NULL, 0, 0, false, true, VIGIL_PLAIN },
};

/* Texts of the column EVENT; longer names of types would make it too wide. */
static const struct {
	const char *label;
	enum vigil_style style;
} LABELS[VIGIL_TYPE_MAX] = {
	[VIGIL_EVENT_PROCESS_CREATE] = { "create", VIGIL_BLUE },
	[VIGIL_EVENT_PROCESS_EXEC] = { "exec", VIGIL_GREEN },
	[VIGIL_EVENT_PROCESS_EXIT] = { "exit", VIGIL_PLAIN },
	[VIGIL_EVENT_THREAD_CREATE] = { "thread+", VIGIL_DIM },
	[VIGIL_EVENT_THREAD_EXIT] = { "thread-", VIGIL_DIM },
	[VIGIL_EVENT_IMAGE_LOAD] = { "image", VIGIL_CYAN },
	[VIGIL_EVENT_DRIVER_LOAD] = { "driver", VIGIL_YELLOW },
	[VIGIL_EVENT_REMOTE_THREAD] = { "remote", VIGIL_YELLOW },
	[VIGIL_EVENT_PROCESS_ACCESS] = { "access", VIGIL_YELLOW },
	[VIGIL_EVENT_PROCESS_DENIED] = { "denied", VIGIL_RED },
	[VIGIL_EVENT_LOST] = { "LOST", VIGIL_ALARM },
	[VIGIL_EVENT_PROCESS_SNAPSHOT] = { "running", VIGIL_DIM },
	[VIGIL_EVENT_THREAD_SNAPSHOT] = { "running", VIGIL_DIM },
	[VIGIL_EVENT_SNAPSHOT_END] = { "running", VIGIL_DIM },
	[VIGIL_EVENT_STATUS] = { "status", VIGIL_BOLD },
	[VIGIL_EVENT_CREDENTIALS] = { "creds", VIGIL_YELLOW },
	[VIGIL_EVENT_EXEC_FAILED] = { "exec?", VIGIL_YELLOW },
	[VIGIL_EVENT_ALERT] = { "ALERT", VIGIL_RED },
};

struct column {
	const struct layout *layout;
	const struct vigil_field *field, *instead;
	unsigned from, width;
};

struct vigil_columns {
	unsigned count;
	struct column column[COLUMNS_MAX];
};

struct vigil_columns *vigil_columns_new(const struct vigil_printer_options *options)
{
	struct vigil_columns *columns = calloc(1, sizeof(*columns));
	bool narrow = options->width > 0 && options->width < NARROW;
	unsigned from = 0;

	if (!columns)
		return NULL;
	for (size_t i = 0; i < COLUMNS_MAX; i++) {
		struct column *column = &columns->column[columns->count];
		const struct layout *layout = &LAYOUT[i];

		if (options->format == VIGIL_FORMAT_TEXT && !layout->in_text)
			continue;
		column->layout = layout;
		column->width = narrow ? layout->narrow : layout->wide;
		column->from = from;
		if (layout->field)
			column->field = vigil_field_find(layout->field);
		if (layout->instead)
			column->instead = vigil_field_find(layout->instead);
		from += column->width + 1;
		columns->count++;
	}
	return columns;
}

void vigil_columns_free(struct vigil_columns *columns)
{
	free(columns);
}

static bool get_field(const struct vigil_field *field, const struct vigil_event *event,
		      struct vigil_value *value)
{
	return field && (field->types & VIGIL_TYPE_BIT(event->record->type)) != 0 &&
	       field->get(event, value);
}

static void add_field(struct vigil_line *line, const struct column *column,
		      const struct vigil_event *event)
{
	const struct vigil_field *field = column->field;
	struct vigil_value value;

	if (!get_field(field, event, &value)) {
		field = column->instead;
		if (!get_field(field, event, &value))
			return;
	}
	if (field->kind == VIGIL_VALUE_STRING) {
		vigil_line_string(line, value.s, column->width);
		return;
	}
	if (column->layout->right) {
		char digits[VIGIL_DECIMAL_MAX];
		size_t length = vigil_format_unsigned(digits, value.u);

		vigil_line_spaces(line,
				  length < column->width ? column->width - (unsigned)length : 0);
	}
	vigil_line_unsigned(line, value.u);
}

void vigil_columns_print(struct vigil_printer *printer, const struct vigil_event *event)
{
	const struct vigil_columns *columns = printer->columns;
	uint32_t type = event->record->type;
	struct vigil_line line;

	vigil_line_begin(&line, &printer->out, printer->options.width, printer->options.color);
	line.windows = event->record->encoding == VIGIL_UTF16LE;
	for (unsigned i = 0; i < columns->count; i++) {
		const struct column *column = &columns->column[i];

		if (i > 0)
			vigil_line_to(&line, column->from);
		vigil_line_style(&line, column->layout->content == EVENT ? LABELS[type].style
									 : column->layout->style);
		switch (column->layout->content) {
		case TIME:
			vigil_line_time(&line, &printer->zone, event->record->time);
			break;
		case EVENT:
			vigil_line_text(&line, LABELS[type].label);
			break;
		case FIELD:
			add_field(&line, column, event);
			break;
		case DETAIL:
			vigil_detail(&line, event);
			break;
		}
		vigil_line_style(&line, VIGIL_PLAIN);
	}
	vigil_line_end(&line);
}

void vigil_columns_heading(struct vigil_printer *printer)
{
	const struct vigil_columns *columns = printer->columns;
	struct vigil_line line;

	vigil_line_begin(&line, &printer->out, printer->options.width, printer->options.color);
	vigil_line_style(&line, VIGIL_BOLD);
	for (unsigned i = 0; i < columns->count; i++) {
		const struct column *column = &columns->column[i];
		unsigned from = column->from;

		if (column->layout->right)
			from += column->width - (unsigned)strlen(column->layout->heading);
		if (i > 0)
			vigil_line_to(&line, from);
		vigil_line_text(&line, column->layout->heading);
	}
	vigil_line_style(&line, VIGIL_PLAIN);
	vigil_line_end(&line);
}
