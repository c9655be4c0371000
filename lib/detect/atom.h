/* SPDX-License-Identifier: MIT */
/*
 * atom.h - a comparison of one field with one value. Rules share equal atoms, so that each is
 * evaluated at most once for an event.
 */
#ifndef VIGIL_DETECT_ATOM_H
#define VIGIL_DETECT_ATOM_H

#include "detect/address.h"
#include "detect/detect.h"
#include "detect/fact.h"
#include "detect/moment.h"
#include "detect/pattern.h"
#include "detect/regex.h"

enum atom_kind {
	ATOM_TEXT,
	ATOM_NUMBER, /* equal to a number */
	ATOM_COMPARE,
	ATOM_NULL,
	ATOM_EXISTS,
	ATOM_REGEX,
	ATOM_CIDR,
	ATOM_FIELD /* equal to another field */
};

struct number {
	bool integer;
	int64_t whole;
	double real;
	const char *text; /* as the rule writes it, folded */
	uint32_t length;
};

/* Two of them fit in a cache line: evaluating an event visits a hundred. */
struct atom {
	uint8_t kind;
	bool cased;
	bool exists;      /* EXISTS: what is asked for */
	uint8_t operator; /* COMPARE: enum detect_operator */
	uint8_t part;     /* COMPARE: enum moment_part */
	uint8_t shape;    /* FIELD: enum pattern_shape: how the other field is in this one */
	uint32_t field;   /* number of a field of the set */
	uint32_t other;   /* FIELD */
	union {
		struct pattern pattern;
		const struct number *number;
		const struct regex *regex;
		const struct network *network;
	};
};

/* Folded text that every value which matches an atom contains; length 0: none is known. */
struct literal {
	const char *text;
	uint32_t length;
};

/* Evaluates an atom. other: the fact of atom->other, for FIELD. Sets *limited if the result is
 * unknown because a limit of a regular expression was reached, or for lack of memory. */
enum detect_truth atom_test(const struct atom *atom, const struct fact *fact,
			    const struct fact *other, struct regex_memory *memory, bool *limited);

/* Reads a number as the YAML core schema writes it. */
bool number_parse(struct number *out, const char *text, size_t length);

#endif /* VIGIL_DETECT_ATOM_H */
