/* SPDX-License-Identifier: MIT */
/*
 * pattern.h - a Sigma string that is compared with values.
 *
 * Most patterns are plain bytes at the start, at the end or anywhere; the rest are segments
 * between * that are found from left to right. The time is at most the length of the value
 * times the length of the pattern.
 */
#ifndef VIGIL_DETECT_PATTERN_H
#define VIGIL_DETECT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/arena.h"
#include "detect/detect.h"
#include "detect/text.h"

enum pattern_shape {
	PATTERN_EQUAL,
	PATTERN_START,
	PATTERN_END,
	PATTERN_INSIDE,
	PATTERN_SEGMENTS
};

struct pattern {
	uint32_t shape;
	uint32_t length;
	union {
		const char *bytes;    /* of a shape other than SEGMENTS */
		const uint16_t *unit; /* of SEGMENTS */
	};
};

/* Makes a pattern in an arena; fold: its letters are folded, as the values are to be (fold.h).
 * scratch: memory that is only needed until then. Returns false if out of memory. */
bool pattern_make(struct pattern *out, struct arena *arena, struct arena *scratch,
		  const struct text *text, bool fold);

/* Returns the longest run of bytes without wildcards; *length may be 0. NULL: out of memory. */
const char *pattern_literal(const struct pattern *pattern, struct arena *arena, uint32_t *length);

bool pattern_matches(const struct pattern *pattern, const char *value, size_t length);

/* The same for a value of which only the beginning is known. */
enum detect_truth pattern_judge_beginning(const struct pattern *pattern, const char *value,
					  size_t length);

/* Whether needle occurs in the value. */
bool pattern_find(const char *value, size_t length, const char *needle, size_t needle_length);

#endif /* VIGIL_DETECT_PATTERN_H */
