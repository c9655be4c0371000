/* SPDX-License-Identifier: MIT */
/* rewrite.h - a record put together anew: its head as it was, its parts one by one. */
#ifndef VIGIL_RECORD_REWRITE_H
#define VIGIL_RECORD_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

struct rewrite {
	uint8_t *to;
	size_t size;
	bool full; /* would not fit into VIGIL_RECORD_MAX bytes */
};

/* to: VIGIL_RECORD_MAX bytes, aligned as a record. record->fixed was checked. */
void rewrite_begin(struct rewrite *rewrite, void *to, const struct vigil_header *record);

/* Adds a part. part->length bytes of value. */
void rewrite_part(struct rewrite *rewrite, const struct vigil_part *part, const void *value);

/* The record; NULL: it was too large. */
struct vigil_header *rewrite_end(const struct rewrite *rewrite);

/* The part at byte *at of a record, which moves on to the next one. NULL: *at was its
 * end, or what follows is damaged, and then *at is not record->size. */
const struct vigil_part *rewrite_walk(const struct vigil_header *record, size_t *at);

#endif /* VIGIL_RECORD_REWRITE_H */
