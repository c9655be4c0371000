/* SPDX-License-Identifier: MIT */
#include "record/rewrite.h"

#include <string.h>

void rewrite_begin(struct rewrite *r, void *to, const struct vigil_header *record)
{
	*r = (struct rewrite){ .to = to, .size = record->fixed };
	memcpy(to, record, record->fixed);
}

void rewrite_part(struct rewrite *r, const struct vigil_part *part, const void *value)
{
	size_t plain = sizeof *part + part->length, padded = (plain + 7) & ~(size_t)7;

	if (r->full || part->length > VIGIL_RECORD_MAX || padded > VIGIL_RECORD_MAX - r->size) {
		r->full = true;
		return;
	}
	memcpy(r->to + r->size, part, sizeof *part);
	if (part->length)
		memcpy(r->to + r->size + sizeof *part, value, part->length);
	memset(r->to + r->size + plain, 0, padded - plain);
	r->size += padded;
}

struct vigil_header *rewrite_end(const struct rewrite *r)
{
	struct vigil_header *record = (void *)r->to;

	if (r->full)
		return NULL;
	record->size = (uint32_t)r->size;
	return record;
}

const struct vigil_part *rewrite_walk(const struct vigil_header *record, size_t *at)
{
	const struct vigil_part *part = (const void *)((const uint8_t *)record + *at);
	size_t left = record->size - *at;

	if (left < sizeof *part || part->length > left - sizeof *part)
		return NULL;
	*at += (sizeof *part + part->length + 7) & ~(size_t)7;
	return *at <= record->size ? part : NULL;
}
