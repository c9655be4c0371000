/* SPDX-License-Identifier: MIT */
/* item.c - an item of a search identifier: a field, its modifiers, and its values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/fold.h"
#include "detect/limits.h"
#include "detect/modifier.h"
#include "detect/scalar.h"

struct item {
	struct load *load;
	const char *selection;
	const char *field; /* NULL: keywords */
	uint32_t number;   /* of the field */
	struct modifiers modifiers;
};

static void *item_text_failed(const struct item *item, uint32_t line, const char *reason)
{
	if (reason == text_memory)
		return load_out_of_memory(item->load);
	return load_fail(item->load, DETECT_REFUSED, line, "%s", reason);
}

static const char *item_test_text(const struct item *item, const struct doc_node *value)
{
	struct arena *arena = &item->load->set->arena;
	size_t modifiers = strlen(item->modifiers.text);
	const char *text = value->text;
	char *test = arena_take(arena, modifiers + 2 + value->length + 1);

	if (!test)
		return load_out_of_memory(item->load);
	memcpy(test, item->modifiers.text, modifiers);
	if (modifiers) {
		memcpy(test + modifiers, ": ", 2);
		modifiers += 2;
	}
	memcpy(test + modifiers, text, value->length);
	return test;
}

/* Makes a leaf of an atom. */
static struct expression *item_leaf_with(const struct item *item, const struct atom *atom,
					 const struct literal *literal, const char *key,
					 size_t length, const char *test)
{
	struct load *load = item->load;
	struct expression *leaf;
	uint32_t number = atoms_add(load, atom, literal, key, length);

	if (number == DETECT_NO_FIELD)
		return NULL;
	if (++load->values > LIMIT_VALUES)
		return load_fail(load, DETECT_REFUSED, load->note->line, "too many values");
	if (!load_check_memory(load))
		return NULL;
	leaf = expression_new(&load->set->arena, EXPRESSION_LEAF);
	if (!leaf)
		return load_out_of_memory(load);
	leaf->leaf = (struct leaf){ number, item->selection, item->field, test };
	return leaf;
}

static struct expression *item_leaf(const struct item *item, const struct atom *atom,
				    const char *key, size_t length, const char *test)
{
	return item_leaf_with(item, atom, &(struct literal){ NULL, 0 }, key, length, test);
}

/* Sets the text that every value which matches has when it is folded. That of a pattern with case
 * is left out unless it is ASCII, whose folding does not depend on what is around it. */
static bool item_set_literal(const struct item *item, const struct atom *atom,
			     struct literal *literal)
{
	struct arena *arena = &item->load->set->arena;
	const char *text = pattern_literal(&atom->pattern, arena, &literal->length);
	char *folded;

	literal->text = text;
	if (!atom->cased)
		return text != NULL;
	folded = text ? arena_take(arena, FOLD_BYTES((size_t)literal->length)) : NULL;
	if (!folded)
		return false;
	for (uint32_t i = 0; i < literal->length; i++)
		if ((unsigned char)text[i] >= 0x80) {
			literal->length = 0;
			return true;
		}
	fold_case(folded, text, literal->length);
	literal->text = folded;
	return true;
}

static struct expression *item_text_leaf(const struct item *item, const struct text *text,
					 const char *test)
{
	struct load *load = item->load;
	struct atom atom = { .kind = ATOM_TEXT,
			     .field = item->number,
			     .cased = item->modifiers.cased || load->options->cased };
	struct literal literal;
	struct text keyword;

	if (!item->field) { /* anywhere in a string of the event */
		const char *reason = text_surround(&keyword, load->scratch, text, true, true);

		if (reason)
			return item_text_failed(item, load->note->line, reason);
		text = &keyword;
	}
	if (!pattern_make(&atom.pattern, &load->set->arena, load->scratch, text, !atom.cased) ||
	    !item_set_literal(item, &atom, &literal))
		return load_out_of_memory(load);
	return item_leaf_with(item, &atom, &literal, (const char *)text->unit,
			      text->length * sizeof(*text->unit), test);
}

static const char *item_change_one(const struct item *item, struct texts *out,
				   const struct text *in, enum modifier modifier)
{
	struct arena *arena = item->load->scratch;
	struct text made;
	const char *reason;

	switch (modifier) {
	case MODIFIER_BASE64:
		return text_base64(out, arena, in);
	case MODIFIER_BASE64OFFSET:
		return text_base64offset(out, arena, in);
	case MODIFIER_UTF16LE:
		return text_utf16(out, arena, in, TEXT_LITTLE);
	case MODIFIER_UTF16BE:
		return text_utf16(out, arena, in, TEXT_BIG);
	case MODIFIER_UTF16:
		return text_utf16(out, arena, in, TEXT_MARKED);
	case MODIFIER_WINDASH:
		reason = text_windash(&made, arena, in);
		break;
	default:
		reason = text_surround(&made, arena, in, modifier != MODIFIER_STARTSWITH,
				       modifier != MODIFIER_ENDSWITH);
	}
	if (!reason && !text_add(out, arena, &made))
		reason = text_memory;
	return reason;
}

/* Applies a modifier to all strings that the value has become. */
static bool item_change(const struct item *item, struct texts *texts, enum modifier modifier,
			uint32_t line)
{
	struct texts out = { 0 };

	for (uint32_t i = 0; i < texts->count; i++) {
		const char *reason = NULL;

		if (modifier == MODIFIER_EXPAND) {
			if (!placeholder_expand(item->load, &out, &texts->item[i], line))
				return false;
		} else {
			reason = item_change_one(item, &out, &texts->item[i], modifier);
		}
		if (!load_check_memory(item->load))
			return false;
		if (!reason && out.count > LIMIT_EXPANSIONS)
			reason = "a value has too many forms";
		if (reason)
			return item_text_failed(item, line, reason);
	}
	*texts = out;
	return true;
}

static bool item_expands(const struct item *item)
{
	return memchr(item->modifiers.change, MODIFIER_EXPAND, item->modifiers.changes) != NULL;
}

static struct expression *item_text(const struct item *item, const struct doc_node *value,
				    const char *test)
{
	struct arena *arena = &item->load->set->arena;
	struct texts texts = { 0 };
	struct text text;
	struct expression *any = expression_new(arena, EXPRESSION_OR);
	const char *reason =
	    text_parse(&text, item->load->scratch, value->text, value->length, item_expands(item));

	if (reason)
		return item_text_failed(item, value->line, reason);
	if (!any || !text_add(&texts, item->load->scratch, &text))
		return load_out_of_memory(item->load);
	for (uint32_t i = 0; i < item->modifiers.changes; i++)
		if (!item_change(item, &texts, (enum modifier)item->modifiers.change[i],
				 value->line))
			return NULL;
	for (uint32_t i = 0; i < texts.count; i++) {
		struct expression *leaf = item_text_leaf(item, &texts.item[i], test);

		if (!leaf)
			return NULL;
		if (!expression_add(arena, any, leaf))
			return load_out_of_memory(item->load);
	}
	return expression_done(any);
}

/* A number without modifiers that make it a string. */
static struct expression *item_number(const struct item *item, const struct doc_node *value,
				      const char *test)
{
	struct arena *arena = &item->load->set->arena;
	struct atom atom = { .kind = ATOM_NUMBER, .field = item->number };
	struct number *number = arena_take(arena, sizeof(*number));
	char *text = arena_take(arena, FOLD_BYTES((size_t)value->length));

	if (!text || !number)
		return load_out_of_memory(item->load);
	if (!number_parse(number, value->text, value->length))
		return item_text(item, value, test);
	number->text = text;
	number->length = (uint32_t)fold_case(text, value->text, value->length);
	atom.number = number;
	return item_leaf(item, &atom, value->text, value->length, test);
}

static struct expression *item_compare(const struct item *item, const struct doc_node *value,
				       const char *test)
{
	const struct modifiers *m = &item->modifiers;
	struct number *number = arena_take(&item->load->set->arena, sizeof(*number));
	struct atom atom = { .kind = ATOM_COMPARE, .field = item->number, .number = number };

	atom.operator=(uint8_t) m->operator;
	atom.part = (uint8_t)m->part;
	if (!number)
		return load_out_of_memory(item->load);
	if (!number_parse(number, value->text, value->length))
		return load_fail(item->load, DETECT_INVALID, value->line,
				 "a modifier that compares numbers needs a number");
	return item_leaf(item, &atom, value->text, value->length, test);
}

static struct expression *item_exists(const struct item *item, const struct doc_node *value,
				      const char *test)
{
	struct atom atom = { .kind = ATOM_EXISTS, .field = item->number };

	if (value->type != DOC_BOOL)
		return load_fail(item->load, DETECT_INVALID, value->line,
				 "exists needs true or false");
	atom.exists = (value->text[0] | 0x20) == 't';
	return item_leaf(item, &atom, "", 0, test);
}

static struct expression *item_cidr(const struct item *item, const struct doc_node *value,
				    const char *test)
{
	struct atom atom = { .kind = ATOM_CIDR, .field = item->number };
	struct network *network = arena_take(&item->load->set->arena, sizeof(*network));

	if (!network)
		return load_out_of_memory(item->load);
	atom.network = network;
	if (!network_parse(network, value->text, value->length))
		return load_fail(item->load, DETECT_INVALID, value->line,
				 "cidr needs an IPv4 or IPv6 network");
	return item_leaf(item, &atom, value->text, value->length, test);
}

static struct expression *item_fieldref(const struct item *item, const struct doc_node *value,
					const char *test)
{
	const struct modifiers *m = &item->modifiers;
	struct atom atom = { .kind = ATOM_FIELD, .field = item->number, .cased = m->cased };

	if (value->type != DOC_STRING || value->length == 0 || !item->field)
		return load_fail(item->load, DETECT_INVALID, value->line,
				 "fieldref compares a field with another one");
	if (m->starts || m->ends)
		atom.shape = m->starts && m->ends ? PATTERN_INSIDE
			     : m->starts          ? PATTERN_START
						  : PATTERN_END;
	atom.other = set_field(item->load->set, value->text);
	if (atom.other == DETECT_NO_FIELD)
		return load_out_of_memory(item->load);
	return item_leaf(item, &atom, "", 0, test);
}

/* Compiles an expression and gives it to the set. */
static struct regex *item_compile(const struct item *item, const struct doc_node *value)
{
	struct load *load = item->load;
	struct detect_set *set = load->set;
	char reason[160];
	bool refused;
	struct regex *regex;

	if (!set_grow(&set->regex, set->regexes, &set->regex_capacity, sizeof(struct regex *)))
		return load_out_of_memory(load);
	if (set->regexes >= LIMIT_REGEXES || set->regex_bytes >= LIMIT_REGEX_TOTAL)
		return load_fail(load, DETECT_REFUSED, value->line,
				 "the set has too many regular expressions");
	regex = regex_new(value->text, value->length, item->modifiers.regex, reason, sizeof(reason),
			  &refused);
	if (!regex && !*reason)
		return load_out_of_memory(load);
	if (!regex)
		return load_fail(load, refused ? DETECT_REFUSED : DETECT_INVALID, value->line,
				 "regular expression: %s", reason);
	set->regex_bytes += regex_size(regex);
	return set->regex[set->regexes++] = regex;
}

static struct expression *item_regex(const struct item *item, const struct doc_node *value,
				     const char *test)
{
	struct load *load = item->load;
	struct arena *arena = &load->set->arena;
	struct atom atom = { .kind = ATOM_REGEX, .field = item->number };
	struct vigil_buffer key = { 0 };
	struct expression *leaf;
	struct literal literal;
	size_t from;
	char *bytes;

	atom.regex = item_compile(item, value);
	if (!atom.regex)
		return NULL;
	bytes = arena_take(arena, (size_t)value->length + 1);
	if (!bytes)
		return load_out_of_memory(load);
	literal.length = (uint32_t)regex_literal(value->text, value->length, bytes, &from);
	literal.text = bytes + from;
	vigil_put_unsigned(&key, item->modifiers.regex);
	vigil_put_char(&key, ' ');
	vigil_put(&key, value->text, value->length);
	leaf = key.failed ? load_out_of_memory(load)
			  : item_leaf_with(item, &atom, &literal, key.data, key.length, test);
	vigil_buffer_free(&key);
	return leaf;
}

static struct expression *item_null(const struct item *item, const struct doc_node *value,
				    const char *test)
{
	const struct modifiers *m = &item->modifiers;
	struct atom atom = { .kind = ATOM_NULL, .field = item->number };

	if (!item->field || m->use != USE_TEXT || m->changes)
		return load_fail(item->load, DETECT_INVALID, value->line,
				 "null cannot be a keyword, and cannot have this modifier");
	return item_leaf(item, &atom, "", 0, test);
}

static struct expression *item_value(const struct item *item, const struct doc_node *value)
{
	const struct modifiers *m = &item->modifiers;
	const char *test;

	if (value->kind != DOC_SCALAR)
		return load_fail(item->load, DETECT_INVALID, value->line,
				 "a value is neither a string nor a number");
	test = item_test_text(item, value);
	if (!test)
		return NULL;
	if (value->type == DOC_NULL)
		return item_null(item, value, test);
	switch (m->use) {
	case USE_REGEX:
		return item_regex(item, value, test);
	case USE_CIDR:
		return item_cidr(item, value, test);
	case USE_FIELD:
		return item_fieldref(item, value, test);
	case USE_EXISTS:
		return item_exists(item, value, test);
	case USE_COMPARE:
	case USE_TIME:
		return item_compare(item, value, test);
	default:
		break;
	}
	if (item->field && !m->changes && !m->cased &&
	    (value->type == DOC_INTEGER || value->type == DOC_FLOAT))
		return item_number(item, value, test);
	return item_text(item, value, test);
}

static struct expression *item_values(const struct item *item, const struct doc_node *values)
{
	struct arena *arena = &item->load->set->arena;
	struct expression *all =
	    expression_new(arena, item->modifiers.all ? EXPRESSION_AND : EXPRESSION_OR);

	if (!all)
		return load_out_of_memory(item->load);
	if (values->kind != DOC_LIST)
		return item_value(item, values);
	if (values->count == 0)
		return load_fail(item->load, DETECT_INVALID, values->line, "a list without values");
	for (uint32_t i = 0; i < values->count; i++) {
		struct expression *value;

		if (values->item[i]->kind == DOC_SCALAR && values->item[i]->type == DOC_NULL)
			return load_fail(item->load, DETECT_INVALID, values->item[i]->line,
					 "null cannot be in a list of values");
		value = item_value(item, values->item[i]);
		if (!value)
			return NULL;
		if (!expression_add(arena, all, value))
			return load_out_of_memory(item->load);
	}
	return expression_done(all);
}

struct expression *item_read(struct load *load, const char *selection, const struct doc_node *key,
			     const struct doc_node *values)
{
	struct item item = { .load = load, .selection = selection };
	const char *bar = key ? strchr(key->text, '|') : NULL;
	size_t length = !key ? 0 : bar ? (size_t)(bar - key->text) : key->length;
	struct expression *made;
	const char *modifiers =
	    arena_copy(&load->set->arena, bar ? bar + 1 : "", bar ? strlen(bar + 1) : 0);
	const char *field = arena_copy(&load->set->arena, key ? key->text : "", length);

	if (!modifiers || !field)
		return load_out_of_memory(load);
	if (bar && key->text[key->length - 1] == '|')
		return load_fail(load, DETECT_INVALID, key->line, "no modifier after '|'");
	if (!modifiers_read(load, &item.modifiers, modifiers, key ? key->line : 0))
		return NULL;
	item.field = *field ? field : NULL;
	item.number = set_field(load->set, field);
	if (item.number == DETECT_NO_FIELD)
		return load_out_of_memory(load);
	made = item_values(&item, values);
	if (!made || !item.modifiers.neq)
		return made;
	made = expression_not(&load->set->arena, made);
	return made ? made : load_out_of_memory(load);
}
