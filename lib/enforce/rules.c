/* SPDX-License-Identifier: MIT */
#include "enforce/enforce.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/sized.h"
#include "os/input.h"
#include "os/os.h"
#include "rules/fold.h"

#define FILE_MAX  (16u << 20)
#define PATH_SIZE 4097

enum vigil_code vigil_rules_parse(struct vigil_rules **out, const char *text, size_t length,
				  const char *name, struct vigil_error *error)
{
	return rules_parse(out, text, length, name, OS_WINDOWS, error);
}

enum vigil_code rules_read(const char *path, char **text, size_t *length, struct vigil_error *error)
{
	struct vigil_error why;

	if (input_read(text, length, path, FILE_MAX, &why) == VIGIL_OK)
		return VIGIL_OK;
	return vigil_fail(error, why.code, "cannot read the rules in %.200s: %s.%s", path, why.text,
			  errno == ENOENT ? " `vigil rules add` creates the file." : "");
}

enum vigil_code vigil_rules_load(struct vigil_rules **out, const char *path,
				 struct vigil_error *error)
{
	enum vigil_code code;
	size_t length;
	char *text;

	*out = NULL;
	if (!path)
		path = vigil_rules_file();
	code = rules_read(path, &text, &length, error);
	if (code < 0)
		return code;
	code = vigil_rules_parse(out, text, length, path, error);
	free(text);
	if (code == VIGIL_OK)
		code = rules_resolve(*out, error);
	if (code < 0) {
		vigil_rules_free(*out);
		*out = NULL;
	}
	return code;
}

/* A start in the form that rules_find() takes, and the memory that it points to. */
struct match {
	struct rules_subject subject;
	uint8_t hash[RULES_HASH_BYTES];
	char *text[8]; /* to be freed */
	unsigned texts;
	bool failed; /* out of memory */
};

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): match.text holds what vigil_rules_match frees */

/* Returns a copy of text in the form in which rules store it, owned by the match. On failure it
 * sets failed and returns "". */
static const char *copy_match_text(struct match *m, const struct vigil_rules *rules,
				   const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		m->failed = true;
		return "";
	}
	if (rules->windows)
		fold_text(copy, strlen(copy));
	m->text[m->texts++] = copy;
	return copy;
}

/* Adds an image twice: its path as given, and the path to which links lead. */
static void add_match_image(struct match *m, const struct vigil_rules *rules, const char *image)
{
	struct rules_subject *s = &m->subject;
	struct rules_file file;
	char real[PATH_SIZE];
	int found = image ? rules_locate(image, real, sizeof(real), &file) : 0;

	m->failed |= found < 0;
	s->image[s->images++].path = image ? copy_match_text(m, rules, image) : "";
	s->image[s->images++].path = found > 0 ? copy_match_text(m, rules, real) : "";
}

static enum vigil_code set_match_user(struct match *m, const struct vigil_rules *rules,
				      const char *user, struct vigil_error *error)
{
	char *as_compared = user ? rules_user(user, rules->windows) : NULL;

	m->subject.user = "";
	if (!user)
		return VIGIL_OK;
	if (!as_compared)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "there is no user `%.64s` here, or no memory to look it up; %s",
				  user, rules->windows ? "a SID works" : "a number works");
	m->text[m->texts++] = as_compared;
	m->subject.user = as_compared;
	return VIGIL_OK;
}

static enum vigil_code fill_match(struct match *m, const struct vigil_rules *rules,
				  const struct vigil_start *start, struct vigil_error *error)
{
	struct rules_subject *s = &m->subject;
	char image[PATH_SIZE];
	int found = rules_locate(start->image, image, sizeof(image), &s->file);
	enum vigil_code code;

	m->failed = found < 0;
	if (found <= 0) {
		snprintf(image, sizeof(image), "%s", start->image);
		s->file = (struct rules_file){ UINT64_MAX, UINT64_MAX }; /* no file */
	}
	s->path = copy_match_text(m, rules, image);
	s->length = strlen(s->path);
	if (rules->hashes && rules_hash_file(image, m->hash))
		s->hash = m->hash;
	/* parent= is compared with the first two: the path as given and resolved. */
	add_match_image(m, rules, start->parent);
	add_match_image(m, rules, start->ancestor);
	s->complete = true;
	code = set_match_user(m, rules, start->user, error);
	if (code == VIGIL_OK && m->failed)
		code = vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory to match the rules");
	return code;
}

enum vigil_code vigil_rules_match(const struct vigil_rules *rules, const struct vigil_start *start,
				  const struct vigil_rule **rule, struct vigil_error *error)
{
	struct vigil_start known;
	struct match m = { 0 };
	enum vigil_code code;
	uint32_t number;

	*rule = NULL;
	if (!sized_read(&known, sizeof(known), start) || !known.image)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "vigil_start.size or .image is not set, or the program asks for "
				  "what libvigil " VIGIL_VERSION " does not have");
	if (strlen(known.image) >= PATH_SIZE)
		return vigil_fail(error, VIGIL_ERROR_USAGE, "the path is longer than %d bytes",
				  PATH_SIZE - 1);
	code = fill_match(&m, rules, &known, error);
	if (code == VIGIL_OK) {
		number = rules_find(rules, &m.subject);
		*rule = number == RULES_NONE ? NULL : &rules_rule(rules, number)->info;
	}
	while (m.texts)
		free(m.text[--m.texts]);
	return code;
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */
