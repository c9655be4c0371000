/* SPDX-License-Identifier: MIT */
/*
 * guard.h - defends whoever opens a recording against what its file contains. A
 * recording may be damaged or made to attack its reader: a view or trigger that never
 * ends, values that take gigabytes, tables that are programs, a database whose pages
 * refer to one another.
 *
 * Any thread may call these functions, for a connection that no other thread uses.
 */
#ifndef VIGIL_RECORDING_GUARD_H
#define VIGIL_RECORDING_GUARD_H

#include <stdbool.h>

#include <sqlite3.h>

#include <vigil/vigil.h>

/* Bytes of one value, and of one row. A block of records is the largest that Vigil writes. */
#define GUARD_VALUE_MAX (2 << 20)

/* Steps of SQLite's virtual machine that one statement may take. A statement of Vigil's
 * on a well-formed recording takes some hundreds; this many take less than a second. */
#define GUARD_STEPS 20000000

/* Restricts a new connection, before its first statement: no views, triggers, virtual
 * tables with side effects or extensions of the file, no changes of its schema by UPDATE,
 * no memory mapping, values of at most GUARD_VALUE_MAX bytes. Returns SQLite's result. */
int guard_connection(sqlite3 *db);

/* Compares the schema of an open recording with the one that Vigil writes; comments and
 * blanks do not count. VIGIL_ERROR_FORMAT names the object that differs. */
enum vigil_code guard_check_schema(sqlite3 *db, const char *path, struct vigil_error *error);

/* A bound on the work of a connection's statements: they fail with SQLITE_INTERRUPT. */
struct guard_steps {
	int left; /* in thousands, for all statements from now on */
};

/* Sets a bound, or with NULL removes it. *steps stays the caller's and must exist as
 * long as the connection uses it; guard_allow sets it again to GUARD_STEPS. */
void guard_limit_steps(sqlite3 *db, struct guard_steps *steps);
void guard_allow(struct guard_steps *steps);

#endif /* VIGIL_RECORDING_GUARD_H */
