/* SPDX-License-Identifier: MIT */
/*
 * arena.h - memory that is freed as a whole: what a set of rules consists of, or a YAML tree.
 *
 * All zeros is an empty arena. A failed allocation is remembered in `failed`.
 */
#ifndef VIGIL_DETECT_ARENA_H
#define VIGIL_DETECT_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct arena_block;

struct arena {
	struct arena_block *last;
	size_t used, capacity; /* of the last block */
	size_t bytes;          /* of all blocks */
	bool failed;
};

/* Returns zeroed memory for any type, or NULL if out of memory. */
void *arena_take(struct arena *arena, size_t size);

/* The same for `count` elements; NULL also if the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Returns a copy that ends with a NUL, or NULL. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* Returns the formatted text, or NULL. Control characters in it are not escaped. */
VIGIL_PRINTF(2, 0)
char *arena_format(struct arena *arena, const char *format, va_list list);

void arena_free(struct arena *arena);

#endif /* VIGIL_DETECT_ARENA_H */
