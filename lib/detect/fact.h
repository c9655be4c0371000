/* SPDX-License-Identifier: MIT */
/*
 * fact.h - a value of an event, prepared for comparison.
 *
 * A field is a list of pieces: one for a string or a number, more for a list. A number has its
 * decimal digits as its string.
 */
#ifndef VIGIL_DETECT_FACT_H
#define VIGIL_DETECT_FACT_H

#include "core/bytes.h"
#include "detect/detect.h"

struct piece {
	const char *raw, *folded;
	uint32_t raw_length, folded_length;
	int64_t number;
	bool is_number, cut;
	char digits[VIGIL_DECIMAL_MAX];
};

enum fact_kind {
	FACT_ABSENT,
	FACT_NULL,
	FACT_UNKNOWN,
	FACT_KNOWN
};

struct fact {
	struct detect_value value; /* as the caller gave it */
	enum fact_kind kind;
	bool more;   /* some items of a list are not known */
	bool failed; /* out of memory: kind is FACT_UNKNOWN */
	uint32_t pieces, capacity;
	struct piece *piece;
	char *folded; /* memory of the folded strings */
	size_t folded_capacity;
};

/* Prepares fact->value. Reuses the fact's memory. */
void fact_prepare(struct fact *fact);
void fact_free(struct fact *fact);

#endif /* VIGIL_DETECT_FACT_H */
