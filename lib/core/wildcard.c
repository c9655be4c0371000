/* SPDX-License-Identifier: MIT */
#include "core/wildcard.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64
#define WORDS_MAX ((VIGIL_WILDCARD_MAX + 1) / WORD_BITS)

/* Bit n of a set: n elements are matched. takes[c]: the elements that match byte c, by the bit
 * before them. star: the positions of *. after: the positions after an element that matches a
 * whole character, whose remaining bytes may follow. */
struct vigil_wildcard {
	unsigned words;
	unsigned elements;
	uint64_t star[WORDS_MAX], after[WORDS_MAX];
	uint64_t *takes; /* [256][words] */
};

static void set_bit(uint64_t *set, unsigned bit)
{
	set[bit / WORD_BITS] |= (uint64_t)1 << bit % WORD_BITS;
}

static void accept_byte(struct vigil_wildcard *w, unsigned char c)
{
	set_bit(w->takes + (size_t)c * w->words, w->elements);
}

/* Accepts all bytes that can begin a character, except those in `but`. */
static void accept_any(struct vigil_wildcard *w, const bool *but)
{
	for (unsigned c = 0; c < 256; c++)
		if (!but || !but[c])
			accept_byte(w, (unsigned char)c);
	set_bit(w->after, w->elements + 1);
}

/* Parses a set; p is after the '['. Returns the position after the ']', or NULL if there is none
 * and the bracket is an ordinary character. */
static const char *add_set(struct vigil_wildcard *w, const char *p)
{
	bool in[256] = { false };
	bool negated = *p == '!' || *p == '^';
	const char *first;

	p += negated;
	first = p;
	while (*p != ']' || p == first) {
		unsigned char from, to;

		if (*p == '\\' && p[1] != '\0')
			p++;
		if (*p == '\0')
			return NULL;
		from = to = (unsigned char)*p++;
		if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
			to = (unsigned char)p[1];
			p += 2;
		}
		for (unsigned c = from; c <= to; c++)
			in[c] = true;
	}
	if (negated)
		accept_any(w, in);
	for (unsigned c = 0; c < 256 && !negated; c++)
		if (in[c])
			accept_byte(w, (unsigned char)c);
	return p + 1;
}

static void compile_pattern(struct vigil_wildcard *w, const char *p)
{
	while (*p != '\0') {
		const char *after_set = *p == '[' ? add_set(w, p + 1) : NULL;

		if (after_set) {
			p = after_set;
		} else if (*p == '*') {
			set_bit(w->star, w->elements);
			p++;
			continue;
		} else if (*p == '?') {
			accept_any(w, NULL);
			p++;
		} else {
			p += *p == '\\' && p[1] != '\0';
			accept_byte(w, (unsigned char)*p++);
		}
		w->elements++;
	}
}

struct vigil_wildcard *vigil_wildcard_new(const char *pattern, bool anywhere, bool *too_long)
{
	struct vigil_wildcard *w;
	size_t length = strlen(pattern);

	*too_long = length > VIGIL_WILDCARD_MAX;
	if (*too_long)
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->words = (unsigned)(length / WORD_BITS) + 1;
	w->takes = calloc((size_t)256 * w->words, sizeof(*w->takes));
	if (!w->takes) {
		vigil_wildcard_free(w);
		return NULL;
	}
	if (anywhere)
		set_bit(w->star, 0);
	compile_pattern(w, pattern);
	if (anywhere)
		set_bit(w->star, w->elements);
	return w;
}

void vigil_wildcard_free(struct vigil_wildcard *wildcard)
{
	if (!wildcard)
		return;
	free(wildcard->takes);
	free(wildcard);
}

static bool is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool vigil_wildcard_match(const struct vigil_wildcard *w, const char *text, size_t length,
			  bool fold)
{
	uint64_t state[WORDS_MAX] = { 0 };
	unsigned last = w->elements / WORD_BITS;
	uint64_t end = (uint64_t)1 << w->elements % WORD_BITS;

	state[0] = 1;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)(text[i] == '\0' ? ' ' : text[i]);
		const uint64_t *takes = w->takes + (size_t)c * w->words;
		const uint64_t *other = takes;
		uint64_t carry = 0, any = 0;

		if (fold && is_letter(c))
			other = w->takes + (size_t)(c ^ 0x20) * w->words;
		for (unsigned n = 0; n < w->words; n++) {
			uint64_t taken = state[n] & (takes[n] | other[n]);
			uint64_t stay = w->star[n] | ((c & 0xc0) == 0x80 ? w->after[n] : 0);

			state[n] = (state[n] & stay) | taken << 1 | carry;
			carry = taken >> (WORD_BITS - 1);
			any |= state[n];
		}
		if (any == 0)
			return false;
		/* A * at the end matches the rest. */
		if ((state[last] & end & w->star[last]) != 0)
			return true;
	}
	return (state[last] & end) != 0;
}
