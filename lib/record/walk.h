/* SPDX-License-Identifier: MIT */
/* walk.h - one record after the other in a block of them. Trusts nothing in it. */
#ifndef VIGIL_RECORD_WALK_H
#define VIGIL_RECORD_WALK_H

#include <stddef.h>

#include <vigil/event.h>

/* The record at `at` in `size` bytes, which are aligned as records are; NULL: there is
 * no whole one. What lies in it is for decode() to check. */
static inline struct vigil_header *walk_record(void *data, size_t size, size_t at)
{
	struct vigil_header *record;

	if (size - at < sizeof(*record)) /* without data too: that of no bytes may be NULL */
		return NULL;
	record = (void *)((uint8_t *)data + at);
	return record->size < sizeof(*record) || record->size % 8 || record->size > size - at
		   ? NULL
		   : record;
}

#endif /* VIGIL_RECORD_WALK_H */
