/* SPDX-License-Identifier: MIT */
#include "recording/index.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "record/decode.h"
#include "record/walk.h"
#include "recording/guard.h"
#include "recording/rows.h"
#include "recording/storage.h"

#define BULK 64 /* blocks in one transaction when there is no other work */

/* Without the records if the block is larger than those that Vigil writes. */
#define NEXT_BLOCK \
	"SELECT id, CASE WHEN length(records) <= ?2 THEN records END FROM block " \
	"WHERE id > ?1 ORDER BY id LIMIT 1"

struct indexer {
	sqlite3 *db;
	sqlite3_stmt *next_block;
	struct row_writer *rows;
	struct decoder decoder;
	void *records; /* of the current block */
	size_t capacity;
	struct guard_steps steps; /* for the current block */
	int code;                 /* SQLite's first failure in this step */
};

struct indexer *indexer_new(sqlite3 *db)
{
	struct indexer *ix = calloc(1, sizeof(*ix));

	if (!ix)
		return NULL;
	ix->db = db;
	ix->rows = row_writer_new(db);
	if (!ix->rows || decoder_open(&ix->decoder) < 0) {
		indexer_free(ix);
		return NULL;
	}
	return ix;
}

void indexer_free(struct indexer *ix)
{
	if (!ix)
		return;
	sqlite3_finalize(ix->next_block);
	row_writer_free(ix->rows);
	decoder_close(&ix->decoder);
	free(ix->records);
	free(ix);
}

static void index_records(struct indexer *ix, int64_t block, size_t size)
{
	int64_t id = block * (1 << STORE_SHIFT);
	struct vigil_header *record;

	for (size_t at = 0; (record = walk_record(ix->records, size, at)); id++) {
		struct vigil_event event;

		at += record->size;
		if (record->type >= VIGIL_TYPE_MAX ||
		    decode(&ix->decoder, record, record->size, &event, NULL) < 0)
			continue;
		ix->code = row_writer_add(ix->rows, &event, id);
		if (ix->code != SQLITE_OK)
			return;
	}
}

/* Selects the first block after one. Returns SQLite's result; the caller resets the statement. */
static int select_block(struct indexer *ix, int64_t after)
{
	int code;

	if (!ix->next_block)
		ix->code = sqlite3_prepare_v3(ix->db, NEXT_BLOCK, -1, SQLITE_PREPARE_PERSISTENT,
					      &ix->next_block, NULL);
	if (ix->code != SQLITE_OK)
		return ix->code;
	sqlite3_bind_int64(ix->next_block, 1, after);
	sqlite3_bind_int64(ix->next_block, 2, STORE_BLOCK);
	code = sqlite3_step(ix->next_block);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		ix->code = code;
	return code;
}

/* Reads the next block into ix->records and returns its id; 0: none, or an error in ix->code. */
static int64_t fetch_block(struct indexer *ix, int64_t after, size_t *size)
{
	sqlite3_stmt *statement;
	int64_t id = 0;

	guard_allow(&ix->steps);
	if (select_block(ix, after) != SQLITE_ROW) {
		sqlite3_reset(ix->next_block);
		return 0;
	}
	statement = ix->next_block;
	id = sqlite3_column_int64(statement, 0);
	/* With ids that do not grow, indexing would never end; larger ids have no row ids. */
	if (id <= after || id > STORE_BLOCK_ID_MAX) {
		ix->code = SQLITE_CORRUPT;
		sqlite3_reset(statement);
		return 0;
	}
	*size = (size_t)sqlite3_column_bytes(statement, 1);
	if (*size > ix->capacity) {
		free(ix->records);
		ix->records = malloc(*size);
		ix->capacity = ix->records ? *size : 0;
	}
	if (*size > ix->capacity)
		ix->code = SQLITE_NOMEM;
	else if (*size && ix->records)
		memcpy(ix->records, sqlite3_column_blob(statement, 1), *size);
	sqlite3_reset(statement);
	return ix->code == SQLITE_OK ? id : 0;
}

int indexer_step(struct indexer *ix, int blocks)
{
	int64_t through = index_through(ix->db), id = 0;
	int done = 0;
	size_t size = 0;

	guard_limit_steps(ix->db, &ix->steps);
	ix->code = sqlite3_exec(ix->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	while (ix->code == SQLITE_OK && done < blocks && (id = fetch_block(ix, through, &size))) {
		index_records(ix, id, size);
		through = id;
		done++;
	}
	if (ix->code == SQLITE_OK && done)
		ix->code = store_set(ix->db, "indexed_through", through);
	ix->code = store_end(ix->db, ix->code);
	guard_limit_steps(ix->db, NULL);
	if (ix->code == SQLITE_OK)
		return done;
	row_writer_rolled_back(ix->rows);
	return -ix->code;
}

int64_t index_last_block(sqlite3 *db)
{
	int64_t last = 0;

	/* Blocks are not counted, because in a damaged file that may never end. */
	store_run(db, "SELECT max(id) FROM block", NULL, 0, &last);
	return last;
}

int64_t index_through(sqlite3 *db)
{
	return store_get(db, "indexed_through");
}

/* Reports the progress, measured in ids of blocks. Returns false to stop. */
static bool report_progress(sqlite3 *db, int64_t from, int64_t last, index_progress_fn *progress,
			    void *context)
{
	int64_t through = index_through(db);

	if (!progress || last <= from)
		return true;
	return progress(context, (uint64_t)(through - from), (uint64_t)(last - from));
}

enum vigil_code index_all(sqlite3 *db, const char *path, index_progress_fn *progress, void *context,
			  struct vigil_error *error)
{
	struct indexer *ix = indexer_new(db);
	int64_t from = index_through(db), last = index_last_block(db);
	int got = 1;

	if (!ix)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the index");
	store_run(db, "PRAGMA cache_size = -65536", NULL, 0, NULL);
	while (got > 0 && report_progress(db, from, last, progress, context))
		got = indexer_step(ix, BULK);
	indexer_free(ix);
	return got < 0 ? store_fail(error, db, -got, "index", path) : VIGIL_OK;
}

enum vigil_code index_file(const char *path, bool trust_path, index_progress_fn *progress,
			   void *context, struct vigil_error *error)
{
	unsigned mode = STORE_WRITE | (trust_path ? STORE_TRUST_PATH : 0u);
	enum vigil_code code = store_prepare_path(path, mode, error);
	struct store_lock *lock = NULL;
	sqlite3 *db = NULL;

	if (code == VIGIL_OK)
		code = store_lock(&lock, path, error);
	if (code < 0)
		return code;
	code = store_open(&db, path, mode, error);
	if (code == VIGIL_OK) {
		if (index_through(db) < index_last_block(db))
			code = index_all(db, path, progress, context, error);
		store_close(db);
	}
	store_unlock(lock);
	return code;
}
