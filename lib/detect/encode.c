/* SPDX-License-Identifier: MIT */
/* encode.c - the modifiers that encode a string: UTF-16 and Base64. */
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "detect/limits.h"
#include "detect/text.h"

typedef const char *encoder(struct texts *out, struct arena *arena, const struct text *in,
			    unsigned form);

/* Calls encode for a string, or for each of its permutations of dashes. */
static const char *encode_permutations(struct texts *out, struct arena *arena,
				       const struct text *in, encoder *encode, unsigned form)
{
	static const char dash[5][4] = { "-", "/", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\x95" };
	uint32_t dashes = 0, total = 1;
	const char *reason = NULL;
	struct text one;

	for (uint32_t i = 0; i < in->length; i++)
		dashes += in->unit[i] == TEXT_DASH;
	for (uint32_t i = 0; i < dashes && total <= LIMIT_EXPANSIONS; i++)
		total *= 5;
	if (total > LIMIT_EXPANSIONS)
		return "a value with windash has too many permutations";
	for (uint32_t n = 0; n < total && !reason; n++) {
		uint16_t *unit = arena_array(arena, (size_t)in->length * 3 + 1, sizeof(*unit));

		one = (struct text){ unit, 0 };
		if (!unit)
			return text_memory;
		for (uint32_t i = 0, rest = n; i < in->length; i++) {
			const char *d = dash[rest % 5];

			if (in->unit[i] != TEXT_DASH) {
				unit[one.length++] = in->unit[i];
				continue;
			}
			for (; *d; d++)
				unit[one.length++] = (unsigned char)*d;
			rest /= 5;
		}
		reason = encode(out, arena, &one, form);
	}
	/* cppcheck-suppress returnDanglingLifetime - a string constant */
	return reason;
}

static uint32_t encode_wide_unit(uint16_t *to, unsigned code, bool big)
{
	to[big] = code & 0xff;
	to[!big] = (uint16_t)(code >> 8);
	return 2;
}

/* The bytes of a character begin at `at`; those that are not UTF-8 are U+FFFD. */
static uint32_t encode_character(uint16_t *to, const struct text *in, uint32_t *at, bool big)
{
	char bytes[4];
	uint32_t n = 0, code, length;
	int step;

	while (n < 4 && *at + n < in->length && in->unit[*at + n] < 256) {
		bytes[n] = (char)in->unit[*at + n];
		n++;
	}
	step = vigil_utf8_step(bytes, n, &code);
	if (step <= 0) {
		code = 0xfffd;
		step = -step;
	}
	*at += (uint32_t)step;
	if (code < 0x10000)
		return encode_wide_unit(to, code, big);
	length = encode_wide_unit(to, 0xd800 + ((code - 0x10000) >> 10), big);
	return length + encode_wide_unit(to + length, 0xdc00 + ((code - 0x10000) & 0x3ff), big);
}

static const char *encode_utf16(struct texts *out, struct arena *arena, const struct text *in,
				unsigned form)
{
	bool big = form == TEXT_BIG;
	struct text made = { 0 };
	uint16_t *unit;
	size_t most = (size_t)in->length * 2 + 2;

	if (most > LIMIT_TEXT)
		return "the value is too long";
	unit = arena_array(arena, most, sizeof(*unit));
	if (!unit)
		return text_memory;
	made.unit = unit;
	if (form == TEXT_MARKED)
		made.length = encode_wide_unit(unit, 0xfeff, false);
	for (uint32_t at = 0; at < in->length;)
		if (in->unit[at] < 256)
			made.length += encode_character(unit + made.length, in, &at, big);
		else
			unit[made.length++] = in->unit[at++];
	return text_add(out, arena, &made) ? NULL : text_memory;
}

const char *text_utf16(struct texts *out, struct arena *arena, const struct text *in,
		       enum text_utf16 form)
{
	return encode_permutations(out, arena, in, encode_utf16, form);
}

/* Adds Base64 of `shift` blanks and the string, without the characters that depend on what is
 * before or after it, if `offset`. */
static const char *encode_base64_shifted(struct texts *out, struct arena *arena,
					 const struct text *in, unsigned shift, bool offset)
{
	static const unsigned skip_first[] = { 0, 2, 3 }, skip_last[] = { 0, 3, 2 };
	struct vigil_buffer plain = { 0 }, encoded = { 0 };
	struct text made;
	size_t from = 0, to;
	const char *reason = NULL;

	for (unsigned i = 0; i < shift; i++)
		vigil_put_char(&plain, ' ');
	for (uint32_t i = 0; i < in->length; i++) {
		if (in->unit[i] >= 256)
			reason = "a value with wildcards cannot be encoded in Base64";
		vigil_put_char(&plain, (char)in->unit[i]);
	}
	vigil_put_base64(&encoded, plain.data, plain.length);
	to = encoded.length;
	if (offset) {
		from = skip_first[shift];
		to -= skip_last[plain.length % 3];
	}
	if (offset && to <= from) /* nothing is left: it would match any text */
		reason = "a value of base64offset has less than two bytes";
	if (plain.failed || encoded.failed)
		reason = text_memory;
	if (!reason)
		reason = text_plain(&made, arena, encoded.data ? encoded.data + from : "",
				    to > from ? to - from : 0);
	if (!reason && !text_add(out, arena, &made))
		reason = text_memory;
	vigil_buffer_free(&plain);
	vigil_buffer_free(&encoded);
	return reason;
}

static const char *encode_base64(struct texts *out, struct arena *arena, const struct text *in,
				 unsigned offset)
{
	const char *reason = NULL;

	for (unsigned shift = 0; shift < (offset ? 3u : 1u) && !reason; shift++)
		reason = encode_base64_shifted(out, arena, in, shift, offset);
	return reason;
}

const char *text_base64(struct texts *out, struct arena *arena, const struct text *in)
{
	return encode_permutations(out, arena, in, encode_base64, false);
}

const char *text_base64offset(struct texts *out, struct arena *arena, const struct text *in)
{
	return encode_permutations(out, arena, in, encode_base64, true);
}
