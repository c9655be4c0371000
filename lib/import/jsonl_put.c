/* SPDX-License-Identifier: MIT */
#include "import/jsonl_put.h"

#include <string.h>

#include "core/bytes.h"
#include "record/builder.h"
#include "record/decode.h"
#include "record/names.h"
#include "record/subject.h"

struct vigil_header *jsonl_begin(struct jsonl *j, uint16_t type, uint8_t encoding)
{
	struct record_builder builder;

	builder_begin(&builder, &j->record[j->count++], VIGIL_RECORD_MAX, type, encoding);
	return builder_end(&builder);
}

/* Space reserved for marks: each kind of part may still be added, empty, with a mark. */
#define MARKS_BYTES (VIGIL_PART_MAX * (sizeof(struct vigil_part) + 8))

/* The number of bytes of value in UTF-16. */
static size_t wide_length(const char *value, size_t length)
{
	size_t bytes = 0;

	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		int step = vigil_utf8_step(value + i, length - i, &code);

		bytes += step > 0 && code >= 0x10000 ? 4 : 2;
		i += (size_t)(step > 0 ? step : -step);
	}
	return bytes;
}

/* The length of the longest prefix of value, in whole characters, that is certain to fit into
 * `space` bytes. */
static size_t cut_length(const char *value, size_t length, size_t space, bool wide)
{
	size_t most = wide ? space / 2 : space;

	if (length <= most)
		return length;
	while (most > 0 && ((unsigned char)value[most] & 0xc0) == 0x80)
		most--;
	return most;
}

void jsonl_put_part(struct vigil_header *record, uint16_t kind, uint8_t source, uint8_t flags,
		    const char *value, size_t length, uint64_t missing)
{
	bool wide = record->encoding == VIGIL_UTF16LE && decode_is_text(kind);
	size_t used = record->size + MARKS_BYTES;
	size_t space = used < VIGIL_RECORD_MAX ? VIGIL_RECORD_MAX - used : 0;
	size_t kept = cut_length(value, length, space, wide);
	struct record_builder builder;
	struct vigil_part *part;

	builder_resume(&builder, record, VIGIL_RECORD_MAX);
	part = builder_open(&builder, kind, source, wide ? 2 * kept : kept);
	if (!part)
		return; /* cannot happen: MARKS_BYTES */
	if (kept < length && kept == 0)
		flags |= VIGIL_PART_FLAG_UNREADABLE;
	missing += wide ? wide_length(value + kept, length - kept) : length - kept;
	if (wide)
		kept = vigil_utf8_to_utf16(part + 1, value, kept);
	else if (kept)
		memcpy(part + 1, value, kept);
	builder_close(&builder, part, kept);
	part->flags = missing ? flags | VIGIL_PART_FLAG_CUT : flags;
	part->original =
	    missing > VIGIL_UNKNOWN - kept ? VIGIL_UNKNOWN : (uint32_t)(kept + missing);
	builder_end(&builder);
}
