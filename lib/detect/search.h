/* SPDX-License-Identifier: MIT */
/*
 * search.h - looks for many strings at once.
 *
 * Each string has a window of four bytes, or two if it is shorter, chosen to be rare among the strings. The search moves
 * over the text byte by byte and looks up the bytes there in a bit set that fits in the
 * first-level cache; only where a bit is set are strings compared. The cost for each byte does
 * not depend on the number of strings, but on how many of them share a window.
 */
#ifndef VIGIL_DETECT_SEARCH_H
#define VIGIL_DETECT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/arena.h"

#define SEARCH_WINDOW 4u /* bytes; shorter strings have a window of SEARCH_SHORT */
#define SEARCH_SHORT  2u

struct search_key {
	const char *text; /* at least SEARCH_SHORT bytes */
	uint32_t length;
	uint32_t offset; /* of the window */
	uint32_t window; /* its bytes */
	uint32_t next;   /* number plus 1 of the next key with the same hash */
};

/* The keys with windows of one size. */
struct search_table {
	uint64_t *bits;
	uint32_t *bucket; /* number of a key plus 1 */
	unsigned shift;   /* of the hash */
	uint32_t keys;
};

struct search {
	struct search_key *key;
	uint32_t keys;
	struct search_table large, small;
};

/* Prepares a search for keys whose text and length are set. Returns false if out of memory. */
bool search_make(struct search *search, struct arena *arena, struct search_key *key, uint32_t keys);

/* Calls found() for each place where a key occurs. */
void search_run(const struct search *search, const char *text, size_t length,
		void (*found)(void *user, uint32_t key), void *user);

#endif /* VIGIL_DETECT_SEARCH_H */
