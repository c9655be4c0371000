/* SPDX-License-Identifier: MIT */
/*
 * lru.h - remembers up to `max` values by keys of a fixed size; the one that was
 * not asked for the longest makes room. Keys are compared as bytes.
 */
#ifndef VIGIL_CORE_LRU_H
#define VIGIL_CORE_LRU_H

#include <stddef.h>

struct lru;

/* NULL: no memory. All of it is taken here. */
struct lru *lru_open(size_t key_size, size_t value_size, unsigned max);
void lru_close(struct lru *lru);

/* The value, valid until the next lru_add, which may be changed; NULL: not known. */
void *lru_find(struct lru *lru, const void *key);

/* Adds a key that is not there. */
void lru_add(struct lru *lru, const void *key, const void *value);

#endif /* VIGIL_CORE_LRU_H */
