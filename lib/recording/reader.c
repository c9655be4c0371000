/* SPDX-License-Identifier: MIT */
/* reader.c - reads the records of a recording, block by block, as they were written. */
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "record/source_count.h"
#include "record/walk.h"
#include "recording/guard.h"
#include "recording/reader.h"
#include "recording/schema.h"

/* The ids of context and of blocks grow from row to row. Reading stops if they do not: a damaged
 * database whose pages refer to one another could return rows without end. */
#define CONTEXT "SELECT id, CASE WHEN length(record) <= ?1 THEN record END FROM context ORDER BY id"
#define BLOCK \
	"SELECT id, CASE WHEN length(records) <= ?2 THEN records END FROM block WHERE id > ?1 " \
	"ORDER BY id LIMIT 1"

struct recording {
	struct source base;
	sqlite3 *db;
	sqlite3_stmt *context; /* processes before the first block; NULL: all were read */
	sqlite3_stmt *next_block;
	struct guard_steps steps; /* of the statement that runs */
	int64_t block;            /* the current one; 0: none yet */
	int64_t row;              /* the current one of the context */
	uint8_t *data;            /* the current records */
	size_t at, size, capacity;
	bool ended;
	uint64_t reported[VIGIL_TYPE_MAX];
	uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX];
	char path[];
};

/* Copies the second column of a row to r->data. *id: the id of the previous row, and then of
 * this one. */
static int copy_row(struct recording *r, sqlite3_stmt *row, int64_t *id)
{
	int64_t next = sqlite3_column_int64(row, 0);
	size_t size;

	r->at = r->size = 0;
	if (next <= *id)
		return SQLITE_CORRUPT;
	*id = next;
	if (sqlite3_column_type(row, 1) == SQLITE_NULL)
		return SQLITE_TOOBIG;
	size = (size_t)sqlite3_column_bytes(row, 1);
	if (size > r->capacity) {
		uint8_t *grown = realloc(r->data, size);

		if (!grown)
			return SQLITE_NOMEM;
		r->data = grown;
		r->capacity = size;
	}
	if (size)
		memcpy(r->data, sqlite3_column_blob(row, 1), size);
	r->size = size;
	return SQLITE_OK;
}

static int read_block(struct recording *r)
{
	int code;

	r->at = r->size = 0;
	guard_allow(&r->steps);
	sqlite3_bind_int64(r->next_block, 1, r->block);
	code = sqlite3_step(r->next_block);
	r->ended = code != SQLITE_ROW;
	if (code == SQLITE_ROW)
		code = copy_row(r, r->next_block, &r->block);
	else if (code == SQLITE_DONE)
		code = SQLITE_OK;
	sqlite3_reset(r->next_block);
	return code;
}

/* Reads the next record of the context; after the last one, the first block. That is read
 * before the statement is finalized, so that a recorder cannot drop blocks in between. */
static int read_context(struct recording *r)
{
	int code;

	guard_allow(&r->steps);
	code = sqlite3_step(r->context);
	if (code == SQLITE_ROW)
		return copy_row(r, r->context, &r->row);
	r->ended = code != SQLITE_DONE;
	if (code == SQLITE_DONE)
		code = read_block(r);
	sqlite3_finalize(r->context);
	r->context = NULL;
	return code;
}

/* Reads the next records into r->data; at the end there are none. */
static enum vigil_code read_more(struct recording *r)
{
	int code = r->context ? read_context(r) : read_block(r);

	if (code == SQLITE_OK)
		return VIGIL_OK;
	/* The next block may be intact. */
	if (code == SQLITE_TOOBIG && !r->ended)
		return vigil_fail(&r->base.error, VIGIL_ERROR_FORMAT,
				  "%s is damaged: block %lld has no records, or more than Vigil "
				  "writes into one",
				  r->path, (long long)r->block);
	r->ended = true;
	return store_fail(&r->base.error, r->db, code, "read", r->path);
}

static int recording_next(struct source *base, struct vigil_header **out)
{
	struct recording *r = (struct recording *)base;
	struct vigil_header *record;
	enum vigil_code code;

	while (r->at == r->size) {
		if (r->ended)
			return 0;
		code = read_more(r);
		if (code < 0)
			return code;
	}
	record = walk_record(r->data, r->size, r->at);
	if (!record) {
		code = vigil_fail(&base->error, VIGIL_ERROR_FORMAT,
				  "%s is damaged: %zu bytes of block %lld are no records", r->path,
				  r->size - r->at, (long long)r->block);
		r->at = r->size;
		return code;
	}
	r->at += record->size;
	source_count(record, r->reported, r->dropped);
	*out = record;
	return 1;
}

static int recording_wait(struct source *base, int timeout_ms)
{
	(void)base;
	(void)timeout_ms;
	return 0; /* no more records will arrive */
}

static int recording_fd(struct source *base)
{
	(void)base;
	return -1;
}

static void recording_statistics(struct source *base, struct vigil_statistics *out)
{
	struct recording *r = (struct recording *)base;

	source_counted(out, r->reported, r->dropped);
}

static const char *recording_backend(struct source *base)
{
	(void)base;
	return "recording";
}

static bool recording_at_end(struct source *base)
{
	struct recording *r = (struct recording *)base;

	return r->ended && r->at == r->size;
}

static void recording_close(struct source *base)
{
	struct recording *r = (struct recording *)base;

	sqlite3_finalize(r->context);
	sqlite3_finalize(r->next_block);
	store_close(r->db);
	free(r->data);
	free(r);
}

static const struct source_ops recording_ops = {
	.next = recording_next,
	.wait = recording_wait,
	.fd = recording_fd,
	.statistics = recording_statistics,
	.backend = recording_backend,
	.close = recording_close,
	.at_end = recording_at_end,
};

/* Neither statement may read a virtual table, even if the schema changes. */
static int prepare_statements(struct recording *r)
{
	int code =
	    sqlite3_prepare_v3(r->db, CONTEXT, -1, SQLITE_PREPARE_NO_VTAB, &r->context, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_prepare_v3(r->db, BLOCK, -1,
					  SQLITE_PREPARE_NO_VTAB | SQLITE_PREPARE_PERSISTENT,
					  &r->next_block, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_int64(r->context, 1, VIGIL_RECORD_MAX);
	if (code == SQLITE_OK)
		code = sqlite3_bind_int64(r->next_block, 2, STORE_BLOCK);
	return code;
}

enum vigil_code source_open_recording(struct source **out, const char *path, bool trust_path,
				      struct vigil_error *error)
{
	size_t length = strlen(path) + 1;
	struct recording *r = calloc(1, sizeof(*r) + length);
	enum vigil_code code;
	int result;

	if (!r)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the recording");
	r->base.ops = &recording_ops;
	memcpy(r->path, path, length);
	code = store_open(&r->db, path, STORE_READ | (trust_path ? STORE_TRUST_PATH : 0u), error);
	if (code == VIGIL_OK) {
		guard_limit_steps(r->db, &r->steps);
		result = prepare_statements(r);
		if (result != SQLITE_OK)
			code = store_fail(error, r->db, result, "read", path);
	}
	if (code < 0)
		recording_close(&r->base);
	else
		*out = &r->base;
	return code;
}
