/* SPDX-License-Identifier: MIT */
/* index_apart.c - temporary tables of a recording that cannot be written to. */
#include "recording/index.h"

#include "core/error.h"
#include "recording/tables.h"

#define STEPS 100000 /* of SQLite's virtual machine between two calls of `progress` */

static int copy_table(sqlite3 *db, const unsigned char *name)
{
	char *sql =
	    sqlite3_mprintf("INSERT INTO temp.\"%w\" SELECT * FROM main.\"%w\"", name, name);
	int code = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

	sqlite3_free(sql);
	return code;
}

/* Copies the tables of the file, because they can have rows of blocks that were dropped. All
 * ids are unique, so the copy of a damaged file ends. An unqualified name refers to a temporary
 * table rather than to one of the file. */
static int copy_tables(sqlite3 *db)
{
	sqlite3_stmt *names = NULL;
	int code = sqlite3_exec(db, "BEGIN;" STORE_INDEX_BY("CREATE TEMP TABLE IF NOT EXISTS "),
				NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code =
		    sqlite3_prepare_v2(db,
				       "SELECT name FROM sqlite_temp_schema WHERE type = 'table' "
				       "AND name IN (SELECT name FROM main.sqlite_schema)",
				       -1, &names, NULL);
	while (code == SQLITE_OK && (code = sqlite3_step(names)) == SQLITE_ROW)
		code = copy_table(db, sqlite3_column_text(names, 0));
	sqlite3_finalize(names);
	return store_end(db, code == SQLITE_DONE ? SQLITE_OK : code);
}

struct progress_handler {
	index_progress_fn *progress;
	void *context;
};

/* Not 0 stops the statement. */
static int call_progress(void *context)
{
	struct progress_handler *handler = context;

	return !handler->progress(handler->context, 0, 0);
}

enum vigil_code index_apart(sqlite3 *db, const char *path, index_progress_fn *progress,
			    void *context, struct vigil_error *error)
{
	struct progress_handler handler = { progress, context };
	int code;

	sqlite3_progress_handler(db, STEPS, call_progress, &handler);
	code = copy_tables(db);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	if (code == SQLITE_INTERRUPT)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "interrupted");
	if (code != SQLITE_OK)
		return store_fail(error, db, code, "read the tables of", path);
	return index_all(db, path, progress, context, error);
}
