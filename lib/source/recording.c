/* SPDX-License-Identifier: MIT */
/* recording.c - records out of a recording, block after block, as they were written. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "source/file.h"
#include "store/schema.h"
#include "store/walk.h"

struct recording {
	struct source base;
	sqlite3 *db;
	sqlite3_stmt *next_block;
	int64_t block; /* the one at hand; 0: none yet */
	uint8_t *data; /* its records; before the first block's, the context */
	size_t at, size, capacity;
	bool ended;
	uint64_t told[VIGIL_TYPE_MAX];
	uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX];
	char path[];
};

/* Puts the first column of a row behind what is at hand. */
static int keep(struct recording *r, sqlite3_stmt *row, int column)
{
	size_t more = (size_t)sqlite3_column_bytes(row, column), size = r->size + more;

	if (size > r->capacity) {
		uint8_t *grown = realloc(r->data, size);

		if (!grown)
			return SQLITE_NOMEM;
		r->data = grown;
		r->capacity = size;
	}
	if (more)
		memcpy(r->data + r->size, sqlite3_column_blob(row, column), more);
	/* What is behind a damaged record is aligned all the same. */
	r->size = size & ~(size_t)7;
	return SQLITE_OK;
}

static int read_block(struct recording *r)
{
	int code;

	sqlite3_bind_int64(r->next_block, 1, r->block);
	code = sqlite3_step(r->next_block);
	if (code == SQLITE_ROW) {
		r->block = sqlite3_column_int64(r->next_block, 0);
		code = keep(r, r->next_block, 1);
	} else if (code == SQLITE_DONE) {
		r->ended = true;
		code = SQLITE_OK;
	}
	sqlite3_reset(r->next_block);
	return code;
}

/* What ran before the first block, and that block. */
static int read_first(struct recording *r)
{
	sqlite3_stmt *rows;
	int code =
	    sqlite3_prepare_v2(r->db, "SELECT record FROM context ORDER BY id", -1, &rows, NULL);

	while (code == SQLITE_OK && (code = sqlite3_step(rows)) == SQLITE_ROW)
		code = keep(r, rows, 0);
	if (code == SQLITE_DONE)
		code = SQLITE_OK;
	/* Before the rows are let go: a recorder may drop blocks meanwhile. */
	if (code == SQLITE_OK)
		code = read_block(r);
	sqlite3_finalize(rows);
	return code;
}

static int recording_next(struct source *base, struct vigil_header **out)
{
	struct recording *r = (struct recording *)base;
	struct vigil_header *record;
	int code;

	while (r->at == r->size) {
		if (r->ended)
			return 0;
		r->at = r->size = 0;
		code = r->block ? read_block(r) : read_first(r);
		if (code != SQLITE_OK) {
			r->ended = true;
			return store_fail(&base->error, r->db, code, "read", r->path);
		}
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
	source_count(record, r->told, r->dropped);
	*out = record;
	return 1;
}

static int recording_wait(struct source *base, int timeout_ms)
{
	(void)base;
	(void)timeout_ms;
	return 0; /* nothing will come that is not there */
}

static int recording_fd(struct source *base)
{
	(void)base;
	return -1;
}

static void recording_statistics(struct source *base, struct vigil_statistics *out)
{
	struct recording *r = (struct recording *)base;

	source_counted(out, r->told, r->dropped);
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

enum vigil_code source_open_recording(struct source **out, const char *path,
				      struct vigil_error *error)
{
	size_t length = strlen(path) + 1;
	struct recording *r = calloc(1, sizeof *r + length);
	enum vigil_code code;
	int result;

	if (!r)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	r->base.ops = &recording_ops;
	memcpy(r->path, path, length);
	code = store_open(&r->db, path, STORE_READ, error);
	if (code == VIGIL_OK) {
		result = sqlite3_prepare_v2(
		    r->db, "SELECT id, records FROM block WHERE id > ? ORDER BY id LIMIT 1", -1,
		    &r->next_block, NULL);
		if (result != SQLITE_OK)
			code = store_fail(error, r->db, result, "read", path);
	}
	if (code < 0)
		recording_close(&r->base);
	else
		*out = &r->base;
	return code;
}
