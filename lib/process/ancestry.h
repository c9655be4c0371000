/* SPDX-License-Identifier: MIT */
/*
 * ancestry.h - the ancestors of a process: its parent, the parent's parent, and so on.
 *
 * Stored with each process from its start, so that it includes ancestors that have ended and
 * been forgotten. Names are those that the ancestors had when the process started.
 */
#ifndef VIGIL_PROCESS_ANCESTRY_H
#define VIGIL_PROCESS_ANCESTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

struct ancestry;
struct entry;
struct table;

/* Completes the ancestors of a process, up to the number that the table was configured for. If
 * out of memory, they stay as they are. */
void ancestry_update(struct table *table, struct entry *entry);

/* Writes the entity ids of the ancestors, the parent first, each ended by a NUL: at most
 * VIGIL_ANCESTORS_MAX * (VIGIL_GUID_LENGTH + 1) bytes. *names: their names in the same form,
 * empty if only the id is known; valid as long as the process is in the table. Returns the
 * number of bytes written. ancestry may be NULL. */
size_t ancestry_text(const struct ancestry *ancestry, uint64_t machine, char *ids,
		     struct vigil_string *names);

#endif /* VIGIL_PROCESS_ANCESTRY_H */
