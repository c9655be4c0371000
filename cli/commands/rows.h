/* SPDX-License-Identifier: MIT */
/* rows.h - the rows of an answer on standard output: as a table, CSV or JSON lines. */
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

#define ROWS_COLUMNS 64 /* of a table; those behind are not aligned */

struct rows {
	enum rows_format format;
	bool exact;    /* CSV: no apostrophe before what a spreadsheet would run */
	bool terminal; /* standard output is one: CSV is made visible */
	sqlite3_stmt *statement;
	unsigned width;                 /* of the terminal; 0: none */
	unsigned columns[ROWS_COLUMNS]; /* where each ends */
	char **kept;                    /* the first rows, until the widths are known */
	size_t kept_count;
	bool begun;
	struct vigil_buffer out;
	int status; /* EXIT_...: of what was written so far */
};

void rows_begin(struct rows *rows, enum rows_format format, bool exact, sqlite3_stmt *statement);
int rows_add(struct rows *rows); /* the statement's present row; EXIT_... */
int rows_end(struct rows *rows); /* writes the rest; EXIT_... */

#endif /* VIGIL_ROWS_H */
