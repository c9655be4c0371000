/* SPDX-License-Identifier: MIT */
/*
 * guard.h - protects the reader of a recording from the content of the file. A recording may be
 * damaged or made to attack its reader: a view or trigger that never ends, values of gigabytes,
 * virtual tables, a database whose pages refer to one another.
 *
 *
 * Any thread may call these functions, for a connection that no other thread uses.
 */
#ifndef VIGIL_RECORDING_GUARD_H
#define VIGIL_RECORDING_GUARD_H

#include <stdbool.h>

#include <sqlite3.h>

#include <vigil/vigil.h>

/* Maximum bytes of one value, and of one row. The largest value that Vigil writes is a block.
 * */
#define GUARD_VALUE_MAX (2 << 20)

/* Maximum steps of SQLite's virtual machine for one statement. A statement of Vigil takes some
 * hundreds on a well-formed recording; this many take less than a second. */
#define GUARD_STEPS 20000000

/* Restricts a new connection, before its first statement: no views or triggers of the file, no
 * virtual tables with side effects, no extensions, no changes of the schema by UPDATE, no
 * memory mapping, values of at most GUARD_VALUE_MAX bytes. Returns SQLite's result. */
int guard_connection(sqlite3 *db);

/* Compares the schema of an open recording with the one that Vigil writes, or wrote in version
 * STORE_PREVIOUS, ignoring comments and blanks. VIGIL_ERROR_FORMAT names the object that differs. */
enum vigil_code guard_check_schema(sqlite3 *db, const char *path, int version,
				   struct vigil_error *error);

/* A limit on the work of a connection's statements; beyond it they fail with SQLITE_INTERRUPT.
 * */
struct guard_steps {
	int left; /* thousands of steps, for all statements from now on */
};

/* Sets a limit, or with NULL removes it. The caller owns *steps, which must exist as long as
 * the connection uses it. guard_allow() sets it to GUARD_STEPS again. */
void guard_limit_steps(sqlite3 *db, struct guard_steps *steps);
void guard_allow(struct guard_steps *steps);

#endif /* VIGIL_RECORDING_GUARD_H */
