/* SPDX-License-Identifier: MIT */
/*
 * json_cache.h - caches text of earlier events that the next event is likely to have too.
 *
 * Consecutive events share most field values: the parent, the user, the namespaces. Consecutive
 * fields that depend on few values form a run; a memo caches the text of a run by the values it
 * depends on.
 */
#ifndef VIGIL_FORMAT_JSON_CACHE_H
#define VIGIL_FORMAT_JSON_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define MEMO_WORDS 8
#define MEMO_NONE  0xff /* not a run */

/* Everything that the text of a run depends on. */
struct memo_key {
	uint64_t word[MEMO_WORDS];
	unsigned words; /* how many of them are used */
};

struct memo_entry {
	struct memo_key key;
	char *text;
	uint32_t length, capacity;
	uint8_t depth, shared; /* state of the printer after the text */
	bool used;
};

struct memo;

struct memo *memo_new(void); /* Returns NULL if memory runs out. */
void memo_free(struct memo *memo);

/* Returns the run of a field, given its index in vigil_fields(); MEMO_NONE: none. */
uint8_t memo_run_of(size_t field);

/* Sets key to the values that the run's text depends on. Returns false if it may depend on others.
 * fields: the fields of the run that the type has; state: what the printer adds, below 2^16. */
bool memo_key_of(uint8_t run, uint32_t fields, const struct vigil_event *event, uint32_t state,
		 struct memo_key *key);

/* Returns the entry for that key: entry->used and an equal key, or one to be overwritten. */
struct memo_entry *memo_at(struct memo *memo, uint8_t run, const struct memo_key *key);
bool memo_holds(const struct memo_entry *entry, const struct memo_key *key);

/* Keeps a run's text. Keeps nothing if memory runs out. */
void memo_keep(struct memo_entry *entry, const struct memo_key *key, const char *text,
	       size_t length);

#endif /* VIGIL_FORMAT_JSON_CACHE_H */
