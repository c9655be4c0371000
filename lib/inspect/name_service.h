/* SPDX-License-Identifier: MIT */
/*
 * name_service.h - names of users and groups that only a name service (NSS) has: LDAP,
 * sssd, systemd. Whoever answers there may be dead, so a helper process asks.
 *
 * One helper for the whole program, used by any of its threads.
 */
#ifndef VIGIL_INSPECT_NAME_SERVICE_H
#define VIGIL_INSPECT_NAME_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#define NAME_SERVICE_BYTES 64 /* with the NUL; a longer name is none */

enum name_kind {
	NAME_OF_USER,
	NAME_OF_GROUP
};

enum name_found {
	NAME_NONE,
	NAME_FOUND,
	NAME_UNANSWERED
};

/* Starts the helper, unless it is there; the last of as many calls of close ends it.
 * realtime: vigil_options.realtime. */
void name_service_open(bool realtime);
void name_service_close(void);

/* Never waits. True: known, and "" if there is none; false: not yet, ask again. */
bool name_service_ask(enum name_kind kind, uint32_t id, char name[NAME_SERVICE_BYTES]);

/* The id of a user; waits up to NAME_SERVICE_WAIT_MS. */
#define NAME_SERVICE_WAIT_MS 3000
enum name_found name_service_find(const char *name, uint32_t *uid);

#endif /* VIGIL_INSPECT_NAME_SERVICE_H */
