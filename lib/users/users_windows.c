/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "os/os_windows.h"
#include "users/users.h"

#include <sddl.h>

#define KEEP_NS 60000000000u /* a minute */
#define SLOTS   64

struct entry {
	uint64_t expires; /* 0: empty */
	char sid[SID_TEXT_MAX];
	struct vigil_account account; /* name "": there is none */
};

/* Users are SIDs on Windows: numbers have no names. */
const char *vigil_user_name(uint32_t uid, uint64_t now)
{
	(void)uid;
	(void)now;
	return NULL;
}

const char *vigil_group_name(uint32_t gid, uint64_t now)
{
	(void)gid;
	(void)now;
	return NULL;
}

enum vigil_user_found vigil_user_find(const char *name, uint32_t *uid)
{
	(void)name;
	(void)uid;
	return VIGIL_USER_NONE;
}

void vigil_users_open(bool realtime)
{
	(void)realtime;
}

void vigil_users_close(void)
{
}

static bool store_name(char to[VIGIL_ACCOUNT_BYTES], const wchar_t *name)
{
	char *narrow = os_narrow(name);
	bool kept = narrow && strlen(narrow) < VIGIL_ACCOUNT_BYTES;

	if (kept)
		memcpy(to, narrow, strlen(narrow) + 1);
	free(narrow);
	return kept;
}

static void look_up_account(struct entry *entry)
{
	wchar_t *text = os_widen(entry->sid), name[257], domain[257];
	DWORD name_size = 257, domain_size = 257;
	SID_NAME_USE use;
	PSID sid = NULL;

	entry->account.name[0] = '\0';
	if (text && ConvertStringSidToSidW(text, &sid) &&
	    LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use) &&
	    (!store_name(entry->account.domain, domain) || !store_name(entry->account.name, name)))
		entry->account.name[0] = '\0';
	LocalFree(sid);
	free(text);
}

static bool is_fresh(const struct entry *entry, const char *sid, uint64_t now)
{
	return entry->expires != 0 && strcmp(entry->sid, sid) == 0 && now <= entry->expires &&
	       entry->expires - now <= KEEP_NS;
}

static size_t slot_of(const char *sid)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *sid; sid++)
		hash = (hash ^ (unsigned char)*sid) * 16777619u;
	return hash % SLOTS;
}

const struct vigil_account *vigil_account_of(struct vigil_string sid, uint64_t now)
{
	static _Thread_local struct entry slots[SLOTS];
	struct entry *entry;

	if (sid.length < 4 || sid.length >= SID_TEXT_MAX || memcmp(sid.data, "S-1-", 4) != 0)
		return NULL;
	entry = &slots[slot_of(sid.data)];
	if (!is_fresh(entry, sid.data, now)) {
		memcpy(entry->sid, sid.data, sid.length + 1);
		entry->expires = now + KEEP_NS;
		look_up_account(entry);
	}
	return entry->account.name[0] ? &entry->account : NULL;
}

bool vigil_account_find(const char *name, char out[SID_TEXT_MAX])
{
	wchar_t *wide = os_widen(name), domain[257];
	unsigned char sid[SECURITY_MAX_SID_SIZE];
	DWORD sid_size = sizeof(sid), domain_size = 257;
	SID_NAME_USE use;
	bool found =
	    wide && LookupAccountNameW(NULL, wide, sid, &sid_size, domain, &domain_size, &use);

	free(wide);
	return found && sid_text(out, sid, GetLengthSid(sid)) > 0;
}
