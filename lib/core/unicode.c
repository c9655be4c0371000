/* SPDX-License-Identifier: MIT */
#include "core/unicode.h"

#include <string.h>

#include "core/bytes.h"
#include "core/unicode_table.h"

enum unicode_class unicode_class_of(uint32_t code)
{
	size_t low = 0, high = sizeof(UNICODE_RANGES) / sizeof(UNICODE_RANGES[0]);

	if (code >= 0x110000)
		return UNICODE_HIDDEN;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (UNICODE_RANGES[middle] >> 2 <= code)
			low = middle;
		else
			high = middle;
	}
	return (enum unicode_class)(UNICODE_RANGES[low] & 3);
}

static void escape_byte(struct unicode_shown *shown, unsigned byte)
{
	memcpy(shown->text, "\\x", 2);
	vigil_format_hex(shown->text + 2, byte, 2);
	shown->columns = shown->length = 4;
}

void unicode_escape(struct unicode_shown *shown, uint32_t code)
{
	static const char SHORT[] = "\a\aa\b\bb\t\tt\n\nn\v\vv\f\ff\r\rr";
	const char *found = code != 0 && code < 0x20 ? strchr(SHORT, (int)code) : NULL;
	unsigned digits = code < 0x10000 ? 4 : 8;

	if (found || code == '\\' || code == '\'') {
		shown->text[0] = '\\';
		shown->text[1] = found ? found[2] : (char)code;
		shown->columns = shown->length = 2;
		return;
	}
	if (code < 0x80) {
		escape_byte(shown, code);
		return;
	}
	shown->text[0] = '\\';
	shown->text[1] = code < 0x10000 ? 'u' : 'U';
	vigil_format_hex(shown->text + 2, code, digits);
	shown->columns = shown->length = 2 + digits;
}

void unicode_show(struct unicode_shown *shown, const char *s, size_t length, unsigned *marks)
{
	enum unicode_class class;
	uint32_t code;
	int step = vigil_utf8_step(s, length, &code);

	if (step < 0) {
		shown->step = 1;
		escape_byte(shown, (unsigned char)s[0]);
		*marks = 0;
		return;
	}
	shown->step = (unsigned)step;
	class = unicode_class_of(code);
	if (class == UNICODE_HIDDEN || (class == UNICODE_MARK && *marks == 0)) {
		unicode_escape(shown, code);
		*marks = 0;
		return;
	}
	shown->length = 0;
	shown->columns = class == UNICODE_WIDE ? 2 : class == UNICODE_NARROW ? 1 : 0;
	*marks = class == UNICODE_MARK ? *marks - 1 : UNICODE_MARKS_MAX;
}
