/* SPDX-License-Identifier: MIT */
/*
 * regex_literal.c - text that every match of a regular expression contains.
 *
 * Only what is certain counts: characters outside groups, classes and quantifiers. At the first
 * construct that this reader does not know, it keeps what it has found before.
 */
#include <string.h>

#include "detect/regex.h"

struct literal_reader {
	const char *s, *end;
	char *out;
	size_t length; /* of out */
	size_t run;    /* where the present run begins in out */
	size_t best, best_length;
};

static void literal_end_run(struct literal_reader *r)
{
	if (r->length - r->run > r->best_length) {
		r->best = r->run;
		r->best_length = r->length - r->run;
	}
	r->run = r->length;
}

/* Moves over a class that begins at s. Returns false if it has no end. */
static bool literal_skip_class(struct literal_reader *r)
{
	r->s++;
	if (r->s < r->end && *r->s == '^')
		r->s++;
	if (r->s < r->end && *r->s == ']')
		r->s++;
	for (; r->s < r->end; r->s++) {
		if (*r->s == '\\')
			r->s++;
		else if (*r->s == '[' && r->s + 1 < r->end && strchr(":.=", r->s[1]))
			return false;
		else if (*r->s == ']') {
			r->s++;
			return true;
		}
	}
	return false;
}

/* Moves over a group that begins at s. */
static bool literal_skip_group(struct literal_reader *r)
{
	unsigned depth = 0;

	while (r->s < r->end) {
		char c = *r->s;

		if (c == '[') {
			if (!literal_skip_class(r))
				return false;
			continue;
		}
		depth += c == '(';
		depth -= c == ')';
		r->s += c == '\\' ? 2 : 1;
		if (depth == 0)
			return r->s <= r->end;
	}
	return false;
}

/* Moves over {n}, {n,} or {n,m}, or else over the brace alone. */
static void literal_skip_braces(struct literal_reader *r)
{
	size_t n = 1 + strspn(r->s + 1, "0123456789, ");

	r->s += r->s + n < r->end && r->s[n] == '}' ? n + 1 : 1;
}

static void literal_add(struct literal_reader *r, char c)
{
	r->out[r->length++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	r->s++;
}

/* A character may occur any number of times, or not at all. */
static void literal_drop_last(struct literal_reader *r)
{
	if (r->length > r->run)
		r->length--;
	literal_end_run(r);
}

/* Reads an escape: a class of characters, or a character that stands for itself. */
static bool literal_read_escape(struct literal_reader *r)
{
	char c;

	if (r->s + 1 == r->end)
		return false;
	c = r->s[1];
	r->s++;
	if (strchr("dDwWsSbB", c)) {
		literal_end_run(r);
		r->s++;
		return true;
	}
	if ((unsigned char)c >= 0x80 || (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
		return false;
	literal_add(r, c);
	return true;
}

/* Reads one element. Returns false where reading ends. */
static bool literal_step(struct literal_reader *r)
{
	char c = *r->s;

	switch (c) {
	case '\\':
		return literal_read_escape(r);
	case '[':
		literal_end_run(r);
		return literal_skip_class(r);
	case '(':
		literal_end_run(r);
		return literal_skip_group(r);
	case '*':
	case '?':
		literal_drop_last(r);
		r->s++;
		return true;
	case '{':
		literal_drop_last(r);
		literal_skip_braces(r);
		return true;
	case '+':
	case '.':
	case '^':
	case '$':
		literal_end_run(r);
		r->s++;
		return true;
	default:
		if ((unsigned char)c >= 0x80)
			return false;
		literal_add(r, c);
		return true;
	}
}

/* Whether there is an escape that changes how what follows is read: \Q and \E, and \c, which takes
 * any character after it, a backslash as well. Up to the first of them each backslash belongs to one
 * character, inside classes as well. */
static bool literal_has_odd_escape(const char *s)
{
	for (; (s = strchr(s, '\\')) && s[1]; s += 2)
		if (strchr("QEc", s[1]))
			return true;
	return false;
}

/* A group that changes how the rest is read, a comment or a callout with any text, or a verb. */
static bool literal_is_odd_group(const char *s)
{
	if (s[1] == '*')
		return true;
	return s[1] == '?' && (s[2] == '#' || s[2] == 'C' ||
			       memchr(s + 2, 'x', strspn(s + 2, "abcdefghijklmnopqrstuvwxyz^-")));
}

/* Whether there are such constructs, or an alternative outside groups. */
static bool literal_is_unsafe(const char *text, size_t length)
{
	struct literal_reader r = { .s = text, .end = text + length };
	unsigned depth = 0;

	if (strlen(text) != length || literal_has_odd_escape(text))
		return true;
	while (r.s < r.end) {
		if (*r.s == '[') {
			if (!literal_skip_class(&r))
				return true;
			continue;
		}
		if (r.s[0] == '\\' && r.s[1] != '\0') {
			r.s += 2;
			continue;
		}
		if ((*r.s == '|' && depth == 0) || (*r.s == '(' && literal_is_odd_group(r.s)))
			return true;
		depth += *r.s == '(';
		depth -= *r.s == ')' && depth > 0;
		r.s++;
	}
	return false;
}

size_t regex_literal(const char *text, size_t length, char *out, size_t *from)
{
	struct literal_reader r = { .s = text, .end = text + length, .out = out };

	*from = 0;
	if (literal_is_unsafe(text, length))
		return 0;
	while (r.s < r.end && literal_step(&r))
		;
	literal_end_run(&r);
	*from = r.best;
	return r.best_length;
}
