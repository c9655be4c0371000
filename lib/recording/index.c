/* SPDX-License-Identifier: MIT */
#include "recording/index.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/error.h"
#include "record/decode.h"
#include "record/names.h"
#include "record/walk.h"
#include "recording/guard.h"
#include "recording/storage.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PATHS     4096 /* image paths in the cache of ids */
#define PATH_KEPT 240  /* bytes of a path in the cache */
#define BULK      64   /* blocks in one transaction when there is no other work */

enum statement {
	NEXT_BLOCK,
	ADD_SENSOR,
	ADD_IMAGE,
	FIND_IMAGE,
	ADD_PROGRAM,
	ADD_PROCESS,
	SET_PROGRAM,
	SET_EXIT,
	ADD_THREAD,
	ADD_LOAD,
	ADD_REMOTE_THREAD,
	ADD_ACCESS,
	ADD_CREDENTIAL_CHANGE,
	ADD_FAILED_EXEC,
	ADD_DENIAL,
	ADD_LOSS,
	STATEMENTS
};

static const char *const SQL[STATEMENTS] = {
	/* Without the records if the block is larger than those that Vigil writes. */
	[NEXT_BLOCK] = "SELECT id, CASE WHEN length(records) <= ?2 THEN records END FROM block "
		       "WHERE id > ?1 ORDER BY id LIMIT 1",
	[ADD_SENSOR] = "INSERT OR REPLACE INTO sensor VALUES (?,?,?,?,?,?,?)",
	[ADD_IMAGE] = "INSERT INTO image VALUES (?,?)",
	[FIND_IMAGE] = "SELECT id FROM image WHERE path = ?",
	[ADD_PROGRAM] = "INSERT OR REPLACE INTO program VALUES (?,?,?,?,?,?,?,?,?,?)",
	/* ?8: its program; if NULL, that of its creator, ?17 and ?18 */
	[ADD_PROCESS] =
	    "INSERT INTO process VALUES (?1,?2,?3,?4,?5,?6,?7,"
	    "coalesce(?8,(SELECT program FROM process WHERE pid=?17 AND start_key=?18)),"
	    "?9,?10,?11,?12,?13,?14,?15,?16) ON CONFLICT (pid, start_key) DO NOTHING",
	[SET_PROGRAM] = "UPDATE process SET program=?3, user=?4, effective_user=?5, session=?6,"
			" cgroup=?7 WHERE pid=?1 AND start_key=?2",
	[SET_EXIT] = "UPDATE process SET end=?3, exit_code=?4, signal=?5, cpu_time=?6,"
		     " max_memory=?7 WHERE pid=?1 AND start_key=?2",
	[ADD_THREAD] = "INSERT OR REPLACE INTO thread VALUES (?,?,?,?,?,?,?,?,?)",
	[ADD_LOAD] = "INSERT OR REPLACE INTO load VALUES (?,?,?,?,?,?,?)",
	[ADD_REMOTE_THREAD] = "INSERT OR REPLACE INTO remote_thread VALUES (?,?,?,?,?,?,?,?,?)",
	[ADD_ACCESS] = "INSERT OR REPLACE INTO access VALUES (?,?,?,?,?,?,?,?,?,?)",
	[ADD_CREDENTIAL_CHANGE] = "INSERT OR REPLACE INTO credential_change VALUES "
				  "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[ADD_FAILED_EXEC] = "INSERT OR REPLACE INTO failed_exec VALUES (?,?,?,?,?,?,?)",
	[ADD_DENIAL] = "INSERT OR REPLACE INTO denial VALUES (?,?,?,?,?,?,?,?,?)",
	[ADD_LOSS] = "INSERT OR REPLACE INTO loss VALUES (?,?,?,?,?)",
};

struct known_path {
	int64_t id;
	uint32_t length;
	char path[PATH_KEPT];
};

struct indexer {
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENTS];
	struct decoder decoder;
	void *records; /* of the current block */
	size_t capacity;
	struct known_path *paths;
	struct guard_steps steps; /* for the current block */
	int code;                 /* SQLite's first failure in this step */
};

struct indexer *indexer_new(sqlite3 *db)
{
	struct indexer *ix = calloc(1, sizeof(*ix));

	if (!ix)
		return NULL;
	ix->db = db;
	ix->paths = calloc(PATHS, sizeof(*ix->paths));
	if (!ix->paths || decoder_open(&ix->decoder) < 0) {
		indexer_free(ix);
		return NULL;
	}
	return ix;
}

void indexer_free(struct indexer *ix)
{
	if (!ix)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(ix->statement[i]);
	decoder_close(&ix->decoder);
	free(ix->records);
	free(ix->paths);
	free(ix);
}

/* ---- statements ---- */

struct value {
	enum {
		VALUE_NONE,
		VALUE_NUMBER,
		VALUE_TEXT
	} kind;
	int64_t number;
	struct vigil_string text;
};

#define NUMBER(n) ((struct value){ .kind = VALUE_NUMBER, .number = (int64_t)(n) })
#define NOTHING   ((struct value){ .kind = VALUE_NONE })

/* A number; NULL if it is `unknown`. */
static struct value number_or_null(uint64_t number, uint64_t unknown)
{
	return number == unknown ? NOTHING : NUMBER(number);
}

/* A text; NULL if it is empty. */
static struct value text_or_null(struct vigil_string string)
{
	return string.length ? (struct value){ .kind = VALUE_TEXT, .text = string } : NOTHING;
}

static struct value name_or_null(const char *word)
{
	return word ? text_or_null((struct vigil_string){ word, (uint32_t)strlen(word), 0 })
		    : NOTHING;
}

static sqlite3_stmt *prepare_once(struct indexer *ix, enum statement which)
{
	sqlite3_stmt **statement = &ix->statement[which];

	if (!*statement && ix->code == SQLITE_OK)
		ix->code = sqlite3_prepare_v3(ix->db, SQL[which], -1, SQLITE_PREPARE_PERSISTENT,
					      statement, NULL);
	return *statement;
}

/* Runs a statement. If it returns a row, the caller reads it and then resets the statement. */
static int run_statement(struct indexer *ix, enum statement which, const struct value *values,
			 size_t count)
{
	sqlite3_stmt *statement = prepare_once(ix, which);
	int code;

	if (ix->code != SQLITE_OK)
		return ix->code;
	for (size_t i = 0; i < count; i++) {
		int at = (int)i + 1;

		if (values[i].kind == VALUE_NUMBER)
			sqlite3_bind_int64(statement, at, values[i].number);
		else if (values[i].kind == VALUE_TEXT)
			sqlite3_bind_text(statement, at, values[i].text.data,
					  (int)values[i].text.length, SQLITE_STATIC);
		else
			sqlite3_bind_null(statement, at);
	}
	code = sqlite3_step(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		ix->code = code;
	if (code != SQLITE_ROW)
		sqlite3_reset(statement);
	return code;
}

#define RUN(ix, which, ...) \
	run_statement(ix, which, (const struct value[]){ __VA_ARGS__ }, \
		      sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value))

/* ---- values ---- */

static size_t path_slot(struct vigil_string path)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (uint32_t i = 0; i < path.length; i++)
		hash = (hash ^ (unsigned char)path.data[i]) * 16777619u;
	return hash % PATHS;
}

/* Returns the id of a path in the table of images. Adds it with the id `id` if it is new. */
static struct value image_of(struct indexer *ix, struct vigil_string path, int64_t id)
{
	struct known_path *slot = &ix->paths[path_slot(path)];

	if (!path.length)
		return NOTHING;
	if (slot->length == path.length && memcmp(slot->path, path.data, path.length) == 0)
		return NUMBER(slot->id);
	if (RUN(ix, FIND_IMAGE, text_or_null(path)) == SQLITE_ROW) {
		id = sqlite3_column_int64(ix->statement[FIND_IMAGE], 0);
		sqlite3_reset(ix->statement[FIND_IMAGE]);
	} else {
		RUN(ix, ADD_IMAGE, NUMBER(id), text_or_null(path));
	}
	if (path.length <= PATH_KEPT) {
		slot->id = id;
		slot->length = path.length;
		memcpy(slot->path, path.data, path.length);
	}
	return NUMBER(id);
}

/* Returns the number of a user, formatted in the caller's memory, or the SID. */
static struct value user_of(const struct vigil_event *event, uint32_t id,
			    char number[VIGIL_DECIMAL_MAX])
{
	if (event->part[VIGIL_PART_USER].length)
		return text_or_null(event->part[VIGIL_PART_USER]);
	if (id == VIGIL_UNKNOWN)
		return NOTHING;
	return text_or_null(
	    (struct vigil_string){ number, (uint32_t)vigil_format_unsigned(number, id), 0 });
}

/* Returns the arguments as one string. Changes them in place: they are in the indexer's copy of
 * the block, or in memory of the decoder. */
static struct vigil_string command_of(const struct vigil_event *event)
{
	struct vigil_string list = event->part[VIGIL_PART_ARGS];
	char *args = (char *)(uintptr_t)list.data;

	if (event->part[VIGIL_PART_COMMAND_LINE].length)
		return event->part[VIGIL_PART_COMMAND_LINE];
	while (list.length && args[list.length - 1] == '\0')
		list.length--;
	for (uint32_t i = 0; i < list.length; i++)
		if (args[i] == '\0')
			args[i] = ' ';
	return list;
}

/* ---- records ---- */

/* Returns the id of the program that an event starts; NULL for a fork, which continues that of
 * its creator. */
static struct value add_program(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_process_body *body = event->start;
	bool exists = event->record->type == VIGIL_EVENT_PROCESS_SNAPSHOT && body->start;
	struct vigil_string command = command_of(event);

	if (!event->part[VIGIL_PART_IMAGE].length && !command.length &&
	    (!event->part[VIGIL_PART_NAME].length ||
	     event->record->type == VIGIL_EVENT_PROCESS_CREATE))
		return NOTHING;
	RUN(ix, ADD_PROGRAM, NUMBER(id), NUMBER(exists ? body->start : event->record->time),
	    NUMBER(body->process.pid), NUMBER(body->process.start_key),
	    image_of(ix, event->part[VIGIL_PART_IMAGE], id),
	    text_or_null(event->part[VIGIL_PART_NAME]), text_or_null(command),
	    text_or_null(event->part[VIGIL_PART_DIRECTORY]),
	    text_or_null(event->part[VIGIL_PART_FILENAME]), NUMBER(body->attributes));
	return NUMBER(id);
}

static void index_start(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_process_body *body = event->start;
	const struct vigil_id *actor = &event->record->actor;
	char uid[VIGIL_DECIMAL_MAX], euid[VIGIL_DECIMAL_MAX];
	struct value program = add_program(ix, event, id);
	struct value user = user_of(event, body->uid, uid);
	struct value effective = user_of(event, body->euid, euid);
	struct value session = number_or_null(body->session, VIGIL_UNKNOWN);
	struct value cgroup = text_or_null(event->part[VIGIL_PART_CGROUP]);

	if (event->record->type == VIGIL_EVENT_PROCESS_EXEC) {
		RUN(ix, SET_PROGRAM, NUMBER(body->process.pid), NUMBER(body->process.start_key),
		    program, user, effective, session, cgroup);
		if (sqlite3_changes(ix->db))
			return;
	}
	RUN(ix, ADD_PROCESS, NUMBER(id), NUMBER(body->process.pid), NUMBER(body->process.start_key),
	    NUMBER(body->parent.pid), NUMBER(body->parent.start_key),
	    number_or_null(body->start, 0), NOTHING, program, user, effective, session, cgroup,
	    NOTHING, NOTHING, NOTHING, NOTHING, NUMBER(actor->pid), NUMBER(actor->start_key));
}

static void index_exit(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_exit_body *body = event->exit;
	struct value end = NUMBER(event->record->time);
	struct value code = body->signal ? NOTHING : NUMBER(body->code);
	struct value signal = number_or_null(body->signal, 0),
		     cpu = number_or_null(body->cpu_time, 0);
	struct value memory = number_or_null(body->max_memory, 0);

	RUN(ix, SET_EXIT, NUMBER(body->process.pid), NUMBER(body->process.start_key), end, code,
	    signal, cpu, memory);
	if (sqlite3_changes(ix->db) || ix->code != SQLITE_OK)
		return;
	RUN(ix, ADD_PROCESS, NUMBER(id), NUMBER(body->process.pid), NUMBER(body->process.start_key),
	    NUMBER(body->parent.pid), NUMBER(body->parent.start_key),
	    number_or_null(body->start, 0), end, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, code,
	    signal, cpu, memory, NOTHING, NOTHING);
}

static void index_thread(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_thread_body *body = event->thread;
	bool ends = event->record->type == VIGIL_EVENT_THREAD_EXIT;
	const char *what = ends ? "exit" : "create";

	if (event->record->type == VIGIL_EVENT_THREAD_SNAPSHOT)
		what = "existing";
	RUN(ix, ADD_THREAD, NUMBER(id), NUMBER(event->record->time), name_or_null(what),
	    NUMBER(body->thread.pid), NUMBER(body->thread.start_key), NUMBER(body->thread.tid),
	    number_or_null(body->start_address, 0), ends ? NUMBER(body->code) : NOTHING,
	    number_or_null(body->cpu_time, 0));
}

static void index_load(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_image_body *body = event->image;
	struct vigil_string path = event->part[VIGIL_PART_IMAGE];

	if (!path.length) /* a Linux module has a name, and no path */
		path = event->part[VIGIL_PART_NAME];
	RUN(ix, ADD_LOAD, NUMBER(id), NUMBER(event->record->time), NUMBER(body->process.pid),
	    NUMBER(body->process.start_key), image_of(ix, path, id), number_or_null(body->base, 0),
	    number_or_null(body->size, 0));
}

static void index_remote_thread(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_thread_body *body = event->thread;
	const struct vigil_id *actor = &event->record->actor;

	RUN(ix, ADD_REMOTE_THREAD, NUMBER(id), NUMBER(event->record->time), NUMBER(actor->pid),
	    NUMBER(actor->start_key), NUMBER(body->thread.pid), NUMBER(body->thread.start_key),
	    NUMBER(body->thread.tid), number_or_null(body->start_address, 0),
	    name_or_null(vigil_reason_name(body->reason)));
}

static void index_access(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_access_body *body = event->access;
	const struct vigil_id *actor = &event->record->actor;

	RUN(ix, ADD_ACCESS, NUMBER(id), NUMBER(event->record->time), NUMBER(actor->pid),
	    NUMBER(actor->start_key), NUMBER(body->target.pid), NUMBER(body->target.start_key),
	    name_or_null(vigil_method_name(body->method)), number_or_null(body->address, 0),
	    number_or_null(body->length, 0), NUMBER(body->result));
}

static void index_credentials(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_cred *from = &event->credentials->before;
	const struct vigil_cred *to = &event->credentials->after;
	const struct vigil_id *actor = &event->record->actor;

	RUN(ix, ADD_CREDENTIAL_CHANGE, NUMBER(id), NUMBER(event->record->time), NUMBER(actor->pid),
	    NUMBER(actor->start_key), NUMBER(actor->tid), number_or_null(from->uid, VIGIL_UNKNOWN),
	    number_or_null(from->euid, VIGIL_UNKNOWN), number_or_null(from->gid, VIGIL_UNKNOWN),
	    number_or_null(from->egid, VIGIL_UNKNOWN), NUMBER(from->effective),
	    number_or_null(to->uid, VIGIL_UNKNOWN), number_or_null(to->euid, VIGIL_UNKNOWN),
	    number_or_null(to->gid, VIGIL_UNKNOWN), number_or_null(to->egid, VIGIL_UNKNOWN),
	    NUMBER(to->effective));
}

static void index_exec_failed(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_id *actor = &event->record->actor;

	RUN(ix, ADD_FAILED_EXEC, NUMBER(id), NUMBER(event->record->time), NUMBER(actor->pid),
	    NUMBER(actor->start_key), text_or_null(event->part[VIGIL_PART_FILENAME]),
	    text_or_null(command_of(event)), NUMBER(event->exec_failed->error));
}

static void index_denied(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_denied_body *body = event->denied;
	const struct vigil_id *actor = &event->record->actor;

	RUN(ix, ADD_DENIAL, NUMBER(id), NUMBER(event->record->time), NUMBER(actor->pid),
	    NUMBER(actor->start_key), image_of(ix, event->part[VIGIL_PART_IMAGE], id),
	    text_or_null(command_of(event)), text_or_null(event->part[VIGIL_PART_RULE]),
	    name_or_null(vigil_verdict_name(body->verdict)), NUMBER(body->status));
}

static void index_lost(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	const struct vigil_lost_body *body = event->lost;

	RUN(ix, ADD_LOSS, NUMBER(id), NUMBER(event->record->time), NUMBER(body->count),
	    name_or_null(vigil_type_name(body->type)), name_or_null(vigil_loss_name(body->reason)));
}

static void index_status(struct indexer *ix, const struct vigil_event *event, int64_t id)
{
	char machine[16];

	vigil_format_hex(machine, event->status->machine, 16);
	RUN(ix, ADD_SENSOR, NUMBER(id), NUMBER(event->record->time),
	    name_or_null(vigil_state_name(event->status->state)),
	    text_or_null((struct vigil_string){ machine, sizeof(machine), 0 }),
	    text_or_null(event->part[VIGIL_PART_HOST]),
	    text_or_null(event->part[VIGIL_PART_BACKEND]),
	    text_or_null(event->part[VIGIL_PART_TEXT]));
}

static void (*const ON[VIGIL_TYPE_MAX])(struct indexer *, const struct vigil_event *, int64_t) = {
	[VIGIL_EVENT_PROCESS_CREATE] = index_start,
	[VIGIL_EVENT_PROCESS_EXEC] = index_start,
	[VIGIL_EVENT_PROCESS_EXIT] = index_exit,
	[VIGIL_EVENT_THREAD_CREATE] = index_thread,
	[VIGIL_EVENT_THREAD_EXIT] = index_thread,
	[VIGIL_EVENT_IMAGE_LOAD] = index_load,
	[VIGIL_EVENT_DRIVER_LOAD] = index_load,
	[VIGIL_EVENT_REMOTE_THREAD] = index_remote_thread,
	[VIGIL_EVENT_PROCESS_ACCESS] = index_access,
	[VIGIL_EVENT_PROCESS_DENIED] = index_denied,
	[VIGIL_EVENT_CREDENTIALS] = index_credentials,
	[VIGIL_EVENT_EXEC_FAILED] = index_exec_failed,
	[VIGIL_EVENT_LOST] = index_lost,
	[VIGIL_EVENT_PROCESS_SNAPSHOT] = index_start,
	[VIGIL_EVENT_THREAD_SNAPSHOT] = index_thread,
	[VIGIL_EVENT_STATUS] = index_status,
};

/* ---- blocks ---- */

static void index_records(struct indexer *ix, int64_t block, size_t size)
{
	int64_t id = block * (1 << STORE_SHIFT);
	struct vigil_header *record;

	for (size_t at = 0; (record = walk_record(ix->records, size, at)); id++) {
		struct vigil_event event;

		at += record->size;
		if (record->type >= VIGIL_TYPE_MAX || !ON[record->type] ||
		    decode(&ix->decoder, record, record->size, &event, NULL) < 0)
			continue;
		ON[record->type](ix, &event, id);
		if (ix->code != SQLITE_OK)
			return;
	}
}

/* Reads the next block into ix->records and returns its id; 0: none, or an error in ix->code.
 * */
static int64_t fetch_block(struct indexer *ix, int64_t after, size_t *size)
{
	sqlite3_stmt *statement;
	int64_t id = 0;

	guard_allow(&ix->steps);
	if (RUN(ix, NEXT_BLOCK, NUMBER(after), NUMBER(STORE_BLOCK)) != SQLITE_ROW)
		return 0;
	statement = ix->statement[NEXT_BLOCK];
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
	/* The ids of images that this step added were rolled back. */
	memset(ix->paths, 0, PATHS * sizeof(*ix->paths));
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
