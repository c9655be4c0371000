/* SPDX-License-Identifier: MIT */
/*
 * index.h - which rules an event can match.
 *
 * A rule has a clause: comparisons of which one must be true if the rule is, each of which
 * requires a string in a field. Many rules have two clauses. The strings of all rules are searched
 * for at once, and only the rules of whose every clause a string occurs are evaluated. Rules
 * without a clause always are. A value that is not known counts as one that has all strings: its
 * rules may be undecided.
 */
#ifndef VIGIL_DETECT_INDEX_H
#define VIGIL_DETECT_INDEX_H

#include "detect/search.h"

struct detect_set;

/* The rules of a key, a part of index->mark. */
struct index_rules {
	uint32_t from, count;
};

struct index_field {
	uint32_t field;
	uint32_t first_key; /* number of its first key in the set */
	struct search search;
	struct index_rules *rules; /* by key */
	struct index_rules all;    /* of all keys */
};

struct index {
	struct index_field *field;
	uint32_t fields;
	uint32_t *mark; /* a rule times 4, plus the bits of the clauses that the key is in */
	uint8_t *bits;  /* by rule: of its clauses */
	uint32_t *key; /* by atom: one more than the number of its key in the set; 0: it has none */
	struct index_rules always;
};

/* Builds the index of each log source. *keys: the number of all keys. Returns false if out of
 * memory. */
bool index_build(struct detect_set *set, uint32_t *keys);

#endif /* VIGIL_DETECT_INDEX_H */
