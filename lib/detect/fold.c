/* SPDX-License-Identifier: MIT */
/* fold.c - folds the case of text. */
#include "detect/fold.h"

#include <stdbool.h>
#include <string.h>

#include "core/bytes.h"

struct fold_range {
	uint32_t first, last, step;
	int32_t delta;
};

#include "detect/fold_table.h"

/* The simple case folding of a character that is not ASCII. */
static uint32_t fold_code(uint32_t code)
{
	size_t low = 0, high = sizeof(fold_ranges) / sizeof(*fold_ranges);

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct fold_range *range = &fold_ranges[middle];

		if (code > range->last)
			low = middle + 1;
		else if (code < range->first)
			high = middle;
		else
			return (code - range->first) % range->step
				   ? code
				   : (uint32_t)((int32_t)code + range->delta);
	}
	return code;
}

/* Folds ASCII eight bytes at a time. Returns how many bytes of the text are ASCII and done. */
static size_t fold_ascii(char *out, const char *text, size_t length)
{
	const uint64_t high = UINT64_C(0x8080808080808080), ones = high >> 7;
	size_t at = 0;

	for (; length - at >= 8; at += 8) {
		uint64_t word, from_a, above_z;

		memcpy(&word, text + at, 8);
		if (word & high)
			break;
		from_a = word + ones * (0x80 - 'A');
		above_z = word + ones * (0x80 - 'Z' - 1);
		word |= ((from_a & ~above_z) & high) >> 2;
		memcpy(out + at, &word, 8);
	}
	for (; at < length && (unsigned char)text[at] < 0x80; at++)
		out[at] = text[at] >= 'A' && text[at] <= 'Z' ? (char)(text[at] | 0x20) : text[at];
	return at;
}

size_t fold_case(char *out, const char *text, size_t length)
{
	size_t at = 0, to = 0;

	while (at < length) {
		size_t ascii = fold_ascii(out + to, text + at, length - at);
		uint32_t code;
		int step;

		at += ascii;
		to += ascii;
		if (at == length)
			break;
		step = vigil_utf8_step(text + at, length - at, &code);
		if (step > 0) {
			to += vigil_utf8_write(out + to, fold_code(code));
			at += (size_t)step;
		} else {
			memcpy(out + to, text + at, (size_t)-step);
			to += (size_t)-step;
			at += (size_t)-step;
		}
	}
	return to;
}

static uint32_t fold_any(uint32_t code)
{
	return code >= 'A' && code <= 'Z' ? code | 0x20 : fold_code(code);
}

unsigned fold_members(uint32_t code, uint32_t member[FOLD_MEMBERS_MAX])
{
	uint32_t folded = fold_any(code);
	unsigned count = 0;

	member[count++] = folded;
	if (folded >= 'a' && folded <= 'z')
		member[count++] = folded & ~UINT32_C(0x20);
	for (size_t i = 0; i < sizeof(fold_ranges) / sizeof(*fold_ranges); i++) {
		uint32_t from = (uint32_t)((int32_t)folded - fold_ranges[i].delta);

		if (from >= fold_ranges[i].first && from <= fold_ranges[i].last &&
		    fold_code(from) == folded && count < FOLD_MEMBERS_MAX)
			member[count++] = from;
	}
	return count;
}
