/* SPDX-License-Identifier: MIT */
/*
 * regex.h - regular expressions, with limits on what one match may cost.
 *
 * They are compiled by PCRE2 for UTF-8; bytes that are not UTF-8 match nothing but a character
 * class that excludes others. \w and \d are ASCII; letters without case are those of Unicode.
 */
#ifndef VIGIL_DETECT_REGEX_H
#define VIGIL_DETECT_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/arena.h"

struct regex;

enum {
	REGEX_CASELESS = 1,
	REGEX_MULTILINE = 2,
	REGEX_DOTALL = 4,
	REGEX_START = 8, /* only at the start of the value */
	REGEX_END = 16   /* only at its end */
};

enum regex_result {
	REGEX_NO,
	REGEX_YES,
	REGEX_OPEN,   /* depends on bytes after the beginning that is known */
	REGEX_LIMITED /* a limit of time or memory was reached */
};

/* Compiles an expression. Returns NULL and sets reason, of `size` bytes, if it is invalid or over a
 * limit; *refused says which; reason is "" if out of memory. */
struct regex *regex_new(const char *text, size_t length, unsigned flags, char *reason, size_t size,
			bool *refused);
void regex_free(struct regex *regex);

/* Returns the bytes of the compiled form. */
size_t regex_size(const struct regex *regex);

/* The memory of matching: one for each thread. NULL: out of memory. */
struct regex_memory;
struct regex_memory *regex_memory_new(void);
void regex_memory_free(struct regex_memory *memory);

/* cut: the value is only the beginning of a longer one. */
enum regex_result regex_match(const struct regex *regex, struct regex_memory *memory,
			      const char *value, size_t length, bool cut);

/* Finds the longest run of ASCII characters that every match contains, in any case. Returns its
 * length, 0 if none is found, and sets *from to its place in out, of `length` bytes. */
size_t regex_literal(const char *text, size_t length, char *out, size_t *from);

#endif /* VIGIL_DETECT_REGEX_H */
