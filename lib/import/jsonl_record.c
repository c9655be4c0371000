/* SPDX-License-Identifier: MIT */
#include "import/jsonl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/error.h"
#include "import/jsonl_fields.h"
#include "import/jsonl_implied.h"
#include "import/jsonl_put.h"
#include "import/jsonl_value.h"
#include "record/implied.h"
#include "record/names.h"
#include "record/schema.h"
#include "record/subject.h"

/* How much a line says about a process, in ascending order. */
enum detail {
	DETAIL_NONE,
	DETAIL_NAMED,   /* as a parent, actor, target */
	DETAIL_SUBJECT, /* as the process that acts */
	DETAIL_LIFE     /* as the process that starts or ends */
};

static const struct vigil_ids UNKNOWN_IDS = { VIGIL_UNKNOWN, VIGIL_UNKNOWN, VIGIL_UNKNOWN,
					      VIGIL_UNKNOWN };

/* Stores the values of the event itself. Some are in a part, which is omitted if there are none. */
static void put_event_values(struct jsonl *j, const struct json_value *line,
			     struct vigil_header *record)
{
	const struct vigil_part *ids = (void *)((uint8_t *)record + record->size);
	bool has_ids = vigil_type_bit(record->type) & WITH_IDS;

	if (has_ids)
		jsonl_put_part(record, VIGIL_PART_IDS, VIGIL_PART_ORIGIN_KERNEL, 0,
			       (const char *)&UNKNOWN_IDS, sizeof(UNKNOWN_IDS), 0);
	jsonl_put_values(j, line, record);
	jsonl_imply_numbers(j, line, record);
	if (has_ids && memcmp(ids + 1, &UNKNOWN_IDS, sizeof(UNKNOWN_IDS)) == 0)
		record->size = record->fixed;
}

/* ---- processes ---- */

/* A number of 32 bits; 0: the line has none, or an invalid value, which is noted. */
static uint32_t number_of_value(struct jsonl *j, const struct json_value *value)
{
	uint64_t number = json_unsigned(value);

	if (!value || value->type == JSON_NULL)
		return 0;
	if (value->type != JSON_INTEGER || value->text[0] == '-' || number > UINT32_MAX) {
		j->unreadable = true;
		return 0;
	}
	return (uint32_t)number;
}

static uint32_t number_of(struct jsonl *j, const struct json_value *line, const char *name)
{
	return number_of_value(j, json_find(line, name));
}

static struct vigil_id id_of(struct jsonl *j, const struct json_value *line, const char *prefix)
{
	struct vigil_id id = { 0 };
	char name[64];

	snprintf(name, sizeof(name), "%s.pid", prefix);
	id.pid = number_of(j, line, name);
	snprintf(name, sizeof(name), "%s.entity_id", prefix);
	if (json_find(line, name) && !jsonl_entity(jsonl_text(line, name), &j->machine, &id))
		j->unreadable = true;
	return id;
}

/* Returns whether the line leaves out PID and entity id of a process, or the entity id alone. */
static bool lacks(const struct jsonl *j, const struct json_value *line, const char *prefix,
		  bool pid_too)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.entity_id", prefix);
	if (!jsonl_is_implied(j, line, name))
		return false;
	snprintf(name, sizeof(name), "%s.pid", prefix);
	return !pid_too || !json_find(line, name);
}

/* Completes a process of which the line has only the PID: it is the one of `with` that has it. */
static void complete_id(const struct jsonl *j, const struct json_value *line, const char *prefix,
			struct vigil_id *id, const struct vigil_id *with)
{
	if (id->pid && !id->start_key && id->pid == with->pid && lacks(j, line, prefix, false))
		id->start_key = with->start_key;
}

static struct vigil_leader leader_of(struct jsonl *j, const struct json_value *line,
				     const char *prefix)
{
	struct vigil_id id = id_of(j, line, prefix);

	if (id.pid && !id.start_key && j->system == LINUX && j->implies) {
		struct vigil_id process = id_of(j, line, "process");
		struct vigil_id parent = id_of(j, line, "process.parent");

		complete_id(j, line, prefix, &id, &process);
		complete_id(j, line, prefix, &id, &parent);
	}
	return (struct vigil_leader){ id.pid,
				      { (uint32_t)id.start_key, (uint32_t)(id.start_key >> 32) } };
}

static void put_leaders(struct jsonl *j, const struct json_value *line, struct vigil_header *record)
{
	const char *type = jsonl_text(line, "process.entry_leader.entry_meta.type");
	struct vigil_leaders leaders = { .session = leader_of(j, line, "process.session_leader"),
					 .group = leader_of(j, line, "process.group_leader"),
					 .entry = leader_of(j, line, "process.entry_leader") };

	struct vigil_process_body *body = jsonl_body(record);

	if (j->system == LINUX && (leaders.session.start_key[0] || leaders.session.start_key[1])) {
		if (lacks(j, line, "process.group_leader", true))
			leaders.group = leaders.session;
		if (lacks(j, line, "process.entry_leader", true))
			leaders.entry = leaders.session;
		if (jsonl_is_implied(j, line, "process.session_leader.pid"))
			body->session = leaders.session.pid;
	}
	for (uint32_t entry = 1; type && entry <= VIGIL_ENTRY_KTHREAD; entry++)
		if (strcmp(vigil_entry_name(entry), type) == 0)
			leaders.entry_type = entry;
	if (leaders.session.pid || leaders.group.pid || leaders.entry.pid)
		jsonl_put_part(record, VIGIL_PART_LEADERS, 0, 0, (const char *)&leaders,
			       sizeof(leaders), 0);
}

/* Finds what a line says about a process. The parent in a line of the type create is the process
 * that it copies, unless the line says otherwise. `name` has the name under which it was found. */
static const struct json_value *find_of(const struct jsonl *j, const struct json_value *line,
					const char *prefix, const char *what, char name[64])
{
	const struct json_value *value;

	snprintf(name, 64, "%s.%s", prefix, what);
	value = json_find(line, name);
	if (!value && j->implies && j->system == LINUX && j->type == VIGIL_EVENT_PROCESS_CREATE &&
	    strcmp(prefix, "process.parent") == 0) {
		snprintf(name, 64, "process.%s", what);
		value = json_find(line, name);
	}
	return value;
}

/* Returns whether earlier lines have said as much about a process; otherwise notes that it is known
 * now. */
static bool is_known(struct jsonl *j, const struct json_value *line, const char *prefix,
		     const struct vigil_id *id, uint64_t start, enum detail detail)
{
	static const char *const FIELDS[] = { "name", "executable", "command_line" };
	size_t slot = (id->pid * 0x9e3779b1u ^ (uint32_t)id->start_key) % JSONL_KNOWN;
	uint32_t hash = 2166136261u;
	bool same;

	for (size_t i = 0; i < 3; i++) {
		char name[64];
		const struct json_value *value = find_of(j, line, prefix, FIELDS[i], name);
		const char *text = value && value->type == JSON_TEXT ? value->text : NULL;

		for (; text && *text; text++)
			hash = (hash ^ (unsigned char)*text) * 16777619u;
		hash = (hash ^ (uint32_t)i) * 16777619u;
	}
	/* 0: a line does not contain the start of a target or an actor. */
	hash = (hash ^ (uint32_t)start ^ (uint32_t)(start >> 32)) * 16777619u;
	same = j->known[slot].pid == id->pid && j->known[slot].start_key == id->start_key &&
	       (j->known[slot].hash == hash || prefix[0] != 'p') &&
	       j->known[slot].detail >= (unsigned)detail;
	if (same)
		return true;
	j->known[slot].pid = id->pid;
	j->known[slot].start_key = id->start_key;
	j->known[slot].hash = hash;
	j->known[slot].detail = (unsigned)detail;
	return false;
}

/* Makes a record of what a line says about a process other than its subject. */
static void make_other_record(struct jsonl *j, const struct json_value *line, const char *prefix,
			      const struct vigil_header *event)
{
	static const struct {
		const char *name;
		uint16_t kind;
	} PARTS[] = { { "name", VIGIL_PART_NAME },
		      { "executable", VIGIL_PART_IMAGE },
		      { "command_line", VIGIL_PART_COMMAND_LINE } };
	struct vigil_id id = id_of(j, line, prefix);
	uint64_t start = prefix[0] == 'p' ? jsonl_parent_start(j, line, event, &id) : 0;
	const struct json_value *value;
	struct vigil_header *record;
	struct vigil_process_body *body;
	char name[64];

	value = find_of(j, line, prefix, "name", name);
	if (!id.start_key || !value || value->type == JSON_NULL ||
	    is_known(j, line, prefix, &id, start, DETAIL_NAMED))
		return;
	record = jsonl_begin(j, VIGIL_EVENT_PROCESS_EXEC, event->encoding);
	record->flags = VIGIL_RECORD_CONTEXT;
	record->time = event->time;
	record->mono = event->mono;
	body = jsonl_body(record);
	body->process = id;
	body->start = start;
	for (size_t i = 0; i < 3; i++) {
		struct jsonl_bytes bytes = { 0 };

		find_of(j, line, prefix, PARTS[i].name, name);
		if (jsonl_bytes(line, name, &bytes))
			jsonl_put_part(record, PARTS[i].kind, 0, 0, bytes.data, bytes.length,
				       bytes.missing);
		j->failed |= bytes.failed;
		j->unreadable |= bytes.unreadable;
		free(bytes.memory);
	}
}

/* Makes a record of what is known about the subject of a line. */
static void make_subject_record(struct jsonl *j, const struct json_value *line,
				const struct vigil_header *event)
{
	struct vigil_id id = id_of(j, line, "process");
	uint32_t bit = vigil_type_bit(event->type);
	bool starts = bit & VIGIL_TYPES_START, ends = event->type == VIGIL_EVENT_PROCESS_EXIT;
	bool moved = starts && event->type != VIGIL_EVENT_PROCESS_SNAPSHOT &&
		     json_find(line, "vigil.process.parent_now");
	struct vigil_header *record;
	struct vigil_process_body *body;

	if (!id.start_key || !json_find(line, "process.name"))
		return;
	if (is_known(j, line, "process", &id, jsonl_time(jsonl_text(line, "process.start")),
		     starts || ends ? DETAIL_LIFE : DETAIL_SUBJECT) &&
	    !moved)
		return;
	if (starts && !moved)
		return; /* the event itself contains it */
	record = jsonl_begin(j, VIGIL_EVENT_PROCESS_EXEC, event->encoding);
	jsonl_put_values(j, line, record);
	jsonl_imply_numbers(j, line, record);
	record->flags = VIGIL_RECORD_CONTEXT;
	record->seq = 0;
	body = jsonl_body(record);
	body->process = id;
	body->parent = id_of(j, line, "process.parent");
	put_leaders(j, line, record);
	jsonl_put_parts(j, line, record, false);
}

/* Reports host and boot if no status has reported them, or if they have changed. */
static void make_started_record(struct jsonl *j, const struct json_value *line,
				const struct vigil_header *event)
{
	const char *host = jsonl_text(line, "host.name");
	uint32_t machine = j->machine;
	struct vigil_header *record;
	struct vigil_status_body *body;

	if (event->type == VIGIL_EVENT_STATUS) {
		const struct vigil_status_body *status = (const void *)(event + 1);

		if (status->state == VIGIL_STATUS_STARTED) {
			snprintf(j->host, sizeof(j->host), "%s", host ? host : "");
			j->machine = (uint32_t)status->machine;
			j->started = true;
			memset(j->known, 0, sizeof(j->known));
			return;
		}
	}
	if (vigil_type_bit(event->type) & ~VIGIL_TYPES_SENSOR)
		id_of(j, line, "process"); /* for its machine */
	if (j->started && j->machine == machine &&
	    (!host || strncmp(host, j->host, sizeof(j->host) - 1) == 0))
		return;
	snprintf(j->host, sizeof(j->host), "%s", host ? host : "");
	j->started = true;
	memset(j->known, 0, sizeof(j->known));
	record = jsonl_begin(j, VIGIL_EVENT_STATUS, event->encoding);
	record->flags = VIGIL_RECORD_CONTEXT;
	record->time = event->time;
	record->mono = event->mono;
	body = jsonl_body(record);
	body->state = VIGIL_STATUS_STARTED;
	body->machine = j->machine;
	jsonl_put_part(record, VIGIL_PART_HOST, 0, 0, j->host, strlen(j->host),
		       host && strlen(host) > strlen(j->host) ? strlen(host) - strlen(j->host) : 0);
}

/* ---- the event ---- */

/* Stores the processes that the body of a type names. */
static void put_body_ids(struct jsonl *j, const struct json_value *line, uint32_t bit,
			 uint8_t *body)
{
#define BODY_ID(in_types, body, member, prefix_) \
	{ .types = (in_types), .at = offsetof(struct body, member), .prefix = (prefix_) },
	static const struct {
		uint32_t types;
		size_t at;
		const char *prefix;
	} IDS_OF[] = { SCHEMA_IDS(BODY_ID) };
#undef BODY_ID

	for (size_t i = 0; i < sizeof(IDS_OF) / sizeof(IDS_OF[0]); i++) {
		struct vigil_id *to = (void *)(body + IDS_OF[i].at);
		uint32_t tid = to->tid; /* a separate value, stored earlier */

		if (!(IDS_OF[i].types & bit))
			continue;
		*to = id_of(j, line, IDS_OF[i].prefix);
		to->tid = tid;
	}
}

/* Stores the new parent of a process that was reparented. */
static void put_parent_now(struct jsonl *j, const struct json_value *line, struct vigil_id *parent)
{
	if (json_find(line, "vigil.process.parent_now"))
		*parent =
		    (struct vigil_id){ .pid = number_of(j, line, "vigil.process.parent_now") };
}

/* In a line of the type create, no actor means the parent; elsewhere the process itself. */
static struct vigil_id actor_of(struct jsonl *j, const struct json_value *line,
				const struct vigil_id *subject)
{
	struct vigil_id actor = id_of(j, line, "vigil.actor");
	struct vigil_id parent = id_of(j, line, "process.parent");

	complete_id(j, line, "vigil.actor", &actor, &parent);
	if (actor.pid)
		return actor;
	return j->type == VIGIL_EVENT_PROCESS_CREATE && parent.start_key &&
		       lacks(j, line, "vigil.actor", true)
		   ? parent
		   : *subject;
}

static uint32_t actor_thread_of(struct jsonl *j, const struct json_value *line, uint32_t actor,
				uint32_t subject)
{
	if (vigil_type_bit(j->type) & ~(LIVES | THREADS))
		return number_of_value(j, jsonl_find(j, line, FIELD_process_thread_id));
	if (j->system == LINUX && actor != subject &&
	    jsonl_is_implied(j, line, "vigil.actor.thread.id"))
		return actor;
	return number_of(j, line, "vigil.actor.thread.id");
}

static void put_ids(struct jsonl *j, const struct json_value *line, struct vigil_header *record)
{
	struct vigil_id subject = id_of(j, line, "process");
	uint32_t bit = vigil_type_bit(record->type);

	if (bit & VIGIL_TYPES_SENSOR)
		return;
	record->actor = actor_of(j, line, &subject);
	record->actor.tid = actor_thread_of(j, line, record->actor.pid, subject.pid);
	put_body_ids(j, line, bit, jsonl_body(record));
	if (bit & STARTS) {
		struct vigil_process_body *start = jsonl_body(record);

		start->process.tid = start->process.pid;
		put_parent_now(j, line, &start->parent);
		put_leaders(j, line, record);
	} else if (bit & EXIT) {
		put_parent_now(j, line, &((struct vigil_exit_body *)jsonl_body(record))->parent);
	}
}

static uint16_t type_of(const struct json_value *line)
{
	const char *name = jsonl_text(line, "vigil.type");

	for (uint16_t type = 1; name && type < VIGIL_TYPE_MAX; type++)
		if (strcmp(vigil_type_name(type), name) == 0)
			return type;
	return 0;
}

static uint32_t recorded_types(const struct json_value *line)
{
	uint32_t types = 0;

	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
		if (jsonl_lists(line, "vigil.status.types", vigil_type_name(type)))
			types |= VIGIL_TYPE_BIT(type);
	return types;
}

/* Checks that a line is an event that this version can import. format: its vigil.format, or NULL. */
static enum vigil_code check_import_line(uint16_t type, const struct json_value *format,
					 struct vigil_error *error)
{
	if (!type)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "it has no vigil.type of this version: it is no event of Vigil");
	if (format && json_unsigned(format) != IMPLIED_FORMAT)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "its vigil.format is not %u: another version wrote it",
				  IMPLIED_FORMAT);
	return VIGIL_OK;
}

enum vigil_code jsonl_convert(struct jsonl *j, const struct json_value *line,
			      struct vigil_error *error)
{
	const struct json_value *format = json_find(line, "vigil.format");
	const char *system = jsonl_text(line, "host.os.type");
	uint16_t type = type_of(line);
	uint8_t encoding = system && strcmp(system, "windows") == 0 ? VIGIL_UTF16LE : VIGIL_BYTES;
	enum vigil_code code = check_import_line(type, format, error);
	struct vigil_header *event;

	if (code < 0)
		return code;
	j->type = type;
	j->system = encoding == VIGIL_BYTES ? LINUX : WINDOWS;
	j->implies = format != NULL;
	/* The event itself is made first and emitted last. */
	j->count = 0;
	j->failed = j->unreadable = false;
	event = jsonl_begin(j, type, encoding);
	put_event_values(j, line, event);
	if (type == VIGIL_EVENT_STATUS)
		((struct vigil_status_body *)jsonl_body(event))->types = recorded_types(line);
	make_started_record(j, line, event);
	put_ids(j, line, event);
	jsonl_put_parts(j, line, event, true);
	if (vigil_type_bit(type) & ~VIGIL_TYPES_SENSOR) {
		make_other_record(j, line, "process.parent", event);
		make_other_record(j, line, "Target.process", event);
		make_other_record(j, line, "vigil.actor", event);
		make_subject_record(j, line, event);
	}
	if (j->failed) {
		memset(j->known, 0,
		       sizeof(j->known)); /* not everything that they stand for was emitted */
		j->count = 0;
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	}
	if (j->unreadable)
		event->flags |= VIGIL_RECORD_INCOMPLETE;
	memcpy(&j->record[j->count].header, event, event->size);
	j->count++;
	return VIGIL_OK;
}
