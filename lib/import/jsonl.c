/* SPDX-License-Identifier: MIT */
/* jsonl.c - records from Vigil's JSON, one object per line: a file, or standard input as it
 * arrives. */
#include "import/jsonl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/input.h"
#include "os/os.h"
#include "record/source_count.h"

#define LINE_MAX (16u << 20) /* bytes; the longest record makes a much shorter line */
#define CHUNK    (256u << 10)

struct jsonl_source {
	struct source base;
	int fd;
	const char *name; /* for messages */
	struct jsonl *jsonl;
	struct json_reader *reader;
	int next; /* index in jsonl->record */
	char *data;
	size_t at, end, searched, capacity;
	uint64_t line;
	bool ended;
	uint64_t delivered[VIGIL_TYPE_MAX];
	uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX];
	char path[];
};

/* Reads what is available. 1: something, or the end; 0: nothing yet; negative: failed. */
static int fill(struct jsonl_source *s)
{
	ptrdiff_t got;

	if (os_wait_input(s->fd, 0) == 0)
		return 0;
	if (s->at > 0) {
		memmove(s->data, s->data + s->at, s->end - s->at);
		s->end -= s->at;
		s->searched -= s->at;
		s->at = 0;
	}
	if (s->capacity - s->end < CHUNK) {
		size_t capacity = 2 * s->capacity + CHUNK;
		char *grown = realloc(s->data, capacity);

		if (!grown)
			return vigil_fail(&s->base.error, VIGIL_ERROR_MEMORY, "no memory");
		s->data = grown;
		s->capacity = capacity;
	}
	got = os_read(s->fd, s->data + s->end, s->capacity - s->end);
	if (got < 0 && errno != EAGAIN && errno != EINTR) {
		s->ended = true;
		return vigil_fail(&s->base.error, VIGIL_ERROR_SYSTEM, "cannot read %s: %s", s->name,
				  strerror(errno));
	}
	if (got == 0)
		s->ended = true;
	s->end += got > 0 ? (size_t)got : 0;
	return got != -1;
}

/* Removes spaces around a line, and the byte-order mark before the first one. */
static void trim(const struct jsonl_source *s, const char **line, size_t *length)
{
	size_t from = s->line == 1 && *length >= 3 && memcmp(*line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (from < *length && strchr(" \t\r", (*line)[from]) && (*line)[from])
		from++;
	*line += from;
	*length -= from;
	while (*length > 0 && strchr(" \t\r", (*line)[*length - 1]) && (*line)[*length - 1])
		--*length;
}

/* Gets the next line without its end. 1: a line; 0: none yet, or no more; negative: failed. */
static int next_line(struct jsonl_source *s, const char **line, size_t *length)
{
	for (;;) {
		char *newline = s->end > s->searched
				    ? memchr(s->data + s->searched, '\n', s->end - s->searched)
				    : NULL;
		int got;

		if (newline || (s->ended && s->end > s->at)) {
			*line = s->data + s->at;
			*length = (newline ? (size_t)(newline - s->data) : s->end) - s->at;
			s->at += *length + (newline != NULL);
			s->searched = s->at;
			s->line++;
			trim(s, line, length);
			return 1;
		}
		s->searched = s->end;
		if (s->ended)
			return 0;
		if (s->end - s->at > LINE_MAX) {
			s->at = s->searched = s->end;
			return vigil_fail(&s->base.error, VIGIL_ERROR_FORMAT,
					  "line %llu of %s is longer than 16 MiB: it is no event",
					  (unsigned long long)s->line + 1, s->name);
		}
		got = fill(s);
		if (got <= 0)
			return got;
	}
}

static enum vigil_code convert(struct jsonl_source *s, const char *line, size_t length)
{
	struct vigil_error why = { VIGIL_ERROR_FORMAT, "it is no JSON object" };
	const struct json_value *object;
	enum vigil_code code = json_read_line(s->reader, line, length, &object, &why);

	if (code == VIGIL_OK)
		code = object->type == JSON_OBJECT ? jsonl_convert(s->jsonl, object, &why)
						   : VIGIL_ERROR_FORMAT;
	if (code < 0)
		return vigil_fail(&s->base.error, code, "line %llu of %s cannot be read: %s",
				  (unsigned long long)s->line, s->name, why.text);
	s->next = 1; /* 0 is the draft of the last record */
	return VIGIL_OK;
}

static int jsonl_next(struct source *base, struct vigil_header **out)
{
	struct jsonl_source *s = (struct jsonl_source *)base;

	while (s->next >= s->jsonl->count) {
		const char *line = NULL;
		size_t length = 0;
		int got = next_line(s, &line, &length);

		if (got <= 0)
			return got;
		if (length == 0)
			continue;
		s->jsonl->count = 0;
		got = convert(s, line, length);
		if (got < 0)
			return got;
	}
	*out = &s->jsonl->record[s->next++].header;
	source_count(*out, s->delivered, s->dropped);
	return 1;
}

static int jsonl_wait(struct source *base, int timeout_ms)
{
	struct jsonl_source *s = (struct jsonl_source *)base;

	return !s->ended && os_wait_input(s->fd, timeout_ms) != 0;
}

static int jsonl_fd(struct source *base)
{
	return ((struct jsonl_source *)base)->fd;
}

static void jsonl_statistics(struct source *base, struct vigil_statistics *out)
{
	struct jsonl_source *s = (struct jsonl_source *)base;

	source_counted(out, s->delivered, s->dropped);
}

static const char *jsonl_backend(struct source *base)
{
	(void)base;
	return "json";
}

static bool jsonl_at_end(struct source *base)
{
	struct jsonl_source *s = (struct jsonl_source *)base;

	return s->ended && s->at == s->end && s->next >= s->jsonl->count;
}

static void jsonl_close(struct source *base)
{
	struct jsonl_source *s = (struct jsonl_source *)base;

	if (s->fd > 2)
		os_close(s->fd);
	json_reader_close(s->reader);
	free(s->jsonl);
	free(s->data);
	free(s);
}

static const struct source_ops jsonl_ops = {
	.next = jsonl_next,
	.wait = jsonl_wait,
	.fd = jsonl_fd,
	.statistics = jsonl_statistics,
	.backend = jsonl_backend,
	.close = jsonl_close,
	.at_end = jsonl_at_end,
};

enum vigil_code source_open_jsonl(struct source **out, const char *path, struct vigil_error *error)
{
	bool standard = strcmp(path, "-") == 0;
	size_t length = strlen(path) + 1;
	struct vigil_error why;
	struct jsonl_source *s = calloc(1, sizeof(*s) + length);

	if (!s)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	s->base.ops = &jsonl_ops;
	memcpy(s->path, path, length);
	s->name = standard ? "standard input" : s->path;
	s->jsonl = jsonl_new();
	s->reader = json_reader_open();
	s->fd = standard ? 0 : input_open(path, INPUT_FILE_OR_PIPE, &why);
	if (!s->jsonl || !s->reader || s->fd < 0) {
		enum vigil_code code =
		    s->fd < 0 ? vigil_fail(error, why.code, "cannot open %s: %s", path, why.text)
			      : vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");

		jsonl_close(&s->base);
		return code;
	}
	*out = &s->base;
	return VIGIL_OK;
}
