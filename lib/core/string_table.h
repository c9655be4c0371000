/* SPDX-License-Identifier: MIT */
/*
 * string_table.h - each different string once, by a number.
 *
 * Starts as all zeros. Numbers count from 0 in the order in which the strings
 * came; what was added stays until all is freed.
 */
#ifndef VIGIL_CORE_STRING_TABLE_H
#define VIGIL_CORE_STRING_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRINGS_NONE UINT32_MAX

/* What a string takes besides its bytes, about: its places in three arrays, of which half
 * may be free, and what malloc adds. */
#define STRINGS_OVERHEAD 64

struct strings {
	char **text; /* by number; each ended by a NUL that does not count */
	uint32_t *length;
	uint32_t *slot; /* hash of numbers, twice the capacity */
	uint32_t count, capacity;
	size_t bytes; /* of memory, about: of all strings and of what each takes besides */
};

void strings_free(struct strings *strings);

/* The number of this string, which is added where it is new. STRINGS_NONE: no
 * memory. */
uint32_t strings_add(struct strings *strings, const char *text, size_t length);

/* The same, but adds nothing: STRINGS_NONE where it is unknown. */
uint32_t strings_find(const struct strings *strings, const char *text, size_t length);

#endif /* VIGIL_CORE_STRING_TABLE_H */
