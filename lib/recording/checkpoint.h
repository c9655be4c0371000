/* SPDX-License-Identifier: MIT */
/*
 * checkpoint.h - waits for the disk in a separate thread, so that the thread that writes a
 * recording need not. A commit only appends to SQLite's write-ahead log, in the page cache: it
 * survives the end of the process. The checkpointer's thread has a separate connection. It
 * flushes the log to the disk once a second, and at times copies its content into the database,
 * so that the log can start again from its beginning.
 *
 * A power failure loses what was committed since the last flush. What remains is a whole number
 * of transactions, because each has a checksum.
 */
#ifndef VIGIL_RECORDING_CHECKPOINT_H
#define VIGIL_RECORDING_CHECKPOINT_H

#include <stdint.h>

#include <sqlite3.h>

#include <vigil/vigil.h>

struct checkpointer;

/* Starts the thread. db: the connection that writes to the recording, which the caller still
 * owns. mode: the one it was opened with (store_open). realtime: the thread has real-time
 * priority. */
enum vigil_code checkpoint_begin(struct checkpointer **out, sqlite3 *db, const char *path,
				 unsigned mode, bool realtime, struct vigil_error *error);

/* Called before and after each transaction of db. If the log has grown too long, enter waits
 * until its last part has been copied into the database. */
void checkpoint_enter(struct checkpointer *c);
void checkpoint_leave(struct checkpointer *c);

/* The offset in the log at which the next transaction begins, in bytes. The real offset is
 * later if a reader prevents the log from restarting. */
uint64_t checkpoint_log_end(struct checkpointer *c);

/* Waits until everything that was committed is on the disk. Returns SQLite's result. */
int checkpoint_now(struct checkpointer *c);

/* Ends the thread. Must be called before db is closed. c may be NULL. */
void checkpoint_end(struct checkpointer *c);

#endif /* VIGIL_RECORDING_CHECKPOINT_H */
