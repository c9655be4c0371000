/* SPDX-License-Identifier: MIT */
#include "record/builder.h"

#include <string.h>

#include "record/decode.h"
#include "record/schema.h"

/* ---- bodies in which everything is unknown ---- */

#define UNKNOWN_NUMBER(member, unknown) .member = (unknown),
#define UNKNOWN_PROCESS \
	{ \
		SCHEMA_NUMBERS(UNKNOWN_NUMBER) \
	}
#define UNKNOWN_CRED \
	{ \
		.uid = VIGIL_UNKNOWN, .gid = VIGIL_UNKNOWN, .euid = VIGIL_UNKNOWN, \
		.egid = VIGIL_UNKNOWN, .suid = VIGIL_UNKNOWN, .sgid = VIGIL_UNKNOWN, \
		.fsuid = VIGIL_UNKNOWN, .fsgid = VIGIL_UNKNOWN \
	}

static const struct vigil_process_body unknown_vigil_process_body = UNKNOWN_PROCESS;
static const struct vigil_denied_body unknown_vigil_denied_body = { .process = UNKNOWN_PROCESS };
static const struct vigil_exit_body unknown_vigil_exit_body;
static const struct vigil_thread_body unknown_vigil_thread_body = { .ns_tid = VIGIL_UNKNOWN };
static const struct vigil_thread_end_body unknown_vigil_thread_end_body = { .thread.ns_tid =
										VIGIL_UNKNOWN };
static const struct vigil_image_body unknown_vigil_image_body = { .signature_level = 0xff,
								  .signature_type = 0xff };
static const struct vigil_access_body unknown_vigil_access_body;
static const struct vigil_credentials_body unknown_vigil_credentials_body = { UNKNOWN_CRED,
									      UNKNOWN_CRED };
static const struct vigil_exec_failed_body unknown_vigil_exec_failed_body;
static const struct vigil_alert_body unknown_vigil_alert_body;
static const struct vigil_lost_by_body unknown_vigil_lost_by_body;
static const struct vigil_snapshot_body unknown_vigil_snapshot_body;
static const struct vigil_status_body unknown_vigil_status_body;

static const void *const UNKNOWN_BODIES[VIGIL_TYPE_MAX] = {
#define BODY_OF(argument, type, body, longest, ...) [SCHEMA_TYPE(type)] = &unknown_##longest,
	SCHEMA_TYPES(BODY_OF, )
#undef BODY_OF
};

/* ---- records ---- */

void *builder_begin(struct record_builder *builder, void *to, size_t capacity, uint16_t type,
		    uint8_t encoding)
{
	struct vigil_header *header = to;
	size_t body = decode_longest_body_size(type), size = sizeof(*header) + body;

	*builder = (struct record_builder){ .to = to, .size = size, .capacity = capacity };
	if (size > capacity) {
		builder->full = true;
		return NULL;
	}
	*header = (struct vigil_header){ .size = (uint32_t)size,
					 .type = type,
					 .fixed = (uint16_t)size,
					 .version = VIGIL_RECORD_VERSION,
					 .encoding = encoding,
					 .cpu = 0xffff };
	if (body)
		memcpy(header + 1, UNKNOWN_BODIES[type], body);
	return header + 1;
}

void builder_begin_copy(struct record_builder *builder, void *to, size_t capacity,
			const struct vigil_header *record)
{
	*builder = (struct record_builder){ .to = to,
					    .size = record->fixed,
					    .capacity = capacity,
					    .full = record->fixed > capacity };
	if (!builder->full)
		memcpy(to, record, record->fixed);
}

void builder_resume(struct record_builder *builder, struct vigil_header *record, size_t capacity)
{
	*builder = (struct record_builder){ .to = (uint8_t *)record,
					    .size = record->size,
					    .capacity = capacity };
}

void builder_begin_parts(struct record_builder *builder, void *to, size_t capacity)
{
	*builder = (struct record_builder){ .to = to, .capacity = capacity };
}

struct vigil_header *builder_end(const struct record_builder *builder)
{
	struct vigil_header *header = (void *)builder->to;

	if (builder->full)
		return NULL;
	header->size = (uint32_t)builder->size;
	return header;
}

/* ---- parts ---- */

struct vigil_part *builder_open(struct record_builder *builder, uint16_t kind, uint8_t source,
				size_t space)
{
	struct vigil_part *part = (void *)(builder->to + builder->size);

	if (builder->full || space > VIGIL_RECORD_MAX ||
	    part_size(space) > builder->capacity - builder->size) {
		builder->full = true;
		return NULL;
	}
	*part = (struct vigil_part){ .kind = kind, .source = source };
	return part;
}

void builder_close(struct record_builder *builder, struct vigil_part *part, size_t length)
{
	size_t size = part_size(length);

	part->length = part->original = (uint32_t)length;
	memset((uint8_t *)(part + 1) + length, 0, size - sizeof(*part) - length);
	builder->size += size;
}

struct vigil_part *builder_add(struct record_builder *builder, uint16_t kind, uint8_t source,
			       const void *value, size_t length)
{
	struct vigil_part *part = builder_open(builder, kind, source, length);

	if (!part)
		return NULL;
	if (length)
		memcpy(part + 1, value, length);
	builder_close(builder, part, length);
	return part;
}

void builder_add_copy(struct record_builder *builder, const struct vigil_part *part,
		      const void *value)
{
	struct vigil_part *copy =
	    builder_add(builder, part->kind, part->source, value, part->length);

	if (copy)
		*copy = *part;
}
