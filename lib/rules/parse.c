/* SPDX-License-Identifier: MIT */
/* parse.c - parses rules files: vigil-rules(5). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "rules/parse.h"
#include "rules/set.h"

static const char *const words[WORD_COUNT] = { "path",   "folder", "name",     "pattern", "user",
					       "parent", "hash",   "ancestor", "id" };

static bool is_target(int word)
{
	return word <= WORD_PATTERN || word == WORD_HASH;
}

static enum vigil_target target_of(enum word word)
{
	return word == WORD_HASH ? VIGIL_TARGET_HASH
				 : (enum vigil_target)(word + VIGIL_TARGET_PATH);
}

enum vigil_code parse_wrong(const struct parser *p, const char *at, const char *format, ...)
{
	unsigned column = 1;
	va_list arguments;
	char text[360];

	for (const char *c = p->line; c < at; c++)
		column += ((unsigned char)*c & 0xc0) != 0x80;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return vigil_fail(p->error, VIGIL_ERROR_USAGE, "%.100s:%u:%u: %s", p->name, p->number,
			  column, text);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end && is_blank(*p->at))
		p->at++;
}

static bool at_word_end(const struct parser *p)
{
	return p->at == p->end || is_blank(*p->at);
}

/* ---- values ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Parses an escape between double quotes; p->at is after the backslash. */
static enum vigil_code read_escape(struct parser *p, char **to)
{
	const char *at = p->at - 1;
	int high, low;

	if (p->at < p->end && strchr("\\\"nt", *p->at)) {
		*(*to)++ = *p->at == 'n' ? '\n' : *p->at == 't' ? '\t' : *p->at;
		p->at++;
		return VIGIL_OK;
	}
	if (p->end - p->at >= 3 && *p->at == 'x') {
		high = hex_digit(p->at[1]);
		low = hex_digit(p->at[2]);
		if (high >= 0 && low >= 0 && (high || low)) {
			*(*to)++ = (char)(high << 4 | low);
			p->at += 3;
			return VIGIL_OK;
		}
	}
	return parse_wrong(
	    p, at,
	    "invalid backslash: valid escapes between double quotes are \\\\ \\\" \\n \\t and "
	    "\\xHH (not \\x00); between single quotes a backslash is an ordinary character");
}

static enum vigil_code read_quoted(struct parser *p, char **to)
{
	const char *begin = p->at;
	char quote = *p->at++;

	while (p->at < p->end && *p->at != quote) {
		if (quote == '"' && *p->at == '\\') {
			enum vigil_code code = (p->at++, read_escape(p, to));

			if (code < 0)
				return code;
			continue;
		}
		*(*to)++ = *p->at++;
	}
	if (p->at == p->end)
		return parse_wrong(p, begin, "the closing quote is missing on this line");
	p->at++;
	return at_word_end(p)
		   ? VIGIL_OK
		   : parse_wrong(p, p->at, "a blank must follow the quote that ends a value");
}

static enum vigil_code read_value(struct parser *p, struct draft *d)
{
	const char *begin = p->at;
	enum vigil_code code = VIGIL_OK;
	char *from = d->to;

	if (p->at < p->end && (*p->at == '"' || *p->at == '\'')) {
		code = read_quoted(p, &d->to);
	} else {
		while (!at_word_end(p) && !strchr("\"',", *p->at))
			*d->to++ = *p->at++;
		if (!at_word_end(p) && *p->at == ',')
			return parse_wrong(
			    p, p->at,
			    "a comma in a value: a rule has one target; write one rule "
			    "for each, or put a value that contains a comma between "
			    "quotes");
		if (!at_word_end(p))
			return parse_wrong(
			    p, p->at, "a quote within a value: put the whole value between quotes");
	}
	if (code == VIGIL_OK && d->to == from)
		return parse_wrong(p, begin, "a value is missing");
	*d->to++ = '\0';
	return code;
}

/* ---- words ---- */

static enum vigil_code read_verdict(struct parser *p, enum vigil_verdict *verdict)
{
	static const struct {
		const char *word;
		enum vigil_verdict verdict;
	} verdicts[] = { { "deny", VIGIL_VERDICT_DENY },
			 { "audit", VIGIL_VERDICT_AUDIT },
			 { "allow", VIGIL_VERDICT_ALLOW } };
	const char *begin = p->at;

	while (!at_word_end(p))
		p->at++;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (parse_is_word(begin, (size_t)(p->at - begin), verdicts[i].word)) {
			*verdict = verdicts[i].verdict;
			return VIGIL_OK;
		}
	return parse_wrong(p, begin, "deny, audit or allow is expected here, not `%.*s`",
			   (int)(p->at - begin > 40 ? 40 : p->at - begin), begin);
}

static enum vigil_code read_word(struct parser *p, struct draft *d)
{
	const char *begin = p->at;
	size_t length;
	int word;

	while (!at_word_end(p) && *p->at != '=')
		p->at++;
	length = (size_t)(p->at - begin);
	for (word = 0; word < WORD_COUNT && !parse_is_word(begin, length, words[word]); word++)
		;
	if (word == WORD_COUNT || at_word_end(p))
		return parse_wrong(
		    p, begin,
		    "unknown word `%.*s`: path=, folder=, name=, pattern= or hash= is the "
		    "target of a rule; user=, parent= or ancestor=, and id= may follow",
		    (int)(length > 40 ? 40 : length), begin);
	if (d->value[word])
		return parse_wrong(p, begin, "duplicate %s=", words[word]);
	if (is_target(word) && d->target != WORD_COUNT)
		return parse_wrong(p, begin, "a rule has one target: this one already has %s=",
				   words[d->target]);
	p->at++;
	d->at[word] = p->at;
	d->value[word] = d->to;
	if (is_target(word))
		d->target = (enum word)word;
	return read_value(p, d);
}

static void read_comment(struct parser *p, struct draft *d)
{
	const char *end = p->end;

	for (p->at++; p->at < end && is_blank(*p->at); p->at++)
		;
	while (end > p->at && is_blank(end[-1]))
		end--;
	d->comment = d->to;
	memcpy(d->to, p->at, (size_t)(end - p->at));
	d->to += end - p->at;
	*d->to++ = '\0';
	p->at = p->end;
}

/* ---- adding a rule ---- */

/* Makes an id for a rule that has none, from its contents, so that it stays the same when the
 * order of the rules changes. */
static void make_id(struct draft *d)
{
	uint32_t hash = 2166136261u;

	for (int word = 0; word < WORD_ID; word++) {
		if (word > WORD_PARENT && !d->value[word])
			continue; /* ids that were made before these words existed stay the same */
		hash = (hash ^ (unsigned)word) * 16777619u;
		for (const char *c = d->value[word]; c && *c; c++)
			hash = (hash ^ (unsigned char)*c) * 16777619u;
	}
	hash = (hash ^ d->verdict) * 16777619u;
	d->value[WORD_ID] = d->to;
	d->to += snprintf(d->to, 16, "rule-%08x", (unsigned)hash) + 1;
}

static enum vigil_code fail_memory(const struct parser *p)
{
	return vigil_fail(p->error, VIGIL_ERROR_MEMORY, "out of memory for the rules of %.100s",
			  p->name);
}

static enum vigil_code add_hash(const struct parser *p, const char *value, uint32_t number)
{
	const char *digits = parse_hash_digits(value);
	uint8_t hash[RULES_HASH_BYTES];

	for (size_t i = 0; i < sizeof(hash); i++)
		hash[i] = (uint8_t)(hex_digit(digits[2 * i]) * 16 + hex_digit(digits[2 * i + 1]));
	return rules_add_key(p->rules, number, VIGIL_TARGET_HASH, hash, sizeof(hash));
}

/* Adds the key of a rule. A folder's key ends with a separator; that of the root is only a
 * separator. */
static enum vigil_code add_key(const struct parser *p, const struct draft *d, uint32_t number)
{
	const char slash[2] = { p->rules->windows ? '\\' : '/', '\0' };
	char *value = d->value[d->target];
	size_t length = strlen(value);
	enum vigil_code code;
	char *folder;

	if (d->target == WORD_HASH)
		return add_hash(p, value, number);
	if (d->target != WORD_FOLDER || value[length - 1] == slash[0])
		return rules_add_key(p->rules, number, target_of(d->target), value, length);
	folder = malloc(length + 2);
	if (!folder)
		return VIGIL_ERROR_MEMORY;
	memcpy(folder, value, length);
	memcpy(folder + length, slash, 2);
	code = rules_add_key(p->rules, number, VIGIL_TARGET_FOLDER, folder, length + 1);
	free(folder);
	return code;
}

/* Sets the conditions on the caller, in the form in which they are compared. */
static enum vigil_code set_caller(const struct parser *p, const struct draft *d, struct rule *rule)
{
	const char *image = rule->info.parent ? rule->info.parent : rule->info.ancestor;

	if (rule->info.user) {
		rule->user = rules_user(rule->info.user, p->rules->windows);
		if (!rule->user)
			return parse_wrong(
			    p, d->at[WORD_USER],
			    p->rules->windows
				? "there is no user `%.64s` on this system; a SID (S-1-5-...) "
				  "always works"
				: "there is no user `%.64s` on this system, or its directory "
				  "service does not answer; a number always works",
			    rule->info.user);
	}
	p->rules->ancestors |= rule->info.ancestor != NULL;
	return image && !rules_set_parent(p->rules, &rule->parents, image) ? fail_memory(p)
									   : VIGIL_OK;
}

/* Adds a rule. Takes ownership of the draft's strings. */
static enum vigil_code add_rule(const struct parser *p, struct draft *d)
{
	uint32_t number = p->rules->count;
	enum vigil_code code;
	struct rule *rule;

	if (number == RULES_MAX)
		return parse_wrong(p, p->line, "more than %u rules", RULES_MAX);
	rule = rules_add(p->rules);
	if (!rule)
		return fail_memory(p);
	if (!d->value[WORD_ID])
		make_id(d);
	rule->strings = d->strings;
	d->strings = NULL;
	rule->info = (struct vigil_rule){
		.id = d->value[WORD_ID],
		.verdict = d->verdict,
		.target = target_of(d->target),
		.value = d->value[d->target],
		.user = d->value[WORD_USER],
		.parent = d->value[WORD_PARENT],
		.ancestor = d->value[WORD_ANCESTOR],
		.comment = d->comment,
		.line = p->number,
	};
	code = set_caller(p, d, rule);
	if (code == VIGIL_OK && add_key(p, d, number) < 0)
		code = fail_memory(p);
	return code;
}

static enum vigil_code check_characters(const struct parser *p)
{
	for (const char *c = p->line; c < p->end; c++)
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return parse_wrong(
			    p, c,
			    "a control character (0x%02x): write it as \\xHH between "
			    "double quotes",
			    (unsigned)(unsigned char)*c);
	return VIGIL_OK;
}

static enum vigil_code read_rule(struct parser *p, struct draft *d)
{
	enum vigil_code code = read_verdict(p, &d->verdict);

	for (skip_blanks(p); code == VIGIL_OK && p->at < p->end; skip_blanks(p)) {
		if (*p->at == '#')
			read_comment(p, d);
		else
			code = read_word(p, d);
	}
	if (code == VIGIL_OK)
		code = parse_check(p, d);
	return code == VIGIL_OK ? add_rule(p, d) : code;
}

/* Parses `unknown VERDICT`: the verdict on a start that cannot be decided. */
static enum vigil_code read_setting(struct parser *p)
{
	struct rule *rules = p->rules->unknown_rule;
	enum vigil_code code;

	if (rules[0].info.line)
		return parse_wrong(p, p->at, "`unknown` is already set in line %u",
				   rules[0].info.line);
	p->at += strlen(RULES_UNKNOWN_ID);
	skip_blanks(p);
	code = read_verdict(p, &p->rules->unknown);
	skip_blanks(p);
	if (code == VIGIL_OK && p->at < p->end && *p->at != '#')
		return parse_wrong(p, p->at, "only a comment may follow `unknown VERDICT`");
	for (int verdict = 0; verdict <= VIGIL_VERDICT_ALLOW; verdict++)
		rules[verdict].info.line = p->number;
	return code;
}

static bool is_setting(const struct parser *p)
{
	size_t length = strlen(RULES_UNKNOWN_ID);

	return (size_t)(p->end - p->at) >= length && memcmp(p->at, RULES_UNKNOWN_ID, length) == 0 &&
	       ((size_t)(p->end - p->at) == length || is_blank(p->at[length]));
}

/* Whether this line is `stay`: the rules stay in force after the enforcer has ended. */
static bool is_stay(struct parser *p)
{
	const char *begin = p->at;
	bool is = false;

	while (!at_word_end(p))
		p->at++;
	if (parse_is_word(begin, (size_t)(p->at - begin), "stay")) {
		skip_blanks(p);
		is = p->at == p->end || *p->at == '#';
	}
	p->at = begin;
	return is;
}

static enum vigil_code read_stay(struct parser *p)
{
	if (p->stay_line)
		return parse_wrong(p, p->at, "`stay` is already set in line %u", p->stay_line);
	p->stay_line = p->number;
	p->rules->stay = true;
	return VIGIL_OK;
}

static enum vigil_code read_line(struct parser *p)
{
	struct draft d = { .target = WORD_COUNT };
	enum vigil_code code = check_characters(p);

	skip_blanks(p);
	if (code < 0 || p->at == p->end || *p->at == '#')
		return code;
	if (is_setting(p))
		return read_setting(p);
	if (is_stay(p))
		return read_stay(p);
	/* Values never grow, and the NUL of each replaces its '='. */
	d.to = d.strings = malloc((size_t)(p->end - p->at) + WORD_COUNT + 32);
	if (!d.strings)
		return fail_memory(p);
	code = read_rule(p, &d);
	free(d.strings);
	return code;
}

/* ---- the whole ---- */

static int compare_ids_and_lines(const void *left, const void *right)
{
	const struct vigil_rule *const *a = left, *const *b = right;
	int order = strcmp((*a)->id, (*b)->id);

	return order ? order : (*a)->line < (*b)->line ? -1 : 1;
}

/* Checks that ids are unique, because records and `vigil rules remove` refer to rules by id. */
static enum vigil_code check_unique(struct parser *p)
{
	uint32_t count = p->rules->count;
	const struct vigil_rule **sorted = malloc((count + 1) * sizeof(*sorted));
	enum vigil_code code = VIGIL_OK;

	if (!sorted)
		return fail_memory(p);
	for (uint32_t i = 0; i < count; i++)
		sorted[i] = &p->rules->rule[i].info;
	qsort(sorted, count, sizeof(*sorted), compare_ids_and_lines);
	for (uint32_t i = 1; i < count && code == VIGIL_OK; i++)
		if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0) {
			p->number = sorted[i]->line;
			code =
			    parse_wrong(p, p->line,
					"the rule in line %u already has the id %s; give this one "
					"another id=, or remove it",
					sorted[i - 1]->line, sorted[i]->id);
		}
	free(sorted);
	return code;
}

enum vigil_code rules_parse(struct vigil_rules **out, const char *text, size_t length,
			    const char *name, bool windows, struct vigil_error *error)
{
	struct parser p = { .error = error, .name = name, .rules = rules_new(windows) };
	const char *at = text, *end = text + length;
	enum vigil_code code = VIGIL_OK;

	*out = NULL;
	if (!p.rules)
		return fail_memory(&p);
	if (length >= 3 &&
	    memcmp(text, "\xef\xbb\xbf", 3) == 0) /* byte order mark of Windows editors */
		at += 3;
	while (code == VIGIL_OK && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		p.line = p.at = at;
		p.end = newline ? newline : end;
		at = newline ? newline + 1 : end;
		if (p.end > p.line && p.end[-1] == '\r')
			p.end--;
		p.number++;
		code = read_line(&p);
	}
	p.line = p.at;
	if (code == VIGIL_OK)
		code = check_unique(&p);
	if (code == VIGIL_OK && !rules_index(p.rules))
		code = fail_memory(&p);
	if (code == VIGIL_OK)
		*out = p.rules;
	else
		vigil_rules_free(p.rules);
	return code;
}
