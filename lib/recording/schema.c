/* SPDX-License-Identifier: MIT */
#include "recording/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "os/os.h"
#include "os/output_file.h"
#include "recording/guard.h"
#include "recording/storage.h"
#include "recording/tables.h"

#define BUSY_MS 5000

static const struct {
	int result;
	enum vigil_code code;
	const char *why;
} WHY[] = {
	{ SQLITE_NOMEM, VIGIL_ERROR_MEMORY, "no memory" },
	{ SQLITE_FULL, VIGIL_ERROR_OUTPUT,
	  "the disk is full, or a limit of this process is reached (ulimit -f). What was recorded "
	  "before is complete; free some space." },
	{ SQLITE_NOTADB, VIGIL_ERROR_FORMAT, "it is no recording of Vigil. It was not touched." },
	{ SQLITE_CORRUPT, VIGIL_ERROR_FORMAT,
	  "it is damaged. `sqlite3 FILE .recover` may save what is left." },
	{ SQLITE_TOOBIG, VIGIL_ERROR_FORMAT,
	  "it is damaged: it contains a value that is larger than any that Vigil writes" },
	{ SQLITE_INTERRUPT, VIGIL_ERROR_FORMAT,
	  "it is damaged: reading takes many times as long as in any recording of Vigil" },
	{ SQLITE_BUSY, VIGIL_ERROR_SYSTEM,
	  "another program has locked it. Try again when that has ended." },
	{ SQLITE_LOCKED, VIGIL_ERROR_SYSTEM,
	  "another program has locked it. Try again when that has ended." },
	{ SQLITE_READONLY, VIGIL_ERROR_OUTPUT, "it, or its directory, may only be read" },
	{ SQLITE_PERM, VIGIL_ERROR_PRIVILEGE, "that is not allowed. Try sudo." },
};

/* SQLite's text for its result `code`, if that is still the connection's last one; a ROLLBACK in
 * between has replaced the text. */
static const char *result_text(sqlite3 *db, int code)
{
	return db && (sqlite3_errcode(db) & 0xff) == (code & 0xff) ? sqlite3_errmsg(db)
								   : sqlite3_errstr(code);
}

enum vigil_code store_fail(struct vigil_error *error, sqlite3 *db, int code, const char *doing,
			   const char *path)
{
	int reason = 0; /* error of the system, if there was one */

	for (size_t i = 0; i < sizeof(WHY) / sizeof(WHY[0]); i++)
		if (WHY[i].result == (code & 0xff))
			return vigil_fail(error, WHY[i].code, "cannot %s %s: %s", doing, path,
					  WHY[i].why);
	if (!OS_WINDOWS /* here it is not an errno */ && db &&
	    ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN))
		reason = sqlite3_system_errno(db);
	return vigil_fail(error, VIGIL_ERROR_OUTPUT, "cannot %s %s: %s%s%s", doing, path,
			  result_text(db, code), reason ? ": " : "",
			  reason ? strerror(reason) : "");
}

int store_end(sqlite3 *db, int code)
{
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	/* Some failures have already ended the transaction. */
	if (code != SQLITE_OK && !sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return code;
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

/* Makes a recording of an empty database, atomically. */
static int create(sqlite3 *db)
{
	char marks[128], before[128];
	int code;

	snprintf(marks, sizeof(marks), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 STORE_APPLICATION, STORE_VERSION);
	/* These can be set only before the first table, and not in a transaction. */
	snprintf(before, sizeof(before),
		 "PRAGMA page_size = %d; PRAGMA auto_vacuum = INCREMENTAL; BEGIN IMMEDIATE",
		 STORE_PAGE);
	code = sqlite3_exec(db, before, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, STORE_TABLES STORE_VIEWS, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, marks, NULL, NULL, NULL);
	return store_end(db, code);
}

/* Adds what a recording of STORE_PREVIOUS lacks: to the file, or for this connection alone. */
static int complete_previous(sqlite3 *db, unsigned mode)
{
	char mark[64];
	int code;

	if (!(mode & STORE_WRITE))
		return sqlite3_exec(db, STORE_ALERT("CREATE TEMP TABLE "), NULL, NULL, NULL);
	snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", STORE_VERSION);
	code = sqlite3_exec(db,
			    "BEGIN IMMEDIATE;" STORE_ALERT("CREATE TABLE ")
				STORE_ALERTS("CREATE VIEW "),
			    NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, mark, NULL, NULL, NULL);
	return store_end(db, code);
}

/* Returns whether the file is what a failed creation leaves: no table, only the settings made
 * before the first one. */
static bool is_unfinished(sqlite3 *db)
{
	int64_t objects = -1, page = 0, vacuum = 0;

	return store_run(db, "SELECT count(*) FROM sqlite_schema", NULL, 0, &objects) ==
		   SQLITE_OK &&
	       objects == 0 && store_run(db, "PRAGMA page_size", NULL, 0, &page) == SQLITE_OK &&
	       page == STORE_PAGE &&
	       store_run(db, "PRAGMA auto_vacuum", NULL, 0, &vacuum) == SQLITE_OK && vacuum == 2;
}

static enum vigil_code check_version(sqlite3 *db, const char *path, unsigned mode, int64_t version,
				     struct vigil_error *error)
{
	enum vigil_code answer;
	int code;

	if (version > STORE_VERSION)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "%s was made by a later Vigil (its version is %d, this program "
				  "knows %d). Use that Vigil to read it.",
				  path, (int)version, STORE_VERSION);
	if (version < STORE_PREVIOUS)
		return vigil_fail(
		    error, VIGIL_ERROR_FORMAT,
		    "%s was made by an earlier Vigil (its version is %d, this program "
		    "knows %d). With that Vigil, run `vigil replay --format json FILE "
		    ">FILE.jsonl`; this one reads FILE.jsonl.",
		    path, (int)version, STORE_VERSION);
	answer = guard_check_schema(db, path, (int)version, error);
	if (answer < 0 || version == STORE_VERSION)
		return answer;
	code = complete_previous(db, mode);
	return code == SQLITE_OK ? VIGIL_OK : store_fail(error, db, code, "open", path);
}

/* Returns whether the file is a recording that this program understands. */
static enum vigil_code check(sqlite3 *db, const char *path, unsigned mode,
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
	if (pages > 0 && application == 0 && version == 0 && is_unfinished(db))
		pages = 0;
	if (pages == 0 && !(mode & STORE_WRITE))
		return vigil_fail(error, VIGIL_ERROR_FORMAT, "%s is empty: nothing was recorded",
				  path);
	if (pages == 0) {
		code = create(db);
		return code == SQLITE_OK ? VIGIL_OK : store_fail(error, db, code, "make", path);
	}
	if (application != STORE_APPLICATION)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "%s is a database of another program. It was not touched.", path);
	return check_version(db, path, mode, version, error);
}

/* ---- opening ---- */

/* Returns the path as a URI: its meaning then does not depend on how it begins, even if SQLite was
 * built to interpret any name as a URI. NULL: out of memory. */
static char *uri_of(const char *path, bool immutable)
{
	sqlite3_str *uri = sqlite3_str_new(NULL);

	sqlite3_str_appendall(uri, *path == '/' ? "file://" : "file:");
	for (; *path; path++)
		if (strchr("%?#", *path))
			sqlite3_str_appendf(uri, "%%%02X", (unsigned char)*path);
		else
			sqlite3_str_appendchar(uri, 1, *path);
	if (immutable)
		sqlite3_str_appendall(uri, "?immutable=1");
	return sqlite3_str_finish(uri);
}

static int open_connection(sqlite3 **db, const char *path, bool immutable, int flags)
{
	char *uri = uri_of(path, immutable);
	int code;

	if (!uri)
		return SQLITE_NOMEM;
	code = sqlite3_open_v2(uri, db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
	sqlite3_free(uri);
	return code == SQLITE_OK ? guard_connection(*db) : code;
}

/* Opens the database and reads from it. */
static int open_and_read(sqlite3 **db, const char *path, int flags)
{
	int code = open_connection(db, path, false, flags);

	return code == SQLITE_OK ? store_run(*db, "PRAGMA schema_version", NULL, 0, NULL) : code;
}

/* Undoes an unfinished transaction. If a recorder was killed while it made or closed the file, a
 * journal is left, with which SQLite restores the file. This writes even if the caller only
 * reads. */
static int undo_unfinished(const char *path)
{
	sqlite3 *db = NULL;
	int code = open_and_read(&db, path, SQLITE_OPEN_READWRITE);

	sqlite3_close(db);
	return code;
}

/* Opens the database for reading. A recording that ended well needs no file beside it, and can be
 * read where nothing can be written. alone: ignore the files beside it. */
static int open_read_only(sqlite3 **db, const char *path, bool alone)
{
	int code = SQLITE_CANTOPEN;

	if (!alone) {
		code = open_and_read(db, path, SQLITE_OPEN_READONLY);
		if (code && sqlite3_extended_errcode(*db) == SQLITE_READONLY_ROLLBACK &&
		    undo_unfinished(path) == SQLITE_OK) {
			sqlite3_close(*db);
			code = open_and_read(db, path, SQLITE_OPEN_READONLY);
		}
		if (((code & 0xff) != SQLITE_CANTOPEN && (code & 0xff) != SQLITE_READONLY) ||
		    store_has_log(path))
			return code;
		sqlite3_close(*db);
	}
	return open_connection(db, path, true, SQLITE_OPEN_READONLY);
}

/* Sets up the connection so that readers and the writer do not wait for each other. A commit is one
 * append that does not wait for the disk: checkpoint.h says what that means. */
static int prepare_to_write(sqlite3 *db)
{
	int code = store_run(db, "PRAGMA journal_mode = WAL", NULL, 0, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_wal_autocheckpoint(db, STORE_LOG_PAGES);
	if (code == SQLITE_OK)
		code = store_run(db, "PRAGMA synchronous = NORMAL", NULL, 0, NULL);
	return code;
}

enum vigil_code store_prepare_path(const char *path, unsigned mode, struct vigil_error *error)
{
	unsigned flags = mode & STORE_TRUST_PATH ? OUTPUT_FILE_TRUSTED : 0u;
	struct vigil_error why;

	if (output_file_check_database(path, true, flags, &why) == VIGIL_OK)
		return VIGIL_OK;
	return vigil_fail(error, why.code, "cannot write to %s: %s", path, why.text);
}

/* *alone: the files that may be beside it belong to another user. */
static enum vigil_code check_path_to_read(const char *path, unsigned mode, bool *alone,
					  struct vigil_error *error)
{
	enum vigil_code code = store_check_file(path, error);
	struct vigil_error why;

	*alone = code == VIGIL_OK && !(mode & STORE_TRUST_PATH) &&
		 output_file_check_database(path, false, 0, &why) < 0;
	if (*alone && store_has_log(path))
		return vigil_fail(error, VIGIL_ERROR_OUTPUT,
				  "cannot read %s: it was not closed, and the log beside it is not "
				  "trusted: %s Or copy both files into a folder of your own, and "
				  "read the copy.",
				  path, why.text);
	return code;
}

/* Sets up a connection to a file that is known to be a recording. */
static int prepare_connection(sqlite3 *db, unsigned mode)
{
	int code = mode & STORE_WRITE ? prepare_to_write(db) : SQLITE_OK;

	/* Ignore the cache size that the file requests. */
	return code == SQLITE_OK ? store_run(db, "PRAGMA cache_size = -2000", NULL, 0, NULL) : code;
}

enum vigil_code store_open(sqlite3 **out, const char *path, unsigned mode,
			   struct vigil_error *error)
{
	struct guard_steps steps;
	enum vigil_code answer;
	sqlite3 *db = NULL;
	bool alone = false;
	int code;

	*out = NULL;
	answer = mode & STORE_WRITE ? store_prepare_path(path, mode, error)
				    : check_path_to_read(path, mode, &alone, error);
	if (answer < 0)
		return answer;
	code = mode & STORE_WRITE ? open_connection(&db, path, false, SQLITE_OPEN_READWRITE)
				  : open_read_only(&db, path, alone);
	if (code == SQLITE_OK) {
		sqlite3_busy_timeout(db, BUSY_MS);
		guard_limit_steps(db, &steps);
	}
	answer = code == SQLITE_OK ? check(db, path, mode, error)
				   : store_fail(error, db, code, "open", path);
	if (answer == VIGIL_OK && (code = prepare_connection(db, mode)))
		answer = store_fail(error, db, code, "open", path);
	if (db)
		guard_limit_steps(db, NULL);
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
