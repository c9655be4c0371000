/* SPDX-License-Identifier: MIT */
/*
 * builder.h - makes a record in the caller's memory: header and body, then the parts in order.
 *
 * All records that user space makes are made here: only this file knows how a part is padded and
 * how an unknown value is stored in a body. Nothing is allocated. What does not fit is omitted, and
 * builder_end() reports that.
 */
#ifndef VIGIL_RECORD_BUILDER_H
#define VIGIL_RECORD_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

#include "record/parts.h"

struct record_builder {
	uint8_t *to;
	size_t size, capacity; /* bytes; capacity is at most VIGIL_RECORD_MAX */
	bool full;             /* something did not fit */
};

/* Begins a record in `capacity` bytes at `to`, which is aligned to 8: a header without time and
 * actor, and the longest body of the type, in which every value is unknown. Returns the body; NULL:
 * it does not fit. A type that is not in the schema has no body. */
void *builder_begin(struct record_builder *builder, void *to, size_t capacity, uint16_t type,
		    uint8_t encoding);

/* Begins with a copy of another record's header and body. record->fixed must have been checked. */
void builder_begin_copy(struct record_builder *builder, void *to, size_t capacity,
			const struct vigil_header *record);

/* Continues an existing record: the next part follows its last one. */
void builder_resume(struct record_builder *builder, struct vigil_header *record, size_t capacity);

/* Begins a sequence of parts without a record; builder->size is their size in bytes. */
void builder_begin_parts(struct record_builder *builder, void *to, size_t capacity);

/* Adds a part and returns it, so that the caller can set flags and the original length; NULL: it
 * does not fit. source: enum vigil_part_origin. */
struct vigil_part *builder_add(struct record_builder *builder, uint16_t kind, uint8_t source,
			       const void *value, size_t length);

/* Adds a part with the properties of `part` and part->length bytes of value. */
void builder_add_copy(struct record_builder *builder, const struct vigil_part *part,
		      const void *value);

/* Opens a part of up to `space` bytes. The caller writes the value to part + 1, and builder_close()
 * then sets its length. NULL: it does not fit. */
struct vigil_part *builder_open(struct record_builder *builder, uint16_t kind, uint8_t source,
				size_t space);
void builder_close(struct record_builder *builder, struct vigil_part *part, size_t length);

/* Ends the record and returns it; NULL: something did not fit. */
struct vigil_header *builder_end(const struct record_builder *builder);

#endif /* VIGIL_RECORD_BUILDER_H */
