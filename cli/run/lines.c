/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

struct lines {
	struct lines *next;
	unsigned users;
	struct vigil_buffer key; /* what format it is */
	struct vigil_printer *printer;
	bool valid; /* this is what vigil_print() returned for the event of lines_begin(): */
	const char *line;
	size_t length;
};

static struct lines *all;
static const struct vigil_event *begun;

static void put_choice(struct vigil_buffer *key, const char *names)
{
	vigil_put_char(key, names ? '=' : '-');
	vigil_put_text(key, names ? names : "");
	vigil_put_char(key, '\0');
}

static void put_key(struct vigil_buffer *key, const struct line_format *format)
{
	vigil_put_unsigned(key, (uint64_t)format->format);
	vigil_put_char(key, format->utc ? 'u' : '-');
	vigil_put_char(key, format->choice.compact ? 'c' : '-');
	put_choice(key, format->choice.fields);
	put_choice(key, format->choice.omit);
}

/* Returns lines with this key; NULL: there are none. */
static struct lines *find_lines(const struct vigil_buffer *key)
{
	struct lines *lines = all;

	while (lines && (lines->key.length != key->length ||
			 memcmp(lines->key.data, key->data, key->length) != 0))
		lines = lines->next;
	return lines;
}

/* Takes the key. */
static struct lines *make_lines(const struct line_format *format, struct vigil_buffer *key)
{
	struct vigil_printer_options how = { .size = sizeof(how),
					     .format = format->format,
					     .utc = format->utc,
					     .fields = format->choice.fields,
					     .omit = format->choice.omit,
					     .compact = format->choice.compact };
	struct lines *made = calloc(1, sizeof(*made));

	if (made)
		made->printer = vigil_printer_new(&how);
	if (!made || !made->printer) {
		vigil_buffer_free(key);
		free(made);
		return NULL;
	}
	made->key = *key;
	made->next = all;
	all = made;
	return made;
}

struct lines *lines_open(const struct line_format *format)
{
	struct vigil_buffer key = { 0 };
	struct lines *lines;

	put_key(&key, format);
	lines = key.failed ? NULL : find_lines(&key);
	if (lines || key.failed)
		vigil_buffer_free(&key);
	else
		lines = make_lines(format, &key);
	if (lines)
		lines->users++;
	return lines;
}

void lines_close(struct lines *lines)
{
	struct lines **at = &all;

	if (!lines || --lines->users > 0)
		return;
	while (*at != lines)
		at = &(*at)->next;
	*at = lines->next;
	vigil_printer_free(lines->printer);
	vigil_buffer_free(&lines->key);
	free(lines);
}

void lines_begin(const struct vigil_event *event)
{
	begun = event;
	for (struct lines *lines = all; lines; lines = lines->next)
		lines->valid = false;
}

const char *lines_print(struct lines *lines, const struct vigil_event *event, size_t *length)
{
	if (!lines->valid || event != begun) {
		lines->line = vigil_print(lines->printer, event, &lines->length);
		lines->valid = event == begun;
	}
	*length = lines->length;
	return lines->line;
}

const char *lines_heading(struct lines *lines, size_t *length)
{
	lines->valid = false;
	return vigil_print_heading(lines->printer, length);
}
