/* SPDX-License-Identifier: MIT */
/*
 * users.h - looks up names of this machine's users and groups, and caches them.
 *
 * Each thread has a small cache. An entry expires one minute after it was looked up, by the
 * time of the events. Users are numbers on Linux and SIDs on Windows; those of the other
 * system have no names.
 *
 * On Linux a lookup never waits for a directory service: names in /etc/passwd and /etc/group
 * are available at once, others when a helper process has found them; until then they are left
 * out.
 */
#ifndef VIGIL_USERS_USERS_H
#define VIGIL_USERS_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "core/sid.h"

/* Return the name, or NULL. now: time of the event, ns. Valid until the next call in the same
 * thread. */
const char *vigil_user_name(uint32_t uid, uint64_t now);
const char *vigil_group_name(uint32_t gid, uint64_t now);

enum vigil_user_found {
	VIGIL_USER_NONE,
	VIGIL_USER_FOUND,
	VIGIL_USER_UNANSWERED /* the directory service did not answer in time */
};

/* Looks up the number of a user, without the cache. Waits for a directory service a few seconds
 * at most. */
enum vigil_user_found vigil_user_find(const char *name, uint32_t *uid);

/* Call these before a live sensor is opened and after it is closed (Linux): the helper process
 * for names is forked while the program holds nothing that it could inherit. Otherwise the first
 * name that is not in a file starts one. realtime: vigil_options.realtime. */
void vigil_users_open(bool realtime);
void vigil_users_close(void);

#define VIGIL_ACCOUNT_BYTES 160

struct vigil_account {
	char domain[VIGIL_ACCOUNT_BYTES]; /* may be "" */
	char name[VIGIL_ACCOUNT_BYTES];
};

/* Returns the account with this SID, in text form, or NULL. Otherwise like vigil_user_name. */
const struct vigil_account *vigil_account_of(struct vigil_string sid, uint64_t now);

/* Looks up the SID of "name" or "domain\name". Returns false if there is no such account. */
bool vigil_account_find(const char *name, char sid[SID_TEXT_MAX]);

#endif /* VIGIL_USERS_USERS_H */
