/* SPDX-License-Identifier: MIT */
#include "text/line.h"

#include "core/unicode.h"

static const char *const STYLES[] = {
	[VIGIL_PLAIN] = "\x1b[0m", [VIGIL_DIM] = "\x1b[2m",    [VIGIL_BOLD] = "\x1b[1m",
	[VIGIL_RED] = "\x1b[31m",  [VIGIL_GREEN] = "\x1b[32m", [VIGIL_YELLOW] = "\x1b[33m",
	[VIGIL_BLUE] = "\x1b[34m", [VIGIL_CYAN] = "\x1b[36m",  [VIGIL_ALARM] = "\x1b[1;37;41m",
};

static const char ELLIPSIS[] = "\xe2\x80\xa6";

void vigil_line_begin(struct vigil_line *line, struct vigil_buffer *out, unsigned width, bool color)
{
	*line =
	    (struct vigil_line){ .out = out, .width = width, .mark = out->length, .color = color };
}

void vigil_line_end(struct vigil_line *line)
{
	/* A shortened line may lack the end of a style. */
	if (line->styled || (line->full && line->color))
		vigil_put_text(line->out, STYLES[VIGIL_PLAIN]);
	vigil_put_char(line->out, '\n');
}

void vigil_line_style(struct vigil_line *line, enum vigil_style style)
{
	if (!line->color || line->full || (style == VIGIL_PLAIN && !line->styled))
		return;
	if (line->styled && style != VIGIL_PLAIN)
		vigil_put_text(line->out, STYLES[VIGIL_PLAIN]);
	vigil_put_text(line->out, STYLES[style]);
	line->styled = style != VIGIL_PLAIN;
}

/* Adds bytes that take that many columns, or ends the line with the ellipsis. */
static void add_bytes(struct vigil_line *line, const char *bytes, size_t length, unsigned columns)
{
	if (line->full)
		return;
	if (line->width > 0 && line->column + columns > line->width) {
		line->out->length = line->mark;
		vigil_put(line->out, ELLIPSIS, sizeof(ELLIPSIS) - 1);
		line->full = true;
		return;
	}
	vigil_put(line->out, bytes, length);
	line->column += columns;
	if (line->column < line->width)
		line->mark = line->out->length;
}

/* Adds ASCII, one column per byte; all at once if it is certain to fit. */
static void add_ascii(struct vigil_line *line, const char *bytes, size_t length)
{
	if (line->width == 0 || line->column + length < line->width) {
		add_bytes(line, bytes, length, (unsigned)length);
		return;
	}
	for (size_t i = 0; i < length && !line->full; i++)
		add_bytes(line, bytes + i, 1, 1);
}

void vigil_line_text(struct vigil_line *line, const char *text)
{
	add_ascii(line, text, strlen(text));
}

void vigil_line_unsigned(struct vigil_line *line, uint64_t value)
{
	char text[VIGIL_DECIMAL_MAX];

	add_ascii(line, text, vigil_format_unsigned(text, value));
}

void vigil_line_hex(struct vigil_line *line, uint64_t value)
{
	char text[18] = "0x";
	unsigned digits = 1;

	while (digits < 16 && value >> (4 * digits) != 0)
		digits++;
	vigil_format_hex(text + 2, value, digits);
	add_ascii(line, text, 2 + digits);
}

void vigil_line_spaces(struct vigil_line *line, unsigned count)
{
	for (; count > 0 && !line->full; count--)
		add_bytes(line, " ", 1, 1);
}

void vigil_line_to(struct vigil_line *line, unsigned column)
{
	vigil_line_spaces(line, column > line->column ? column - line->column : 1);
}

/* Adds tenths as "12.3"; the digit after the point only if it is significant. */
static void add_tenths(struct vigil_line *line, uint64_t tenths, const char *unit)
{
	vigil_line_unsigned(line, tenths / 10);
	if (tenths < 1000) {
		vigil_line_text(line, ".");
		vigil_line_unsigned(line, tenths % 10);
	}
	vigil_line_text(line, unit);
}

static void add_two(struct vigil_line *line, uint64_t big, const char *unit, uint64_t small,
		    const char *small_unit)
{
	char digits[3] = "";

	vigil_line_unsigned(line, big);
	vigil_line_text(line, unit);
	vigil_format_padded(digits, small, 2);
	vigil_line_text(line, digits);
	vigil_line_text(line, small_unit);
}

void vigil_line_duration(struct vigil_line *line, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000;

	if (seconds == 0)
		add_tenths(line, ns / 100000, " ms");
	else if (seconds < 60)
		add_tenths(line, ns / 100000000, " s");
	else if (seconds < 3600)
		add_two(line, seconds / 60, "m", seconds % 60, "s");
	else if (seconds < 86400)
		add_two(line, seconds / 3600, "h", seconds / 60 % 60, "m");
	else
		add_two(line, seconds / 86400, "d", seconds / 3600 % 24, "h");
}

void vigil_line_size(struct vigil_line *line, uint64_t bytes)
{
	static const char *const UNITS[] = { " KiB", " MiB", " GiB", " TiB" };
	unsigned unit = 0;
	uint64_t size = bytes;

	if (bytes < 1024) {
		vigil_line_unsigned(line, bytes);
		vigil_line_text(line, " B");
		return;
	}
	for (; size >= (uint64_t)1024 * 1024 && unit < 3; unit++)
		size /= 1024;
	add_tenths(line, size / 1024 * 10 + size % 1024 * 10 / 1024, UNITS[unit]);
}

/* ---- bytes of an event ---- */

/* Adds the character at s and returns its size in bytes. In $'' quotes an apostrophe is escaped as
 * well. */
static size_t add_character(struct vigil_line *line, const char *s, size_t length, bool quoted,
			    unsigned *marks)
{
	struct unicode_shown shown;

	unicode_show(&shown, s, length, marks);
	if ((*s == '\\' && !line->windows) || (*s == '\'' && quoted))
		unicode_escape(&shown, (uint32_t)*s);
	add_bytes(line, shown.length > 0 ? shown.text : s,
		  shown.length > 0 ? shown.length : shown.step, shown.columns);
	return shown.step;
}

/* Printable ASCII except the characters that may need an escape. */
static bool is_simple(char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\' && c != '\'';
}

static void add_string(struct vigil_line *line, const char *s, size_t length, bool quoted)
{
	unsigned marks = 0;

	for (size_t i = 0; i < length && !line->full;) {
		size_t run = i;

		while (run < length && is_simple(s[run]))
			run++;
		if (run > i) {
			add_ascii(line, s + i, run - i);
			marks = UNICODE_MARKS_MAX;
		}
		i = run;
		if (run < length)
			i += add_character(line, s + run, length - run, quoted, &marks);
	}
}

/* The string is written as a separate line that ends earlier. */
void vigil_line_string(struct vigil_line *line, struct vigil_string s, unsigned columns)
{
	unsigned width = line->width;
	bool narrower = columns > 0 && (width == 0 || line->column + columns < width);

	if (line->full)
		return;
	if (narrower) {
		line->width = line->column + columns;
		line->mark = line->out->length;
	}
	add_string(line, s.data, s.length, false);
	if (narrower) {
		if (line->full)
			line->column = line->width;
		line->full = false;
		line->width = width;
		line->mark = line->out->length;
	}
}

/* ---- arguments ---- */

enum quoting {
	BARE,
	DOUBLE,
	SINGLE,
	ESCAPED
};

/* Characters without a meaning to a shell; ~ and = have one only at some positions. */
static bool is_shell_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("_@%+=:,./-", c);
}

static enum quoting quoting_of(const char *s, size_t length)
{
	bool apostrophe = false, special = false;
	enum quoting quoting = length == 0 ? SINGLE : BARE;
	unsigned marks = 0;

	for (size_t i = 0; i < length;) {
		struct unicode_shown shown;

		unicode_show(&shown, s + i, length - i, &marks);
		if (shown.length > 0)
			return ESCAPED;
		if (s[i] == '\'')
			apostrophe = true;
		else if (strchr("\"$`\\!", s[i]))
			special = true;
		if (shown.step == 1 && !is_shell_safe(s[i]))
			quoting = SINGLE;
		i += shown.step;
	}
	if (!apostrophe)
		return quoting;
	return special ? ESCAPED : DOUBLE;
}

/* Writes the bytes unchanged: none of them needs an escape. */
static void add_safe(struct vigil_line *line, const char *s, size_t length)
{
	unsigned marks = UNICODE_MARKS_MAX;

	for (size_t i = 0; i < length && !line->full;) {
		struct unicode_shown shown;
		size_t run = i;

		while (run < length && (unsigned char)s[run] < 0x80)
			run++;
		if (run > i)
			add_ascii(line, s + i, run - i);
		if (run == length)
			break;
		unicode_show(&shown, s + run, length - run, &marks);
		add_bytes(line, s + run, shown.step, shown.columns);
		i = run + shown.step;
	}
}

static void add_argument(struct vigil_line *line, const char *s, size_t length)
{
	static const char *const OPEN[] = { "", "\"", "'", "$'" };
	static const char *const CLOSE[] = { "", "\"", "'", "'" };
	enum quoting quoting = quoting_of(s, length);

	vigil_line_text(line, OPEN[quoting]);
	if (quoting == ESCAPED)
		add_string(line, s, length, true);
	else
		add_safe(line, s, length);
	vigil_line_text(line, CLOSE[quoting]);
}

void vigil_line_command(struct vigil_line *line, struct vigil_string args)
{
	const char *item = args.data, *end = args.data + args.length;

	while (item < end && !line->full) {
		const char *nul = memchr(item, '\0', (size_t)(end - item));
		size_t length = (size_t)((nul ? nul : end) - item);

		if (item != args.data)
			vigil_line_text(line, " ");
		add_argument(line, item, length);
		item += length + 1;
	}
}
