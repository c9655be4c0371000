/* SPDX-License-Identifier: MIT */
#include "users/users.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "inspect/name_service.h"

#define KEEP_NS    60000000000u /* a minute */
#define SLOTS      64
#define LINE_BYTES 65536 /* per line of a file: a group may have many members */

struct entry {
	uint64_t expires; /* 0: empty */
	uint32_t id;
	char name[NAME_SERVICE_BYTES]; /* "": it has none */
};

static bool keep_name(char to[NAME_SERVICE_BYTES], const char *name)
{
	size_t length = strlen(name);

	if (length >= NAME_SERVICE_BYTES)
		return false;
	memcpy(to, name, length + 1);
	return true;
}

/* ---- the files, which are there at once ---- */

/* Finds a user by name, or by *uid if name is NULL. */
static bool find_in_passwd(const char *name, uint32_t *uid, char found[NAME_SERVICE_BYTES])
{
	char memory[LINE_BYTES];
	struct passwd entry, *line;
	FILE *file = fopen("/etc/passwd", "re");
	bool same = false;

	while (file && !same && fgetpwent_r(file, &entry, memory, sizeof(memory), &line) == 0) {
		same = name ? strcmp(line->pw_name, name) == 0 : line->pw_uid == *uid;
		if (same) {
			*uid = (uint32_t)line->pw_uid;
			same = keep_name(found, line->pw_name);
		}
	}
	if (file)
		fclose(file);
	return same;
}

static bool find_in_group(uint32_t id, char found[NAME_SERVICE_BYTES])
{
	char memory[LINE_BYTES];
	struct group entry, *line;
	FILE *file = fopen("/etc/group", "re");
	bool same = false;

	while (file && !same && fgetgrent_r(file, &entry, memory, sizeof(memory), &line) == 0)
		same = line->gr_gid == id && keep_name(found, line->gr_name);
	if (file)
		fclose(file);
	return same;
}

/* ---- what is kept ---- */

/* Returns false while the name is not yet known. */
typedef bool (*ask_function)(uint32_t id, char name[NAME_SERVICE_BYTES]);

static bool ask_user(uint32_t id, char name[NAME_SERVICE_BYTES])
{
	return find_in_passwd(NULL, &id, name) || name_service_ask(NAME_OF_USER, id, name);
}

static bool ask_group(uint32_t id, char name[NAME_SERVICE_BYTES])
{
	return find_in_group(id, name) || name_service_ask(NAME_OF_GROUP, id, name);
}

/* Whether an entry is valid at `now`. A replayed recording may be older than the entry, so the
 * distance in time counts. */
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
		entry->name[0] = '\0';
		entry->expires = ask(id, entry->name) ? now + KEEP_NS : 0;
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

enum vigil_user_found vigil_user_find(const char *name, uint32_t *uid)
{
	char same[NAME_SERVICE_BYTES];

	if (find_in_passwd(name, uid, same))
		return VIGIL_USER_FOUND;
	switch (name_service_find(name, uid)) {
	case NAME_FOUND:
		return VIGIL_USER_FOUND;
	case NAME_NONE:
		return VIGIL_USER_NONE;
	default:
		return VIGIL_USER_UNANSWERED;
	}
}

void vigil_users_open(bool realtime)
{
	name_service_open(realtime);
}

void vigil_users_close(void)
{
	name_service_close();
}

/* Accounts exist on Windows only. */
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
