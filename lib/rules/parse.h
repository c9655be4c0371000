/* SPDX-License-Identifier: MIT */
/* parse.h - a rule while it is read: parse.c reads it, check.c says what is wrong with it. */
#ifndef VIGIL_RULES_PARSE_H
#define VIGIL_RULES_PARSE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <vigil/vigil.h>

#include "core/error.h"

struct parser {
	struct vigil_rules *rules;
	struct vigil_error *error;
	const char *name;
	const char *line, *at, *end; /* of the line; where the reader is */
	uint32_t number;
};

/* The words of one rule, each with where it stands. */
enum word {
	WORD_PATH,
	WORD_FOLDER,
	WORD_NAME,
	WORD_PATTERN,
	WORD_USER,
	WORD_PARENT,
	WORD_HASH,
	WORD_ANCESTOR,
	WORD_ID,
	WORD_COUNT
};

struct draft {
	enum vigil_verdict verdict;
	char *value[WORD_COUNT];
	const char *at[WORD_COUNT];
	char *comment;
	enum word target; /* WORD_COUNT: none yet */
	char *strings, *to;
};

/* "FILE:LINE:COLUMN: what is wrong". A column is a character, not a byte. */
VIGIL_PRINTF(3, 4)
enum vigil_code parse_wrong(const struct parser *p, const char *at, const char *format, ...);

static inline bool parse_is_word(const char *from, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(from, word, length) == 0;
}

/* The digits of a hash: "sha256:" may precede them. */
const char *parse_hash_digits(const char *value);

/* Whether the draft's values can be those of a rule. Says what is wrong. */
enum vigil_code parse_check(const struct parser *p, const struct draft *d);

#endif /* VIGIL_RULES_PARSE_H */
