/* SPDX-License-Identifier: MIT */
/*
 * wildcard.h - patterns with * ? [..], matched in one pass over the text.
 *
 * A pattern is a row of elements, and a set of bits says how many of them the
 * text so far may have matched: one step a byte, whatever pattern and text are.
 * So nobody can slow the matching down with a clever command line. * takes any
 * bytes, '/' too; ? and [!..] take one character of UTF-8; a set [..] holds
 * ASCII characters and ranges; \ takes the meaning from what follows.
 */
#ifndef VIGIL_CORE_WILDCARD_H
#define VIGIL_CORE_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

struct vigil_wildcard;

/* anywhere: a part of the text is enough. NULL: no memory, or (*too_long) more
 * elements than VIGIL_WILDCARD_MAX. */
#define VIGIL_WILDCARD_MAX 4095
struct vigil_wildcard *vigil_wildcard_new(const char *pattern, bool anywhere, bool *too_long);
void vigil_wildcard_free(struct vigil_wildcard *wildcard);

/* fold: ASCII letters match in either case. A NUL in the text counts as a
 * blank: arguments are compared as the command line that they make. */
bool vigil_wildcard_match(const struct vigil_wildcard *wildcard, const char *text, size_t length,
			  bool fold);

#endif /* VIGIL_CORE_WILDCARD_H */
