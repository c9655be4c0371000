/* SPDX-License-Identifier: MIT */
/*
 * writer.c - writes events to a recording. The caller's thread only copies a record to a block
 * in memory. The recorder's thread commits blocks when they are full or their oldest record has
 * waited for COMMIT_MS, and fills the readable tables when it has no other work. A third thread
 * waits for the disk (checkpoint.h). If they cannot keep up, the blocks in memory are a queue;
 * when that is full, records are dropped and counted, and LOST records replace them.
 */
#include <vigil/vigil.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/error.h"
#include "core/sized.h"
#include "os/os.h"
#include "record/builder.h"
#include "record/subject.h"
#include "recording/blocks.h"
#include "recording/checkpoint.h"
#include "recording/index.h"
#include "recording/prune.h"
#include "recording/schema.h"
#include "recording/storage.h"

#define COMMIT_MS 250
#define RETRY_MS  1000
#define RESERVE   (256 << 10) /* bytes of the log reserved for the last LOST records */
#define STEP      4           /* blocks that are indexed in one transaction */
#define MAX_BYTES (16 << 20)  /* the smallest max_bytes */

#define INSERT "INSERT INTO block VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)"

/* Types that describe processes, and so are kept as context of other events. */
#define CONTEXT_TYPES \
	(VIGIL_TYPES_START | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_STATUS))

struct vigil_recorder {
	/* Only for the recorder's thread: */
	sqlite3 *db;
	sqlite3_stmt *insert;
	struct indexer *indexer; /* NULL: blocks are not indexed */
	struct checkpointer *checkpointer;
	struct prune prune;
	int64_t recording;
	bool unindexed; /* blocks may not be indexed yet */
	bool busy;      /* blocks became full before they were due: no time to index */

	/* Protected by the mutex: */
	pthread_mutex_t mutex;
	pthread_cond_t work, written;
	struct blocks blocks;
	struct vigil_error error; /* of the last write, if it failed */
	uint64_t failures;        /* writes that failed */
	struct vigil_recorder_statistics statistics;
	bool flush, stop; /* requests to the recorder's thread */
	bool waits;       /* the recorder's thread is waiting for work */

	struct os_thread thread;
	bool running;
	bool realtime; /* vigil_recorder_options.realtime */
	struct store_lock *lock;
	struct store_reserve *reserve;
	char path[];
};

/* ---- the recorder's thread ---- */

static int write_block(struct vigil_recorder *r, const struct block *block)
{
	const int64_t numbers[] = { r->recording,
				    (int64_t)block->first_seq,
				    (int64_t)block->last_seq,
				    (int64_t)block->first_time,
				    (int64_t)block->last_time,
				    block->count };
	const int last = sizeof(numbers) / sizeof(numbers[0]);
	int code;

	for (int i = 0; i < last; i++)
		sqlite3_bind_int64(r->insert, i + 1, numbers[i]);
	sqlite3_bind_blob(r->insert, last + 1, block->data, (int)block->used, SQLITE_STATIC);
	code = sqlite3_step(r->insert);
	sqlite3_reset(r->insert);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Writes the first `count` ready blocks in one transaction. No other thread uses them until
 * they are popped. */
static int write_blocks(struct vigil_recorder *r, size_t count)
{
	int code = sqlite3_exec(r->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (size_t i = 0; code == SQLITE_OK && i < count; i++)
		code = write_block(r, blocks_ready(&r->blocks, i));
	return store_end(r->db, code);
}

/* Reserves space on the disk for the first `count` blocks in SQLite's log, and for RESERVE
 * bytes after them. The log has 24 more bytes for each page of the database. */
static bool reserve_space(struct vigil_recorder *r, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += blocks_ready(&r->blocks, i)->used + STORE_PAGE;
	return store_reserve_space(r->reserve, checkpoint_log_end(r->checkpointer),
				   bytes + bytes / 16 + RESERVE);
}

/* Writes the ready blocks. The mutex is held by the caller, and released during the write. */
static bool write_ready(struct vigil_recorder *r)
{
	size_t count = r->blocks.ready;
	int code;

	pthread_mutex_unlock(&r->mutex);
	checkpoint_enter(r->checkpointer);
	code = reserve_space(r, count) ? write_blocks(r, count) : SQLITE_FULL;
	if (code == SQLITE_OK)
		prune_run(r->db, &r->prune,
			  os_wall_ns()); /* an error is ignored: it is repeated the next time */
	checkpoint_leave(r->checkpointer);
	pthread_mutex_lock(&r->mutex);
	r->busy = false;
	if (code != SQLITE_OK) {
		store_fail(&r->error, r->db, code, "write to", r->path);
		r->failures++;
		pthread_cond_broadcast(&r->written);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		const struct block *block = blocks_ready(&r->blocks, i);

		r->statistics.events += block->count;
		r->statistics.wanted += block->wanted;
		r->statistics.bytes += block->used;
		r->busy |= block->used > STORE_BLOCK - VIGIL_RECORD_MAX;
	}
	blocks_pop(&r->blocks, count);
	r->error.code = VIGIL_OK;
	r->unindexed = true;
	pthread_cond_broadcast(&r->written);
	return true;
}

/* Indexes some blocks while there is nothing to write. The mutex is released meanwhile. */
static void index_blocks(struct vigil_recorder *r)
{
	pthread_mutex_unlock(&r->mutex);
	if (r->realtime)
		os_set_realtime(false);
	checkpoint_enter(r->checkpointer);
	r->unindexed = indexer_step(r->indexer, STEP) > 0;
	checkpoint_leave(r->checkpointer);
	if (r->realtime)
		os_set_realtime(true);
	os_keep_file_privileges();
	pthread_mutex_lock(&r->mutex);
}

/* Waits at most ms; 0: without a limit. */
static void wait_for_work(struct vigil_recorder *r, unsigned ms)
{
	struct timespec then = os_wall_after(ms);

	r->waits = true;
	if (ms)
		pthread_cond_timedwait(&r->work, &r->mutex, &then);
	else
		pthread_cond_wait(&r->work, &r->mutex);
	r->waits = false;
}

static void write_loop(void *context)
{
	struct vigil_recorder *r = context;

	pthread_mutex_lock(&r->mutex);
	for (;;) {
		int64_t now = os_now_ms();
		const struct block *filling = blocks_filling(&r->blocks);
		bool due = filling->count && now - filling->since_ms >= COMMIT_MS;

		if (due || r->flush || r->stop)
			blocks_turn(&r->blocks);
		if (r->blocks.ready && write_ready(r))
			continue; /* blocks_turn() may have found no free block */
		if (r->blocks.ready) {
			if (r->stop)
				break;
			wait_for_work(r, RETRY_MS);
		} else if (r->flush) {
			r->flush = false;
			pthread_cond_broadcast(&r->written);
		} else if (r->stop) {
			break;
		} else if (r->unindexed && r->indexer && !r->busy) {
			index_blocks(r);
		} else {
			wait_for_work(r, filling->count || r->busy ? COMMIT_MS : 0);
			r->busy &= r->blocks.ready || blocks_filling(&r->blocks)->count;
		}
	}
	pthread_mutex_unlock(&r->mutex);
}

/* ---- the caller's thread ---- */

/* If the last recorder did not close the file, adds a STATUS record that reports it. */
static int mark_interruption(struct vigil_recorder *r)
{
	static const char TEXT[] =
	    "The recording ended here without being closed: what followed is missing.";
	_Alignas(8) uint8_t bytes[sizeof(struct vigil_header) + sizeof(struct vigil_status_body) +
				  sizeof(struct vigil_part) + sizeof(TEXT) + 8];
	struct record_builder builder;
	struct vigil_header *record = (void *)bytes;
	struct vigil_status_body *status;
	struct block block = { .data = bytes, .count = 1 };
	int64_t last = 0, seq = 0, time = 0;

	store_run(r->db, "SELECT id FROM recording WHERE ended IS NULL", NULL, 0, &r->recording);
	store_run(r->db, "SELECT max(id) FROM block", NULL, 0, &last);
	if (last < 0 || last > STORE_BLOCK_ID_MAX / 2) /* no recording can have that many */
		return SQLITE_CORRUPT;
	if (!r->recording || !last)
		return SQLITE_OK;
	store_run(r->db, "SELECT last_seq FROM block WHERE id = ?", &last, 1, &seq);
	store_run(r->db, "SELECT last_time FROM block WHERE id = ?", &last, 1, &time);
	status = builder_begin(&builder, bytes, sizeof(bytes), VIGIL_EVENT_STATUS, VIGIL_BYTES);
	status->state = VIGIL_STATUS_WARNING;
	builder_add(&builder, VIGIL_PART_TEXT, VIGIL_PART_ORIGIN_NONE, TEXT, sizeof(TEXT) - 1);
	builder_end(&builder);
	record->seq = (uint64_t)seq + 1;
	record->time = (uint64_t)time;
	block.used = record->size;
	block.first_seq = block.last_seq = record->seq;
	block.first_time = block.last_time = record->time;
	return write_block(r, &block);
}

static int begin_recording(struct vigil_recorder *r)
{
	int64_t now = (int64_t)os_wall_ns();
	int code =
	    sqlite3_prepare_v3(r->db, INSERT, -1, SQLITE_PREPARE_PERSISTENT, &r->insert, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(r->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = mark_interruption(r);
	if (code == SQLITE_OK)
		code = store_run(r->db,
				 "UPDATE recording SET ended ="
				 " (SELECT max(last_time) FROM block) WHERE ended IS NULL",
				 NULL, 0, NULL);
	if (code == SQLITE_OK)
		code =
		    store_run(r->db, "INSERT INTO recording VALUES (NULL, ?, NULL)", &now, 1, NULL);
	r->recording = sqlite3_last_insert_rowid(r->db);
	return store_end(r->db, code);
}

static enum vigil_code open_recorder(struct vigil_recorder *r,
				     const struct vigil_recorder_options *options,
				     struct vigil_error *error)
{
	unsigned mode = STORE_WRITE | (options->trust_path ? STORE_TRUST_PATH : 0u);
	enum vigil_code code = store_prepare_path(r->path, mode, error);
	int result;

	if (code == VIGIL_OK)
		code = store_lock(&r->lock, r->path, error);
	if (code == VIGIL_OK)
		code = store_open(&r->db, r->path, mode, error);
	if (code < 0)
		return code;
	result = begin_recording(r);
	if (result != SQLITE_OK)
		return store_fail(error, r->db, result, "write to", r->path);
	code = checkpoint_begin(&r->checkpointer, r->db, r->path, mode, options->realtime, error);
	if (code < 0)
		return code;
	r->reserve = store_reserve(r->path);
	r->unindexed = true;
	if (!options->no_index && !(r->indexer = indexer_new(r->db)))
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the index");
	r->realtime = options->realtime;
	if (os_thread_start(&r->thread, "vigil-recorder",
			    r->realtime ? OS_PRIORITY_REALTIME : OS_PRIORITY_NORMAL, write_loop,
			    r) != 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot start a thread");
	r->running = true;
	return VIGIL_OK;
}

enum vigil_code vigil_recorder_open(struct vigil_recorder **out, const char *path,
				    const struct vigil_recorder_options *options,
				    struct vigil_error *error)
{
	struct vigil_recorder_options wanted;
	struct vigil_recorder *r;
	enum vigil_code code;

	*out = NULL;
	if (!sized_read(&wanted, sizeof(wanted), options))
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "vigil_recorder_options.size is not set, or the program asks "
				  "for what libvigil " VIGIL_VERSION " does not have");
	if (wanted.max_bytes && wanted.max_bytes < MAX_BYTES)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "max_bytes must be 0 or at least 16 MiB");
	r = calloc(1, sizeof(*r) + strlen(path) + 1);
	if (!r)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the recorder");
	memcpy(r->path, path, strlen(path) + 1);
	r->prune = (struct prune){ wanted.max_bytes, wanted.max_age_s * 1000000000u };
	pthread_mutex_init(&r->mutex, NULL);
	pthread_cond_init(&r->work, NULL);
	pthread_cond_init(&r->written, NULL);
	code = open_recorder(r, &wanted, error);
	if (code < 0)
		vigil_recorder_close(r, NULL);
	else
		*out = r;
	return code;
}

enum vigil_code vigil_recorder_add(struct vigil_recorder *r, const struct vigil_event *event,
				   bool wanted)
{
	const struct vigil_header *record = event->record;
	enum vigil_code code = VIGIL_OK;
	size_t ready;
	bool first;

	if (!wanted && !(vigil_type_bit(record->type) & CONTEXT_TYPES))
		return VIGIL_OK;
	pthread_mutex_lock(&r->mutex);
	ready = r->blocks.ready;
	first = !blocks_filling(&r->blocks)->count;
	if (!blocks_add(&r->blocks, record, wanted ? 0 : VIGIL_RECORD_CONTEXT))
		code = r->error.code < 0 ? r->error.code : VIGIL_ERROR_OUTPUT;
	if ((first || r->blocks.ready > ready) && r->waits)
		pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->mutex);
	return code;
}

enum vigil_code vigil_recorder_flush(struct vigil_recorder *r, struct vigil_error *error)
{
	enum vigil_code code;
	uint64_t failures;
	int result;

	pthread_mutex_lock(&r->mutex);
	r->flush = true;
	failures = r->failures;
	pthread_cond_signal(&r->work);
	while (r->flush && (r->failures == failures || r->error.code == VIGIL_OK))
		pthread_cond_wait(&r->written, &r->mutex);
	code = r->flush ? r->error.code : VIGIL_OK;
	r->flush = false;
	if (code < 0 && error)
		*error = r->error;
	pthread_mutex_unlock(&r->mutex);
	if (code < 0)
		return code;
	result = checkpoint_now(r->checkpointer);
	return result == SQLITE_OK ? VIGIL_OK
				   : store_fail(error, NULL, result, "write to", r->path);
}

enum vigil_code vigil_recorder_status(struct vigil_recorder *r, struct vigil_error *error)
{
	enum vigil_code code;

	pthread_mutex_lock(&r->mutex);
	code = r->error.code;
	if (code < 0 && error)
		*error = r->error;
	pthread_mutex_unlock(&r->mutex);
	return code;
}

void vigil_recorder_statistics(struct vigil_recorder *r, struct vigil_recorder_statistics *out)
{
	pthread_mutex_lock(&r->mutex);
	r->statistics.dropped = r->blocks.missing;
	sized_write(out, &r->statistics, sizeof(r->statistics));
	pthread_mutex_unlock(&r->mutex);
}

/* Stores the end of the recording. */
static void end_recording(struct vigil_recorder *r)
{
	const int64_t numbers[] = { r->recording, (int64_t)os_wall_ns() };

	store_run(r->db, "UPDATE recording SET ended = ?2 WHERE id = ?1", numbers, 2, NULL);
}

/* Drops the remaining records, which the disk cannot take, and writes LOST records in their
 * place. They are small, and their space was reserved before. */
static void give_up(struct vigil_recorder *r, struct vigil_error *error)
{
	const char *addition = "";
	int code = SQLITE_NOMEM;

	blocks_give_up(&r->blocks);
	if (r->blocks.ready)
		code = write_blocks(r, r->blocks.ready);
	if (code == SQLITE_OK)
		end_recording(r);
	else
		addition = " The recording does not show that.";
	if (error)
		vigil_fail(error, r->error.code, "%s %" PRIu64 " events are missing.%s",
			   r->error.text, r->blocks.missing, addition);
}

enum vigil_code vigil_recorder_finish(struct vigil_recorder *r,
				      struct vigil_recorder_statistics *statistics,
				      struct vigil_error *error)
{
	enum vigil_code code = VIGIL_OK;

	if (!r)
		return VIGIL_OK;
	if (r->running) {
		pthread_mutex_lock(&r->mutex);
		r->stop = true;
		pthread_cond_signal(&r->work);
		pthread_mutex_unlock(&r->mutex);
		os_thread_join(&r->thread);
		code = r->error.code;
		if (code == VIGIL_OK)
			end_recording(r);
		else
			give_up(r, error);
	}
	if (statistics)
		vigil_recorder_statistics(r, statistics);
	checkpoint_end(r->checkpointer);
	indexer_free(r->indexer);
	sqlite3_finalize(r->insert);
	store_close(r->db);
	store_unlock(r->lock);
	store_release(r->reserve);
	blocks_free(&r->blocks);
	pthread_cond_destroy(&r->written);
	pthread_cond_destroy(&r->work);
	pthread_mutex_destroy(&r->mutex);
	free(r);
	return code;
}

enum vigil_code vigil_recorder_close(struct vigil_recorder *r, struct vigil_error *error)
{
	return vigil_recorder_finish(r, NULL, error);
}
