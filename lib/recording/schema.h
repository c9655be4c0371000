/* SPDX-License-Identifier: MIT */
/*
 * schema.h - the file of a recording: an SQLite database. docs/recording.md tells
 * its tables; the SQL in schema.c is the definition.
 *
 * `block` holds the records as they came. All other tables are made from it, for
 * people who ask, by index.c; they can be lost and made again.
 */
#ifndef VIGIL_RECORDING_SCHEMA_H
#define VIGIL_RECORDING_SCHEMA_H

#include <sqlite3.h>

#include <vigil/vigil.h>

#define STORE_APPLICATION 0x5649474c /* "VIGL", in SQLite's header */
#define STORE_VERSION     2

/* A row made from a record has the id (block << STORE_SHIFT) + its place there. */
#define STORE_SHIFT 20

/* The largest id of a block whose rows have ids. */
#define STORE_BLOCK_ID_MAX ((INT64_C(1) << (63 - STORE_SHIFT)) - 1)

/* Bytes of a page. The log has each page that changes: larger ones are fewer writes for
 * blocks, and more bytes for tables. Measured: of 4, 8 and 16 KiB these cost least. */
#define STORE_PAGE 8192

/* The log is copied into the file when it has 16 MiB. */
#define STORE_LOG_PAGES ((16 << 20) / STORE_PAGE)

/* Bytes of records in one block. */
#define STORE_BLOCK (1u << 20)

enum store_mode {
	STORE_READ = 0,      /* an existing recording, which is not changed */
	STORE_WRITE = 1,     /* made where there is none */
	STORE_TRUST_PATH = 2 /* other users may own the file or exchange it: --trust-path */
};

/* Checks the path of a recording that is to be written to, as store_open does: to be called
 * before store_lock. A missing file is made, empty. */
enum vigil_code store_prepare_path(const char *path, unsigned mode, struct vigil_error *error);

/* Opens a recording; what is none, or of another version, is refused and left as it is. To
 * be written to its path must be trusted (output_file.h). One that is only read need not
 * be, but then it is read without its log, and refused where it has one. mode: of
 * store_mode. On success *out is to be closed by the caller. */
enum vigil_code store_open(sqlite3 **out, const char *path, unsigned mode,
			   struct vigil_error *error);

/* Where nobody else has it open, what was written becomes one file again. */
void store_close(sqlite3 *db);

/* What SQLite's result `code` means for what was `doing` ("write to"). db may be
 * NULL. */
enum vigil_code store_fail(struct vigil_error *error, sqlite3 *db, int code, const char *doing,
			   const char *path);

/* Ends a transaction whose statements have given `code`: commits it, or rolls it back where
 * that failed. Returns SQLite's first failure, which store_fail then names, and not that of
 * the ROLLBACK. */
int store_end(sqlite3 *db, int code);

/* A number that the file keeps for itself. 0 where it was never set. */
int64_t store_get(sqlite3 *db, const char *name);
int store_set(sqlite3 *db, const char *name, int64_t value); /* SQLite's result */

/* Runs one statement with numbers for its parameters; the first column of its first
 * row, if it has one, in *out. SQLITE_OK, or what failed. */
int store_run(sqlite3 *db, const char *sql, const int64_t *numbers, int count, int64_t *out);

#endif /* VIGIL_RECORDING_SCHEMA_H */
