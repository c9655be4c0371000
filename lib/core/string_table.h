/* SPDX-License-Identifier: MIT */
/*
 * string_table.h - stores each distinct string once and gives it a number.
 *
 * All zeros is an empty table. Numbers count from 0 in the order in which strings are added;
 * strings stay until the table is freed. Not thread-safe.
 */
#ifndef VIGIL_CORE_STRING_TABLE_H
#define VIGIL_CORE_STRING_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRINGS_NONE UINT32_MAX

/* The approximate bytes of memory that a string needs in addition to its text: entries in three
 * arrays, of which half may be free, and malloc's overhead. */
#define STRINGS_OVERHEAD 64

struct string_table {
	char **text; /* by number; each ends with a NUL that is not part of its length */
	uint32_t *length;
	uint32_t *slot; /* hash table of numbers, twice the capacity */
	uint32_t count, capacity;
	size_t bytes; /* approximate memory of all strings, overhead included */
};

void string_table_free(struct string_table *strings);

/* Returns the number of a string, which is added if it is new. STRINGS_NONE: out of memory. */
uint32_t string_table_add(struct string_table *strings, const char *text, size_t length);

/* Returns the number of a string, or STRINGS_NONE if the table does not have it. */
uint32_t string_table_find(const struct string_table *strings, const char *text, size_t length);

#endif /* VIGIL_CORE_STRING_TABLE_H */
