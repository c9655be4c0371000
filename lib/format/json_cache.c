/* SPDX-License-Identifier: MIT */
/*
 * A key has two halves. schema.h specifies what a run's plain fields read: depends_on() puts the
 * same members into the key, and the compiler reduces it to a few loads for each run. What computed
 * fields read is added by a function of the run.
 */
#include "format/json_cache.h"

#include <stdlib.h>
#include <string.h>

#include "record/implied.h"

#define SLOTS    64
#define TEXT_MAX 4096
/* Names of users are looked up again from time to time, see users/users.h. */
#define NAMES_NS 10000000000u

/* The runs of SCHEMA_FIELDS: X(run, function that adds to the key what computed fields read). */
#define JSON_RUNS(X) \
	X(KIND, add_kind) \
	X(ID, add_id) \
	X(PROGRAM, add_program) \
	X(SESSION, add_nothing) \
	X(LEADERS, add_leaders) \
	X(PARENT, add_parent) \
	X(USERS, add_users) \
	X(LIBRARY, add_nothing) \
	X(QUALITY, add_quality) \
	X(ACTOR, add_actor) \
	X(TRAITS, add_traits) \
	X(NAMESPACES, add_nothing)

enum {
#define RUN_ID_(run, function) RUN_##run,
	JSON_RUNS(RUN_ID_) RUNS,
#undef RUN_ID_
	RUN_NONE = MEMO_NONE
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
	if (!memo)
		return;
	for (int run = 0; run < RUNS; run++)
		for (int i = 0; i < SLOTS; i++)
			free(memo->entries[run][i].text);
	free(memo);
}

uint8_t memo_run_of(size_t field)
{
	static const uint8_t RUN_OF[FIELD_COUNT] = {
#define RUN_OF_(id, name, kind, types, run, ...) [FIELD_##id] = RUN_##run,
		SCHEMA_FIELDS(RUN_OF_, RUN_OF_)
#undef RUN_OF_
	};

	return RUN_OF[field];
}

/* ---- keys ---- */

/* The first word is the same for all runs: fields, encoding, state. */
#define KEY_HEAD 8

struct key_writer {
	struct memo_key *key;
	unsigned used; /* bytes */
	uint64_t seen; /* members that the key already has, a bit for each 4 bytes */
};

/* Returns false if the key is full. */
FIELD_INLINE bool put(struct key_writer *w, uint64_t value, unsigned bytes)
{
	if (w->used + bytes > sizeof(w->key->word))
		return false;
	memcpy((char *)w->key->word + w->used, &value, bytes);
	w->used += bytes;
	return true;
}

/* Adds a member once. place: makes the offsets of different structs differ. */
FIELD_INLINE bool put_member(struct key_writer *w, const struct field_source *source,
			     uint64_t value, unsigned place)
{
	uint64_t bit = UINT64_C(1) << ((source->at + place) / 4);

	if ((w->seen & bit) != 0)
		return true;
	w->seen |= bit;
	return put(w, value, source->bytes);
}

/* Adds what a field reads. Returns false if its text must not be cached because it depends on a
 * part that few events have, or on another process. */
FIELD_INLINE bool depends_on(const struct field_source *source, uint32_t types,
			     const struct vigil_event *event, struct key_writer *w)
{
	uint64_t number = 0;

	switch (source->place) {
	case PLACE_HEADER:
		field_number(source, types, event, &number);
		return put_member(w, source, number, sizeof(struct vigil_process_body));
	case PLACE_BODY:
	case PLACE_PROCESS:
		field_number(source, types, event, &number);
		return put_member(w, source, number, 0) &&
		       (source->form != FORM_USER_NAME ||
			put(w, event->record->time / NAMES_NS, 8));
	case PLACE_BODY_ID:
		return !vigil_event_is(event, types) ||
		       !vigil_id_known((const void *)((const char *)event->body + source->at));
	case PLACE_PART:
	case PLACE_ITEM:
	case PLACE_TEST:
		return event->part[source->part].length == 0;
	default: /* the run's own function */
		return true;
	}
}

/* Adds what the rules of these fields return: whether they are written. */
FIELD_INLINE bool add_implied(const struct vigil_event *event, struct key_writer *w,
			      const uint16_t *fields, size_t count)
{
	uint32_t results = 0;

	for (size_t i = 0; i < count; i++) {
		implied_rule *rule = implied_rule_of(fields[i], event->record->type);

		results = results << 2 | (rule ? (uint32_t)rule(event) : 0);
	}
	return put(w, results, 4);
}

#define ADD_IMPLIED(event, w, ...) \
	add_implied(event, w, (const uint16_t[]){ __VA_ARGS__ }, \
		    sizeof((const uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t))

/* In these types, computed fields also depend on the body. */
FIELD_INLINE bool add_kind(const struct vigil_event *event, struct key_writer *w)
{
	const uint32_t others = BIT(STATUS) | BIT(PROCESS_ACCESS) | DENIED;

	return (VIGIL_TYPE_BIT(event->record->type) & others) == 0 &&
	       put(w, event->record->type, 4);
}

FIELD_INLINE bool add_process(struct key_writer *w, const struct vigil_id *id)
{
	return put(w, id->start_key, 8) && put(w, id->pid, 4);
}

FIELD_INLINE bool add_id(const struct vigil_event *event, struct key_writer *w)
{
	const struct vigil_id *id = vigil_subject_id(event);

	return id && add_process(w, id) && put(w, event->machine, 8);
}

/* Returns false if the record of a start has a value that the table does not have. */
static bool is_of_table(const struct vigil_event *event, const struct vigil_string *known,
			enum vigil_part_id kind)
{
	return known->length > 0 || !vigil_start_of(event) || event->part[kind].length == 0;
}

FIELD_INLINE bool add_program(const struct vigil_event *event, struct key_writer *w)
{
	const struct vigil_process_info *process = event->process;

	return process && process->program != 0 && put(w, process->program, 8) &&
	       is_of_table(event, &process->name, VIGIL_PART_NAME) &&
	       is_of_table(event, &process->image, VIGIL_PART_IMAGE) &&
	       is_of_table(event, &process->command, VIGIL_PART_COMMAND_LINE) &&
	       is_of_table(event, &process->directory, VIGIL_PART_DIRECTORY);
}

FIELD_INLINE bool add_leaders(const struct vigil_event *event, struct key_writer *w)
{
	const struct vigil_process_info *process = event->process;

	return process && add_process(w, &process->session_leader) &&
	       add_process(w, &process->group_leader) && add_process(w, &process->entry_leader) &&
	       put(w, event->machine << 8 | process->entry_type, 8) &&
	       put(w, implied_leaders(event), 1);
}

FIELD_INLINE bool add_quality(const struct vigil_event *event, struct key_writer *w)
{
	static const uint8_t NONE[VIGIL_PART_MAX];

	return memcmp(event->part_flags, NONE, sizeof(NONE)) == 0 &&
	       put(w, event->part_origin[VIGIL_PART_IMAGE], 4) &&
	       ADD_IMPLIED(event, w, FIELD_path_source);
}

/* Revision 0: a process that is in no table can change without a new revision. */
FIELD_INLINE bool add_known(struct key_writer *w, const struct vigil_event *event,
			    const struct vigil_id *id, const struct vigil_process_info *proc)
{
	return proc && proc->revision != 0 && add_process(w, id) && put(w, proc->revision, 8) &&
	       put(w, event->machine, 8);
}

FIELD_INLINE bool add_parent(const struct vigil_event *event, struct key_writer *w)
{
	const struct vigil_id *id = vigil_parent_id(event);

	return id && add_known(w, event, id, event->parent) &&
	       ADD_IMPLIED(event, w, FIELD_parent_start) &&
	       (event->record->type != VIGIL_EVENT_PROCESS_CREATE ||
		ADD_IMPLIED(event, w, FIELD_parent_name, FIELD_parent_executable,
			    FIELD_parent_command_line));
}

/* The body of CREDENTIALS has additional ids. */
FIELD_INLINE bool add_users(const struct vigil_event *event, struct key_writer *w)
{
	struct vigil_ids ids = vigil_subject_ids(event);

	return vigil_subject_user(event).length == 0 && event->record->encoding == VIGIL_BYTES &&
	       event->record->type != VIGIL_EVENT_CREDENTIALS && put(w, ids.uid, 4) &&
	       put(w, ids.euid, 4) && put(w, ids.gid, 4) && put(w, ids.egid, 4) &&
	       put(w, event->record->time / NAMES_NS, 8);
}

/* The subject itself is not written; its thread only if it is not the first one. */
FIELD_INLINE bool add_actor(const struct vigil_event *event, struct key_writer *w)
{
	const struct vigil_id *actor = &event->record->actor, *subject = vigil_subject_id(event);

	uint32_t bit = VIGIL_TYPE_BIT(event->record->type);

	if (!put(w, bit & BIT(PROCESS_CREATE) ? 2 : (bit & (LIVES | THREADS)) != 0, 1))
		return false;
	if (subject && subject->pid == actor->pid)
		return put(w, actor->tid == actor->pid ? 0 : actor->tid, 4) &&
		       (!(bit & BIT(PROCESS_CREATE)) || ADD_IMPLIED(event, w, FIELD_actor_pid));
	if (!ADD_IMPLIED(event, w, FIELD_actor_pid, FIELD_actor_entity_id, FIELD_actor_name,
			 FIELD_actor_executable, FIELD_actor_thread))
		return false;
	return event->part[VIGIL_PART_ACTOR_IMAGE].length == 0 && put(w, actor->tid, 4) &&
	       add_known(w, event, actor, event->actor);
}

FIELD_INLINE bool add_traits(const struct vigil_event *event, struct key_writer *w)
{
	return ADD_IMPLIED(event, w, FIELD_capabilities);
}

FIELD_INLINE bool add_nothing(const struct vigil_event *event, struct key_writer *w)
{
	(void)event;
	(void)w;
	return true;
}

#define SOURCE(id, name, kind, types, run, text, ...) SOURCE_(id, __VA_ARGS__)
#define SOURCE_(...)                                  SOURCE__(__VA_ARGS__)
#define SOURCE__(id, possible, ...) \
	static const struct field_source source_##id __attribute__((unused)) = { __VA_ARGS__ };
SCHEMA_FIELDS(SOURCE, IGNORE_)

#define DEPENDS(id, name, kind, types, run, ...) \
	&&((int)RUN_##run != here || depends_on(&source_##id, types, event, w))
/* The writer is a local variable so that the compiler knows everything about it except the
 * values. */
#define ADD_RUN(run, function) \
	static bool add_run_##run(const struct vigil_event *event, struct memo_key *key) \
	{ \
		struct key_writer writer = { .key = key, .used = KEY_HEAD }, *w = &writer; \
		const int here = RUN_##run; \
\
		if (!(function(event, w) SCHEMA_FIELDS(DEPENDS, IGNORE_))) \
			return false; \
		key->words = (writer.used + 7) / 8; \
		return true; \
	}
JSON_RUNS(ADD_RUN)

bool memo_key_of(uint8_t run, uint32_t fields, const struct vigil_event *event, uint32_t state,
		 struct memo_key *key)
{
	static bool (*const ADD[RUNS])(const struct vigil_event *, struct memo_key *) = {
#define ADD_ENTRY(run, function) [RUN_##run] = add_run_##run,
		JSON_RUNS(ADD_ENTRY)
#undef ADD_ENTRY
	};

	memset(key, 0, sizeof(*key));
	key->word[0] = (uint64_t)fields << 32 | (uint32_t)event->record->encoding << 16 | state;
	return ADD[run](event, key);
}

struct memo_entry *memo_at(struct memo *memo, uint8_t run, const struct memo_key *key)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < key->words; i++)
		hash = (hash ^ key->word[i]) * 0x9e3779b97f4a7c15u;
	return &memo->entries[run][hash >> 58];
}

bool memo_holds(const struct memo_entry *entry, const struct memo_key *key)
{
	return entry->used && entry->key.words == key->words &&
	       memcmp(entry->key.word, key->word, key->words * sizeof(*key->word)) == 0;
}

void memo_keep(struct memo_entry *entry, const struct memo_key *key, const char *text,
	       size_t length)
{
	entry->used = false;
	if (length > TEXT_MAX)
		return;
	if (length > entry->capacity) {
		char *more = realloc(entry->text, length);

		if (!more)
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
