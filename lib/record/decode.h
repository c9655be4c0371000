/* SPDX-License-Identifier: MIT */
/* decode.h - checks a record and makes an event of it. Nothing in the record is trusted. */
#ifndef VIGIL_RECORD_DECODE_H
#define VIGIL_RECORD_DECODE_H

#include <vigil/vigil.h>

/* The arrays that an event's part, part_origin and part_flags point to. */
struct event_parts {
	struct vigil_string value[VIGIL_PART_MAX];
	uint8_t source[VIGIL_PART_MAX];
	uint8_t flags[VIGIL_PART_MAX];
};

/* Makes all of them empty, and makes the event point to them. */
void event_use_parts(struct vigil_event *event, struct event_parts *parts);

/* Memory for strings that cannot be used in place in the record. */
struct decoder {
	char *text;
	size_t used, capacity;
	struct event_parts parts;
	uint32_t present; /* the parts of the last record, a bit for each kind */
};

int decoder_open(struct decoder *decoder); /* 0 or -1: no memory */
void decoder_close(struct decoder *decoder);

/*
 * Fills event from the record in `size` bytes at `record`: record, body, parts. The process table
 * adds the processes. The event points into the record and the decoder: it is valid until the next
 * call, as long as the record is.
 */
enum vigil_code decode(struct decoder *decoder, const void *record, size_t size,
		       struct vigil_event *event, struct vigil_error *error);

/* Size of a type's body in bytes: the minimum that each of its records has, and the longest that
 * this version knows. 0: an unknown type. */
size_t decode_body_size(uint16_t type);
size_t decode_longest_body_size(uint16_t type);

/* Returns whether a part of this kind is text in the record's encoding. */
bool decode_is_text(uint16_t kind);

#endif /* VIGIL_RECORD_DECODE_H */
