/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "core/json_string.h"
#include "core/unicode.h"
#include "text/line.h"
#include "os/os.h"

#define KEPT      200 /* rows from which the widths of a table's columns are computed */
#define WIDE      60  /* maximum width of a column; longer values exceed it */
#define OUT_BYTES (128u << 10)

static void write_out(struct rows *rows)
{
	if (rows->status == EXIT_FINE && rows->out.failed) {
		cli_say("no memory");
		rows->status = EXIT_ERROR;
	}
	if (rows->status == EXIT_FINE &&
	    os_write_all(STDOUT_FILENO, rows->out.data, rows->out.length) < 0) {
		rows->status = cli_fail_output(errno);
	}
	rows->out.length = 0;
}

static struct vigil_string column(sqlite3_stmt *statement, int i)
{
	const char *text = (const char *)sqlite3_column_text(statement, i);
	uint32_t length = (uint32_t)sqlite3_column_bytes(statement, i);

	return (struct vigil_string){ text ? text : "", length, length };
}

/* ---- table ---- */

static void table_line(struct rows *rows, struct vigil_string (*cell)(void *, int), void *context)
{
	int count = sqlite3_column_count(rows->statement);
	struct vigil_line line;

	vigil_line_begin(&line, &rows->out, rows->width, false);
	for (int i = 0; i < count; i++) {
		vigil_line_string(&line, cell(context, i), 0);
		if (i + 1 < count && i < ROWS_COLUMNS)
			vigil_line_to(&line, rows->columns[i]);
		else if (i + 1 < count)
			vigil_line_spaces(&line, 2);
	}
	vigil_line_end(&line);
}

static struct vigil_string name_cell(void *context, int i)
{
	const char *name = sqlite3_column_name(context, i);
	uint32_t length = name ? (uint32_t)strlen(name) : 0;

	return (struct vigil_string){ name ? name : "", length, length };
}

static struct vigil_string row_cell(void *context, int i)
{
	return column(context, i);
}

/* A buffered row: its cells, each terminated by a NUL. */
static struct vigil_string kept_cell(void *context, int i)
{
	const char *at = context;
	uint32_t length;

	for (; i > 0; i--)
		at += strlen(at) + 1;
	length = (uint32_t)strlen(at);
	return (struct vigil_string){ at, length, length };
}

static void table_begin(struct rows *rows)
{
	int count = sqlite3_column_count(rows->statement);
	unsigned at = 0;

	for (int i = 0; i < count && i < ROWS_COLUMNS; i++) {
		unsigned widest = name_cell(rows->statement, i).length;

		for (size_t j = 0; j < rows->kept_count; j++) {
			unsigned length = kept_cell(rows->kept[j], i).length;

			widest = length > widest ? length : widest;
		}
		at += (widest < WIDE ? widest : WIDE) + 2;
		rows->columns[i] = at;
	}
	rows->begun = true;
	table_line(rows, name_cell, rows->statement);
	for (size_t j = 0; j < rows->kept_count; j++) {
		table_line(rows, kept_cell, rows->kept[j]);
		free(rows->kept[j]);
	}
	free(rows->kept);
	rows->kept = NULL;
}

static bool keep_row(struct rows *rows)
{
	int count = sqlite3_column_count(rows->statement);
	struct vigil_buffer cells = { 0 };

	if (!rows->kept)
		rows->kept = calloc(KEPT, sizeof(*rows->kept));
	for (int i = 0; i < count; i++) {
		struct vigil_string cell = column(rows->statement, i);

		/* Without embedded NULs, which would end the cell. */
		vigil_put(&cells, cell.data, strlen(cell.data));
		vigil_put_char(&cells, '\0');
	}
	if (!rows->kept || cells.failed || !cells.data) {
		vigil_buffer_free(&cells);
		return false;
	}
	rows->kept[rows->kept_count++] = cells.data;
	return true;
}

static void table_row(struct rows *rows)
{
	if (!rows->begun && !keep_row(rows)) {
		rows->out.failed = true;
		return;
	}
	if (!rows->begun && rows->kept_count == KEPT)
		table_begin(rows);
	else if (rows->begun)
		table_line(rows, row_cell, rows->statement);
}

/* ---- CSV and JSON ---- */

/* First characters that make a spreadsheet treat a cell as a formula, including East Asian wide
 * forms and characters that are skipped before them. The apostrophe that marks text is included, so
 * that the mark can be removed unambiguously. */
static bool begins_formula(struct vigil_string cell)
{
	static const char *const MARKS[] = { "=",
					     "+",
					     "-",
					     "@",
					     "\t",
					     "\r",
					     "\n",
					     "\'",
					     "\xef\xbc\x9d",
					     "\xef\xbc\x8b",
					     "\xef\xbc\x8d",
					     "\xef\xbc\xa0" };

	for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
		size_t length = strlen(MARKS[i]);

		if (cell.length >= length && memcmp(cell.data, MARKS[i], length) == 0)
			return true;
	}
	return false;
}

/* Writes a cell in quotes; to a terminal, with control characters visible. */
static void csv_bytes(struct rows *rows, struct vigil_string cell)
{
	unsigned marks = 0;

	for (uint32_t i = 0; i < cell.length;) {
		struct unicode_shown shown = { .step = 1 };

		if (rows->terminal)
			unicode_show(&shown, cell.data + i, cell.length - i, &marks);
		if (cell.data[i] == '"')
			vigil_put_char(&rows->out, '"');
		vigil_put(&rows->out, shown.length ? shown.text : cell.data + i,
			  shown.length ? shown.length : shown.step);
		i += shown.step;
	}
}

static void csv_cell(struct rows *rows, struct vigil_string cell, bool is_text, bool first)
{
	bool formula = is_text && !rows->exact && begins_formula(cell);
	bool quoted = formula || strcspn(cell.data, ",\"\r\n") != cell.length;

	if (!first)
		vigil_put_char(&rows->out, ',');
	if (quoted)
		vigil_put_char(&rows->out, '"');
	if (formula)
		vigil_put_char(&rows->out, '\'');
	csv_bytes(rows, cell);
	if (quoted)
		vigil_put_char(&rows->out, '"');
}

static void csv_heading(struct rows *rows)
{
	int count = sqlite3_column_count(rows->statement);

	for (int i = 0; i < count; i++)
		csv_cell(rows, name_cell(rows->statement, i), true, i == 0);
	vigil_put(&rows->out, "\r\n", 2);
}

static void csv_row(struct rows *rows)
{
	int count = sqlite3_column_count(rows->statement);

	for (int i = 0; i < count; i++) {
		int type = sqlite3_column_type(rows->statement, i);

		csv_cell(rows, column(rows->statement, i),
			 type != SQLITE_INTEGER && type != SQLITE_FLOAT, i == 0);
	}
	vigil_put(&rows->out, "\r\n", 2);
}

/* JSON has no infinity: it is written as a string. (SQL represents NaN as NULL.) */
static void json_number(struct rows *rows, int i)
{
	struct vigil_string cell = column(rows->statement, i);
	double value = sqlite3_column_double(rows->statement, i);
	bool infinite = value > DBL_MAX || value < -DBL_MAX;

	if (sqlite3_column_type(rows->statement, i) == SQLITE_FLOAT && infinite)
		vigil_put_text(&rows->out, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
	else
		vigil_put(&rows->out, cell.data, cell.length);
}

static void json_row(struct rows *rows)
{
	int count = sqlite3_column_count(rows->statement);

	for (int i = 0; i < count; i++) {
		struct vigil_string name = name_cell(rows->statement, i);
		struct vigil_string cell = column(rows->statement, i);
		int type = sqlite3_column_type(rows->statement, i);

		vigil_put_char(&rows->out, i == 0 ? '{' : ',');
		vigil_put_json(&rows->out, name.data, name.length);
		vigil_put_char(&rows->out, ':');
		if (type == SQLITE_NULL)
			vigil_put_text(&rows->out, "null");
		else if (type == SQLITE_INTEGER || type == SQLITE_FLOAT)
			json_number(rows, i);
		else
			vigil_put_json(&rows->out, cell.data, cell.length);
	}
	vigil_put(&rows->out, "}\n", 2);
}

/* ---- rows ---- */

void rows_begin(struct rows *rows, enum rows_format format, bool exact, sqlite3_stmt *statement)
{
	*rows = (struct rows){ .format = format,
			       .exact = exact,
			       .terminal = isatty(STDOUT_FILENO),
			       .statement = statement,
			       .width = (unsigned)os_columns(STDOUT_FILENO) };
	if (format == ROWS_CSV)
		csv_heading(rows);
}

int rows_add(struct rows *rows)
{
	if (rows->format == ROWS_TABLE)
		table_row(rows);
	else if (rows->format == ROWS_CSV)
		csv_row(rows);
	else
		json_row(rows);
	if (rows->out.length > OUT_BYTES || rows->out.failed)
		write_out(rows);
	return rows->status;
}

int rows_end(struct rows *rows)
{
	if (rows->format == ROWS_TABLE && !rows->begun)
		table_begin(rows);
	write_out(rows);
	vigil_buffer_free(&rows->out);
	return rows->status;
}
