/* SPDX-License-Identifier: MIT */
/*
 * unicode.h - how a terminal shows a character, and the escape for one that it must not get.
 *
 * Foreign text (paths, arguments, names, messages of other programs) may contain control
 * sequences or invisible characters. A character that is not assigned, visible and harmless is
 * written as in C: \n, \x1b, \u202e, \U000e0041; a byte that is not UTF-8 as \xff.
 */
#ifndef VIGIL_CORE_UNICODE_H
#define VIGIL_CORE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unicode_class {
	UNICODE_HIDDEN, /* must be escaped: control, format, blank, private use, unassigned */
	UNICODE_MARK,   /* drawn over the previous character */
	UNICODE_NARROW, /* one column */
	UNICODE_WIDE    /* two columns */
};

/* Returns the class of a code point, in the version of Unicode that unicode_table.h names. */
enum unicode_class unicode_class_of(uint32_t code);

/* The number of marks that may follow a character; a longer stack would cover other lines. */
#define UNICODE_MARKS_MAX 8

#define UNICODE_ESCAPE_MAX 10

/* One character of foreign text, as it can be shown. */
struct unicode_shown {
	unsigned step;    /* bytes of input */
	unsigned length;  /* of text; 0: shown unchanged */
	unsigned columns; /* width of the character or of its escape */
	char text[UNICODE_ESCAPE_MAX];
};

/* Reads the character at s, which has `length` > 0 bytes. *marks counts how many more marks may
 * follow; set it to 0 before the first character of a string. A mark without a base character is
 * escaped. */
void unicode_show(struct unicode_shown *shown, const char *s, size_t length, unsigned *marks);

/* The same for a character that must be escaped in any case. */
void unicode_escape(struct unicode_shown *shown, uint32_t code);

#endif /* VIGIL_CORE_UNICODE_H */
