/* SPDX-License-Identifier: MIT */
#include "import/jsonl_put.h"

#include <string.h>

#include "core/bytes.h"
#include "import/jsonl_fields.h"
#include "record/decode.h"
#include "record/names.h"
#include "record/subject.h"

#define HEAD sizeof(struct vigil_header)

/* All that is not known by 0. */
static void clear_process(struct vigil_process *body)
{
	body->session = body->uid = body->gid = body->euid = body->egid = VIGIL_UNKNOWN;
	body->login_uid = body->integrity = body->ns_pid = VIGIL_UNKNOWN;
}

static void clear_credentials(struct vigil_credentials *body)
{
	memset(&body->before, 0xff, offsetof(struct vigil_cred, effective));
	memset(&body->after, 0xff, offsetof(struct vigil_cred, effective));
}

struct vigil_header *jsonl_begin(struct jsonl *j, uint16_t type, uint8_t encoding)
{
	struct vigil_header *record = &j->record[j->count++].header;
	size_t size = HEAD + decode_longest_body_size(type);

	memset(record, 0, size);
	*record = (struct vigil_header){ .size = (uint32_t)size,
					 .type = type,
					 .fixed = (uint16_t)size,
					 .version = VIGIL_RECORD_VERSION,
					 .encoding = encoding,
					 .cpu = 0xffff };
	if (vigil_type_bit(type) & VIGIL_TYPES_START)
		clear_process(jsonl_body(record));
	else if (type == VIGIL_PROCESS_DENIED)
		clear_process(&((struct vigil_denied *)jsonl_body(record))->process);
	else if (vigil_type_bit(type) & (VIGIL_TYPES_THREAD | VIGIL_TYPE_BIT(VIGIL_REMOTE_THREAD)))
		((struct vigil_thread *)jsonl_body(record))->ns_tid = VIGIL_UNKNOWN;
	else if (type == VIGIL_CREDENTIALS)
		clear_credentials(jsonl_body(record));
	else if (type == VIGIL_IMAGE_LOAD || type == VIGIL_DRIVER_LOAD)
		memset(&((struct vigil_image *)jsonl_body(record))->signature_level, 0xff, 2);
	return record;
}

/* Each kind of part may still come, empty, with a mark: for that there is always space. */
#define MARKS_BYTES (VIGIL_KIND_MAX * (sizeof(struct vigil_part) + 8))

/* How many bytes value takes in UTF-16. */
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

/* As much of value as surely fits into so many bytes, whole characters. */
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
	struct vigil_part *part = (void *)((uint8_t *)record + record->size);
	bool wide = record->encoding == VIGIL_UTF16LE && decode_is_text(kind);
	size_t used = record->size + MARKS_BYTES;
	size_t space = used < VIGIL_RECORD_MAX ? VIGIL_RECORD_MAX - used : 0;
	size_t kept = cut_length(value, length, space, wide);
	uint64_t original;

	if (VIGIL_RECORD_MAX - record->size < sizeof *part + 8)
		return; /* never: MARKS_BYTES */
	if (kept < length && kept == 0)
		flags |= VIGIL_PART_UNREADABLE;
	missing += wide ? wide_length(value + kept, length - kept) : length - kept;
	if (wide)
		kept = vigil_utf8_to_utf16(part + 1, value, kept);
	else if (kept)
		memcpy(part + 1, value, kept);
	original = kept + missing;
	*part = (struct vigil_part){ .kind = kind,
				     .source = source,
				     .flags = missing ? flags | VIGIL_PART_CUT : flags,
				     .length = (uint32_t)kept,
				     .original = original > VIGIL_UNKNOWN ? VIGIL_UNKNOWN
									  : (uint32_t)original };
	memset((uint8_t *)(part + 1) + kept, 0, 8);
	record->size += (uint32_t)((sizeof *part + kept + 7) & ~(size_t)7);
}
