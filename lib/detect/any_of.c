/* SPDX-License-Identifier: MIT */
/* any_of.c - rules that are a list of texts of which one must match. */
#include <string.h>

#include "detect/limits.h"
#include "detect/set.h"

/* Returns the field of a leaf, or of the other field that it is compared with, that is not in a
 * list; NULL: both are. */
static const char *leaf_other_field(const struct detect_set *set, const struct leaf *leaf,
				    const char *const *fields)
{
	const struct atom *atom = &set->atom[leaf->atom];
	const char *name = set->field_names.text[atom->field];

	while (*fields && strcmp(*fields, name) != 0)
		fields++;
	if (!*fields)
		return name;
	return atom->kind == ATOM_FIELD ? set->field_names.text[atom->other] : NULL;
}

static const char *expression_other_field(const struct detect_set *set, const struct expression *e,
					  const char *const *fields)
{
	const char *other = NULL;

	if (e->kind == EXPRESSION_LEAF)
		return leaf_other_field(set, &e->leaf, fields);
	for (uint32_t i = 0; i < e->count && !other; i++)
		other = expression_other_field(set, e->child[i], fields);
	return other;
}

const char *detect_other_field(const struct detect_set *set, uint32_t rule,
			       const char *const *fields)
{
	return expression_other_field(set, set->rule[rule].root, fields);
}

struct any_of {
	const struct detect_set *set;
	const char *(*add)(void *user, const struct detect_text *text);
	void *user;
};

/* Passes a pattern with wildcards in the middle. */
static const char *segments_add(const struct any_of *any, const struct atom *atom)
{
	char bytes[LIMIT_TEXT + 1];
	struct detect_text text = { .shape = DETECT_TEXT_GLOB,
				    .cased = atom->cased,
				    .bytes = bytes,
				    .length = atom->pattern.length };

	if (atom->pattern.length > LIMIT_TEXT)
		return "a value is too long";
	for (uint32_t i = 0; i < atom->pattern.length; i++) {
		uint16_t unit = atom->pattern.unit[i];

		if (unit > TEXT_ANY)
			return "a value with ? or windash";
		if (unit == '*' || unit == '?')
			return "a value has the character * or ?";
		bytes[i] = unit == TEXT_ANY ? '*' : (char)unit;
	}
	/* cppcheck-suppress returnDanglingLifetime - add() returns a constant, not the text */
	return any->add(any->user, &text);
}

static const char *leaf_add(const struct any_of *any, const struct atom *atom)
{
	static const enum detect_text_shape shapes[] = {
		[PATTERN_EQUAL] = DETECT_TEXT_IS,
		[PATTERN_START] = DETECT_TEXT_BEGINS,
		[PATTERN_END] = DETECT_TEXT_ENDS,
		[PATTERN_INSIDE] = DETECT_TEXT_HAS,
	};
	struct detect_text text = { .cased = atom->cased };

	if (atom->kind != ATOM_TEXT)
		return "a comparison that is not one of texts";
	if (atom->pattern.shape == PATTERN_SEGMENTS)
		return segments_add(any, atom);
	text.shape = shapes[atom->pattern.shape];
	text.bytes = atom->pattern.bytes;
	text.length = atom->pattern.length;
	/* cppcheck-suppress returnDanglingLifetime - add() returns a constant, not the text */
	return any->add(any->user, &text);
}

static const char *expression_add_any(const struct any_of *any, const struct expression *e)
{
	const char *reason = NULL;

	if (e->kind == EXPRESSION_LEAF)
		return leaf_add(any, &any->set->atom[e->leaf.atom]);
	if (e->kind == EXPRESSION_NOT)
		return "it excludes events (not, neq, or a filter)";
	if (e->kind != EXPRESSION_OR && e->count != 1)
		return "several comparisons must hold at once (and)";
	for (uint32_t i = 0; i < e->count && !reason; i++)
		reason = expression_add_any(any, e->child[i]);
	return reason;
}

const char *detect_any_of(const struct detect_set *set, uint32_t rule,
			  const char *(*add)(void *user, const struct detect_text *text),
			  void *user)
{
	const struct any_of any = { set, add, user };

	return expression_add_any(&any, set->rule[rule].root);
}
