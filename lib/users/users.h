/* SPDX-License-Identifier: MIT */
/*
 * users.h - names of this machine's users and groups, asked once and kept.
 *
 * Each thread keeps a small table of its own. An entry is asked for again a minute
 * after it was learned, by the time of the events. On Linux users are numbers, on
 * Windows SIDs; of the other's nothing is known.
 *
 * On Linux nothing waits for a directory service: names in /etc/passwd and /etc/group are
 * known at once, others when a helper process has got them; until then they are left out.
 */
#ifndef VIGIL_USERS_USERS_H
#define VIGIL_USERS_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "core/sid.h"

/* The name, or NULL. now: time of the event, ns. Valid until the next call in
 * the same thread. */
const char *vigil_user_name(uint32_t uid, uint64_t now);
const char *vigil_group_name(uint32_t gid, uint64_t now);

enum vigil_user_found {
	VIGIL_USER_NONE,
	VIGIL_USER_FOUND,
	VIGIL_USER_UNANSWERED /* the directory service did not answer in time */
};

/* The other way round, not kept. Waits for a directory service a few seconds at most. */
enum vigil_user_found vigil_user_find(const char *name, uint32_t *uid);

/* Before and after a live sensor is open (Linux): the helper process for names is forked
 * while the program has nothing that it could hold. Without it the first name that is not
 * in a file starts one. realtime: vigil_options.realtime. */
void vigil_users_open(bool realtime);
void vigil_users_close(void);

#define VIGIL_ACCOUNT_BYTES 160

struct vigil_account {
	char domain[VIGIL_ACCOUNT_BYTES]; /* may be "" */
	char name[VIGIL_ACCOUNT_BYTES];
};

/* The account with this SID, in text form, or NULL. Otherwise as vigil_user_name. */
const struct vigil_account *vigil_account_of(struct vigil_string sid, uint64_t now);

/* The SID of "name" or "domain\name". false: no such account. */
bool vigil_account_find(const char *name, char sid[SID_TEXT_MAX]);

#endif /* VIGIL_USERS_USERS_H */
