/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <string.h>
#include <unistd.h>

#include "os/os.h"

/* Draws a screen with one write, between marks that newer terminals use to update at once. Each
 * line erases only the rest of itself, so the screen is never blank in between. */
bool screen_show(const char *text, size_t length)
{
	static const char begin[] = "\x1b[?2026h\x1b[H", line[] = "\x1b[K\n";
	static const char end[] = "\x1b[K\x1b[J\x1b[?2026l";
	static char picture[256 << 10];
	size_t at = sizeof(begin) - 1;

	memcpy(picture, begin, at);
	for (size_t i = 0; i < length && at < sizeof(picture) - 64; i++) {
		if (text[i] != '\n') {
			picture[at++] = text[i];
		} else if (i + 1 < length) { /* after the last line it would scroll */
			memcpy(picture + at, line, sizeof(line) - 1);
			at += sizeof(line) - 1;
		}
	}
	memcpy(picture + at, end, sizeof(end) - 1);
	at += sizeof(end) - 1;
	return os_write_all(STDOUT_FILENO, picture, at) == 0;
}
