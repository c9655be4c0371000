/* SPDX-License-Identifier: MIT */
/* Lines of any JSON: the records that are made of them can be decoded. */
#include <stdlib.h>
#include <string.h>

#include "model/decode.h"
#include "source/jsonl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct decoder *decoder, const struct jsonl *jsonl)
{
	for (int i = 1; i < jsonl->count; i++) {
		const struct vigil_header *record = &jsonl->record[i].header;
		struct vigil_event event;
		/* In memory of just its size: a read beyond is seen. */
		void *copy = malloc(record->size);

		memcpy(copy, record, record->size);
		if (decode(decoder, copy, record->size, &event, NULL) < 0)
			abort();
		free(copy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_reader *reader; /* opened once: that takes longer than a line */
	static struct jsonl *jsonl;
	struct decoder decoder;
	const char *line = (const char *)data, *end = line + size;

	if (!reader) {
		reader = json_reader_open();
		jsonl = jsonl_new();
	}
	if (!reader || !jsonl || decoder_open(&decoder) < 0)
		abort();
	memset(jsonl->known, 0, sizeof jsonl->known);
	jsonl->started = false;
	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);
		const struct json_value *object;

		if (json_read_line(reader, line, length, &object, NULL) == VIGIL_OK &&
		    object->type == JSON_OBJECT && jsonl_convert(jsonl, object, NULL) == VIGIL_OK)
			check(&decoder, jsonl);
		line += length + 1;
	}
	decoder_close(&decoder);
	return 0;
}
