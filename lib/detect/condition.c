/* SPDX-License-Identifier: MIT */
/*
 * condition.c - the condition of a rule.
 *
 *	or:   and ("or" and)*
 *	and:  not ("and" not)*
 *	not:  "not" not | term
 *	term: "(" or ")" | NUMBER|"all"|"any" "of" ("them" | PATTERN) | NAME
 */
#include <stdlib.h>
#include <string.h>

#include "detect/limits.h"
#include "detect/load.h"

#define TOKEN_MAX 255

struct condition {
	struct load *load;
	struct arena *arena;
	const char *at;
	uint32_t line;
	unsigned depth;
	const struct selection *selection;
	uint32_t selections;
	char token[TOKEN_MAX + 1]; /* "": the end */
};

static void *condition_wrong(const struct condition *c, const char *what)
{
	return load_fail(c->load, DETECT_INVALID, c->line, "condition: %s at '%.40s'", what,
			 *c->token ? c->token : "its end");
}

/* Reads the next word or parenthesis. */
static bool condition_next(struct condition *c)
{
	size_t length;

	c->at += strspn(c->at, " \t\r\n");
	length = strcspn(c->at, " \t\r\n()|");
	if (length == 0 && *c->at)
		length = 1;
	if (length > TOKEN_MAX)
		return load_fail(c->load, DETECT_INVALID, c->line, "condition: a name is too long");
	memcpy(c->token, c->at, length);
	c->token[length] = '\0';
	c->at += length;
	if (strcmp(c->token, "|") == 0)
		return load_fail(c->load, DETECT_NOT_EVALUABLE, c->line,
				 "condition: aggregations after '|' are not part of Sigma 2");
	return true;
}

/* Whether the token is a word of the grammar, in any case. */
static bool condition_is(const char *token, const char *word)
{
	for (; *token && *word; token++, word++)
		if ((*token >= 'A' && *token <= 'Z' ? *token | 0x20 : *token) != *word)
			return false;
	return *token == *word;
}

/* Matches a name with a pattern that has *. */
static bool condition_name_matches(const char *pattern, const char *name)
{
	const char *star = NULL, *resume = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			resume = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool condition_add(struct condition *c, struct expression *parent, struct expression *child)
{
	if (!child)
		return false;
	if (++c->load->terms > LIMIT_TERMS)
		return load_fail(c->load, DETECT_REFUSED, c->line, "condition: too many terms");
	return expression_add(c->arena, parent, child) || load_out_of_memory(c->load);
}

static struct expression *condition_new(const struct condition *c, enum expression_kind kind)
{
	struct expression *e = expression_new(c->arena, kind);

	return e ? e : load_out_of_memory(c->load);
}

/* Reads the number of an "of" expression. Returns 0 for all; -1: it is no number. */
static long condition_quantity(const char *token)
{
	char *end;
	long number;

	if (condition_is(token, "all"))
		return 0;
	if (condition_is(token, "any"))
		return 1;
	if (*token < '1' || *token > '9')
		return -1;
	number = strtol(token, &end, 10);
	return *end == '\0' && number <= (long)LIMIT_TERMS ? number : -1;
}

/* Reads what follows "of". */
static struct expression *condition_of(struct condition *c, long quantity)
{
	struct expression *e = condition_new(c, quantity == 0   ? EXPRESSION_AND
						: quantity == 1 ? EXPRESSION_OR
								: EXPRESSION_COUNT);
	const char *pattern = condition_is(c->token, "them") ? "*" : c->token;

	if (!e)
		return NULL;
	if (!*pattern || *pattern == '(' || *pattern == ')')
		return condition_wrong(c, "a pattern or 'them' is missing");
	e->need = (uint32_t)quantity;
	for (uint32_t i = 0; i < c->selections; i++) {
		const char *name = c->selection[i].name;

		if ((*name != '_' || *pattern == '_') && condition_name_matches(pattern, name) &&
		    !condition_add(c, e, c->selection[i].expression))
			return NULL;
	}
	if (e->count == 0)
		return condition_wrong(c, "no search identifier matches");
	if (e->need > e->count)
		return condition_wrong(c, "fewer search identifiers match than are needed");
	return condition_next(c) ? expression_done(e) : NULL;
}

static struct expression *condition_or(struct condition *c);

static struct expression *condition_parentheses(struct condition *c)
{
	struct expression *inner;

	if (++c->depth > LIMIT_DEPTH)
		return load_fail(c->load, DETECT_REFUSED, c->line, "condition: nested too deeply");
	inner = condition_next(c) ? condition_or(c) : NULL;
	if (!inner)
		return NULL;
	if (strcmp(c->token, ")") != 0)
		return condition_wrong(c, "')' is missing");
	c->depth--;
	return condition_next(c) ? inner : NULL;
}

static bool condition_is_reserved(const char *token)
{
	return !*token || *token == ')' || condition_is(token, "and") ||
	       condition_is(token, "or") || condition_is(token, "of");
}

static struct expression *condition_term(struct condition *c)
{
	char token[TOKEN_MAX + 1];
	long quantity = condition_quantity(c->token);

	if (strcmp(c->token, "(") == 0)
		return condition_parentheses(c);
	if (condition_is_reserved(c->token))
		return condition_wrong(c, "a search identifier is missing");
	memcpy(token, c->token, sizeof(token));
	if (!condition_next(c))
		return NULL;
	if (quantity >= 0 && condition_is(c->token, "of"))
		return condition_next(c) ? condition_of(c, quantity) : NULL;
	for (uint32_t i = 0; i < c->selections; i++)
		if (strcmp(c->selection[i].name, token) == 0)
			return c->selection[i].expression;
	return load_fail(c->load, DETECT_INVALID, c->line,
			 "condition: no search identifier '%.60s'", token);
}

static struct expression *condition_not(struct condition *c)
{
	bool negated = false;
	struct expression *e, *inverse;

	while (condition_is(c->token, "not")) {
		negated = !negated;
		if (!condition_next(c))
			return NULL;
	}
	e = condition_term(c);
	if (!e || !negated)
		return e;
	inverse = condition_new(c, EXPRESSION_NOT);
	return inverse && condition_add(c, inverse, e) ? inverse : NULL;
}

static struct expression *condition_and(struct condition *c)
{
	struct expression *e = condition_new(c, EXPRESSION_AND);

	for (;;) {
		if (!e || !condition_add(c, e, condition_not(c)))
			return NULL;
		if (!condition_is(c->token, "and"))
			return expression_done(e);
		if (!condition_next(c))
			return NULL;
	}
}

static struct expression *condition_or(struct condition *c)
{
	struct expression *e = condition_new(c, EXPRESSION_OR);

	for (;;) {
		if (!e || !condition_add(c, e, condition_and(c)))
			return NULL;
		if (!condition_is(c->token, "or"))
			return expression_done(e);
		if (!condition_next(c))
			return NULL;
	}
}

struct expression *condition_parse(struct load *load, const char *text, uint32_t line,
				   const struct selection *selection, uint32_t selections)
{
	struct condition c = { .load = load,
			       .arena = &load->set->arena,
			       .at = text,
			       .line = line,
			       .selection = selection,
			       .selections = selections };
	struct expression *e;

	if (strlen(text) > LIMIT_CONDITION)
		return load_fail(load, DETECT_REFUSED, line, "condition: too long");
	e = condition_next(&c) ? condition_or(&c) : NULL;
	if (e && *c.token)
		return condition_wrong(&c, "'and' or 'or' is missing");
	return e;
}
