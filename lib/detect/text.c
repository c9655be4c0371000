/* SPDX-License-Identifier: MIT */
/* text.c - a Sigma string: escapes, wildcards and dashes. */
#include "detect/text.h"

#include <string.h>

#include "detect/limits.h"

const char text_memory[] = "out of memory";

static uint16_t *text_new(struct text *out, struct arena *arena, size_t most, const char **reason)
{
	uint16_t *unit = NULL;

	*reason = NULL;
	if (most > LIMIT_TEXT)
		*reason = "the value is too long";
	else if (!(unit = arena_array(arena, most + 1, sizeof(*unit))))
		*reason = text_memory;
	out->unit = unit;
	out->length = 0;
	return unit;
}

/* Whether an escape is at s: a backslash before a wildcard or another backslash. */
static bool text_is_escape(const char *s, size_t length, bool expand)
{
	return length > 1 && s[0] == '\\' &&
	       (s[1] == '\\' || s[1] == '*' || s[1] == '?' || (s[1] == '%' && expand));
}

const char *text_parse(struct text *out, struct arena *arena, const char *value, size_t length,
		       bool expand)
{
	const char *reason;
	uint16_t *unit = text_new(out, arena, length, &reason);

	for (size_t i = 0; unit && i < length; i++) {
		uint16_t u = (unsigned char)value[i];

		if (text_is_escape(value + i, length - i, expand))
			u = (unsigned char)value[++i];
		else if (u == '*')
			u = TEXT_ANY;
		else if (u == '?')
			u = TEXT_ONE;
		else if (u == '%' && expand)
			u = TEXT_PERCENT;
		if (u != TEXT_ANY || !out->length || unit[out->length - 1] != TEXT_ANY)
			unit[out->length++] = u;
	}
	return reason;
}

const char *text_plain(struct text *out, struct arena *arena, const char *value, size_t length)
{
	const char *reason;
	uint16_t *unit = text_new(out, arena, length, &reason);

	for (size_t i = 0; unit && i < length; i++)
		unit[out->length++] = (unsigned char)value[i];
	return reason;
}

const char *text_surround(struct text *out, struct arena *arena, const struct text *in, bool before,
			  bool after)
{
	const char *reason;
	uint16_t *unit = text_new(out, arena, (size_t)in->length + 2, &reason);

	if (!unit)
		return reason;
	if (before && !(in->length && in->unit[0] == TEXT_ANY))
		unit[out->length++] = TEXT_ANY;
	if (in->length)
		memcpy(unit + out->length, in->unit, in->length * sizeof(*unit));
	out->length += in->length;
	if (after && !(out->length && unit[out->length - 1] == TEXT_ANY))
		unit[out->length++] = TEXT_ANY;
	return NULL;
}

/* The units of a dash at `at`; 0: none is there. */
static uint32_t text_dash(const struct text *in, uint32_t at)
{
	const uint16_t *u = in->unit + at;

	if (u[0] == '-' || u[0] == '/' || u[0] == TEXT_DASH)
		return 1;
	if (in->length - at >= 3 && u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0x93 && u[2] <= 0x95)
		return 3;
	return 0;
}

const char *text_windash(struct text *out, struct arena *arena, const struct text *in)
{
	const char *reason;
	uint16_t *unit = text_new(out, arena, in->length, &reason);

	for (uint32_t i = 0; unit && i < in->length;) {
		uint32_t dash = text_dash(in, i);

		unit[out->length++] = dash ? TEXT_DASH : in->unit[i];
		i += dash ? dash : 1;
	}
	return reason;
}

bool text_add(struct texts *out, struct arena *arena, const struct text *text)
{
	if (out->count == out->capacity) {
		uint32_t capacity = out->capacity ? out->capacity * 2 : 4;
		struct text *more = arena_array(arena, capacity, sizeof(*more));

		if (!more)
			return false;
		if (out->count)
			memcpy(more, out->item, out->count * sizeof(*more));
		out->item = more;
		out->capacity = capacity;
	}
	out->item[out->count++] = *text;
	return true;
}
