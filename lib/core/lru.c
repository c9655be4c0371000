/* SPDX-License-Identifier: MIT */
#include "core/lru.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* An entry is in the chain of its bucket and in a ring from the most to the least recently used. */
struct node {
	uint32_t chain, newer, older;
};

struct lru {
	size_t key_size, value_size, value_at, entry_size;
	uint32_t max, count, buckets; /* buckets: a power of two */
	uint32_t newest, oldest;
	struct node *node;
	uint32_t *bucket;
	uint8_t *entry; /* key, followed by value */
};

struct lru *lru_open(size_t key_size, size_t value_size, unsigned max)
{
	struct lru *lru = calloc(1, sizeof(*lru));

	if (!lru)
		return NULL;
	lru->key_size = key_size;
	lru->value_size = value_size;
	lru->value_at = (key_size + 7) & ~(size_t)7;
	lru->entry_size = lru->value_at + ((value_size + 7) & ~(size_t)7);
	lru->max = max;
	lru->newest = lru->oldest = NONE;
	for (lru->buckets = 16; lru->buckets < max; lru->buckets *= 2) {
	}
	lru->node = calloc(max, sizeof(*lru->node));
	lru->bucket = malloc(lru->buckets * sizeof(*lru->bucket));
	lru->entry = calloc(max, lru->entry_size);
	if (!lru->node || !lru->bucket || !lru->entry) {
		lru_close(lru);
		return NULL;
	}
	memset(lru->bucket, 0xff, lru->buckets * sizeof(*lru->bucket));
	return lru;
}

void lru_close(struct lru *lru)
{
	if (!lru)
		return;
	free(lru->node);
	free(lru->bucket);
	free(lru->entry);
	free(lru);
}

static uint8_t *entry_of(const struct lru *lru, uint32_t i)
{
	return lru->entry + i * lru->entry_size;
}

static uint64_t hash_key(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 divided by the golden ratio */
	return hash ^ hash >> 32;
}

static uint32_t *key_bucket(const struct lru *lru, const uint8_t *key)
{
	uint64_t hash = 0, word;

	size_t left = lru->key_size;

	for (; left >= sizeof(word); left -= sizeof(word), key += sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		hash = hash_key(hash, word);
	}
	word = 0;
	memcpy(&word, key, left);
	return &lru->bucket[hash_key(hash, word) & (lru->buckets - 1)];
}

static void unlink_age(struct lru *lru, uint32_t i)
{
	struct node *node = &lru->node[i];

	*(node->newer == NONE ? &lru->newest : &lru->node[node->newer].older) = node->older;
	*(node->older == NONE ? &lru->oldest : &lru->node[node->older].newer) = node->newer;
}

static void make_newest(struct lru *lru, uint32_t i)
{
	lru->node[i].newer = NONE;
	lru->node[i].older = lru->newest;
	*(lru->newest == NONE ? &lru->oldest : &lru->node[lru->newest].newer) = i;
	lru->newest = i;
}

void *lru_find(struct lru *lru, const void *key)
{
	for (uint32_t i = *key_bucket(lru, key); i != NONE; i = lru->node[i].chain)
		if (memcmp(entry_of(lru, i), key, lru->key_size) == 0) {
			if (i != lru->newest) {
				unlink_age(lru, i);
				make_newest(lru, i);
			}
			return entry_of(lru, i) + lru->value_at;
		}
	return NULL;
}

static uint32_t forget_oldest_value(struct lru *lru)
{
	uint32_t i = lru->oldest, *at = key_bucket(lru, entry_of(lru, i));

	while (*at != i)
		at = &lru->node[*at].chain;
	*at = lru->node[i].chain;
	unlink_age(lru, i);
	return i;
}

void lru_add(struct lru *lru, const void *key, const void *value)
{
	uint32_t i = lru->count < lru->max ? lru->count++ : forget_oldest_value(lru);
	uint32_t *bucket = key_bucket(lru, key);

	memcpy(entry_of(lru, i), key, lru->key_size);
	memcpy(entry_of(lru, i) + lru->value_at, value, lru->value_size);
	lru->node[i].chain = *bucket;
	*bucket = i;
	make_newest(lru, i);
}
