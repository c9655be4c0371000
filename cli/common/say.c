/* SPDX-License-Identifier: MIT */
/*
 * say.c - prints all messages of the command. The only other output in cli/ is events (output.h),
 * rows (rows.h) and screens (screen.h); a test checks this.
 */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/message.h"

/* Write in one call: Windows' console cannot print part of a character. */
static void write_message(int fd, const char *text)
{
	cli_print_failed();
	os_write_all(fd, text, strlen(text));
}

static struct {
	char *to; /* NULL: not asked for */
	size_t size;
} kept;

void cli_keep_last(char *to, size_t size)
{
	kept.to = to;
	kept.size = size;
	if (to)
		*to = '\0';
}

VIGIL_PRINTF(2, 0)
static void say(const char *before, const char *format, va_list arguments, const char *after)
{
	char text[8192];
	size_t size = sizeof(text) - strlen(after) - 1;
	size_t length = (size_t)snprintf(text, size, "%s", before);

	message_format(text + length, size - length, format, arguments);
	if (kept.to)
		snprintf(kept.to, kept.size, "%.*s", (int)strcspn(text + length, "\n"),
			 text + length);
	length = strlen(text);
	snprintf(text + length, sizeof(text) - length, "%s\n", after);
	write_message(STDERR_FILENO, text);
}

void cli_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("vigil: ", format, arguments, "");
	va_end(arguments);
}

int cli_usage(const char *command, const char *format, ...)
{
	char before[64], after[64];
	va_list arguments;

	snprintf(before, sizeof(before), "vigil %s: ", command);
	snprintf(after, sizeof(after), "\nTry `vigil %s --help`.", command);
	va_start(arguments, format);
	say(before, format, arguments, after);
	va_end(arguments);
	return EXIT_USAGE;
}

static int print_failure; /* errno of the first one; 0: none */

static void note_failure(void)
{
	if (ferror(stdout) && !print_failure)
		print_failure = errno ? errno : EIO;
}

size_t cli_print_to(int fd, const char *format, ...)
{
	char small[1024], *text = small;
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = message_format(small, sizeof(small), format, arguments);
	va_end(arguments);
	if (length >= sizeof(small)) {
		text = malloc(length + 1);
		if (!text) {
			cli_say("no memory");
			return 0;
		}
		va_start(arguments, format);
		message_format(text, length + 1, format, arguments);
		va_end(arguments);
	}
	if (fd == STDOUT_FILENO)
		cli_print_own(text);
	else
		write_message(fd, text);
	if (text != small)
		free(text);
	return length;
}

void cli_print_bytes(const char *text, size_t length)
{
	fwrite(text, 1, length, stdout);
	note_failure();
}

void cli_print_own(const char *text)
{
	cli_print_bytes(text, strlen(text));
}

void cli_print_wrapped(const char *format, int left, int right, ...)
{
	char text[1024];
	va_list arguments;
	int column = left;

	va_start(arguments, right);
	message_format(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (const char *at = text; *at; at += strspn(at, " ")) {
		int word = (int)strcspn(at, " ");

		if (column > left && column + 1 + word > right) {
			cli_print("\n%*s", left, "");
			column = left;
		}
		column += (int)cli_print("%s%.*s", column > left ? " " : "", word, at);
		at += word;
	}
	cli_print_own("\n");
}

int cli_print_failed(void)
{
	fflush(stdout);
	note_failure();
	return print_failure;
}
