/* SPDX-License-Identifier: MIT */
/*
 * checkpoint.h - who waits for the disk, so that the one who writes a recording need
 * not. A commit only appends to SQLite's log, in the system's memory: it survives the
 * death of the process. A thread of the checkpointer's own, on a connection of its own,
 * brings the log to the disk once a second, and from time to time what is in it into the
 * database, so that it can begin anew.
 *
 * A power cut costs what was committed since the log was brought to the disk; what is
 * left is a whole number of transactions, for each has a checksum.
 */
#ifndef VIGIL_RECORDING_CHECKPOINT_H
#define VIGIL_RECORDING_CHECKPOINT_H

#include <stdint.h>

#include <sqlite3.h>

#include <vigil/vigil.h>

struct checkpointer;

/* db: the connection that writes to the recording; it stays the caller's. mode: with which
 * it was opened (store_open). realtime: the priority of the thread that it starts. */
enum vigil_code checkpoint_begin(struct checkpointer **out, sqlite3 *db, const char *path,
				 unsigned mode, bool realtime, struct vigil_error *error);

/* Around each transaction of db. Waits where the log has grown too long: as long as it
 * takes to bring its last part into the database. */
void checkpoint_enter(struct checkpointer *c);
void checkpoint_leave(struct checkpointer *c);

/* Where in the log the next transaction begins, in bytes; behind that where a reader keeps the
 * log from beginning anew. */
uint64_t checkpoint_log_end(struct checkpointer *c);

/* Waits until all that was committed is on the disk. SQLite's result. */
int checkpoint_now(struct checkpointer *c);

/* To be called before db is closed. c may be NULL. */
void checkpoint_end(struct checkpointer *c);

#endif /* VIGIL_RECORDING_CHECKPOINT_H */
