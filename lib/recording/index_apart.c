/* SPDX-License-Identifier: MIT */
/* index_apart.c - the tables of a recording that cannot be written to, made beside it. */
#include "recording/index.h"

#include "core/error.h"
#include "recording/tables.h"

#define STEPS 100000 /* of SQLite's machine between two calls of `tell` */

static int copy_table(sqlite3 *db, const unsigned char *name)
{
	char *sql =
	    sqlite3_mprintf("INSERT INTO temp.\"%w\" SELECT * FROM main.\"%w\"", name, name);
	int code = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

	sqlite3_free(sql);
	return code;
}

/* The tables may have rows of blocks that are gone, so they are where it begins. No two rows
 * have one id, so a damaged file is not read for ever. An unqualified name means a table of
 * the connection before one of the file. */
static int copy_tables(sqlite3 *db)
{
	sqlite3_stmt *names = NULL;
	int code =
	    sqlite3_exec(db, "BEGIN;" STORE_INDEX_BY("CREATE TEMP TABLE "), NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code =
		    sqlite3_prepare_v2(db,
				       "SELECT name FROM sqlite_temp_schema WHERE type = 'table'",
				       -1, &names, NULL);
	while (code == SQLITE_OK && (code = sqlite3_step(names)) == SQLITE_ROW)
		code = copy_table(db, sqlite3_column_text(names, 0));
	sqlite3_finalize(names);
	return store_end(db, code == SQLITE_DONE ? SQLITE_OK : code);
}

struct teller {
	bool (*tell)(void *context, uint64_t done, uint64_t all);
	void *context;
};

static int stops(void *context)
{
	struct teller *teller = context;

	return !teller->tell(teller->context, 0, 0);
}

enum vigil_code index_apart(sqlite3 *db, const char *path,
			    bool (*tell)(void *context, uint64_t done, uint64_t all), void *context,
			    struct vigil_error *error)
{
	struct teller teller = { tell, context };
	int code;

	sqlite3_progress_handler(db, STEPS, stops, &teller);
	code = copy_tables(db);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	if (code == SQLITE_INTERRUPT)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "interrupted");
	if (code != SQLITE_OK)
		return store_fail(error, db, code, "read the tables of", path);
	return index_all(db, path, tell, context, error);
}
