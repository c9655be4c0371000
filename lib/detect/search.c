/* SPDX-License-Identifier: MIT */
/* search.c - looks for many strings at once. */
#include "detect/search.h"

#include <stdlib.h>
#include <string.h>

#define LARGE       4u /* bytes of a window */
#define SMALL       2u
#define BITS_MIN    10u /* logarithm of the bits of a set */
#define BITS_MAX    17u
#define BITS_SMALL  16u
#define BUCKETS_LOG 3u /* a bucket for 8 bits */

static inline uint32_t window_load(const char *text, unsigned size)
{
	uint32_t large;
	uint16_t small;

	if (size == LARGE) {
		memcpy(&large, text, sizeof(large));
		return large;
	}
	memcpy(&small, text, sizeof(small));
	return small;
}

static inline uint32_t window_hash(uint32_t bytes, unsigned shift)
{
	return (bytes * UINT32_C(0x9e3779b1)) >> shift;
}

static unsigned key_window(const struct search_key *key)
{
	return key->length >= SEARCH_LONG ? LARGE : SMALL;
}

/* Places at which the window, or the first of two, can be. */
static uint32_t key_places(const struct search_key *key)
{
	return key_window(key) == LARGE ? key->length - LARGE : key->length - SMALL + 1;
}

/* Counts windows by hash; a collision makes a window look less rare, which is harmless. */
#define COUNTS_LOG 16u

static uint32_t count_hash(const struct search_key *key, uint32_t offset)
{
	return window_hash(window_load(key->text + offset, key_window(key)), 32 - COUNTS_LOG);
}

/* Chooses the place whose windows fewest keys have, those chosen before counting most. */
static void key_choose(struct search_key *key, const uint32_t *all, uint32_t *chosen)
{
	uint32_t second = key_window(key) == LARGE;
	uint64_t best = UINT64_MAX;

	for (uint32_t i = 0; i < key_places(key); i++) {
		uint32_t a = count_hash(key, i), b = count_hash(key, i + second);
		uint64_t cost = ((uint64_t)(chosen[a] + chosen[b]) << 32) + all[a] + all[b];

		if (cost < best) {
			best = cost;
			key->offset = i;
		}
	}
	chosen[count_hash(key, key->offset)]++;
	chosen[count_hash(key, key->offset + second)]++;
}

static bool keys_choose(struct search_key *key, uint32_t keys)
{
	uint32_t *counts = calloc((size_t)2 << COUNTS_LOG, sizeof(*counts));

	if (!counts)
		return false;
	for (uint32_t k = 0; k < keys; k++)
		for (uint32_t i = 0; i < key_places(&key[k]); i++)
			counts[count_hash(&key[k], i)]++;
	for (uint32_t k = 0; k < keys; k++)
		key_choose(&key[k], counts, counts + ((size_t)1 << COUNTS_LOG));
	free(counts);
	return true;
}

static bool table_make(struct search_table *table, struct arena *arena, unsigned log)
{
	table->shift = 32 - log;
	if (table->windows == 0)
		return true;
	table->bits = arena_array(arena, (size_t)1 << (log - 6), sizeof(*table->bits));
	table->bucket =
	    arena_array(arena, (size_t)1 << (log - BUCKETS_LOG), sizeof(*table->bucket));
	return table->bits && table->bucket;
}

/* Windows of two bytes are their own hash. */
static uint32_t table_hash(const struct search_table *table, uint32_t bytes, unsigned size)
{
	return size == LARGE ? window_hash(bytes, table->shift) : bytes;
}

static void search_add(struct search *search, uint32_t k, uint32_t offset)
{
	unsigned size = key_window(&search->key[k]);
	struct search_table *table = size == LARGE ? &search->large : &search->small;
	struct search_window *window = &search->window[search->windows++];
	uint32_t hash, *bucket;

	window->bytes = window_load(search->key[k].text + offset, size);
	hash = table_hash(table, window->bytes, size);
	bucket = &table->bucket[hash >> BUCKETS_LOG];
	window->key = k;
	window->offset = offset;
	window->next = *bucket;
	*bucket = search->windows;
	table->bits[hash >> 6] |= UINT64_C(1) << (hash & 63);
}

bool search_make(struct search *search, struct arena *arena, struct search_key *key, uint32_t keys)
{
	unsigned log = BITS_MIN;

	*search = (struct search){ .key = key, .keys = keys };
	for (uint32_t k = 0; k < keys; k++) {
		if (key_window(&key[k]) == LARGE)
			search->large.windows += 2;
		else
			search->small.windows++;
	}
	while (log < BITS_MAX && (UINT32_C(1) << log) / 32 < search->large.windows)
		log++;
	search->window = arena_array(arena, (size_t)keys * 2, sizeof(*search->window));
	if (!search->window || !table_make(&search->large, arena, log) ||
	    !table_make(&search->small, arena, BITS_SMALL) || !keys_choose(key, keys))
		return false;
	for (uint32_t k = 0; k < keys; k++) {
		search_add(search, k, key[k].offset);
		if (key_window(&key[k]) == LARGE)
			search_add(search, k, key[k].offset + 1);
	}
	return true;
}

/* A text, and who is called for what is found in it. */
struct search_text {
	const char *text;
	size_t length;
	void (*found)(void *user, uint32_t key);
	void *user;
};

/* Compares the keys that have a window with the text around it. */
static void search_compare(const struct search *search, uint32_t first, uint32_t bytes,
			   const struct search_text *t, size_t at)
{
	for (uint32_t w = first; w; w = search->window[w - 1].next) {
		const struct search_window *window = &search->window[w - 1];
		const struct search_key *key = &search->key[window->key];

		if (window->bytes == bytes && window->offset <= at &&
		    key->length - window->offset <= t->length - at &&
		    memcmp(t->text + at - window->offset, key->text, key->length) == 0)
			t->found(t->user, window->key);
	}
}

static inline void table_run(const struct search *search, const struct search_table *table,
			     const struct search_text *t, unsigned size, size_t step)
{
	const uint64_t *bits = table->bits;
	const char *text = t->text;
	size_t length = t->length;

	for (size_t at = 0; at + size <= length; at += step) {
		uint32_t bytes = window_load(text + at, size);
		uint32_t hash = table_hash(table, bytes, size);

		if ((bits[hash >> 6] >> (hash & 63)) & 1)
			search_compare(search, table->bucket[hash >> BUCKETS_LOG], bytes, t, at);
	}
}

void search_run(const struct search *search, const char *text, size_t length,
		void (*found)(void *user, uint32_t key), void *user)
{
	const struct search_text t = { text, length, found, user };

	if (search->large.windows)
		table_run(search, &search->large, &t, LARGE, 2);
	if (search->small.windows)
		table_run(search, &search->small, &t, SMALL, 1);
}
