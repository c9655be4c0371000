/* SPDX-License-Identifier: MIT */
/* tree_run.c - a program that a process ran, and whether its first argument names it. */
#include "views/tree.h"

#include <stdlib.h>
#include <string.h>

#include "format/visible.h"

static bool is_same(struct vigil_string a, struct vigil_string b, bool windows)
{
	if (a.length != b.length)
		return false;
	for (uint32_t i = 0; i < a.length; i++) {
		char left = a.data[i], right = b.data[i];

		if (windows && left >= 'A' && left <= 'Z')
			left |= 0x20;
		if (windows && right >= 'A' && right <= 'Z')
			right |= 0x20;
		if (left != right)
			return false;
	}
	return true;
}

static struct vigil_string part_of(struct vigil_string s, size_t from, size_t length)
{
	return (struct vigil_string){ s.data + from, (uint32_t)length, (uint32_t)length };
}

/* The first argument of a list; false: its end is not known. */
static bool first_of_list(struct vigil_string list, struct vigil_string *first)
{
	const char *nul = memchr(list.data, '\0', list.length);

	*first = part_of(list, 0, nul ? (size_t)(nul - list.data) : list.length);
	return nul || list.original <= list.length;
}

/* The first word of a Windows command line. */
static bool first_of_line(struct vigil_string line, struct vigil_string *first)
{
	bool quoted = line.length > 0 && line.data[0] == '"';
	uint32_t from = quoted, to = from;

	while (to < line.length && !strchr(quoted ? "\"" : " \t", line.data[to]))
		to++;
	*first = part_of(line, from, to - from);
	return to < line.length || line.original <= line.length;
}

/* The system adds .exe where a command line has no ending. An unquoted path may have blanks:
 * then the line begins with all of it. */
static bool windows_names(const struct tree_run *run, struct vigil_string first)
{
	struct vigil_string image = visible_base(run->image, true);
	struct vigil_string name = visible_base(first, true);

	if (run->command.length >= run->image.length &&
	    is_same(part_of(run->command, 0, run->image.length), run->image, true))
		return true;
	if (image.length == name.length + 4 &&
	    is_same(part_of(image, name.length, 4), (struct vigil_string){ ".exe", 4, 4 }, true))
		image.length -= 4;
	return is_same(image, name, true);
}

/* A name without a directory is the last part of the program's path, or of the path that
 * exec was given, which may be a link; a path is one of the two. The name of a login shell
 * begins with a dash. */
static bool linux_names(const struct tree_run *run, struct vigil_string filename,
			struct vigil_string first)
{
	bool base = !filename.length || !memchr(first.data, '/', first.length);

	if (first.length && first.data[0] == '-')
		first = part_of(first, 1, first.length - 1);
	if (!base)
		return is_same(first, run->image, false) || is_same(first, filename, false);
	first = visible_base(first, false);
	return is_same(first, visible_base(run->image, false), false) ||
	       is_same(first, visible_base(filename, false), false);
}

/* Whether the command shows another program than the one that runs. The kernel itself makes
 * the first argument of a script's interpreter. */
static bool is_misnamed(const struct tree_run *run, struct vigil_string filename)
{
	struct vigil_string first;

	if (!run->image.length || !run->command.length || run->attributes & VIGIL_PROCESS_SCRIPT)
		return false;
	if (run->windows)
		return first_of_line(run->command, &first) && !windows_names(run, first);
	return run->list && first_of_list(run->command, &first) &&
	       !linux_names(run, filename, first);
}

static void keep(char **to, struct vigil_string *string)
{
	if (string->length)
		memcpy(*to, string->data, string->length);
	(*to)[string->length] = '\0';
	string->data = *to;
	*to += string->length + 1;
}

bool tree_add_run(struct tree_node *node, const struct tree_run *reported,
		  struct vigil_string filename)
{
	struct tree_run *run =
	    malloc(sizeof *run + reported->image.length + reported->command.length + 2);
	char *to;

	if (!run)
		return false;
	*run = *reported;
	run->misnamed = is_misnamed(run, filename);
	to = run->text;
	keep(&to, &run->image);
	keep(&to, &run->command);
	if (node->newest)
		node->newest->next = run;
	else
		node->run = run;
	node->newest = run;
	return true;
}
