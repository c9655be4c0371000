/* SPDX-License-Identifier: MIT */
/* parse.h - a rule that is being parsed: parse.c reads it, check.c reports what is wrong. */
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
	const char *line, *at, *end; /* the line, and the current position in it */
	uint32_t number;             /* of the line, from 1 */
	uint32_t stay_line;          /* the line `stay`; 0: none yet */
};

/* The words of a rule. */
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

/* Fails with "FILE:LINE:COLUMN: what is wrong". Columns count characters, not bytes. */
VIGIL_PRINTF(3, 4)
enum vigil_code parse_wrong(const struct parser *p, const char *at, const char *format, ...);

static inline bool parse_is_word(const char *from, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(from, word, length) == 0;
}

/* Returns the digits of a hash, after the optional "sha256:". */
const char *parse_hash_digits(const char *value);

/* Checks the values of the draft, and reports what is wrong. */
enum vigil_code parse_check(const struct parser *p, const struct draft *d);

#endif /* VIGIL_RULES_PARSE_H */
