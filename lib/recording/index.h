/* SPDX-License-Identifier: MIT */
/*
 * index.h - fills the readable tables of a recording from its blocks, some blocks at a time. The
 * progress is stored in the file (`indexed_through`), so that the next call continues there.
 * One thread for each connection.
 */
#ifndef VIGIL_RECORDING_INDEX_H
#define VIGIL_RECORDING_INDEX_H

#include <stdbool.h>

#include "recording/schema.h"

struct indexer;

/* The caller still owns db, and must close it after the indexer. NULL: memory is exhausted. */
struct indexer *indexer_new(sqlite3 *db);
void indexer_free(struct indexer *indexer);

/* Indexes up to `blocks` blocks in one transaction. Returns their number; 0: all blocks are
 * indexed; negative: SQLite's result, negated, and this step was rolled back. Damaged records
 * are skipped. */
int indexer_step(struct indexer *indexer, int blocks);

/* Called at times with the number of blocks that are done, and of all. Returns false to stop.
 * */
typedef bool index_progress_fn(void *context, uint64_t done, uint64_t all);

/* Indexes all blocks that are not indexed yet. trust_path: as in vigil_options.
 * VIGIL_ERROR_USAGE: a recorder has the file open. */
enum vigil_code index_file(const char *path, bool trust_path, index_progress_fn *progress,
			   void *context, struct vigil_error *error);

/* The same for an open recording. */
enum vigil_code index_all(sqlite3 *db, const char *path, index_progress_fn *progress, void *context,
			  struct vigil_error *error);

/* The same for a recording that cannot be written to: copies its tables into temporary tables
 * of this connection, which hide those in the file, and completes them. They are in an unnamed
 * temporary file of SQLite. VIGIL_ERROR_SYSTEM: `progress` stopped it. */
enum vigil_code index_apart(sqlite3 *db, const char *path, index_progress_fn *progress,
			    void *context, struct vigil_error *error);

/* The id of the last block of the recording, and of the last block that is indexed. 0: none. */
int64_t index_last_block(sqlite3 *db);
int64_t index_through(sqlite3 *db);

#endif /* VIGIL_RECORDING_INDEX_H */
