/* SPDX-License-Identifier: MIT */
/*
 * json_cache.h - text of an earlier event that the next one is likely to have too.
 *
 * Most of a line says what the line before said: the parent, the user, the
 * namespaces. Fields that follow one another and depend on little make a run; a
 * memo keeps the text of a run by what it depends on.
 */
#ifndef VIGIL_FORMAT_JSON_CACHE_H
#define VIGIL_FORMAT_JSON_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define MEMO_WORDS 7
#define MEMO_NONE  0xff /* not a run */

/* All that the text of a run depends on. */
struct memo_key {
	uint64_t word[MEMO_WORDS];
};

struct memo_entry {
	struct memo_key key;
	char *text;
	uint32_t length, capacity;
	uint8_t depth, shared; /* of the printer, behind the text */
	bool used;
};

struct memo;

struct memo *memo_new(void); /* NULL: no memory */
void memo_free(struct memo *memo);

/* The run that a field belongs to, by its number in vigil_fields(); MEMO_NONE. */
uint8_t memo_run_of(size_t field);

/* Sets key to what the run's text depends on. false: it may depend on more. fields: which
 * fields of the run the type has; state: what the printer adds of its own, below 2^16. */
bool memo_key_of(uint8_t run, uint32_t fields, const struct vigil_event *event, uint32_t state,
		 struct memo_key *key);

/* The place of that key: entry->used and an equal key, or to be overwritten. */
struct memo_entry *memo_at(struct memo *memo, uint8_t run, const struct memo_key *key);
bool memo_holds(const struct memo_entry *entry, const struct memo_key *key);

/* Keeps a run's text. Without memory for it nothing is kept. */
void memo_keep(struct memo_entry *entry, const struct memo_key *key, const char *text,
	       size_t length);

#endif /* VIGIL_FORMAT_JSON_CACHE_H */
