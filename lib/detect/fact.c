/* SPDX-License-Identifier: MIT */
/* fact.c - a value of an event, prepared for comparison. */
#include "detect/fact.h"

#include <stdlib.h>
#include <string.h>

#include "detect/fold.h"

void fact_free(struct fact *fact)
{
	free(fact->piece);
	free(fact->folded);
	*fact = (struct fact){ 0 };
}

static bool fact_reserve(struct fact *fact, uint32_t pieces, size_t bytes)
{
	if (pieces > fact->capacity) {
		struct piece *more = realloc(fact->piece, pieces * sizeof(*more));

		if (!more)
			return false;
		fact->piece = more;
		fact->capacity = pieces;
	}
	if (bytes > fact->folded_capacity) {
		char *more = realloc(fact->folded, bytes);

		if (!more)
			return false;
		fact->folded = more;
		fact->folded_capacity = bytes;
	}
	return true;
}

static void piece_set_number(struct piece *p, int64_t number)
{
	uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char digits[VIGIL_DECIMAL_MAX];
	size_t sign = number < 0, length = vigil_format_unsigned(digits, magnitude);

	p->digits[0] = '-';
	memcpy(p->digits + sign, digits, length);
	p->is_number = true;
	p->cut = false;
	p->number = number;
	p->raw_length = p->folded_length = (uint32_t)(length + sign);
}

/* Adds a string or a number. Returns the end of its folded bytes. */
static char *fact_add(struct fact *fact, const struct detect_value *value, char *to)
{
	struct piece *p;

	if (value->kind != DETECT_STRING && value->kind != DETECT_NUMBER) {
		fact->more |= value->kind == DETECT_UNKNOWN || value->kind == DETECT_LIST;
		return to;
	}
	p = &fact->piece[fact->pieces++];
	if (value->kind == DETECT_NUMBER) {
		piece_set_number(p, value->number);
		p->raw = p->folded = p->digits;
		return to;
	}
	p->is_number = false;
	p->cut = value->cut;
	p->raw = value->length ? value->string : "";
	p->raw_length = value->length;
	p->folded = to;
	p->folded_length = (uint32_t)fold_case(to, p->raw, p->raw_length);
	return to + p->folded_length;
}

static size_t fact_bytes(const struct detect_value *item, uint32_t count)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		if (item[i].kind == DETECT_STRING)
			bytes += FOLD_BYTES((size_t)item[i].length);
	return bytes;
}

void fact_prepare(struct fact *fact)
{
	const struct detect_value *value = &fact->value;
	const struct detect_value *item = value->kind == DETECT_LIST ? value->item : value;
	uint32_t count = value->kind == DETECT_LIST ? value->length : 1;
	char *to;

	fact->pieces = 0;
	fact->more = fact->failed = false;
	if (value->kind < DETECT_STRING || count == 0) {
		fact->kind = value->kind == DETECT_ABSENT    ? FACT_ABSENT
			     : value->kind == DETECT_UNKNOWN ? FACT_UNKNOWN
							     : FACT_NULL;
		return;
	}
	fact->kind = FACT_KNOWN;
	if (!fact_reserve(fact, count, fact_bytes(item, count))) {
		fact->failed = true;
		fact->kind = FACT_UNKNOWN;
		return;
	}
	to = fact->folded;
	for (uint32_t i = 0; i < count; i++)
		to = fact_add(fact, &item[i], to);
	if (fact->pieces == 0)
		fact->kind = fact->more ? FACT_UNKNOWN : FACT_NULL;
}
