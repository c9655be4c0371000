/* SPDX-License-Identifier: MIT */
/* parts.h - iterates over the parts of a record. */
#ifndef VIGIL_RECORD_PARTS_H
#define VIGIL_RECORD_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

/* Bytes that a part with `length` bytes of value takes in a record: a multiple of 8. */
static inline size_t part_size(size_t length)
{
	return (sizeof(struct vigil_part) + length + 7) & ~(size_t)7;
}

/* Returns the part at byte *at of a record, and moves *at to the next one. At the start, *at is
 * record->fixed, which must have been checked. NULL: no part is left, or the rest is damaged; in
 * the second case *at is not record->size. */
static inline const struct vigil_part *part_next(const struct vigil_header *record, size_t *at)
{
	const struct vigil_part *part = (const void *)((const uint8_t *)record + *at);
	size_t left = record->size - *at;

	if (left < sizeof(*part) || part->length > left - sizeof(*part))
		return NULL;
	*at += part_size(part->length);
	return part;
}

/* Returns the record's part of this kind; NULL: it has none. */
static inline const struct vigil_part *part_find(const struct vigil_header *record, uint16_t kind)
{
	const struct vigil_part *part;
	size_t at = record->fixed;

	while ((part = part_next(record, &at)) != NULL && part->kind != kind)
		;
	return part;
}

#endif /* VIGIL_RECORD_PARTS_H */
