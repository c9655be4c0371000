/* SPDX-License-Identifier: MIT */
/*
 * ancestry.h - the ancestors of a process: who started it, who started that one, and so on.
 *
 * Kept with each process from its start on, so an ancestor that ended and was forgotten is
 * still in it. Names are those that the ancestors had when the process started.
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

/* Completes what is known of a process's ancestors, up to the number that the table was
 * asked for. Without memory they stay as they are. */
void ancestry_update(struct table *table, struct entry *entry);

/* Writes the entity ids of the ancestors, the parent first, each ended by a NUL: at most
 * VIGIL_ANCESTORS_MAX * (VIGIL_GUID_LENGTH + 1) bytes. *names: their names likewise, as long
 * as the process is known; an empty one where nothing but the id is known. Returns how many
 * bytes were written; ancestry may be NULL. */
size_t ancestry_text(const struct ancestry *ancestry, uint64_t machine, char *ids,
		     struct vigil_string *names);

#endif /* VIGIL_PROCESS_ANCESTRY_H */
