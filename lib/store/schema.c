/* SPDX-License-Identifier: MIT */
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "store/file.h"
#include "store/tables.h"

#define BUSY_MS 5000

static const struct {
	int result;
	enum vigil_code code;
	const char *why;
} WHY[] = {
	{ SQLITE_NOMEM, VIGIL_ERROR_MEMORY, "no memory" },
	{ SQLITE_FULL, VIGIL_ERROR_OUTPUT,
	  "the disk is full. What was recorded before is complete; free some space." },
	{ SQLITE_NOTADB, VIGIL_ERROR_FORMAT, "it is no recording of Vigil. It was not touched." },
	{ SQLITE_CORRUPT, VIGIL_ERROR_FORMAT,
	  "it is damaged. `sqlite3 FILE .recover` may save what is left." },
	{ SQLITE_BUSY, VIGIL_ERROR_SYSTEM,
	  "another program has locked it. Try again when that has ended." },
	{ SQLITE_LOCKED, VIGIL_ERROR_SYSTEM,
	  "another program has locked it. Try again when that has ended." },
	{ SQLITE_READONLY, VIGIL_ERROR_OUTPUT, "it, or its directory, may only be read" },
	{ SQLITE_PERM, VIGIL_ERROR_PRIVILEGE, "that is not allowed. Try sudo." },
};

enum vigil_code store_fail(struct vigil_error *error, sqlite3 *db, int code, const char *doing,
			   const char *path)
{
	for (size_t i = 0; i < sizeof WHY / sizeof WHY[0]; i++)
		if (WHY[i].result == (code & 0xff))
			return vigil_fail(error, WHY[i].code, "cannot %s %s: %s", doing, path,
					  WHY[i].why);
	return vigil_fail(error, VIGIL_ERROR_OUTPUT, "cannot %s %s: %s", doing, path,
			  db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

int store_run(sqlite3 *db, const char *sql, const int64_t *numbers, int count, int64_t *out)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	for (int i = 0; code == SQLITE_OK && i < count; i++)
		code = sqlite3_bind_int64(statement, i + 1, numbers[i]);
	if (code == SQLITE_OK) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW && out)
			*out = sqlite3_column_int64(statement, 0);
		if (code == SQLITE_ROW || code == SQLITE_DONE)
			code = SQLITE_OK;
	}
	sqlite3_finalize(statement);
	return code;
}

int64_t store_get(sqlite3 *db, const char *name)
{
	sqlite3_stmt *statement;
	int64_t value = 0;

	if (sqlite3_prepare_v2(db, "SELECT value FROM state WHERE name = ?", -1, &statement,
			       NULL) == SQLITE_OK) {
		sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
		if (sqlite3_step(statement) == SQLITE_ROW)
			value = sqlite3_column_int64(statement, 0);
	}
	sqlite3_finalize(statement);
	return value;
}

int store_set(sqlite3 *db, const char *name, int64_t value)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO state VALUES (?, ?)", -1,
				      &statement, NULL);

	if (code == SQLITE_OK) {
		sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 2, value);
		code = sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* An empty database becomes a recording, at once or not at all. */
static int create(sqlite3 *db)
{
	char marks[128], before[128];
	int code;

	snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 STORE_APPLICATION, STORE_VERSION);
	/* These only before the first table, and not within a transaction. */
	snprintf(before, sizeof before,
		 "PRAGMA page_size = %d; PRAGMA auto_vacuum = INCREMENTAL; BEGIN IMMEDIATE",
		 STORE_PAGE);
	code = sqlite3_exec(db, before, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, STORE_TABLES STORE_VIEWS, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, marks, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

/* Whether it is a recording that this program understands. */
static enum vigil_code check(sqlite3 *db, const char *path, enum store_mode mode,
			     struct vigil_error *error)
{
	int64_t application = 0, version = 0, pages = 0;
	int code = store_run(db, "PRAGMA application_id", NULL, 0, &application);

	if (code == SQLITE_OK)
		code = store_run(db, "PRAGMA user_version", NULL, 0, &version);
	if (code == SQLITE_OK)
		code = store_run(db, "PRAGMA page_count", NULL, 0, &pages);
	if (code != SQLITE_OK)
		return store_fail(error, db, code, "open", path);
	if (pages == 0 && mode == STORE_READ)
		return vigil_fail(error, VIGIL_ERROR_FORMAT, "%s is empty: nothing was recorded",
				  path);
	if (pages == 0) {
		code = create(db);
		return code == SQLITE_OK ? VIGIL_OK : store_fail(error, db, code, "make", path);
	}
	if (application != STORE_APPLICATION)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "%s is a database of another program. It was not touched.", path);
	if (version != STORE_VERSION)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "%s has version %d; this program knows version %d. Use the Vigil "
				  "that made it.",
				  path, (int)version, STORE_VERSION);
	return VIGIL_OK;
}

/* A recording that ended well needs no file beside it, and can be read where nothing
 * may be written. */
static int open_read_only(sqlite3 **db, const char *path)
{
	int code = sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	char *uri;

	if (code == SQLITE_OK)
		code = store_run(*db, "SELECT count(*) FROM sqlite_schema", NULL, 0, NULL);
	if (((code & 0xff) != SQLITE_CANTOPEN && (code & 0xff) != SQLITE_READONLY) ||
	    store_has_log(path) || strpbrk(path, "?#%"))
		return code;
	uri = sqlite3_mprintf("file:%s?immutable=1", path);
	if (!uri)
		return SQLITE_NOMEM;
	sqlite3_close(*db);
	code = sqlite3_open_v2(uri, db,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
	sqlite3_free(uri);
	return code;
}

enum vigil_code store_open(sqlite3 **out, const char *path, enum store_mode mode,
			   struct vigil_error *error)
{
	enum vigil_code answer = store_check_file(path, mode == STORE_WRITE, error);
	sqlite3 *db = NULL;
	int code;

	*out = NULL;
	if (answer < 0)
		return answer;
	if (mode == STORE_READ)
		code = open_read_only(&db, path);
	else
		code =
		    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK)
		sqlite3_busy_timeout(db, BUSY_MS);
	answer = code == SQLITE_OK ? check(db, path, mode, error)
				   : store_fail(error, db, code, "open", path);
	/* Readers and the writer do not wait for one another; a commit is one append, and
	 * does not wait for the disk: checkpoint.h says what that means. */
	if (answer == VIGIL_OK && mode == STORE_WRITE) {
		code = store_run(db, "PRAGMA journal_mode = WAL", NULL, 0, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_wal_autocheckpoint(db, STORE_LOG_PAGES);
		if (code == SQLITE_OK)
			code = store_run(db, "PRAGMA synchronous = NORMAL", NULL, 0, NULL);
		if (code != SQLITE_OK)
			answer = store_fail(error, db, code, "write to", path);
	}
	if (answer < 0)
		sqlite3_close(db);
	else
		*out = db;
	return answer;
}

void store_close(sqlite3 *db)
{
	if (!db)
		return;
	sqlite3_busy_timeout(db, 0);
	if (!sqlite3_db_readonly(db, "main"))
		store_run(db, "PRAGMA journal_mode = DELETE", NULL, 0, NULL);
	sqlite3_close(db);
}
