/* SPDX-License-Identifier: MIT */
#include "core/string_table.h"

#include <stdlib.h>
#include <string.h>

void string_table_free(struct string_table *strings)
{
	for (uint32_t i = 0; i < strings->count; i++)
		free(strings->text[i]);
	free(strings->text);
	free(strings->length);
	free(strings->slot);
	*strings = (struct string_table){ 0 };
}

/* Hashes eight bytes per step, because paths are long and similar. */
static uint32_t hash_text(const char *text, size_t length)
{
	uint64_t mixed = length * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < length; i += 8) {
		uint64_t eight = 0;

		memcpy(&eight, text + i, length - i < 8 ? length - i : 8);
		mixed = (mixed ^ eight) * UINT64_C(0xff51afd7ed558ccd);
		mixed ^= mixed >> 32;
	}
	return (uint32_t)mixed;
}

/* Returns the slot of a string, or the free slot where it would be added. */
static uint32_t *find_string_slot(const struct string_table *strings, const char *text,
				  size_t length)
{
	uint32_t mask = strings->capacity * 2 - 1;

	for (uint32_t i = hash_text(text, length) & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &strings->slot[i];

		if (*slot == STRINGS_NONE || (strings->length[*slot] == length &&
					      memcmp(strings->text[*slot], text, length) == 0))
			return slot;
	}
}

static bool grow_table(struct string_table *strings)
{
	uint32_t capacity = strings->capacity ? strings->capacity * 2 : 256;
	char **text = realloc(strings->text, capacity * sizeof(*text));
	uint32_t *length, *slot;

	if (text)
		strings->text = text;
	length = realloc(strings->length, capacity * sizeof(*length));
	if (length)
		strings->length = length;
	slot = text && length ? malloc(2 * (size_t)capacity * sizeof(*slot)) : NULL;
	if (!slot)
		return false;
	memset(slot, 0xff, 2 * (size_t)capacity * sizeof(*slot));
	free(strings->slot);
	strings->slot = slot;
	strings->capacity = capacity;
	for (uint32_t i = 0; i < strings->count; i++)
		*find_string_slot(strings, text[i], length[i]) = i;
	return true;
}

uint32_t string_table_find(const struct string_table *strings, const char *text, size_t length)
{
	return strings->capacity ? *find_string_slot(strings, text, length) : STRINGS_NONE;
}

uint32_t string_table_add(struct string_table *strings, const char *text, size_t length)
{
	uint32_t number = string_table_find(strings, text, length);
	char *copy;

	if (number != STRINGS_NONE)
		return number;
	if (length > UINT32_MAX - 1 ||
	    (strings->count == strings->capacity && !grow_table(strings)))
		return STRINGS_NONE;
	copy = malloc(length + 1);
	if (!copy)
		return STRINGS_NONE;
	memcpy(copy, text, length);
	copy[length] = '\0';
	number = strings->count++;
	strings->text[number] = copy;
	strings->length[number] = (uint32_t)length;
	strings->bytes += length + STRINGS_OVERHEAD;
	*find_string_slot(strings, copy, length) = number;
	return number;
}
