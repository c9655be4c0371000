/* SPDX-License-Identifier: MIT */
#include "recording/prune.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "process/leaders.h"
#include "process/process_numbers.h"
#include "process/table.h"
#include "record/builder.h"
#include "record/decode.h"
#include "record/walk.h"

#define KEEP_TENTHS 9 /* of max_bytes remain after pruning, so that not every block prunes */

#define LEADERS_SIZE part_size(sizeof(struct vigil_leaders))

/* ---- the context ---- */

struct context {
	sqlite3 *db;
	sqlite3_stmt *add;
	struct table *table;
	struct decoder decoder;
	struct vigil_header *status; /* the latest with host and boot */
	void *record;                /* VIGIL_RECORD_MAX bytes */
	void *copy;                  /* of a block; decoding changes it */
	size_t capacity;
	int code;
};

/* Clears the process table: another boot, or another sensor. */
static void restart_context(struct context *c, const struct vigil_header *record)
{
	struct vigil_header *status = malloc(record->size);

	if (!status || !table_restart(&c->table)) {
		free(status);
		c->code = SQLITE_NOMEM;
		return;
	}
	free(c->status);
	c->status = memcpy(status, record, record->size);
	c->status->flags |= VIGIL_RECORD_CONTEXT;
	/* cppcheck-suppress memleak - the context owns it */
}

static void apply_records(struct context *c, const void *records, size_t size)
{
	struct vigil_header *record;

	if (size > c->capacity) {
		free(c->copy);
		c->copy = malloc(size);
		c->capacity = c->copy ? size : 0;
	}
	if (size > c->capacity) {
		c->code = SQLITE_NOMEM;
		return;
	}
	if (size && c->copy)
		memcpy(c->copy, records, size);
	for (size_t at = 0; (record = walk_record(c->copy, size, at)); at += record->size) {
		struct vigil_event event;

		if (decode(&c->decoder, record, record->size, &event, NULL) < 0)
			continue;
		if (record->type == VIGIL_EVENT_STATUS &&
		    event.status->state == VIGIL_STATUS_STARTED)
			restart_context(c, record);
		if (c->code == SQLITE_OK &&
		    table_apply(c->table, &event, record) == TABLE_NO_MEMORY)
			c->code = SQLITE_NOMEM;
	}
}

static void apply_rows(struct context *c, const char *sql, int64_t through)
{
	sqlite3_stmt *rows = NULL;
	int64_t last = INT64_MIN;

	if (c->code == SQLITE_OK)
		c->code = sqlite3_prepare_v2(c->db, sql, -1, &rows, NULL);
	if (c->code == SQLITE_OK)
		sqlite3_bind_int64(rows, 1, through);
	while (c->code == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(rows, 1);

		if (id <= last) /* pages that refer to one another return rows without end */
			c->code = SQLITE_CORRUPT;
		else
			apply_records(c, sqlite3_column_blob(rows, 0),
				      (size_t)sqlite3_column_bytes(rows, 0));
		last = id;
	}
	if (c->code == SQLITE_OK)
		c->code = sqlite3_reset(rows);
	sqlite3_finalize(rows);
}

static void add_record(struct context *c, const struct vigil_header *record)
{
	sqlite3_bind_blob(c->add, 1, record, (int)record->size, SQLITE_STATIC);
	if (sqlite3_step(c->add) != SQLITE_DONE && c->code == SQLITE_OK)
		c->code = sqlite3_errcode(c->db);
	sqlite3_reset(c->add);
}

/* Adds the strings of a process as parts. */
static void add_strings(struct record_builder *builder, const struct vigil_process_info *proc)
{
	bool list = proc->args.length;
	const struct {
		uint16_t kind;
		const struct vigil_string *value;
	} parts[] = {
		{ VIGIL_PART_IMAGE, &proc->image },
		{ VIGIL_PART_NAME, &proc->name },
		{ list ? VIGIL_PART_ARGS : VIGIL_PART_COMMAND_LINE,
		  list ? &proc->args : &proc->command },
		{ VIGIL_PART_DIRECTORY, &proc->directory },
		{ VIGIL_PART_FILENAME, &proc->filename },
		{ VIGIL_PART_CGROUP, &proc->cgroup_path },
		{ VIGIL_PART_CGROUP_OTHERS, &proc->cgroup_others },
		{ VIGIL_PART_CONTAINER_INFO, &proc->container_info },
		{ VIGIL_PART_USER, &proc->user },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct vigil_string *value = parts[i].value;
		struct vigil_part *part;

		/* A part that does not fit is omitted; an earlier event had it. */
		if (!value->length ||
		    part_size(value->length) > builder->capacity - builder->size - LEADERS_SIZE)
			continue;
		part = builder_add(builder, parts[i].kind, VIGIL_PART_ORIGIN_NONE, value->data,
				   value->length);
		if (part)
			part->original = value->original;
	}
}

/* Begins a record of the context. */
static void *begin_context(struct context *c, struct record_builder *builder, uint16_t type,
			   uint64_t time, uint64_t mono)
{
	void *body = builder_begin(builder, c->record, VIGIL_RECORD_MAX / 2, type, VIGIL_BYTES);
	struct vigil_header *header = c->record;

	header->flags = VIGIL_RECORD_CONTEXT;
	header->time = time;
	header->mono = mono;
	return body;
}

static void add_exit(struct context *c, const struct vigil_process_info *proc, uint64_t mono)
{
	struct record_builder builder;
	struct vigil_exit_body *body =
	    begin_context(c, &builder, VIGIL_EVENT_PROCESS_EXIT, proc->end, mono);

	body->process = proc->id;
	body->parent = proc->parent;
	body->start = proc->start;
	add_record(c, builder_end(&builder));
}

/* Adds a process as a record of a snapshot, and its exit if it has ended. */
static void add_process(void *context, const struct vigil_process_info *proc, uint64_t mono)
{
	const struct vigil_leaders leaders = leaders_of(proc);
	struct context *c = context;
	struct record_builder builder;
	struct vigil_process_body *body =
	    begin_context(c, &builder, VIGIL_EVENT_PROCESS_SNAPSHOT, proc->start, mono);

	body->process = proc->id;
	body->parent = proc->parent;
	body->start = proc->start;
	process_numbers_back(body, proc);
	add_strings(&builder, proc);
	builder_add(&builder, VIGIL_PART_LEADERS, VIGIL_PART_ORIGIN_NONE, &leaders,
		    sizeof(leaders));
	add_record(c, builder_end(&builder));
	if (proc->end)
		add_exit(c, proc, mono);
}

/* Replaces the context by the processes that run after the block `through`. */
static int keep_context(sqlite3 *db, int64_t through)
{
	struct context c = { .db = db, .table = table_new(0), .record = malloc(VIGIL_RECORD_MAX) };

	if (!c.table || !c.record || decoder_open(&c.decoder) < 0)
		c.code = SQLITE_NOMEM;
	apply_rows(&c, "SELECT record, id FROM context WHERE ?1 ORDER BY id", through);
	apply_rows(&c, "SELECT records, id FROM block WHERE id <= ?1 ORDER BY id", through);
	if (c.code == SQLITE_OK)
		c.code = sqlite3_exec(db, "DELETE FROM context", NULL, NULL, NULL);
	if (c.code == SQLITE_OK)
		c.code = sqlite3_prepare_v2(db, "INSERT INTO context VALUES (NULL, ?)", -1, &c.add,
					    NULL);
	if (c.code == SQLITE_OK && c.status)
		add_record(&c, c.status);
	if (c.code == SQLITE_OK && !table_each_alive(c.table, add_process, &c))
		c.code = SQLITE_NOMEM;
	sqlite3_finalize(c.add);
	decoder_close(&c.decoder);
	table_free(c.table);
	free(c.status);
	free(c.record);
	free(c.copy);
	return c.code;
}

/* ---- removal ---- */

/* Rows are in the order of their blocks. A process is removed when it has ended, a program or a
 * path when no row refers to it. */
static const char *const DROP[] = {
	"DELETE FROM block WHERE id < ?1 >> 20",
	"DELETE FROM thread WHERE id < ?1",
	"DELETE FROM load WHERE id < ?1",
	"DELETE FROM remote_thread WHERE id < ?1",
	"DELETE FROM access WHERE id < ?1",
	"DELETE FROM credential_change WHERE id < ?1",
	"DELETE FROM failed_exec WHERE id < ?1",
	"DELETE FROM denial WHERE id < ?1",
	"DELETE FROM alert WHERE id < ?1",
	"DELETE FROM loss WHERE id < ?1",
	"DELETE FROM sensor WHERE id < ?1 AND id < (SELECT max(id) FROM sensor WHERE id < ?1 AND "
	"state = 'started')",
	"DELETE FROM process WHERE id < ?1 AND end < (SELECT min(first_time) FROM block)",
	"DELETE FROM program WHERE id < ?1 AND id NOT IN (SELECT program FROM process WHERE "
	"program IS NOT NULL)",
	"DELETE FROM image WHERE id < ?1 AND id NOT IN (SELECT image FROM program WHERE image IS "
	"NOT NULL UNION SELECT image FROM load WHERE image IS NOT NULL UNION SELECT image FROM "
	"denial WHERE image IS NOT NULL)",
};

static int drop_blocks(sqlite3 *db, int64_t through)
{
	int64_t before = (through + 1) * (1 << STORE_SHIFT), events = 0;
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = keep_context(db, through);
	if (code == SQLITE_OK)
		code = store_run(db, "SELECT sum(count) FROM block WHERE id <= ?", &through, 1,
				 &events);
	for (size_t i = 0; code == SQLITE_OK && i < sizeof(DROP) / sizeof(DROP[0]); i++)
		code = store_run(db, DROP[i], &before, 1, NULL);
	if (code == SQLITE_OK)
		code = store_set(db, "dropped_through", through);
	if (code == SQLITE_OK)
		code = store_set(db, "dropped_events", store_get(db, "dropped_events") + events);
	return store_end(db, code);
}

static int64_t used_bytes(sqlite3 *db)
{
	int64_t page = 0, pages = 0, free_pages = 0;

	store_run(db, "PRAGMA page_size", NULL, 0, &page);
	store_run(db, "PRAGMA page_count", NULL, 0, &pages);
	store_run(db, "PRAGMA freelist_count", NULL, 0, &free_pages);
	return page * (pages - free_pages);
}

/* The id of the last block that must be removed; 0: none. The newest block always stays. */
static int64_t find_last_to_drop(sqlite3 *db, const struct prune *prune, uint64_t now)
{
	int64_t used = used_bytes(db), last = 0, newest = 0, older;
	int64_t keep = (int64_t)(prune->max_bytes / 10 * KEEP_TENTHS);

	store_run(db, "SELECT max(id) FROM block", NULL, 0, &newest);
	if (prune->max_age_ns && now > prune->max_age_ns) {
		older = (int64_t)(now - prune->max_age_ns);
		store_run(db, "SELECT max(id) FROM block WHERE last_time < ?", &older, 1, &last);
	}
	if (prune->max_bytes && used > (int64_t)prune->max_bytes) {
		int64_t blocks = 0, part, from = 0;

		/* The file also has the rows made from blocks: remove the same fraction of
		 * the blocks as of the whole. */
		store_run(db, "SELECT count(*) FROM block", NULL, 0, &blocks);
		part = blocks * (used - keep) / used + 1;
		store_run(db, "SELECT id FROM block ORDER BY id LIMIT 1 OFFSET ?", &part, 1, &from);
		if (from - 1 > last)
			last = from - 1;
	}
	return last < newest ? last : newest - 1;
}

int prune_run(sqlite3 *db, const struct prune *prune, uint64_t now)
{
	int64_t last;
	int code;

	if (!prune->max_bytes && !prune->max_age_ns)
		return SQLITE_OK;
	last = find_last_to_drop(db, prune, now);
	if (last <= store_get(db, "dropped_through"))
		return SQLITE_OK;
	code = drop_blocks(db, last);
	/* Free pages are reused; this shrinks a file that was larger before. */
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "PRAGMA incremental_vacuum", NULL, NULL, NULL);
	return code;
}
