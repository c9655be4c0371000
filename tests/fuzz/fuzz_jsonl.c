/* SPDX-License-Identifier: MIT */
/* Lines of any JSON: the records that are made of them can be decoded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/jsonl.h"
#include "import/jsonl.h"
#include "record/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLE_BYTES (17 << 20) /* a line has at most 16 MiB */

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

/* The same bytes as a file, which may end in a line that is too long: what comes out of it
 * can be decoded. */
static void check_file(struct decoder *decoder, const uint8_t *data, size_t size, bool hole)
{
	int fd = memfd_create("lines", MFD_CLOEXEC), got;
	struct vigil_header *record;
	struct vigil_statistics statistics = { 0 };
	struct vigil_error error;
	struct source *source;
	struct vigil_event event;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    (hole && ftruncate(fd, HOLE_BYTES) < 0) ||
	    source_open_jsonl(&source, "/", &error) == VIGIL_OK ||
	    source_open_jsonl(&source, path, &error) < 0)
		abort();
	close(fd);
	while (!source->ops->at_end(source)) {
		got = source->ops->next(source, &record);
		if (got > 0 && decode(decoder, record, record->size, &event, NULL) < 0)
			abort();
		if (got < 0 && !*source->error.text)
			abort();
		if (got == 0)
			source->ops->wait(source, 0);
	}
	if (source->ops->fd(source) < 0 || strcmp(source->ops->backend(source), "json") != 0)
		abort();
	source->ops->statistics(source, &statistics);
	source->ops->close(source);
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
	memset(jsonl->known, 0, sizeof(jsonl->known));
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
	if (size % 4 == 1)
		check_file(&decoder, data, size, size % 64 == 1);
	decoder_close(&decoder);
	return 0;
}
