/* SPDX-License-Identifier: MIT */
/* check.c - checks the values of a rule. */
#include <string.h>

#include "rules/parse.h"
#include "rules/set.h"

#define ID_MAX 64

static bool is_absolute(const struct parser *p, const char *path)
{
	if (!p->rules->windows)
		return path[0] == '/';
	return path[0] == '\\' || (((path[0] | 0x20) >= 'a' && (path[0] | 0x20) <= 'z') &&
				   path[1] == ':' && path[2] == '\\');
}

/* Rejects a path that other parts of the system would normalize: it would never match. */
static enum vigil_code check_path(const struct parser *p, const char *at, const char *path)
{
	const char slash = p->rules->windows ? '\\' : '/';

	if (!is_absolute(p, path))
		return parse_wrong(
		    p, at,
		    p->rules->windows
			? "an absolute path is needed: C:\\... or \\Device\\... (with "
			  "backslashes); name= matches a file name in any folder"
			: "an absolute path is needed; name= matches a file name in "
			  "any folder");
	if (strpbrk(path, "*?"))
		return parse_wrong(p, at,
				   "* and ? are wildcards in pattern=, parent= and ancestor= only; "
				   "to match a name that contains them, use ? there");
	for (const char *c = strchr(path + 1, slash), *next; c; c = next) {
		size_t length = strcspn(c + 1, p->rules->windows ? "\\" : "/");

		next = strchr(c + 1, slash);
		if ((length == 0 && next) || parse_is_word(c + 1, length, ".") ||
		    parse_is_word(c + 1, length, ".."))
			return parse_wrong(p, at,
					   "a path cannot have empty components, `.` or `..`");
	}
	return VIGIL_OK;
}

const char *parse_hash_digits(const char *value)
{
	return strncmp(value, "sha256:", 7) == 0 ? value + 7 : value;
}

static enum vigil_code check_hash(const struct parser *p, const char *at, const char *value)
{
	const char *digits = parse_hash_digits(value);
	size_t length = strspn(digits, "0123456789abcdefABCDEF");

	if (length == 2 * RULES_HASH_BYTES && !digits[length])
		return VIGIL_OK;
	return parse_wrong(p, at,
			   "a hash is the SHA-256 of the file: %u hexadecimal digits, as sha256sum "
			   "prints them",
			   2 * RULES_HASH_BYTES);
}

static enum vigil_code check_target(const struct parser *p, const struct draft *d)
{
	const char *value, *at, slash = p->rules->windows ? '\\' : '/';

	if (d->target == WORD_COUNT)
		return parse_wrong(p, p->end,
				   "a target is missing: add path=FILE, folder=FOLDER, "
				   "name=NAME, pattern=PATTERN or hash=SHA256");
	value = d->value[d->target];
	at = d->at[d->target];
	switch (d->target) {
	case WORD_PATH:
		if (value[strlen(value) - 1] == slash)
			return parse_wrong(p, at, "this is a folder: use folder=");
		return check_path(p, at, value);
	case WORD_FOLDER:
		return check_path(p, at, value);
	case WORD_NAME:
		if (strchr(value, slash) || strpbrk(value, "*?"))
			return parse_wrong(p, at,
					   "a name cannot contain %c, * or ?: use path= for an "
					   "absolute path, pattern= for wildcards",
					   slash);
		return VIGIL_OK;
	case WORD_HASH:
		return check_hash(p, at, value);
	default:
		if (strlen(value) > RULES_PATTERN_MAX)
			return parse_wrong(p, at, "a pattern has at most %u bytes",
					   RULES_PATTERN_MAX);
		if (p->rules->patterns == RULES_PATTERNS_MAX)
			return parse_wrong(p, at,
					   "this is pattern number %u: more would slow down every "
					   "start; use folder= or name=",
					   RULES_PATTERNS_MAX + 1);
		return VIGIL_OK;
	}
}

static enum vigil_code check_id(const struct parser *p, const struct draft *d)
{
	const char *id = d->value[WORD_ID];
	size_t length = id ? strlen(id) : 0;

	if (length > ID_MAX || (id && strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
						 "WXYZ0123456789._:-") != length))
		return parse_wrong(p, d->at[WORD_ID],
				   "an id has up to %d letters, digits and . _ : -", ID_MAX);
	if (id && strcmp(id, RULES_UNKNOWN_ID) == 0)
		return parse_wrong(p, d->at[WORD_ID],
				   "the id " RULES_UNKNOWN_ID
				   " is reserved for the setting of that name");
	return VIGIL_OK;
}

static enum vigil_code check_image(const struct parser *p, const struct draft *d, enum word word)
{
	const char *image = d->value[word];

	if (!image)
		return VIGIL_OK;
	if (strlen(image) > RULES_PATTERN_MAX)
		return parse_wrong(p, d->at[word], "a value has at most %u bytes",
				   RULES_PATTERN_MAX);
	if (strchr(image, p->rules->windows ? '\\' : '/') && !strpbrk(image, "*?"))
		return check_path(p, d->at[word], image);
	return VIGIL_OK;
}

static enum vigil_code check_images(const struct parser *p, const struct draft *d)
{
	enum vigil_code code = check_image(p, d, WORD_PARENT);

	if (code == VIGIL_OK)
		code = check_image(p, d, WORD_ANCESTOR);
	if (code == VIGIL_OK && d->value[WORD_PARENT] && d->value[WORD_ANCESTOR])
		return parse_wrong(p, d->at[WORD_ANCESTOR],
				   "a rule has parent= or ancestor=, not both: ancestor= includes "
				   "the parents");
	return code;
}

enum vigil_code parse_check(const struct parser *p, const struct draft *d)
{
	enum vigil_code code = check_target(p, d);

	if (code == VIGIL_OK)
		code = check_id(p, d);
	return code == VIGIL_OK ? check_images(p, d) : code;
}
