/* SPDX-License-Identifier: MIT */
/*
 * schema.h - opens the file of a recording, which is an SQLite database. docs/recording.md
 * describes its tables; tables.h defines them.
 *
 * `block` contains the records as they were written. rows.c fills all other tables from it, for
 * queries; they can be made again.
 */
#ifndef VIGIL_RECORDING_SCHEMA_H
#define VIGIL_RECORDING_SCHEMA_H

#include <sqlite3.h>

#include <vigil/vigil.h>

#define STORE_APPLICATION 0x5649474c /* "VIGL", in SQLite's header */
#define STORE_VERSION     3
#define STORE_PREVIOUS    2 /* can be read, and becomes STORE_VERSION when it is written to */

/* A row made from a record has the id (block << STORE_SHIFT) + its index in the block. */
#define STORE_SHIFT 20

/* The largest id of a block whose rows have ids. */
#define STORE_BLOCK_ID_MAX ((INT64_C(1) << (63 - STORE_SHIFT)) - 1)

/* Bytes of a page. Each page that changes is written to the log: larger pages mean fewer writes
 * for blocks, and more bytes for tables. Of 4, 8 and 16 KiB, 8 KiB measured best. */
#define STORE_PAGE 8192

/* Pages of the log at which it is copied into the database: 16 MiB. */
#define STORE_LOG_PAGES ((16 << 20) / STORE_PAGE)

/* Maximum bytes of records in one block. */
#define STORE_BLOCK (1u << 20)

enum store_mode {
	STORE_READ = 0,      /* an existing recording, which is not changed */
	STORE_WRITE = 1,     /* created if it does not exist */
	STORE_TRUST_PATH = 2 /* other users may own the file or replace it: --trust-path */
};

/* Checks the path of a recording that is to be written to, as store_open() does. Must be called
 * before store_lock(). A missing file is created, empty. mode: of store_mode. */
enum vigil_code store_prepare_path(const char *path, unsigned mode, struct vigil_error *error);

/* Opens a recording. A file that is not one, or is of another version, is refused and not
 * changed; one of STORE_PREVIOUS is completed, in the file if it is written to. The path of one that is written to must be trusted (output_file.h). If the path of
 * one that is only read is not trusted, it is read without its log, and refused if it has one.
 * mode: of store_mode. On success the caller closes *out with store_close(). */
enum vigil_code store_open(sqlite3 **out, const char *path, unsigned mode,
			   struct vigil_error *error);

/* Closes a recording. The last connection copies the log into the database and removes it. */
void store_close(sqlite3 *db);

/* Sets *error from SQLite's result `code` of the operation `doing` ("write to") on path, and
 * returns its code. db may be NULL. */
enum vigil_code store_fail(struct vigil_error *error, sqlite3 *db, int code, const char *doing,
			   const char *path);

/* Ends a transaction whose statements have returned `code`: commits it, or rolls it back if
 * they or the commit failed. Returns the first error, for store_fail(), not that of the
 * ROLLBACK. */
int store_end(sqlite3 *db, int code);

/* Read and write a number in the table `state`. 0 if it was never set. */
int64_t store_get(sqlite3 *db, const char *name);
int store_set(sqlite3 *db, const char *name, int64_t value); /* SQLite's result */

/* Runs one statement with `count` numbers as its parameters. *out, unless NULL, receives the
 * first column of its first row, if there is one. Returns SQLITE_OK or an error. */
int store_run(sqlite3 *db, const char *sql, const int64_t *numbers, int count, int64_t *out);

#endif /* VIGIL_RECORDING_SCHEMA_H */
