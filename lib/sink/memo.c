/* SPDX-License-Identifier: MIT */
#include "sink/memo.h"

#include <stdlib.h>
#include <string.h>

#include "model/subject.h"

#define SLOTS    64
#define TEXT_MAX 4096
/* Names of users are asked anew from time to time, see model/users.h. */
#define NAMES_NS 10000000000u

enum {
	RUN_PARENT,
	RUN_USERS,
	RUN_ACTOR,
	RUN_NAMESPACES,
	RUNS
};

static const struct {
	const char *begins;
	uint8_t run;
} NAMES[] = {
	{ "process.parent.", RUN_PARENT },
	{ "user.", RUN_USERS },
	{ "group.", RUN_USERS },
	{ "vigil.actor.", RUN_ACTOR },
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

static bool key_of_users(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_process *start = vigil_start_of(event);
	const struct vigil_proc *process = event->process;
	uint32_t gid = VIGIL_UNKNOWN, egid = VIGIL_UNKNOWN;

	if (vigil_subject_user(event).length > 0 || event->record->encoding != VIGIL_BYTES)
		return false;
	if (start != NULL || process != NULL) {
		gid = start != NULL ? start->gid : process->gid;
		egid = start != NULL ? start->egid : process->egid;
	}
	key->word[1] = pair(vigil_subject_uid(event), vigil_subject_euid(event));
	key->word[2] = pair(gid, egid);
	key->word[3] = event->record->time / NAMES_NS;
	return true;
}

static bool key_of_actor(const struct vigil_event *event, struct memo_key *key)
{
	const struct vigil_id *actor = &event->record->actor, *subject = vigil_subject_id(event);

	if (event->actor == NULL || event->actor->revision == 0 ||
	    event->part[VIGIL_ACTOR_IMAGE].length > 0)
		return false;
	key->word[0] |= (subject != NULL && subject->pid == actor->pid) ? 1u << 31 : 0;
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

bool memo_key_of(uint8_t run, const struct vigil_event *event, uint32_t state, struct memo_key *key)
{
	static bool (*const KEY_OF[RUNS])(const struct vigil_event *, struct memo_key *) = {
		[RUN_PARENT] = key_of_parent,
		[RUN_USERS] = key_of_users,
		[RUN_ACTOR] = key_of_actor,
		[RUN_NAMESPACES] = key_of_namespaces,
	};

	memset(key, 0, sizeof(*key));
	key->word[0] = pair(event->record->type, state);
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
