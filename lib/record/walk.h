/* SPDX-License-Identifier: MIT */
/* walk.h - iterates over the records of a block. Nothing in it is trusted. */
#ifndef VIGIL_RECORD_WALK_H
#define VIGIL_RECORD_WALK_H

#include <stddef.h>

#include <vigil/event.h>

/* Returns the record at `at` in `size` bytes, which are aligned like records; NULL: there is no
 * complete one. decode() checks its content. */
static inline struct vigil_header *walk_record(void *data, size_t size, size_t at)
{
	struct vigil_header *record;

	if (size - at < sizeof(*record)) /* data may be NULL if size is 0 */
		return NULL;
	record = (void *)((uint8_t *)data + at);
	return record->size < sizeof(*record) || record->size % 8 || record->size > size - at
		   ? NULL
		   : record;
}

#endif /* VIGIL_RECORD_WALK_H */
