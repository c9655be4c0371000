/* SPDX-License-Identifier: MIT */
/*
 * users.h - names of this machine's users and groups, asked once and kept.
 *
 * Each thread keeps a small table of its own, so nothing is locked. An entry is
 * asked for again a minute after it was learned, by the time of the events. On
 * Windows users are SIDs, and these functions know no names.
 */
#ifndef VIGIL_USERS_H
#define VIGIL_USERS_H

#include <stdbool.h>
#include <stdint.h>

/* The name, or NULL. now: time of the event, ns. Valid until the next call in
 * the same thread. */
const char *vigil_user_name(uint32_t uid, uint64_t now);
const char *vigil_group_name(uint32_t gid, uint64_t now);

/* The other way round, not kept. false: no such user. */
bool vigil_user_find(const char *name, uint32_t *uid);

#endif /* VIGIL_USERS_H */
