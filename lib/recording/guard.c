/* SPDX-License-Identifier: MIT */
#include "recording/guard.h"

#include <stdint.h>
#include <string.h>

#include "core/error.h"
#include "recording/schema.h"
#include "recording/tables.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define STEPS_BETWEEN 1000 /* between two calls of the progress handler */

/* ---- the connection ---- */

static const struct {
	int option, value;
} CONFIG[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
	{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 }, /* temporary views stay allowed */
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	{ SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0 },
};

/* The statements of Vigil need less than these. */
static const struct {
	int limit, value;
} LIMITS[] = {
	{ SQLITE_LIMIT_LENGTH, GUARD_VALUE_MAX },
	{ SQLITE_LIMIT_SQL_LENGTH, 1 << 20 },
	{ SQLITE_LIMIT_COLUMN, 64 },
	{ SQLITE_LIMIT_EXPR_DEPTH, 100 },
	{ SQLITE_LIMIT_COMPOUND_SELECT, 10 },
	{ SQLITE_LIMIT_VDBE_OP, 100000 },
	{ SQLITE_LIMIT_FUNCTION_ARG, 32 },
	{ SQLITE_LIMIT_ATTACHED, 0 },
	{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000 },
	{ SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
	{ SQLITE_LIMIT_WORKER_THREADS, 0 },
};

int guard_connection(sqlite3 *db)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < COUNT(CONFIG) && code == SQLITE_OK; i++)
		code = sqlite3_db_config(db, CONFIG[i].option, CONFIG[i].value, NULL);
	for (size_t i = 0; i < COUNT(LIMITS); i++)
		sqlite3_limit(db, LIMITS[i].limit, LIMITS[i].value);
	/* If another program truncated a mapped file, this one would get a SIGBUS. */
	if (code == SQLITE_OK)
		code = store_run(db, "PRAGMA mmap_size = 0", NULL, 0, NULL);
	if (code == SQLITE_OK)
		code = store_run(db, "PRAGMA cell_size_check = ON", NULL, 0, NULL);
	return code;
}

/* ---- limits on work ---- */

static int count_steps(void *context)
{
	struct guard_steps *steps = context;

	return --steps->left < 0;
}

void guard_allow(struct guard_steps *steps)
{
	steps->left = GUARD_STEPS / STEPS_BETWEEN;
}

void guard_limit_steps(sqlite3 *db, struct guard_steps *steps)
{
	if (steps)
		guard_allow(steps);
	sqlite3_progress_handler(db, STEPS_BETWEEN, steps ? count_steps : NULL, steps);
}

/* ---- the schema ---- */

/* Reads SQL text as SQLite does: runs of blanks and comments outside quotes are one blank. */
struct sql_reader {
	const char *at;
	char quote; /* that ends the current quoted text; 0: none */
};

static size_t blank_length(const char *at)
{
	if (at[0] == '-' && at[1] == '-')
		return strcspn(at, "\n");
	return strspn(at, " \t\r\n\f");
}

static char read_sql_character(struct sql_reader *reader)
{
	size_t blank;
	char next;

	if (!reader->quote && blank_length(reader->at)) {
		while ((blank = blank_length(reader->at)))
			reader->at += blank;
		return *reader->at ? ' ' : '\0';
	}
	next = *reader->at;
	if (!next)
		return '\0';
	reader->at++;
	if (reader->quote)
		reader->quote = next == reader->quote ? '\0' : reader->quote;
	else if (strchr("'\"`[", next))
		reader->quote = next;
	if (reader->quote == '[')
		reader->quote = ']';
	return next;
}

static bool is_same_sql(const unsigned char *a, const unsigned char *b)
{
	struct sql_reader one = { .at = (const char *)a }, other = { .at = (const char *)b };
	char next;

	if (!a || !b) /* the index of a UNIQUE has no text */
		return a == b;
	do {
		next = read_sql_character(&one);
		if (next != read_sql_character(&other))
			return false;
	} while (next);
	return true;
}

/* Opens a database in memory with the schema of a version. SQLite itself adds the indices of
 * UNIQUE to it. */
static int open_expected(sqlite3 **expected, int version, sqlite3_stmt **find)
{
	int code =
	    sqlite3_open_v2(":memory:", expected,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(*expected, STORE_TABLES STORE_VIEWS, NULL, NULL, NULL);
	if (code == SQLITE_OK && version == STORE_PREVIOUS)
		code =
		    sqlite3_exec(*expected, "DROP VIEW alerts; DROP TABLE alert", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(
		    *expected,
		    "SELECT sql FROM sqlite_schema WHERE type = ? AND name = ? AND tbl_name = ?",
		    -1, find, NULL);
	return code;
}

/* Whether Vigil writes the object in this row of a schema. */
static bool is_expected(sqlite3_stmt *find, sqlite3_stmt *row)
{
	bool same;

	for (int i = 0; i < 3; i++)
		sqlite3_bind_value(find, i + 1, sqlite3_column_value(row, i));
	same = sqlite3_step(find) == SQLITE_ROW &&
	       is_same_sql(sqlite3_column_text(find, 0), sqlite3_column_text(row, 3));
	sqlite3_reset(find);
	sqlite3_clear_bindings(find);
	return same;
}

static enum vigil_code refuse_object(sqlite3_stmt *row, const char *path, struct vigil_error *error)
{
	const unsigned char *type = sqlite3_column_text(row, 0),
			    *name = sqlite3_column_text(row, 1);

	return vigil_fail(error, VIGIL_ERROR_FORMAT,
			  "%s was changed after Vigil wrote it, or made by another program: Vigil "
			  "writes no such %.20s `%.60s`. It was not read.",
			  path, type ? (const char *)type : "object",
			  name ? (const char *)name : "");
}

static enum vigil_code compare_rows(sqlite3 *db, sqlite3_stmt *rows, sqlite3_stmt *find,
				    int64_t wanted, const char *path, struct vigil_error *error)
{
	int64_t count = 0;
	int code;

	while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
		if (++count > wanted || !is_expected(find, rows))
			return refuse_object(rows, path, error);
	}
	if (code != SQLITE_DONE)
		return store_fail(error, db, code, "open", path);
	if (count == wanted)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_FORMAT,
			  "%s was changed after Vigil wrote it: %d of its %d tables, views and "
			  "indices are missing. It was not read.",
			  path, (int)(wanted - count), (int)wanted);
}

enum vigil_code guard_check_schema(sqlite3 *db, const char *path, int version,
				   struct vigil_error *error)
{
	sqlite3 *expected = NULL;
	sqlite3_stmt *find = NULL, *rows = NULL;
	enum vigil_code answer;
	int64_t wanted = 0;
	int code = open_expected(&expected, version, &find);

	if (code == SQLITE_OK)
		code = store_run(expected, "SELECT count(*) FROM sqlite_schema", NULL, 0, &wanted);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, "SELECT type, name, tbl_name, sql FROM sqlite_schema",
					  -1, &rows, NULL);
	answer = code == SQLITE_OK ? compare_rows(db, rows, find, wanted, path, error)
				   : store_fail(error, db, code, "open", path);
	sqlite3_finalize(rows);
	sqlite3_finalize(find);
	sqlite3_close(expected);
	return answer;
}
