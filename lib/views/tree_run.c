/* SPDX-License-Identifier: MIT */
/* tree_run.c - stores the programs of processes, and compares their first argument with them.
 * */
#include "views/tree.h"

#include <stdlib.h>
#include <string.h>

#include "text/visible.h"

static bool equal_names(struct vigil_string a, struct vigil_string b, bool windows)
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

static struct vigil_string substring(struct vigil_string s, size_t from, size_t length)
{
	return (struct vigil_string){ s.data + from, (uint32_t)length, (uint32_t)length };
}

/* Reads the first argument of a list. Returns false if it was truncated. */
static bool read_first_argument(struct vigil_string list, struct vigil_string *first)
{
	const char *nul = memchr(list.data, '\0', list.length);

	*first = substring(list, 0, nul ? (size_t)(nul - list.data) : list.length);
	return nul || list.original <= list.length;
}

/* Reads the first word of a Windows command line. Returns false if it was truncated. */
static bool read_first_word(struct vigil_string line, struct vigil_string *first)
{
	bool quoted = line.length > 0 && line.data[0] == '"';
	uint32_t from = quoted, to = from;

	while (to < line.length && !strchr(quoted ? "\"" : " \t", line.data[to]))
		to++;
	*first = substring(line, from, to - from);
	return to < line.length || line.original <= line.length;
}

/* Whether the first word names the image. Windows adds .exe if the command line has no
 * extension. If an unquoted path contains blanks, the line begins with the whole path. */
static bool names_windows_image(const struct tree_run *run, struct vigil_string first)
{
	struct vigil_string image = visible_base(run->image, true);
	struct vigil_string name = visible_base(first, true);

	if (run->command.length >= run->image.length &&
	    equal_names(substring(run->command, 0, run->image.length), run->image, true))
		return true;
	if (image.length == name.length + 4 &&
	    equal_names(substring(image, name.length, 4), (struct vigil_string){ ".exe", 4, 4 },
			true))
		image.length -= 4;
	return equal_names(image, name, true);
}

/* Whether the first argument names the image: a name without a directory is the last component
 * of the program's path, or of the path that was passed to exec, which may be a link; a path is
 * one of the two. The name of a login shell begins with a dash. */
static bool names_linux_image(const struct tree_run *run, struct vigil_string filename,
			      struct vigil_string first)
{
	bool base = !filename.length || !memchr(first.data, '/', first.length);

	if (first.length && first.data[0] == '-')
		first = substring(first, 1, first.length - 1);
	if (!base)
		return equal_names(first, run->image, false) || equal_names(first, filename, false);
	first = visible_base(first, false);
	return equal_names(first, visible_base(run->image, false), false) ||
	       equal_names(first, visible_base(filename, false), false);
}

/* Whether the command shows another program than the one that runs. Not for scripts, because
 * the kernel sets the first argument of their interpreter. */
static bool is_misnamed(const struct tree_run *run, struct vigil_string filename)
{
	struct vigil_string first;

	if (!run->image.length || !run->command.length || run->attributes & VIGIL_PROCESS_SCRIPT)
		return false;
	if (run->windows)
		return read_first_word(run->command, &first) && !names_windows_image(run, first);
	return run->list && read_first_argument(run->command, &first) &&
	       !names_linux_image(run, filename, first);
}

static void copy_string(char **to, struct vigil_string *string)
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
	    malloc(sizeof(*run) + reported->image.length + reported->command.length + 2);
	char *to;

	if (!run)
		return false;
	*run = *reported;
	run->misnamed = is_misnamed(run, filename);
	to = run->text;
	copy_string(&to, &run->image);
	copy_string(&to, &run->command);
	if (node->newest)
		node->newest->next = run;
	else
		node->run = run;
	node->newest = run;
	return true;
}
