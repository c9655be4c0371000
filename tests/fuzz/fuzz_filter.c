/* SPDX-License-Identifier: MIT */
/*
 * Conditions of any bytes, then records for them to match. The input: lines of
 * "key value", a NUL, records.
 */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINE_MAX_BYTES 4096

/* Every line but the empty ones; what is no condition is refused with a reason. */
static void add_conditions(struct vigil_filter *filter, const char *at, size_t left)
{
	while (left > 0) {
		const char *end = memchr(at, '\n', left);
		size_t length = end ? (size_t)(end - at) : left;
		struct vigil_error error = { VIGIL_OK, "" };
		char line[LINE_MAX_BYTES], *value;

		if (length >= sizeof(line))
			return;
		memcpy(line, at, length);
		line[length] = '\0';
		value = strchr(line, ' ');
		if (value) {
			*value++ = '\0';
			if (vigil_filter_add(filter, line, value, &error) < 0 && !*error.text)
				abort();
		}
		at += length + (end != NULL);
		left -= length + (end != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	struct vigil_filter *filter = vigil_filter_new();
	struct stream stream;
	uint32_t types;

	if (!filter || !end) {
		vigil_filter_free(filter);
		return 0;
	}
	add_conditions(filter, (const char *)data, (size_t)(end - data));
	types = vigil_filter_types(filter);
	stream_open(&stream, end + 1, size - (size_t)(end - data) - 1, true);
	while (stream_next(&stream)) {
		uint32_t type = stream.event.record->type;

		/* What the sensor is not asked for must not be wanted. */
		if (vigil_filter_match(filter, &stream.event) && type < VIGIL_TYPE_MAX && type &&
		    !(types & VIGIL_TYPE_BIT(type)))
			abort();
	}
	stream_close(&stream);
	vigil_filter_free(filter);
	return 0;
}
