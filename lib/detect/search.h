/* SPDX-License-Identifier: MIT */
/*
 * search.h - looks for many strings at once.
 *
 * Each string has a window of four bytes, chosen to be rare among the strings, and the window one
 * byte later. The search moves over the text two bytes at a time, so that it meets one of both,
 * and looks up the four bytes there in a bit set that fits in the first-level cache; only where a
 * bit is set are strings compared. Strings of two to four bytes have one window of two bytes, and
 * a bit set of all pairs of bytes. The cost for each byte does not depend on the number of
 * strings, but on how many of them share a window.
 *
 * With the strings of 1200 rules and the short values of events this takes about half the time of
 * Hyperscan 5.4, and no time to compile.
 */
#ifndef VIGIL_DETECT_SEARCH_H
#define VIGIL_DETECT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/arena.h"

#define SEARCH_SHORT 2u /* bytes of the shortest string */
#define SEARCH_LONG  5u /* bytes of the shortest string that has windows of four bytes */

struct search_key {
	const char *text; /* at least SEARCH_SHORT bytes */
	uint32_t length;
	uint32_t offset; /* of the (first) window */
};

/* A window of a key, in a list of those with the same hash. */
struct search_window {
	uint32_t bytes, key, offset;
	uint32_t next; /* index plus 1 */
};

struct search_table {
	uint64_t *bits;
	uint32_t *bucket; /* index of a window plus 1 */
	unsigned shift;   /* of the hash */
	uint32_t windows;
};

struct search {
	struct search_key *key;
	struct search_window *window;
	uint32_t keys, windows;
	struct search_table large, small;
};

/* Prepares a search for keys whose text and length are set. Returns false if out of memory. */
bool search_make(struct search *search, struct arena *arena, struct search_key *key, uint32_t keys);

/* Calls found() for each place where a key occurs. */
void search_run(const struct search *search, const char *text, size_t length,
		void (*found)(void *user, uint32_t key), void *user);

#endif /* VIGIL_DETECT_SEARCH_H */
