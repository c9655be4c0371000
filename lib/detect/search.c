/* SPDX-License-Identifier: MIT */
/* search.c - looks for many strings at once. */
#include "detect/search.h"

#include <stdlib.h>
#include <string.h>

#define BITS_LOG_MIN 10u
#define BITS_LOG_MAX 17u

static uint32_t search_load_large(const char *text)
{
	uint32_t window;

	memcpy(&window, text, sizeof(window));
	return window;
}

static uint32_t search_load_small(const char *text)
{
	uint16_t window;

	memcpy(&window, text, sizeof(window));
	return window;
}

static uint32_t search_hash(uint32_t window, unsigned shift)
{
	return (window * UINT32_C(0x9e3779b1)) >> shift;
}

static bool search_is_large(const struct search_key *key)
{
	return key->length >= SEARCH_WINDOW;
}

static uint32_t search_load(const struct search_key *key, uint32_t offset)
{
	return search_is_large(key) ? search_load_large(key->text + offset)
				    : search_load_small(key->text + offset);
}

/* Counts windows by hash; a collision makes a window look less rare, which is harmless. */
#define COUNTS_LOG 16u

/* Chooses the window that fewest keys have, the keys that were given one before counting most. */
static void search_choose(struct search_key *key, const uint32_t *all, uint32_t *chosen)
{
	uint32_t window = search_is_large(key) ? SEARCH_WINDOW : SEARCH_SHORT;
	uint64_t best = UINT64_MAX;

	for (uint32_t i = 0; i + window <= key->length; i++) {
		uint32_t hash = search_hash(search_load(key, i), 32 - COUNTS_LOG);
		uint64_t cost = ((uint64_t)chosen[hash] << 32) | all[hash];

		if (cost < best) {
			best = cost;
			key->offset = i;
		}
	}
	key->window = search_load(key, key->offset);
	chosen[search_hash(key->window, 32 - COUNTS_LOG)]++;
}

static bool search_choose_all(struct search_key *key, uint32_t keys)
{
	uint32_t *counts = calloc((size_t)2 << COUNTS_LOG, sizeof(*counts));

	if (!counts)
		return false;
	for (uint32_t k = 0; k < keys; k++)
		for (uint32_t i = 0; search_is_large(&key[k]) && i + SEARCH_WINDOW <= key[k].length;
		     i++)
			counts[search_hash(search_load(&key[k], i), 32 - COUNTS_LOG)]++;
	for (uint32_t k = 0; k < keys; k++)
		search_choose(&key[k], counts, counts + ((size_t)1 << COUNTS_LOG));
	free(counts);
	return true;
}

static bool table_make(struct search_table *table, struct arena *arena)
{
	unsigned log = BITS_LOG_MIN;

	while (log < BITS_LOG_MAX && (UINT32_C(1) << log) / 32 < table->keys)
		log++;
	table->shift = 32 - log;
	if (table->keys == 0)
		return true;
	table->bits = arena_array(arena, (size_t)1 << (log - 6), sizeof(*table->bits));
	table->bucket = arena_array(arena, (size_t)1 << (log - 3), sizeof(*table->bucket));
	return table->bits && table->bucket;
}

bool search_make(struct search *search, struct arena *arena, struct search_key *key, uint32_t keys)
{
	*search = (struct search){ .key = key, .keys = keys };
	for (uint32_t k = 0; k < keys; k++)
		search->large.keys += search_is_large(&key[k]);
	search->small.keys = keys - search->large.keys;
	if (!table_make(&search->large, arena) || !table_make(&search->small, arena) ||
	    !search_choose_all(key, keys))
		return false;
	for (uint32_t k = 0; k < keys; k++) {
		struct search_table *t = search_is_large(&key[k]) ? &search->large : &search->small;
		uint32_t hash = search_hash(key[k].window, t->shift);
		uint32_t *bucket = &t->bucket[hash >> 3];

		t->bits[hash >> 6] |= UINT64_C(1) << (hash & 63);
		key[k].next = *bucket;
		*bucket = k + 1;
	}
	return true;
}

/* A place in a text whose window may be that of a key. */
struct place {
	const char *text;
	size_t length, at;
	uint32_t window, bucket;
};

static void search_compare(const struct search *search, const struct place *p,
			   void (*found)(void *user, uint32_t key), void *user)
{
	for (uint32_t k = p->bucket; k; k = search->key[k - 1].next) {
		const struct search_key *key = &search->key[k - 1];

		if (key->window == p->window && key->offset <= p->at &&
		    key->length - key->offset <= p->length - p->at &&
		    memcmp(p->text + p->at - key->offset, key->text, key->length) == 0)
			found(user, k - 1);
	}
}

void search_run(const struct search *search, const char *text, size_t length,
		void (*found)(void *user, uint32_t key), void *user)
{
	struct place p = { .text = text, .length = length };
	const struct search_table *large = &search->large, *small = &search->small;

	for (p.at = 0; large->keys && p.at + SEARCH_WINDOW <= length; p.at++) {
		uint32_t hash;

		p.window = search_load_large(text + p.at);
		hash = search_hash(p.window, large->shift);
		p.bucket = large->bucket[hash >> 3];
		if ((large->bits[hash >> 6] >> (hash & 63)) & 1)
			search_compare(search, &p, found, user);
	}
	for (p.at = 0; small->keys && p.at + SEARCH_SHORT <= length; p.at++) {
		uint32_t hash;

		p.window = search_load_small(text + p.at);
		hash = search_hash(p.window, small->shift);
		p.bucket = small->bucket[hash >> 3];
		if ((small->bits[hash >> 6] >> (hash & 63)) & 1)
			search_compare(search, &p, found, user);
	}
}
