/* SPDX-License-Identifier: MIT */
/*
 * text.h - a Sigma string: bytes and wildcards, and what modifiers make of it.
 *
 * A string is an array of units: a byte of UTF-8 (or of an encoding), or one of the special
 * units below.
 */
#ifndef VIGIL_DETECT_TEXT_H
#define VIGIL_DETECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/arena.h"

enum {
	TEXT_ANY = 256, /* *: any characters */
	TEXT_ONE,       /* ?: one character */
	TEXT_DASH,      /* of windash: - / U+2013 U+2014 U+2015 */
	TEXT_PERCENT    /* of expand: a % that is not escaped, until placeholders are replaced */
};

struct text {
	const uint16_t *unit;
	uint32_t length;
};

/* Several strings that one value became. */
struct texts {
	struct text *item;
	uint32_t count, capacity;
};

/* Results of what follows: NULL, or why it cannot be done, a string constant. TEXT_MEMORY: out
 * of memory. */
extern const char text_memory[];

/* Reads a value with its wildcards and escapes. expand: % is special too. */
const char *text_parse(struct text *out, struct arena *arena, const char *value, size_t length,
		       bool expand);

/* Makes a string of bytes without wildcards. */
const char *text_plain(struct text *out, struct arena *arena, const char *value, size_t length);

/* Puts TEXT_ANY before and after, as asked, unless it is there. */
const char *text_surround(struct text *out, struct arena *arena, const struct text *in, bool before,
			  bool after);

/* Replaces dashes and slashes by TEXT_DASH. */
const char *text_windash(struct text *out, struct arena *arena, const struct text *in);

enum text_utf16 {
	TEXT_LITTLE,
	TEXT_BIG,
	TEXT_MARKED /* little endian after a byte order mark */
};

/* Adds the encoding of a string, which keeps its wildcards, or those of its permutations. */
const char *text_utf16(struct texts *out, struct arena *arena, const struct text *in,
		       enum text_utf16 form);
const char *text_base64(struct texts *out, struct arena *arena, const struct text *in);
const char *text_base64offset(struct texts *out, struct arena *arena, const struct text *in);

bool text_add(struct texts *out, struct arena *arena, const struct text *text);

#endif /* VIGIL_DETECT_TEXT_H */
