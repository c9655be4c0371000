/* SPDX-License-Identifier: MIT */
/*
 * rows.h - writes events into the tables of a recording (tables.h). What a column contains is a
 * field of record/schema.h where the schema has it.
 */
#ifndef VIGIL_RECORDING_ROWS_H
#define VIGIL_RECORDING_ROWS_H

#include <stdint.h>

#include <sqlite3.h>

#include <vigil/vigil.h>

struct row_writer;

/* Returns NULL if memory is short. db must stay open until row_writer_free(). */
struct row_writer *row_writer_new(sqlite3 *db);
void row_writer_free(struct row_writer *rows); /* NULL is allowed */

/* Writes the rows of an event in the caller's transaction; id: of its record. Changes the arguments
 * in the event. Returns SQLite's result; after a failure nothing more is written until
 * row_writer_rolled_back(). */
int row_writer_add(struct row_writer *rows, const struct vigil_event *event, int64_t id);

/* To be called after the transaction was rolled back: forgets which paths have ids. */
void row_writer_rolled_back(struct row_writer *rows);

#endif /* VIGIL_RECORDING_ROWS_H */
