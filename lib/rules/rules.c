/* SPDX-License-Identifier: MIT */
#include "rules/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "input.h"
#include "rules/fold.h"

#define FILE_MAX  (16u << 20)
#define PATH_ROOM 4097

enum vigil_code vigil_rules_parse(struct vigil_rules **out, const char *text, size_t length,
				  const char *name, struct vigil_error *error)
{
	return rules_parse(out, text, length, name, RULES_WINDOWS, error);
}

enum vigil_code rules_read(const char *path, char **text, size_t *length, struct vigil_error *error)
{
	struct vigil_error why;

	if (input_read(text, length, path, FILE_MAX, &why) == VIGIL_OK)
		return VIGIL_OK;
	return vigil_fail(error, why.code, "cannot read the rules in %.200s: %s.%s", path, why.text,
			  errno == ENOENT ? " `vigil block add` makes the file." : "");
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

/* A parent as written, and where it leads. */
static const char *locate_parent(const char *parent, char *room, size_t size)
{
	struct rules_file file;

	return parent && rules_locate(parent, room, size, &file) ? room : parent;
}

/* What a start gives, in the form in which rules have it. */
static char *folded(const struct vigil_rules *rules, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (copy && rules->windows)
		fold_text(copy, strlen(copy));
	return copy;
}

const struct vigil_rule *vigil_rules_match(const struct vigil_rules *rules,
					   const struct vigil_start *start)
{
	char image[PATH_ROOM], parent[PATH_ROOM];
	struct rules_subject subject = { 0 };
	uint32_t number;
	char *path, *by, *really;

	if (!rules_locate(start->image, image, sizeof image, &subject.file))
		snprintf(image, sizeof image, "%s", start->image);
	path = folded(rules, image);
	by = folded(rules, start->parent);
	really = folded(rules, locate_parent(start->parent, parent, sizeof parent));
	subject.path = path ? path : "";
	subject.length = strlen(subject.path);
	subject.user = start->user ? rules_user(start->user, rules->windows) : NULL;
	subject.parent[0] = by;
	subject.parent[1] = really;
	number = rules_find(rules, &subject);
	free((char *)(uintptr_t)subject.user);
	free(path);
	free(by);
	free(really);
	return number == RULES_NONE ? NULL : &rules->rule[number].told;
}
