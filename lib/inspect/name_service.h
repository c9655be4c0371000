/* SPDX-License-Identifier: MIT */
/*
 * name_service.h - names of users and groups that only a name service (NSS) knows: LDAP, sssd,
 * systemd. The service may not respond, so a helper process queries it.
 *
 * One helper for the whole program. Thread-safe.
 */
#ifndef VIGIL_INSPECT_NAME_SERVICE_H
#define VIGIL_INSPECT_NAME_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#define NAME_SERVICE_BYTES 64 /* including the NUL; longer names count as unknown */

enum name_kind {
	NAME_OF_USER,
	NAME_OF_GROUP
};

enum name_found {
	NAME_NONE,
	NAME_FOUND,
	NAME_UNANSWERED
};

/* Starts the helper, unless it is running; it ends when close has been called as often as open.
 * realtime: vigil_options.realtime. */
void name_service_open(bool realtime);
void name_service_close(void);

/* Never waits. Returns true if the result is known; name is "" if there is none. Returns false
 * if it is not yet known: ask again. */
bool name_service_ask(enum name_kind kind, uint32_t id, char name[NAME_SERVICE_BYTES]);

/* Finds the id of a user; waits up to NAME_SERVICE_WAIT_MS. */
#define NAME_SERVICE_WAIT_MS 3000
enum name_found name_service_find(const char *name, uint32_t *uid);

#endif /* VIGIL_INSPECT_NAME_SERVICE_H */
