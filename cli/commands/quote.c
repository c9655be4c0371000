/* SPDX-License-Identifier: MIT */
#include "quote.h"

#include <string.h>
#include <strings.h>

static bool is_plain(const char *text)
{
	return *text && !strpbrk(text, " \t\n\v\"");
}

static void put_many(struct vigil_buffer *line, char c, size_t count)
{
	while (count-- > 0)
		vigil_put_char(line, c);
}

/* Backslashes are literal, except before a quotation mark, including the closing one: there each is
 * doubled. */
static void put_quoted(struct vigil_buffer *line, const char *text)
{
	vigil_put_char(line, '"');
	for (;;) {
		size_t backslashes = strspn(text, "\\");

		text += backslashes;
		if (!*text) {
			put_many(line, '\\', 2 * backslashes);
			break;
		}
		put_many(line, '\\', *text == '"' ? 2 * backslashes + 1 : backslashes);
		vigil_put_char(line, *text++);
	}
	vigil_put_char(line, '"');
}

bool quote_arguments(struct vigil_buffer *line, char *const *argv)
{
	if (strchr(argv[0], '"'))
		return false;
	/* The program's name has no escapes. */
	put_many(line, '"', !is_plain(argv[0]));
	vigil_put(line, argv[0], strlen(argv[0]));
	put_many(line, '"', !is_plain(argv[0]));
	for (argv++; *argv; argv++) {
		vigil_put_char(line, ' ');
		if (is_plain(*argv))
			vigil_put(line, *argv, strlen(*argv));
		else
			put_quoted(line, *argv);
	}
	vigil_put_char(line, '\0');
	return !line->failed;
}

bool quote_is_batch(const char *program)
{
	size_t length = strlen(program);

	while (length > 0 && strchr(". ", program[length - 1])) /* Windows ignores these */
		length--;
	return length >= 4 && (strncasecmp(program + length - 4, ".bat", 4) == 0 ||
			       strncasecmp(program + length - 4, ".cmd", 4) == 0);
}
