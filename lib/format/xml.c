/* SPDX-License-Identifier: MIT */
#include "format/xml.h"

#include "core/unicode.h"

/* Writes &#9; and the like, so that a newline does not end the line and the reader does not replace
 * it with a space. Characters that XML 1.0 forbids become U+FFFD. */
static void put_character(struct vigil_buffer *b, const char *s, size_t length, uint32_t code)
{
	static const char *const ENTITIES[] = { "<&lt;", ">&gt;", "&&amp;", "\"&quot;", "'&apos;" };

	for (size_t i = 0; i < sizeof(ENTITIES) / sizeof(ENTITIES[0]); i++) {
		if (code == (unsigned char)ENTITIES[i][0]) {
			vigil_put_text(b, ENTITIES[i] + 1);
			return;
		}
	}
	if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
	    (code & 0xfffe) == 0xfffe) {
		vigil_put(b, "\xef\xbf\xbd", 3);
	} else if (unicode_class_of(code) == UNICODE_HIDDEN) {
		vigil_put(b, "&#", 2);
		vigil_put_unsigned(b, code);
		vigil_put_char(b, ';');
	} else {
		vigil_put(b, s, length);
	}
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '<' && c != '>' && c != '&' && c != '"' && c != '\'';
}

void vigil_put_xml(struct vigil_buffer *b, const char *s, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t run = i;
		uint32_t code;
		int step;

		while (run < length && is_plain((unsigned char)s[run]))
			run++;
		vigil_put(b, s + i, run - i);
		if (run == length)
			return;
		step = vigil_utf8_step(s + run, length - run, &code);
		if (step < 0)
			vigil_put(b, "\xef\xbf\xbd", 3);
		else
			put_character(b, s + run, (size_t)step, code);
		i = run + (size_t)(step < 0 ? -step : step);
	}
}
