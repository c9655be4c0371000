/* SPDX-License-Identifier: MIT */
/*
 * index.h - makes the tables for people out of the blocks of a recording, some
 * blocks at a time. What was done is in the file (`indexed_through`): whoever comes
 * next goes on from there.
 */
#ifndef VIGIL_RECORDING_INDEX_H
#define VIGIL_RECORDING_INDEX_H

#include <stdbool.h>

#include "recording/schema.h"

struct indexer;

/* db stays the caller's, and must be open longer. NULL: no memory. */
struct indexer *indexer_new(sqlite3 *db);
void indexer_free(struct indexer *indexer);

/* Indexes up to `blocks` blocks in one transaction. Returns how many; 0: all is done;
 * negative: SQLite's result, negated, and nothing of this step was kept. What is
 * damaged is passed over. */
int indexer_step(struct indexer *indexer, int blocks);

/* Indexes all that a recording lacks, while nobody records to it. trust_path: as in
 * vigil_options. tell: called now and then with blocks done and to do; false from it stops.
 * VIGIL_ERROR_USAGE: it is being recorded to. */
enum vigil_code index_file(const char *path, bool trust_path,
			   bool (*tell)(void *context, uint64_t done, uint64_t all), void *context,
			   struct vigil_error *error);

/* Indexes all that an open recording lacks. tell, context: as above. */
enum vigil_code index_all(sqlite3 *db, const char *path,
			  bool (*tell)(void *context, uint64_t done, uint64_t all), void *context,
			  struct vigil_error *error);

/* Copies the tables of an open recording into tables of this connection alone, which take the
 * place of those in the file, and adds all that they lack: for a recording that cannot be
 * written to. They are in a temporary file of SQLite's, which has no name. tell, context: as
 * above; VIGIL_ERROR_SYSTEM: tell has stopped it. */
enum vigil_code index_apart(sqlite3 *db, const char *path,
			    bool (*tell)(void *context, uint64_t done, uint64_t all), void *context,
			    struct vigil_error *error);

/* Blocks up to this one are in the recording now, and up to this one in its tables. */
int64_t index_last_block(sqlite3 *db);
int64_t index_through(sqlite3 *db);

#endif /* VIGIL_RECORDING_INDEX_H */
