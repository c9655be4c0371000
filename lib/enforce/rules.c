/* SPDX-License-Identifier: MIT */
#include "enforce/enforce.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/input.h"
#include "os/os.h"
#include "rules/fold.h"

#define FILE_MAX  (16u << 20)
#define PATH_ROOM 4097

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
			  errno == ENOENT ? " `vigil rules add` makes the file." : "");
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

/* A start as rules_find takes it, and the memory that it points to. */
struct match {
	struct rules_subject subject;
	uint8_t hash[RULES_HASH_BYTES];
	char *text[8]; /* to be freed */
	unsigned texts;
	bool failed; /* no memory */
};

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): match.text holds what vigil_rules_match frees */

/* Text in the form in which rules have it. "" if there is no memory: see failed. */
static const char *add_text(struct match *m, const struct vigil_rules *rules, const char *text)
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

/* An image as written, and where it leads. */
static void add_image(struct match *m, const struct vigil_rules *rules, const char *image)
{
	struct rules_subject *s = &m->subject;
	struct rules_file file;
	char real[PATH_ROOM];
	int found = image ? rules_locate(image, real, sizeof real, &file) : 0;

	m->failed |= found < 0;
	s->image[s->images++].path = image ? add_text(m, rules, image) : "";
	s->image[s->images++].path = found > 0 ? add_text(m, rules, real) : "";
}

static enum vigil_code add_user(struct match *m, const struct vigil_rules *rules, const char *user,
				struct vigil_error *error)
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
	char image[PATH_ROOM];
	int found = rules_locate(start->image, image, sizeof image, &s->file);
	enum vigil_code code;

	m->failed = found < 0;
	if (found <= 0) {
		snprintf(image, sizeof image, "%s", start->image);
		s->file = (struct rules_file){ UINT64_MAX, UINT64_MAX }; /* there is none */
	}
	s->path = add_text(m, rules, image);
	s->length = strlen(s->path);
	if (rules->hashes && rules_hash_file(image, m->hash))
		s->hash = m->hash;
	/* parent= looks at the first two: a name and where it leads. */
	add_image(m, rules, start->parent);
	add_image(m, rules, start->ancestor);
	s->complete = true;
	code = add_user(m, rules, start->user, error);
	if (code == VIGIL_OK && m->failed)
		code = vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory to ask the rules");
	return code;
}

enum vigil_code vigil_rules_match(const struct vigil_rules *rules, const struct vigil_start *start,
				  const struct vigil_rule **rule, struct vigil_error *error)
{
	struct match m = { 0 };
	enum vigil_code code;
	uint32_t number;

	*rule = NULL;
	if (strlen(start->image) >= PATH_ROOM)
		return vigil_fail(error, VIGIL_ERROR_USAGE, "the path is longer than %d bytes",
				  PATH_ROOM - 1);
	code = fill_match(&m, rules, start, error);
	if (code == VIGIL_OK) {
		number = rules_find(rules, &m.subject);
		*rule = number == RULES_NONE ? NULL : &rules_rule(rules, number)->told;
	}
	while (m.texts)
		free(m.text[--m.texts]);
	return code;
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */
