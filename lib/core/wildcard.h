/* SPDX-License-Identifier: MIT */
/*
 * wildcard.h - patterns with * ? [..], matched in one pass over the text.
 *
 * A pattern is a sequence of elements; a bit set has how many of them the text so far may have
 * matched. Each byte of the text takes one step, whatever the pattern and the text are, so
 * that no command line can make matching slow. * matches any bytes, '/' included; ? and [!..]
 * match one character of UTF-8; a set [..] has ASCII characters and ranges; \ removes the
 * special meaning of the next character.
 */
#ifndef VIGIL_CORE_WILDCARD_H
#define VIGIL_CORE_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

struct vigil_wildcard;

/* Compiles a pattern. anywhere: it may match a part of the text. Returns NULL if out of memory
 * or, with *too_long set, if it has more than VIGIL_WILDCARD_MAX bytes. */
#define VIGIL_WILDCARD_MAX 4095
struct vigil_wildcard *vigil_wildcard_new(const char *pattern, bool anywhere, bool *too_long);
void vigil_wildcard_free(struct vigil_wildcard *wildcard);

/* Whether the text matches. fold: ASCII letters match in either case. A NUL in the text counts
 * as a blank: arguments are compared as the command line that they form. */
bool vigil_wildcard_match(const struct vigil_wildcard *wildcard, const char *text, size_t length,
			  bool fold);

#endif /* VIGIL_CORE_WILDCARD_H */
