/* SPDX-License-Identifier: MIT */
/* json_string.c - copies eight bytes at a time as long as none needs an escape. */
#include "core/json_string.h"

#include "core/unicode.h"

#define EACH(byte) (0x0101010101010101u * (byte))

/* Whether eight bytes are ASCII that needs no escape in JSON. Each term sets the high bit of a
 * byte that is 0 after the subtraction's borrow or the xor. */
static inline bool is_plain(uint64_t x)
{
	uint64_t quote = x ^ EACH(0x22u), backslash = x ^ EACH(0x5cu), del = x ^ EACH(0x7fu);
	uint64_t low = x - EACH(0x20u);

	return ((x | low | (quote - EACH(1u)) | (backslash - EACH(1u)) | (del - EACH(1u))) &
		EACH(0x80u)) == 0;
}

static char *write_unit(char *to, uint32_t unit)
{
	*to++ = '\\';
	*to++ = 'u';
	vigil_format_hex(to, unit, 4);
	return to + 4;
}

static char *write_escape(char *to, uint32_t code)
{
	static const char SHORT[] = "\b\bb\t\tt\n\nn\f\ff\r\rr";
	const char *found = code < 0x20 && code != 0 ? strchr(SHORT, (int)code) : NULL;

	if (code >= 0x10000)
		return write_unit(write_unit(to, 0xd800 + ((code - 0x10000) >> 10)),
				  0xdc00 + (code & 0x3ff));
	if (!found && code != '"' && code != '\\')
		return write_unit(to, code);
	*to++ = '\\';
	*to++ = found ? found[2] : (char)code;
	return to;
}

/* Writes one character that is not plain ASCII. Control characters and invisible characters are
 * escaped too, which does not change the value of the string. */
static char *write_character(char *to, const char **from, const char *end, bool *valid)
{
	uint32_t code = 0;
	int step = vigil_utf8_step(*from, (size_t)(end - *from), &code);

	if (step < 0) {
		*valid = false;
		memcpy(to, "\xef\xbf\xbd", 3);
		*from -= step;
		return to + 3;
	}
	if (code == '"' || code == '\\' || unicode_class_of(code) == UNICODE_HIDDEN) {
		to = write_escape(to, code);
	} else {
		memcpy(to, *from, (size_t)step);
		to += step;
	}
	*from += step;
	return to;
}

static inline bool is_plain_byte(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Copies 4 to 7 bytes as two overlapping groups of four. Returns false if a byte needs an
 * escape. */
static inline bool copy_few(char *to, const char *from, size_t length)
{
	uint32_t first, last;

	memcpy(&first, from, 4);
	memcpy(&last, from + length - 4, 4);
	if (!is_plain(first | (uint64_t)last << 32))
		return false;
	memcpy(to, &first, 4);
	memcpy(to + length - 4, &last, 4);
	return true;
}

bool vigil_put_json(struct vigil_buffer *b, const char *from, size_t length)
{
	const char *end = from + length;
	bool valid = true;
	char *to;

	/* In the worst case each byte becomes \u0001. */
	if (length > SIZE_MAX / 8 || !vigil_buffer_reserve(b, 6 * length + 10))
		return true;
	to = b->data + b->length;
	*to++ = '"';
	for (;;) {
		uint64_t eight;
		size_t left;

		while (end - from >= 8 && (memcpy(&eight, from, 8), is_plain(eight))) {
			memcpy(to, from, 8);
			to += 8;
			from += 8;
		}
		left = (size_t)(end - from);
		if (left >= 4 && left < 8 && copy_few(to, from, left)) {
			to += left;
			break;
		}
		while (from < end && is_plain_byte((unsigned char)*from))
			*to++ = *from++;
		if (from == end)
			break;
		to = write_character(to, &from, end, &valid);
	}
	*to++ = '"';
	b->length = (size_t)(to - b->data);
	return valid;
}
