/* SPDX-License-Identifier: MIT */
/* rows.h - prints the rows of a query result on standard output: as a table, CSV or JSON lines. */
#ifndef VIGIL_ROWS_H
#define VIGIL_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "core/bytes.h"

enum rows_format {
	ROWS_TABLE,
	ROWS_CSV,
	ROWS_JSON
};

#define ROWS_COLUMNS 64 /* of a table; further columns are not aligned */

struct rows {
	enum rows_format format;
	bool exact;    /* CSV: no apostrophe before text that a spreadsheet would run */
	bool terminal; /* standard output is one: control characters in CSV are made visible */
	sqlite3_stmt *statement;
	unsigned width;                 /* of the terminal; 0: no terminal */
	unsigned columns[ROWS_COLUMNS]; /* where each column ends */
	char **kept;                    /* the first rows, until the widths are known */
	size_t kept_count;
	bool begun;
	struct vigil_buffer out;
	int status; /* EXIT_...: of what was written so far */
};

void rows_begin(struct rows *rows, enum rows_format format, bool exact, sqlite3_stmt *statement);
int rows_add(struct rows *rows); /* the current row of the statement; EXIT_... */
int rows_end(struct rows *rows); /* writes the rest; EXIT_... */

#endif /* VIGIL_ROWS_H */
