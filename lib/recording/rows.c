/* SPDX-License-Identifier: MIT */
#include "recording/rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "record/fields.h"
#include "record/names.h"

#define PATHS       4096 /* image paths in the cache of ids */
#define PATH_KEPT   240  /* bytes of a path in the cache */
#define COLUMNS_MAX 16

enum statement {
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
	ADD_ALERT,
	ADD_LOSS,
	STATEMENT_COUNT
};

static const char *const SQL[STATEMENT_COUNT] = {
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
	[ADD_ALERT] = "INSERT OR REPLACE INTO alert VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
	[ADD_LOSS] = "INSERT OR REPLACE INTO loss VALUES (?,?,?,?,?)",
};

struct known_path {
	int64_t id;
	uint32_t length;
	char path[PATH_KEPT];
};

struct row_writer {
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENT_COUNT];
	struct known_path paths[PATHS];
	int code; /* SQLite's first failure */
};

struct row_writer *row_writer_new(sqlite3 *db)
{
	struct row_writer *rows = calloc(1, sizeof(*rows));

	if (rows)
		rows->db = db;
	return rows;
}

void row_writer_free(struct row_writer *rows)
{
	if (!rows)
		return;
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(rows->statement[i]);
	free(rows);
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

static sqlite3_stmt *prepare_once(struct row_writer *rows, enum statement which)
{
	sqlite3_stmt **statement = &rows->statement[which];

	if (!*statement && rows->code == SQLITE_OK)
		rows->code = sqlite3_prepare_v3(rows->db, SQL[which], -1, SQLITE_PREPARE_PERSISTENT,
						statement, NULL);
	return *statement;
}

/* Runs a statement. If it returns a row, the caller reads it and then resets the statement. */
static int run_statement(struct row_writer *rows, enum statement which, const struct value *values,
			 size_t count)
{
	sqlite3_stmt *statement = prepare_once(rows, which);
	int code;

	if (rows->code != SQLITE_OK)
		return rows->code;
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
		rows->code = code;
	if (code != SQLITE_ROW)
		sqlite3_reset(statement);
	return code;
}

#define RUN(rows, which, ...) \
	run_statement(rows, which, (const struct value[]){ __VA_ARGS__ }, \
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
static struct value image_of(struct row_writer *rows, struct vigil_string path, int64_t id)
{
	struct known_path *slot = &rows->paths[path_slot(path)];

	if (!path.length)
		return NOTHING;
	if (slot->length == path.length && memcmp(slot->path, path.data, path.length) == 0)
		return NUMBER(slot->id);
	if (RUN(rows, FIND_IMAGE, text_or_null(path)) == SQLITE_ROW) {
		id = sqlite3_column_int64(rows->statement[FIND_IMAGE], 0);
		sqlite3_reset(rows->statement[FIND_IMAGE]);
	} else {
		RUN(rows, ADD_IMAGE, NUMBER(id), text_or_null(path));
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

/* Returns the arguments as one string. Changes them in place: they are in the caller's copy of
 * the record, or in memory of the decoder. */
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

/* Returns a list as lines. Changes it in place, as command_of() does. */
static struct vigil_string lines_of(struct vigil_string list)
{
	char *items = (char *)(uintptr_t)list.data;

	if (list.length && items[list.length - 1] == '\0')
		list.length--;
	for (uint32_t i = 0; i < list.length; i++)
		if (items[i] == '\0')
			items[i] = '\n';
	return list;
}

/* Returns the value of a field; NULL if the event does not have it. */
static struct value field_value(enum field_id field, const struct vigil_event *event,
				struct vigil_value *scratch)
{
	size_t count;
	const struct vigil_field *description = &vigil_fields(&count)[field];

	if (!description->get(event, scratch))
		return NOTHING;
	if (description->kind == VIGIL_VALUE_LIST)
		return text_or_null(lines_of(scratch->s));
	return description->kind == VIGIL_VALUE_STRING ? text_or_null(scratch->s)
						       : NUMBER(scratch->u);
}

/* ---- records of the tables `process`, `program` and `sensor` ---- */

/* Returns the id of the program that an event starts; NULL for a fork, which continues that of
 * its creator. */
static struct value add_program(struct row_writer *rows, const struct vigil_event *event,
				int64_t id)
{
	const struct vigil_process_body *body = event->start;
	bool exists = event->record->type == VIGIL_EVENT_PROCESS_SNAPSHOT && body->start;
	struct vigil_string command = command_of(event);

	if (!event->part[VIGIL_PART_IMAGE].length && !command.length &&
	    (!event->part[VIGIL_PART_NAME].length ||
	     event->record->type == VIGIL_EVENT_PROCESS_CREATE))
		return NOTHING;
	RUN(rows, ADD_PROGRAM, NUMBER(id), NUMBER(exists ? body->start : event->record->time),
	    NUMBER(body->process.pid), NUMBER(body->process.start_key),
	    image_of(rows, event->part[VIGIL_PART_IMAGE], id),
	    text_or_null(event->part[VIGIL_PART_NAME]), text_or_null(command),
	    text_or_null(event->part[VIGIL_PART_DIRECTORY]),
	    text_or_null(event->part[VIGIL_PART_FILENAME]), NUMBER(body->attributes));
	return NUMBER(id);
}

static void index_start(struct row_writer *rows, const struct vigil_event *event, int64_t id)
{
	const struct vigil_process_body *body = event->start;
	const struct vigil_id *actor = &event->record->actor;
	char uid[VIGIL_DECIMAL_MAX], euid[VIGIL_DECIMAL_MAX];
	struct value program = add_program(rows, event, id);
	struct value user = user_of(event, body->uid, uid);
	struct value effective = user_of(event, body->euid, euid);
	struct value session = number_or_null(body->session, VIGIL_UNKNOWN);
	struct value cgroup = text_or_null(event->part[VIGIL_PART_CGROUP]);

	if (event->record->type == VIGIL_EVENT_PROCESS_EXEC) {
		RUN(rows, SET_PROGRAM, NUMBER(body->process.pid), NUMBER(body->process.start_key),
		    program, user, effective, session, cgroup);
		if (sqlite3_changes(rows->db))
			return;
	}
	RUN(rows, ADD_PROCESS, NUMBER(id), NUMBER(body->process.pid),
	    NUMBER(body->process.start_key), NUMBER(body->parent.pid),
	    NUMBER(body->parent.start_key), number_or_null(body->start, 0), NOTHING, program, user,
	    effective, session, cgroup, NOTHING, NOTHING, NOTHING, NOTHING, NUMBER(actor->pid),
	    NUMBER(actor->start_key));
}

static void index_exit(struct row_writer *rows, const struct vigil_event *event, int64_t id)
{
	const struct vigil_exit_body *body = event->exit;
	struct vigil_value scratch;
	struct value end = NUMBER(event->record->time);
	struct value code = field_value(FIELD_process_exit_code, event, &scratch);
	struct value signal = field_value(FIELD_exit_signal, event, &scratch);
	struct value cpu = field_value(FIELD_exit_cpu_time, event, &scratch);
	struct value memory = field_value(FIELD_exit_max_memory, event, &scratch);

	RUN(rows, SET_EXIT, NUMBER(body->process.pid), NUMBER(body->process.start_key), end, code,
	    signal, cpu, memory);
	if (sqlite3_changes(rows->db) || rows->code != SQLITE_OK)
		return;
	RUN(rows, ADD_PROCESS, NUMBER(id), NUMBER(body->process.pid),
	    NUMBER(body->process.start_key), NUMBER(body->parent.pid),
	    NUMBER(body->parent.start_key), number_or_null(body->start, 0), end, NOTHING, NOTHING,
	    NOTHING, NOTHING, NOTHING, code, signal, cpu, memory, NOTHING, NOTHING);
}

static void index_status(struct row_writer *rows, const struct vigil_event *event, int64_t id)
{
	char machine[16];

	vigil_format_hex(machine, event->status->machine, 16);
	RUN(rows, ADD_SENSOR, NUMBER(id), NUMBER(event->record->time),
	    name_or_null(vigil_state_name(event->status->state)),
	    text_or_null((struct vigil_string){ machine, sizeof(machine), 0 }),
	    text_or_null(event->part[VIGIL_PART_HOST]),
	    text_or_null(event->part[VIGIL_PART_BACKEND]),
	    text_or_null(event->part[VIGIL_PART_TEXT]));
}

static void (*const ON[VIGIL_TYPE_MAX])(struct row_writer *, const struct vigil_event *,
					int64_t) = {
	[VIGIL_EVENT_PROCESS_CREATE] = index_start, [VIGIL_EVENT_PROCESS_EXEC] = index_start,
	[VIGIL_EVENT_PROCESS_EXIT] = index_exit,    [VIGIL_EVENT_PROCESS_SNAPSHOT] = index_start,
	[VIGIL_EVENT_STATUS] = index_status,
};

/* ---- records that become one row ---- */

/* Where the value of a column comes from. */
enum origin {
	NO_COLUMN, /* the row ends */
	FROM_FIELD,
	ROW_ID,
	TIME,
	ACTOR_PID, /* these may be 0, as in the record */
	ACTOR_KEY,
	ACTOR_TID,
	BODY_PID, /* of the process or thread with which the body begins */
	BODY_KEY,
	BODY_TID,
	IMAGE_ID, /* of the path or, for a Linux module, which has none, the name */
	COMMAND,
	THREAD_EVENT,
	THREAD_CODE,  /* of threads that a signal ended, too: their field has no code */
	ACCESS_RESULT /* of accesses that are not done yet, too: 0 */
};

struct column {
	uint8_t origin;
	uint16_t field; /* enum field_id */
};

struct row {
	enum statement add;
	struct column column[COLUMNS_MAX];
};

/* clang-format off */
#define FIELD(id) { FROM_FIELD, FIELD_##id }
#define EVENT     { .origin = ROW_ID }, { .origin = TIME }
#define ACTOR     EVENT, { .origin = ACTOR_PID }, { .origin = ACTOR_KEY }
#define SUBJECT_  { .origin = BODY_PID }, { .origin = BODY_KEY }
#define OF(name)  { .origin = (name) }

static const struct row THREAD = { ADD_THREAD, {
	EVENT, OF(THREAD_EVENT), SUBJECT_, OF(BODY_TID), FIELD(thread_start_address),
	OF(THREAD_CODE), FIELD(thread_cpu_time) } };
static const struct row LOAD = { ADD_LOAD, {
	EVENT, SUBJECT_, OF(IMAGE_ID), FIELD(image_base), FIELD(image_size) } };
static const struct row REMOTE_THREAD = { ADD_REMOTE_THREAD, {
	ACTOR, SUBJECT_, OF(BODY_TID), FIELD(target_start_address), FIELD(thread_reason) } };
static const struct row ACCESS = { ADD_ACCESS, {
	ACTOR, SUBJECT_, FIELD(access_method), FIELD(access_address), FIELD(access_length),
	OF(ACCESS_RESULT) } };
static const struct row CREDENTIAL_CHANGE = { ADD_CREDENTIAL_CHANGE, {
	ACTOR, OF(ACTOR_TID),
	FIELD(before_uid), FIELD(before_euid), FIELD(before_gid), FIELD(before_egid),
	FIELD(before_capabilities),
	FIELD(after_uid), FIELD(after_euid), FIELD(after_gid), FIELD(after_egid),
	FIELD(after_capabilities) } };
static const struct row FAILED_EXEC = { ADD_FAILED_EXEC, {
	ACTOR, FIELD(failed_filename), OF(COMMAND), FIELD(failed_error) } };
static const struct row DENIAL = { ADD_DENIAL, {
	ACTOR, OF(IMAGE_ID), OF(COMMAND), FIELD(rule_name), FIELD(denied_verdict),
	FIELD(denied_status) } };
static const struct row ALERT = { ADD_ALERT, {
	EVENT, SUBJECT_, FIELD(target_pid), FIELD(alert_about), FIELD(alert_level),
	FIELD(event_severity), FIELD(rule_id), FIELD(rule_name), FIELD(alert_tags),
	FIELD(alert_matched) } };
static const struct row LOSS = { ADD_LOSS, {
	EVENT, FIELD(lost_count), FIELD(lost_type), FIELD(lost_reason) } };
/* clang-format on */

static const struct row *const ROWS[VIGIL_TYPE_MAX] = {
	[VIGIL_EVENT_THREAD_CREATE] = &THREAD,
	[VIGIL_EVENT_THREAD_EXIT] = &THREAD,
	[VIGIL_EVENT_THREAD_SNAPSHOT] = &THREAD,
	[VIGIL_EVENT_IMAGE_LOAD] = &LOAD,
	[VIGIL_EVENT_DRIVER_LOAD] = &LOAD,
	[VIGIL_EVENT_REMOTE_THREAD] = &REMOTE_THREAD,
	[VIGIL_EVENT_PROCESS_ACCESS] = &ACCESS,
	[VIGIL_EVENT_PROCESS_DENIED] = &DENIAL,
	[VIGIL_EVENT_CREDENTIALS] = &CREDENTIAL_CHANGE,
	[VIGIL_EVENT_EXEC_FAILED] = &FAILED_EXEC,
	[VIGIL_EVENT_ALERT] = &ALERT,
	[VIGIL_EVENT_LOST] = &LOSS,
};

static struct value thread_event(uint16_t type)
{
	switch (type) {
	case VIGIL_EVENT_THREAD_EXIT:
		return name_or_null("exit");
	case VIGIL_EVENT_THREAD_SNAPSHOT:
		return name_or_null("existing");
	default:
		return name_or_null("create");
	}
}

static struct value image_or_name(struct row_writer *rows, const struct vigil_event *event,
				  int64_t id)
{
	struct vigil_string path = event->part[VIGIL_PART_IMAGE];

	if (!path.length && event->record->type != VIGIL_EVENT_PROCESS_DENIED)
		path = event->part[VIGIL_PART_NAME];
	return image_of(rows, path, id);
}

static struct value id_value(enum origin origin, const struct vigil_event *event)
{
	const struct vigil_id *id = origin < BODY_PID ? &event->record->actor : event->body;

	if (origin == ACTOR_KEY || origin == BODY_KEY)
		return NUMBER(id->start_key);
	return NUMBER(origin == ACTOR_PID || origin == BODY_PID ? id->pid : id->tid);
}

static struct value column_value(struct row_writer *rows, const struct column *column,
				 const struct vigil_event *event, int64_t id,
				 struct vigil_value *scratch)
{
	switch (column->origin) {
	case FROM_FIELD:
		return field_value(column->field, event, scratch);
	case ROW_ID:
		return NUMBER(id);
	case TIME:
		return NUMBER(event->record->time);
	case IMAGE_ID:
		return image_or_name(rows, event, id);
	case COMMAND:
		return text_or_null(command_of(event));
	case THREAD_EVENT:
		return thread_event(event->record->type);
	case THREAD_CODE:
		return event->record->type == VIGIL_EVENT_THREAD_EXIT ? NUMBER(event->thread->code)
								      : NOTHING;
	case ACCESS_RESULT:
		return NUMBER(event->access->result);
	default:
		return id_value(column->origin, event);
	}
}

static void index_row(struct row_writer *rows, const struct row *row,
		      const struct vigil_event *event, int64_t id)
{
	struct vigil_value scratch[COLUMNS_MAX];
	struct value value[COLUMNS_MAX];
	size_t count = 0;

	for (; count < COLUMNS_MAX && row->column[count].origin; count++)
		value[count] = column_value(rows, &row->column[count], event, id, &scratch[count]);
	run_statement(rows, row->add, value, count);
}

int row_writer_add(struct row_writer *rows, const struct vigil_event *event, int64_t id)
{
	uint16_t type = event->record->type;

	if (ON[type])
		ON[type](rows, event, id);
	else if (ROWS[type])
		index_row(rows, ROWS[type], event, id);
	return rows->code;
}

void row_writer_rolled_back(struct row_writer *rows)
{
	memset(rows->paths, 0, sizeof(rows->paths));
	rows->code = SQLITE_OK;
}
