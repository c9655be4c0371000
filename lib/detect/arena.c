/* SPDX-License-Identifier: MIT */
/* arena.c - memory that is freed as a whole. */
#include "detect/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)65536)

struct arena_block {
	struct arena_block *before;
	max_align_t memory[];
};

static bool arena_extend(struct arena *arena, size_t size)
{
	size_t capacity = size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES;
	struct arena_block *block = calloc(1, sizeof(*block) + capacity);

	if (!block) {
		arena->failed = true;
		return false;
	}
	block->before = arena->last;
	arena->last = block;
	arena->used = 0;
	arena->capacity = capacity;
	arena->bytes += sizeof(*block) + capacity;
	return true;
}

void *arena_take(struct arena *arena, size_t size)
{
	size_t align = size < sizeof(max_align_t) ? sizeof(void *) : sizeof(max_align_t);
	void *memory;

	if (size > SIZE_MAX / 2) {
		arena->failed = true;
		return NULL;
	}
	arena->used = (arena->used + align - 1) / align * align;
	if ((arena->used > arena->capacity || arena->capacity - arena->used < size ||
	     !arena->last) &&
	    !arena_extend(arena, size))
		return NULL;
	memory = (char *)arena->last->memory + arena->used;
	arena->used += size;
	return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / 2 / size) {
		arena->failed = true;
		return NULL;
	}
	return arena_take(arena, count * size);
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_take(arena, length + 1);

	if (copy && length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_format(struct arena *arena, const char *format, va_list list)
{
	va_list again;
	int length;
	char *text = NULL;

	va_copy(again, list);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length >= 0)
		text = arena_take(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, list);
	return text;
}

void arena_free(struct arena *arena)
{
	while (arena->last) {
		struct arena_block *block = arena->last;

		arena->last = block->before;
		free(block);
	}
	*arena = (struct arena){ 0 };
}
