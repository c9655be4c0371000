/* SPDX-License-Identifier: MIT */
#include "format/json_cache.h"

#include <stdlib.h>
#include <string.h>

#include "record/subject.h"

#define OF_PROCESS(member, unknown) VIGIL_OF_PROCESS(event, start, member, unknown)

#define SLOTS    64
#define TEXT_MAX 4096
/* Names of users are asked anew from time to time, see model/users.h. */
#define NAMES_NS 10000000000u

enum {
	RUN_KIND,
	RUN_ID,
	RUN_PROGRAM,
	RUN_SESSION,
	RUN_LEADERS,
	RUN_PARENT,
	RUN_USERS,
	RUN_FILE,
	RUN_QUALITY,
	RUN_ACTOR,
	RUN_TRAITS,
	RUN_NAMESPACES,
	RUNS
};

/* The first that fits counts. */
static const struct {
	const char *begins;
	uint8_t run;
} NAMES[] = {
	{ "ecs.", RUN_KIND },
	{ "event.sequence", MEMO_NONE },
	{ "event.", RUN_KIND },
	{ "process.pid", RUN_ID },
	{ "process.vpid", RUN_ID },
	{ "process.entity_id", RUN_ID },
	{ "process.start", RUN_ID },
	{ "process.name", RUN_PROGRAM },
	{ "process.executable", RUN_PROGRAM },
	{ "process.command_line", RUN_PROGRAM },
	{ "process.working_directory", RUN_PROGRAM },
	{ "process.tty.", RUN_SESSION },
	{ "process.hash.", RUN_SESSION },
	{ "process.code_signature.", RUN_SESSION },
	{ "process.pe.", RUN_SESSION },
	{ "process.entry_leader.", RUN_LEADERS },
	{ "process.session_leader.", RUN_LEADERS },
	{ "process.group_leader.", RUN_LEADERS },
	{ "process.parent.", RUN_PARENT },
	{ "user.", RUN_USERS },
	{ "group.", RUN_USERS },
	{ "dll.hash.", RUN_FILE },
	{ "dll.code_signature.", RUN_FILE },
	{ "dll.pe.", RUN_FILE },
	{ "vigil.late", RUN_QUALITY },
	{ "vigil.incomplete", RUN_QUALITY },
	{ "vigil.unreadable", RUN_QUALITY },
	{ "vigil.too_late", RUN_QUALITY },
	{ "vigil.cut_head", RUN_QUALITY },
	{ "vigil.path_source", RUN_QUALITY },
	{ "vigil.actor.", RUN_ACTOR },
	{ "vigil.process.ancestors", MEMO_NONE },
	{ "vigil.process.parent_now", MEMO_NONE },
	{ "vigil.process.filename", MEMO_NONE },
	{ "vigil.process.", RUN_TRAITS },
	{ "vigil.namespace.", RUN_NAMESPACES },
};

struct memo {
	struct memo_entry entries[RUNS][SLOTS];
};

struct memo *memo_new(void)
{
	return calloc(1, sizeof(struct memo));
}

void memo_free(struct memo *memo)
{
	if (memo == NULL)
		return;
	for (int run = 0; run < RUNS; run++)
		for (int i = 0; i < SLOTS; i++)
			free(memo->entries[run][i].text);
	free(memo);
}

uint8_t memo_run_of(const char *field)
{
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (strncmp(field, NAMES[i].begins, strlen(NAMES[i].begins)) == 0)
			return NAMES[i].run;
	return MEMO_NONE;
}

static uint64_t pair(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

/* What these say depends on the body as well. */
static bool key_of_kind(const struct vigil_event *event, struct memo_key *key)
{
	const uint32_t others = VIGIL_TYPE_BIT(VIGIL_STATUS) |
				VIGIL_TYPE_BIT(VIGIL_PROCESS_ACCESS) |
				VIGIL_TYPE_BIT(VIGIL_PROCESS_DENIED);

	key->word[1] = pair(event->record->type, event->record->encoding);
	return (VIGIL_TYPE_BIT(event->record->type) & others) == 0;
}

static bool key_of_id(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_id *id = vigil_subject_id(event);
	const struct vigil_process *start = vigil_start_of(event);

	if (id == NULL)
		return false;
	key->word[1] = id->start_key;
	key->word[2] = pair(id->pid, OF_PROCESS(ns_pid, VIGIL_UNKNOWN));
	key->word[3] = OF_PROCESS(start, 0);
	key->word[4] = event->machine;
	return true;
}

/* A start can know of itself what the table does not. */
static bool is_of_table(const struct vigil_event *event, const struct vigil_string *known,
			enum vigil_kind kind)
{
	return known->length > 0 || vigil_start_of(event) == NULL || event->part[kind].length == 0;
}

static bool key_of_program(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_proc *process = event->process;

	if (process == NULL || process->program == 0)
		return false;
	key->word[1] = pair(event->record->encoding, 0);
	key->word[2] = process->program;
	return is_of_table(event, &process->name, VIGIL_NAME) &&
	       is_of_table(event, &process->image, VIGIL_IMAGE) &&
	       is_of_table(event, &process->command, VIGIL_COMMAND_LINE) &&
	       is_of_table(event, &process->directory, VIGIL_DIRECTORY);
}

/* Few ask for hashes and signatures: without them nothing is written. */
static bool key_of_file(const struct vigil_event *event, struct memo_key *key)
{
	(void)key;
	return event->part[VIGIL_SHA256].length == 0 &&
	       event->part[VIGIL_FILE_VERSION].length == 0 &&
	       event->part[VIGIL_SIGNATURE].length == 0;
}

static bool key_of_session(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_process *start = vigil_start_of(event);

	key->word[1] = OF_PROCESS(tty, 0);
	return key_of_file(event, key);
}

static bool key_of_leaders(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_process *start = vigil_start_of(event);
	const struct vigil_proc *process = event->process;

	if (process == NULL || event->record->encoding != VIGIL_BYTES)
		return false;
	key->word[1] = process->session_leader.start_key;
	key->word[2] = pair(OF_PROCESS(session, VIGIL_UNKNOWN), process->session_leader.pid);
	key->word[3] = process->group_leader.start_key;
	key->word[4] = process->entry_leader.start_key;
	key->word[5] = pair(process->group_leader.pid, process->entry_leader.pid);
	key->word[6] = event->machine << 8 | process->entry_type;
	return true;
}

static bool key_of_quality(const struct vigil_event *event, struct memo_key *key)
{
	static const uint8_t NONE[VIGIL_KIND_MAX];

	key->word[1] = pair(event->record->flags, event->part_source[VIGIL_IMAGE]);
	return memcmp(event->part_flags, NONE, sizeof(NONE)) == 0;
}

static bool key_of_traits(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_process *start = vigil_start_of(event);

	key->word[1] = pair(OF_PROCESS(attributes, 0), OF_PROCESS(integrity, VIGIL_UNKNOWN));
	key->word[2] =
	    pair(OF_PROCESS(login_uid, VIGIL_UNKNOWN), OF_PROCESS(session, VIGIL_UNKNOWN));
	key->word[3] = event->record->time / NAMES_NS << 8 | event->record->encoding;
	if (start != NULL) {
		key->word[4] = start->capabilities;
		key->word[5] = start->device;
		key->word[6] = start->inode;
	}
	return event->part[VIGIL_ROOT].length == 0 &&
	       (start == NULL || !vigil_id_known(&start->tracer));
}

/* revision 0: a process that no table vouches for may change unseen. */
static bool key_of_parent(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_id *id = vigil_parent_id(event);

	if (id == NULL || event->parent == NULL || event->parent->revision == 0)
		return false;
	key->word[1] = id->start_key;
	key->word[2] = id->pid;
	key->word[3] = event->parent->revision;
	key->word[4] = event->machine;
	return true;
}

/* In a CREDENTIALS the body has more of them. */
static bool key_of_users(const struct vigil_event *event, struct memo_key *key)
{
	struct vigil_ids ids = vigil_subject_ids(event);

	if (vigil_subject_user(event).length > 0 || event->record->encoding != VIGIL_BYTES ||
	    event->record->type == VIGIL_CREDENTIALS)
		return false;
	key->word[1] = pair(ids.uid, ids.euid);
	key->word[2] = pair(ids.gid, ids.egid);
	key->word[3] = event->record->time / NAMES_NS;
	return true;
}

static bool key_of_actor(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_id *actor = &event->record->actor, *subject = vigil_subject_id(event);

	if (subject != NULL && subject->pid == actor->pid) { /* it is not told, but its thread */
		key->word[2] = pair(actor->tid == actor->pid ? 0 : actor->tid, 0);
		return true;
	}
	if (event->actor == NULL || event->actor->revision == 0 ||
	    event->part[VIGIL_ACTOR_IMAGE].length > 0)
		return false;
	key->word[0] |= 1u << 31;
	key->word[1] = actor->start_key;
	key->word[2] = pair(actor->pid, actor->tid);
	key->word[3] = event->actor->revision;
	key->word[4] = event->machine;
	return true;
}

static bool key_of_namespaces(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_process *start = vigil_start_of(event);

	if (start == NULL)
		return false;
	key->word[1] = pair(start->ns_mnt, start->ns_pid_ns);
	key->word[2] = pair(start->ns_net, start->ns_user);
	key->word[3] = pair(start->ns_uts, start->ns_ipc);
	key->word[4] = pair(start->ns_cgroup, start->ns_time);
	return true;
}

bool memo_key_of(uint8_t run, uint32_t fields, const struct vigil_event *event, uint32_t state,
		 struct memo_key *key)
{
	static bool (*const KEY_OF[RUNS])(const struct vigil_event *, struct memo_key *) = {
		[RUN_ID] = key_of_id,           [RUN_KIND] = key_of_kind,
		[RUN_PROGRAM] = key_of_program, [RUN_SESSION] = key_of_session,
		[RUN_LEADERS] = key_of_leaders, [RUN_PARENT] = key_of_parent,
		[RUN_USERS] = key_of_users,     [RUN_FILE] = key_of_file,
		[RUN_QUALITY] = key_of_quality, [RUN_ACTOR] = key_of_actor,
		[RUN_TRAITS] = key_of_traits,   [RUN_NAMESPACES] = key_of_namespaces,
	};

	memset(key, 0, sizeof(*key));
	key->word[0] = pair(fields, state);
	return KEY_OF[run](event, key);
}

struct memo_entry *memo_at(struct memo *memo, uint8_t run, const struct memo_key *key)
{
	uint64_t hash = 0;

	for (int i = 0; i < MEMO_WORDS; i++)
		hash = (hash ^ key->word[i]) * 0x9e3779b97f4a7c15u;
	return &memo->entries[run][hash >> 58];
}

bool memo_holds(const struct memo_entry *entry, const struct memo_key *key)
{
	return entry->used && memcmp(&entry->key, key, sizeof(*key)) == 0;
}

void memo_keep(struct memo_entry *entry, const struct memo_key *key, const char *text,
	       size_t length)
{
	entry->used = false;
	if (length > TEXT_MAX)
		return;
	if (length > entry->capacity) {
		char *more = realloc(entry->text, length);

		if (more == NULL)
			return;
		entry->text = more;
		entry->capacity = (uint32_t)length;
	}
	if (length > 0)
		memcpy(entry->text, text, length);
	entry->length = (uint32_t)length;
	entry->key = *key;
	entry->used = true;
}
