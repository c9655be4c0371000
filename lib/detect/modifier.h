/* SPDX-License-Identifier: MIT */
/* modifier.h - the modifiers after the name of a field. */
#ifndef VIGIL_DETECT_MODIFIER_H
#define VIGIL_DETECT_MODIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/load.h"

/* Those that change a value, in the order in which they are written. */
enum modifier {
	MODIFIER_CONTAINS,
	MODIFIER_STARTSWITH,
	MODIFIER_ENDSWITH,
	MODIFIER_WINDASH,
	MODIFIER_BASE64,
	MODIFIER_BASE64OFFSET,
	MODIFIER_UTF16LE,
	MODIFIER_UTF16BE,
	MODIFIER_UTF16,
	MODIFIER_EXPAND,
	MODIFIER_ALL, /* from here on they set members of struct modifiers */
	MODIFIER_CASED,
	MODIFIER_NEQ,
	MODIFIER_I,
	MODIFIER_M,
	MODIFIER_S,
	MODIFIER_RE,
	MODIFIER_CIDR,
	MODIFIER_FIELDREF,
	MODIFIER_EXISTS,
	MODIFIER_GT,
	MODIFIER_GTE,
	MODIFIER_LT,
	MODIFIER_LTE,
	MODIFIER_MINUTE,
	MODIFIER_HOUR,
	MODIFIER_DAY,
	MODIFIER_WEEK,
	MODIFIER_MONTH,
	MODIFIER_YEAR
};

#define MODIFIERS_MAX 16

/* How a value is compared. */
enum modifier_use {
	USE_TEXT,
	USE_REGEX,
	USE_CIDR,
	USE_FIELD,
	USE_EXISTS,
	USE_COMPARE,
	USE_TIME /* a part of a date, which is then compared */
};

struct modifiers {
	enum modifier_use use;
	bool all, cased, neq;
	unsigned regex;                /* REGEX_... */
	enum detect_operator operator; /* of COMPARE and TIME */
	enum moment_part part;         /* of TIME */
	bool starts, ends;             /* of FIELD */
	uint8_t change[MODIFIERS_MAX]; /* of TEXT: enum modifier */
	uint32_t changes;
	const char *text; /* all of them, as written */
};

/* Reads what follows the first '|' of a key; text "" if there is none. */
bool modifiers_read(struct load *load, struct modifiers *out, const char *text, uint32_t line);

#endif /* VIGIL_DETECT_MODIFIER_H */
