/* SPDX-License-Identifier: MIT */
#include "core/message.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "core/bytes.h"
#include "core/unicode.h"

#define WIDTH_MAX 200

struct message {
	char *to;
	size_t size, length; /* size: of the memory at `to`; length: of the whole message */
	size_t kept;         /* bytes in `to` */
	bool full;           /* nothing more is kept: a gap would change the meaning */
};

/* A conversion specification: what follows a % sign. */
struct conversion {
	char flags[8];
	int width, precision; /* -1: none */
	bool left;
	char length; /* 0, 'H' for hh, 'h', 'l', 'L' for ll, 'j', 'z', 't' */
	char letter;
};

/* Appends bytes that must not be separated. */
static void append_bytes(struct message *m, const char *bytes, size_t length)
{
	m->length += length;
	if (m->full || length >= m->size - m->kept) {
		m->full = true;
		return;
	}
	memcpy(m->to + m->kept, bytes, length);
	m->kept += length;
}

static void add_spaces(struct message *m, int count)
{
	for (; count > 0; count--)
		append_bytes(m, " ", 1);
}

/* Appends foreign bytes with escapes; !m: only counts. Returns the columns. */
static int add_foreign(struct message *m, const char *s, size_t length)
{
	unsigned marks = 0;
	int columns = 0;

	for (size_t i = 0; i < length;) {
		struct unicode_shown shown;

		unicode_show(&shown, s + i, length - i, &marks);
		if (m)
			append_bytes(m, shown.length ? shown.text : s + i,
				     shown.length ? shown.length : shown.step);
		columns += (int)shown.columns;
		i += shown.step;
	}
	return columns;
}

static void add_string(struct message *m, const struct conversion *c, const char *s)
{
	size_t length;

	if (!s)
		s = "(null)";
	length = c->precision < 0 ? strlen(s) : strnlen(s, (size_t)c->precision);
	if (c->width > 0 && !c->left)
		add_spaces(m, c->width - add_foreign(NULL, s, length));
	length = (size_t)add_foreign(m, s, length);
	if (c->left)
		add_spaces(m, c->width - (int)length);
}

static bool is_surrogate(uint32_t unit, uint32_t first)
{
	return (unit & 0xfffffc00u) == first;
}

/* Windows: UTF-16. */
static void add_wide(struct message *m, const wchar_t *s)
{
	for (; *s; s++) {
		uint32_t code = (uint32_t)*s;
		char utf8[4];

		if (is_surrogate(code, 0xd800) && is_surrogate((uint32_t)s[1], 0xdc00))
			code = 0x10000 + ((code & 0x3ff) << 10) + ((uint32_t) * ++s & 0x3ff);
		add_foreign(m, utf8, vigil_utf8_write(utf8, code));
	}
}

/* ---- numbers ---- */

static intmax_t take_signed(char length, va_list *arguments)
{
	switch (length) {
	case 'l':
		return va_arg(*arguments, long);
	case 'L':
		return va_arg(*arguments, long long);
	/* NOLINTNEXTLINE(bugprone-branch-clone): elsewhere these are different types */
	case 'j':
		return va_arg(*arguments, intmax_t);
	case 'z':
	case 't':
		return va_arg(*arguments, ptrdiff_t);
	default:
		return va_arg(*arguments, int);
	}
}

static uintmax_t take_unsigned(char length, va_list *arguments)
{
	switch (length) {
	case 'l':
		return va_arg(*arguments, unsigned long);
	case 'L':
		return va_arg(*arguments, unsigned long long);
	/* NOLINTNEXTLINE(bugprone-branch-clone): elsewhere these are different types */
	case 'j':
		return va_arg(*arguments, uintmax_t);
	case 'z':
	case 't':
		return va_arg(*arguments, size_t);
	case 'H':
		return (unsigned char)va_arg(*arguments, unsigned);
	case 'h':
		return (unsigned short)va_arg(*arguments, unsigned);
	default:
		return va_arg(*arguments, unsigned);
	}
}

static void add_number(struct message *m, const struct conversion *c, va_list *arguments)
{
	char format[24], text[WIDTH_MAX + 400]; /* a double has up to 310 digits */
	const char *length = c->letter == 'f' ? "" : "j";
	int n;

	snprintf(format, sizeof(format), "%%%s*.*%s%c", c->flags, length, c->letter);
	if (c->letter == 'f')
		n = snprintf(text, sizeof(text), format, c->width, c->precision,
			     va_arg(*arguments, double));
	else if (c->letter == 'd' || c->letter == 'i')
		n = snprintf(text, sizeof(text), format, c->width, c->precision,
			     take_signed(c->length, arguments));
	else
		n = snprintf(text, sizeof(text), format, c->width, c->precision,
			     take_unsigned(c->length, arguments));
	append_bytes(m, text, n > 0 && (size_t)n < sizeof(text) ? (size_t)n : 0);
}

/* ---- formats ---- */

/* Reads a number of the format, or the argument that `*` stands for. */
static int take_count(const char **format, va_list *arguments)
{
	int number = 0;

	if (**format == '*') {
		(*format)++;
		number = va_arg(*arguments, int);
	} else {
		for (; **format >= '0' && **format <= '9'; (*format)++)
			if (number <= WIDTH_MAX * 100)
				number = number * 10 + (**format - '0');
	}
	return number;
}

static const char *parse_conversion(struct conversion *c, const char *format, va_list *arguments)
{
	size_t flags = strspn(format, "-+ 0#");

	*c = (struct conversion){ .precision = -1 };
	memcpy(c->flags, format, flags < sizeof(c->flags) ? flags : 0);
	c->left = strchr(c->flags, '-');
	format += flags;
	c->width = take_count(&format, arguments);
	if (c->width < 0) {
		c->left = true;
		c->width = -c->width;
	}
	if (c->width > WIDTH_MAX)
		c->width = WIDTH_MAX;
	if (*format == '.') {
		format++;
		c->precision = take_count(&format, arguments);
	}
	if (*format && strchr("hljzt", *format))
		c->length = *format++;
	if ((c->length == 'h' || c->length == 'l') && *format == c->length) {
		c->length = c->length == 'h' ? 'H' : 'L';
		format++;
	}
	c->letter = *format;
	return *format ? format + 1 : format;
}

static void add_conversion(struct message *m, const struct conversion *c, va_list *arguments)
{
	char letter;

	switch (c->letter) {
	case 's':
		if (c->length == 'l')
			add_wide(m, va_arg(*arguments, const wchar_t *));
		else
			add_string(m, c, va_arg(*arguments, const char *));
		break;
	case 'c':
		letter = (char)va_arg(*arguments, int);
		add_foreign(m, &letter, 1);
		break;
	case '%':
		append_bytes(m, "%", 1);
		break;
	case '\0': /* the format ends here: nothing to insert */
		break;
	default:
		add_number(m, c, arguments);
	}
}

size_t message_format(char *to, size_t size, const char *format, va_list arguments)
{
	struct message m = { .to = to, .size = size, .full = size == 0 };
	va_list rest;

	va_copy(rest, arguments);
	while (*format) {
		struct conversion c;

		if (*format != '%') {
			append_bytes(&m, format++, 1);
			continue;
		}
		format = parse_conversion(&c, format + 1, &rest);
		add_conversion(&m, &c, &rest);
	}
	va_end(rest);
	if (size)
		to[m.kept] = '\0';
	return m.length;
}
