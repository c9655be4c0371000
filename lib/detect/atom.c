/* SPDX-License-Identifier: MIT */
/* atom.c - a comparison of one field with one value. */
#include "detect/atom.h"

#include <string.h>

#include "detect/scalar.h"

#define NUMBER_TEXT_MAX 64

bool number_parse(struct number *out, const char *text, size_t length)
{
	char copy[NUMBER_TEXT_MAX];
	enum doc_type type;

	if (length == 0 || length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	type = scalar_type(copy, length);
	if (type != DOC_INTEGER && type != DOC_FLOAT)
		return false;
	*out = (struct number){ .real = scalar_double(copy) };
	out->integer = type == DOC_INTEGER && scalar_integer(copy, &out->whole);
	return true;
}

/* -1, 0 or 1 as a is below, equal to or above b. */
static int number_order(const struct number *a, const struct number *b)
{
	if (a->integer && b->integer)
		return (a->whole > b->whole) - (a->whole < b->whole);
	return (a->real > b->real) - (a->real < b->real);
}

static bool number_holds(const struct number *a, unsigned operator, const struct number * b)
{
	int order = number_order(a, b);

	switch (operator) {
	case DETECT_GT:
		return order > 0;
	case DETECT_GTE:
		return order >= 0;
	case DETECT_LT:
		return order < 0;
	case DETECT_LTE:
		return order <= 0;
	case DETECT_NEQ:
		return order != 0;
	default:
		return order == 0;
	}
}

static enum detect_truth truth_of(bool value)
{
	return value ? DETECT_TRUE : DETECT_FALSE;
}

/* What a comparison with the beginning of a value says about the whole. */
static enum detect_truth truth_unless_cut(const struct piece *p, bool value)
{
	return p->cut ? DETECT_UNDECIDED : truth_of(value);
}

static enum detect_truth text_test(const struct atom *atom, const struct piece *p)
{
	const char *value = atom->cased ? p->raw : p->folded;
	uint32_t length = atom->cased ? p->raw_length : p->folded_length;

	if (p->cut)
		return pattern_judge_beginning(&atom->pattern, value, length);
	return truth_of(pattern_matches(&atom->pattern, value, length));
}

static enum detect_truth number_test(const struct atom *atom, const struct piece *p)
{
	const struct number *n = atom->number;
	struct number value = { .integer = true, .whole = p->number, .real = (double)p->number };

	if (p->is_number)
		return truth_of(number_order(&value, n) == 0);
	return truth_unless_cut(p, p->folded_length == n->length &&
				       memcmp(p->folded, n->text, n->length) == 0);
}

static enum detect_truth compare_test(const struct atom *atom, const struct piece *p)
{
	struct number value = { .integer = true, .whole = p->number, .real = (double)p->number };

	if (atom->part != MOMENT_NONE) {
		if (p->is_number ||
		    !moment_read(&value.whole, (enum moment_part)atom->part, p->raw, p->raw_length))
			return truth_unless_cut(p, false);
		value.real = (double)value.whole;
	} else if (!p->is_number) {
		if (p->cut)
			return DETECT_UNDECIDED;
		if (!number_parse(&value, p->raw, p->raw_length))
			return DETECT_FALSE;
	}
	return truth_of(number_holds(&value, atom->operator, atom->number));
}

static enum detect_truth regex_test(const struct atom *atom, const struct piece *p,
				    struct regex_memory *memory, bool *limited)
{
	switch (regex_match(atom->regex, memory, p->raw, p->raw_length, p->cut)) {
	case REGEX_YES:
		return DETECT_TRUE;
	case REGEX_NO:
		return DETECT_FALSE;
	case REGEX_LIMITED:
		*limited = true;
		return DETECT_UNDECIDED;
	default:
		return DETECT_UNDECIDED;
	}
}

static enum detect_truth cidr_test(const struct atom *atom, const struct piece *p)
{
	struct address address;

	return truth_unless_cut(p, address_parse(&address, p->raw, p->raw_length) &&
				       network_contains(atom->network, &address));
}

static enum detect_truth field_test_piece(const struct atom *atom, const struct piece *p,
					  const struct piece *q)
{
	struct pattern pattern = { .shape = atom->shape };

	if (q->cut)
		return DETECT_UNDECIDED;
	pattern.bytes = atom->cased ? q->raw : q->folded;
	pattern.length = atom->cased ? q->raw_length : q->folded_length;
	return text_test(&(struct atom){ .cased = atom->cased, .pattern = pattern }, p);
}

static enum detect_truth field_test(const struct atom *atom, const struct piece *p,
				    const struct fact *other)
{
	enum detect_truth best =
	    other->kind == FACT_UNKNOWN || other->more ? DETECT_UNDECIDED : DETECT_FALSE;

	for (uint32_t i = 0; i < other->pieces && best != DETECT_TRUE; i++) {
		enum detect_truth truth = field_test_piece(atom, p, &other->piece[i]);

		best = truth > best ? truth : best;
	}
	return best;
}

static enum detect_truth piece_test(const struct atom *atom, const struct piece *p,
				    const struct fact *other, struct regex_memory *memory,
				    bool *limited)
{
	switch (atom->kind) {
	case ATOM_TEXT:
		return text_test(atom, p);
	case ATOM_NUMBER:
		return number_test(atom, p);
	case ATOM_COMPARE:
		return compare_test(atom, p);
	case ATOM_REGEX:
		return regex_test(atom, p, memory, limited);
	case ATOM_CIDR:
		return cidr_test(atom, p);
	default:
		return field_test(atom, p, other);
	}
}

enum detect_truth atom_test(const struct atom *atom, const struct fact *fact,
			    const struct fact *other, struct regex_memory *memory, bool *limited)
{
	enum detect_truth best = fact->more ? DETECT_UNDECIDED : DETECT_FALSE;

	if (fact->kind == FACT_UNKNOWN) {
		*limited |= fact->failed;
		return DETECT_UNDECIDED;
	}
	if (atom->kind == ATOM_NULL)
		return truth_of(fact->kind != FACT_KNOWN);
	if (atom->kind == ATOM_EXISTS)
		return truth_of((fact->kind != FACT_ABSENT) == atom->exists);
	if (fact->kind != FACT_KNOWN)
		return DETECT_FALSE;
	for (uint32_t i = 0; i < fact->pieces && best != DETECT_TRUE; i++) {
		enum detect_truth truth = piece_test(atom, &fact->piece[i], other, memory, limited);

		best = truth > best ? truth : best;
	}
	return best;
}
