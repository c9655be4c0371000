/* SPDX-License-Identifier: MIT */
#include "model/users.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/types.h>

#define KEEP_NS    60000000000u /* a minute */
#define SLOTS      64
#define ENTRY_MAX  16384 /* of the system's data base: a group may have many members */
#define NAME_BYTES 64

struct entry {
	uint64_t expires; /* 0: empty */
	uint32_t id;
	char name[NAME_BYTES]; /* "": there is none */
};

typedef bool (*ask_function)(uint32_t id, char name[NAME_BYTES]);

static bool keep_name(char to[NAME_BYTES], const char *name)
{
	size_t length = strlen(name);

	if (length >= NAME_BYTES)
		return false;
	memcpy(to, name, length + 1);
	return true;
}

static bool ask_user(uint32_t id, char name[NAME_BYTES])
{
	char memory[ENTRY_MAX];
	struct passwd entry, *found = NULL;

	return getpwuid_r((uid_t)id, &entry, memory, sizeof(memory), &found) == 0 &&
	       found != NULL && keep_name(name, found->pw_name);
}

static bool ask_group(uint32_t id, char name[NAME_BYTES])
{
	char memory[ENTRY_MAX];
	struct group entry, *found = NULL;

	return getgrgid_r((gid_t)id, &entry, memory, sizeof(memory), &found) == 0 &&
	       found != NULL && keep_name(name, found->gr_name);
}

/* A replayed recording may be older than what is kept: the distance counts. */
static bool is_fresh(const struct entry *entry, uint32_t id, uint64_t now)
{
	return entry->expires != 0 && entry->id == id && now <= entry->expires &&
	       entry->expires - now <= KEEP_NS;
}

static const char *name_of(struct entry *slots, uint32_t id, uint64_t now, ask_function ask)
{
	struct entry *entry = &slots[id % SLOTS];

	if (id == VIGIL_UNKNOWN)
		return NULL;
	if (!is_fresh(entry, id, now)) {
		entry->id = id;
		entry->expires = now + KEEP_NS;
		if (!ask(id, entry->name))
			entry->name[0] = '\0';
	}
	return entry->name[0] != '\0' ? entry->name : NULL;
}

const char *vigil_user_name(uint32_t uid, uint64_t now)
{
	static _Thread_local struct entry slots[SLOTS];

	return name_of(slots, uid, now, ask_user);
}

const char *vigil_group_name(uint32_t gid, uint64_t now)
{
	static _Thread_local struct entry slots[SLOTS];

	return name_of(slots, gid, now, ask_group);
}

bool vigil_user_find(const char *name, uint32_t *uid)
{
	char memory[ENTRY_MAX];
	struct passwd entry, *found = NULL;

	if (getpwnam_r(name, &entry, memory, sizeof(memory), &found) != 0 || found == NULL)
		return false;
	*uid = (uint32_t)found->pw_uid;
	return true;
}

/* Accounts are Windows'. */
const struct vigil_account *vigil_account_of(struct vigil_string sid, uint64_t now)
{
	(void)sid;
	(void)now;
	return NULL;
}

bool vigil_account_find(const char *name, char sid[SID_TEXT_MAX])
{
	(void)name;
	(void)sid;
	return false;
}
