/* SPDX-License-Identifier: MIT */
/* pattern.c - a Sigma string that is compared with values. */
#include "detect/pattern.h"

#include <string.h>

#include "core/bytes.h"
#include "detect/fold.h"

/* Folds the bytes between the special units. Returns NULL if out of memory. */
static const uint16_t *pattern_fold(struct arena *arena, const struct text *text, uint32_t *length)
{
	uint16_t *unit = arena_array(arena, FOLD_BYTES((size_t)text->length), sizeof(*unit));
	char *bytes = arena_take(arena, FOLD_BYTES((size_t)text->length) * 2);
	char *folded = bytes ? bytes + FOLD_BYTES((size_t)text->length) : NULL;
	uint32_t n = 0;

	for (uint32_t i = 0; unit && bytes && i < text->length;) {
		size_t run = 0, size;

		for (; i < text->length && text->unit[i] < 256; i++)
			bytes[run++] = (char)text->unit[i];
		size = fold_case(folded, bytes, run);
		for (size_t k = 0; k < size; k++)
			unit[n++] = (unsigned char)folded[k];
		if (i < text->length)
			unit[n++] = text->unit[i++];
	}
	*length = n;
	return bytes ? unit : NULL;
}

/* Sets a pattern without special units in the middle. Returns 1; 0: it has some; -1: no memory. */
static int pattern_set_plain(struct pattern *out, struct arena *arena, const uint16_t *unit,
			     uint32_t length)
{
	uint32_t from = 0, to = length;
	bool before = to > 0 && unit[0] == TEXT_ANY, after;
	char *bytes;

	from += before;
	after = to > from && unit[to - 1] == TEXT_ANY;
	to -= after;
	for (uint32_t i = from; i < to; i++)
		if (unit[i] >= 256)
			return 0;
	bytes = arena_take(arena, (size_t)(to - from) + 1);
	if (!bytes)
		return -1;
	for (uint32_t i = from; i < to; i++)
		bytes[i - from] = (char)unit[i];
	if (before)
		out->shape = after || from == to ? PATTERN_INSIDE : PATTERN_END;
	else
		out->shape = after ? PATTERN_START : PATTERN_EQUAL;
	out->bytes = bytes;
	out->length = to - from;
	return 1;
}

bool pattern_make(struct pattern *out, struct arena *arena, struct arena *scratch,
		  const struct text *text, bool fold)
{
	uint32_t length = text->length;
	const uint16_t *unit = fold ? pattern_fold(scratch, text, &length) : text->unit;
	uint16_t *copy;
	int plain = unit ? pattern_set_plain(out, arena, unit, length) : -1;

	if (plain)
		return plain > 0;
	copy = arena_array(arena, length, sizeof(*copy));
	if (!copy)
		return false;
	memcpy(copy, unit, length * sizeof(*copy));
	out->shape = PATTERN_SEGMENTS;
	out->unit = copy;
	out->length = length;
	return true;
}

const char *pattern_literal(const struct pattern *pattern, struct arena *arena, uint32_t *length)
{
	uint32_t best = 0, most = 0;
	char *literal;

	*length = pattern->length;
	if (pattern->shape != PATTERN_SEGMENTS)
		return pattern->bytes;
	for (uint32_t i = 0; i < pattern->length; i++) {
		uint32_t from = i;

		while (i < pattern->length && pattern->unit[i] < 256)
			i++;
		if (i - from > most) {
			best = from;
			most = i - from;
		}
	}
	literal = arena_take(arena, (size_t)most + 1);
	for (uint32_t i = 0; literal && i < most; i++)
		literal[i] = (char)pattern->unit[best + i];
	*length = most;
	return literal;
}

static bool pattern_is_at(const char *value, const char *bytes, size_t length)
{
	return length == 0 || memcmp(value, bytes, length) == 0;
}

bool pattern_find(const char *value, size_t length, const char *needle, size_t needle_length)
{
	const char *end;

	if (needle_length > length)
		return false;
	if (needle_length == 0)
		return true;
	end = value + (length - needle_length) + 1;
	while (value < end && (value = memchr(value, needle[0], (size_t)(end - value))) != NULL) {
		if (memcmp(value, needle, needle_length) == 0)
			return true;
		value++;
	}
	return false;
}

/* The bytes of the character or of the byte that is not UTF-8. */
static size_t pattern_step(const char *value, size_t length)
{
	uint32_t code;
	int step;

	if ((unsigned char)*value < 0x80)
		return 1;
	step = vigil_utf8_step(value, length, &code);
	return step > 0 ? (size_t)step : 1;
}

static size_t pattern_dash(const char *value, size_t length)
{
	if (value[0] == '-' || value[0] == '/')
		return 1;
	if (length >= 3 && memcmp(value, "\xe2\x80", 2) == 0 && (unsigned char)value[2] >= 0x93 &&
	    (unsigned char)value[2] <= 0x95)
		return 3;
	return 0;
}

/* Compares a segment with the beginning of a value. Returns false, or true and sets *end. */
static bool segment_is_at(const uint16_t *unit, uint32_t units, const char *value, size_t length,
			  size_t *end)
{
	size_t at = 0;

	for (uint32_t i = 0; i < units; i++) {
		size_t step = 1;

		if (at == length)
			return false;
		if (unit[i] < 256) {
			if ((unsigned char)value[at] != unit[i])
				return false;
		} else {
			step = unit[i] == TEXT_ONE ? pattern_step(value + at, length - at)
						   : pattern_dash(value + at, length - at);
		}
		if (step == 0)
			return false;
		at += step;
	}
	*end = at;
	return true;
}

static uint32_t segment_length(const uint16_t *unit, uint32_t units)
{
	uint32_t n = 0;

	while (n < units && unit[n] != TEXT_ANY)
		n++;
	return n;
}

/* Finds a segment, at the end of the value if `last`. Returns false, or true and sets *after. */
static bool segment_find(const uint16_t *unit, uint32_t units, const char *value, size_t length,
			 bool last, size_t *after)
{
	size_t at = 0, end;
	int first = units ? unit[0] : TEXT_ANY; /* a byte can be looked for */

	for (;;) {
		if (segment_is_at(unit, units, value + at, length - at, &end) &&
		    (!last || at + end == length)) {
			*after = at + end;
			return true;
		}
		if (at == length)
			return false;
		at += pattern_step(value + at, length - at);
		if (first < 256) {
			const char *next = memchr(value + at, first, length - at);

			if (!next)
				return false;
			at = (size_t)(next - value);
		}
	}
}

/* open: more bytes may follow the value, and the pattern must match whatever they are. */
static bool pattern_match_segments(const struct pattern *pattern, const char *value, size_t length,
				   bool open)
{
	const uint16_t *unit = pattern->unit;
	uint32_t left = pattern->length;
	bool anchored = true;

	while (left > 0) {
		uint32_t units = segment_length(unit, left);
		bool last = units == left;
		size_t after = 0;

		if (last && open)
			return false;
		if (anchored ? !segment_is_at(unit, units, value, length, &after) ||
				   (last && after != length)
			     : !segment_find(unit, units, value, length, last, &after))
			return false;
		value += after;
		length -= after;
		unit += units;
		left -= units;
		if (left == 0)
			return true;
		unit++; /* the * */
		left--;
		anchored = false;
	}
	return !anchored || (length == 0 && !open);
}

bool pattern_matches(const struct pattern *pattern, const char *value, size_t length)
{
	switch (pattern->shape) {
	case PATTERN_EQUAL:
		return length == pattern->length && pattern_is_at(value, pattern->bytes, length);
	case PATTERN_START:
		return length >= pattern->length &&
		       pattern_is_at(value, pattern->bytes, pattern->length);
	case PATTERN_END:
		return length >= pattern->length && pattern_is_at(value + length - pattern->length,
								  pattern->bytes, pattern->length);
	case PATTERN_INSIDE:
		return pattern_find(value, length, pattern->bytes, pattern->length);
	default:
		return pattern_match_segments(pattern, value, length, false);
	}
}

enum detect_truth pattern_judge_beginning(const struct pattern *pattern, const char *value,
					  size_t length)
{
	size_t common = length < pattern->length ? length : pattern->length;

	switch (pattern->shape) {
	case PATTERN_EQUAL:
	case PATTERN_START:
		if (!pattern_is_at(value, pattern->bytes, common))
			return DETECT_FALSE;
		if (pattern->shape == PATTERN_EQUAL)
			return length > pattern->length ? DETECT_FALSE : DETECT_UNDECIDED;
		return length >= pattern->length ? DETECT_TRUE : DETECT_UNDECIDED;
	case PATTERN_END:
		return pattern->length ? DETECT_UNDECIDED : DETECT_TRUE;
	case PATTERN_INSIDE:
		return pattern_find(value, length, pattern->bytes, pattern->length)
			   ? DETECT_TRUE
			   : DETECT_UNDECIDED;
	default:
		return pattern_match_segments(pattern, value, length, true) ? DETECT_TRUE
									    : DETECT_UNDECIDED;
	}
}
