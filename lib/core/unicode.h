/* SPDX-License-Identifier: MIT */
/*
 * unicode.h - how a terminal shows a character, and the escape of one that it must not get.
 *
 * Foreign text (paths, arguments, names, messages of other programs) may contain what a
 * terminal obeys or what a reader does not see. Whatever is not assigned, visible and
 * harmless is shown as C writes it: \n, \x1b, \u202e, \U000e0041; a byte that is not
 * UTF-8 as \xff.
 */
#ifndef VIGIL_CORE_UNICODE_H
#define VIGIL_CORE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unicode_class {
	UNICODE_HIDDEN, /* to be escaped: controls, formats, blanks, private, unassigned */
	UNICODE_MARK,   /* drawn over the character before */
	UNICODE_NARROW, /* one column */
	UNICODE_WIDE    /* two columns */
};

/* The class of a code point, in the version of Unicode that unicode_table.h names. */
enum unicode_class unicode_class_of(uint32_t code);

/* Marks that may follow a character; a longer stack of them paints over other lines. */
#define UNICODE_MARKS_MAX 8

#define UNICODE_ESCAPE_MAX 10

/* One character of foreign text, as it may be shown. */
struct unicode_shown {
	unsigned step;    /* bytes that were read */
	unsigned length;  /* of text; 0: it is shown as it stands */
	unsigned columns; /* that it takes either way */
	char text[UNICODE_ESCAPE_MAX];
};

/* Reads the character at s, which has `length` > 0 bytes. *marks, 0 before the first
 * character of a string, counts how many marks may follow: one that has nothing to stand on
 * is escaped. */
void unicode_show(struct unicode_shown *shown, const char *s, size_t length, unsigned *marks);

/* The same of a character that shall be escaped in any case. */
void unicode_escape(struct unicode_shown *shown, uint32_t code);

#endif /* VIGIL_CORE_UNICODE_H */
