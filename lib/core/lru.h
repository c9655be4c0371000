/* SPDX-License-Identifier: MIT */
/*
 * lru.h - a cache of up to `max` values with keys of a fixed size; the least recently used
 * value is replaced. Keys are compared as bytes. Not thread-safe.
 */
#ifndef VIGIL_CORE_LRU_H
#define VIGIL_CORE_LRU_H

#include <stddef.h>

struct lru;

/* Allocates all memory that the cache will use. Returns NULL if out of memory. */
struct lru *lru_open(size_t key_size, size_t value_size, unsigned max);
void lru_close(struct lru *lru);

/* Returns the value, which may be changed and is valid until the next lru_add; NULL: not found. */
void *lru_find(struct lru *lru, const void *key);

/* Adds a key that is not in the cache. */
void lru_add(struct lru *lru, const void *key, const void *value);

#endif /* VIGIL_CORE_LRU_H */
