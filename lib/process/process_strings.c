/* SPDX-License-Identifier: MIT */
#include "process/process_strings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_KEPT 512 /* bytes of a truncated argument list */

struct process_strings {
	uint32_t refs;
	size_t size;
	uint64_t program;
	bool command_given; /* otherwise it is made from the arguments */
	struct vigil_string image, name, args, command, directory, filename, user;
	char text[];
};

static char *copy_string(char *to, struct vigil_string *out, struct vigil_string value,
			 uint32_t length)
{
	memcpy(to, value.data, length);
	to[length] = '\0';
	*out = (struct vigil_string){ to, length, value.original };
	return to + length + 1;
}

/* Makes one string of a list: removes the last NUL and replaces the others by blanks. */
static struct vigil_string join_args(char *text, uint32_t length, uint32_t original)
{
	if (length > 0 && text[length - 1] == '\0') {
		length--;
		original -= original != VIGIL_UNKNOWN;
	}
	for (uint32_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return (struct vigil_string){ text, length, original };
}

/* part: by kind. limit: maximum bytes of arguments and of a command line. */
static struct process_strings *make_text(struct process_strings_pool *texts,
					 const struct vigil_string *part, uint32_t limit)
{
	struct vigil_string args = part[VIGIL_PART_ARGS], command = part[VIGIL_PART_COMMAND_LINE];
	uint32_t args_kept = args.length < limit ? args.length : limit;
	uint32_t command_kept = command.length < limit ? command.length : limit;
	size_t size = part[VIGIL_PART_IMAGE].length + part[VIGIL_PART_NAME].length +
		      2u * args_kept + command_kept + part[VIGIL_PART_DIRECTORY].length +
		      part[VIGIL_PART_FILENAME].length + part[VIGIL_PART_USER].length + 16;
	struct process_strings *p = malloc(sizeof(*p) + size);
	char *to;

	if (!p)
		return NULL;
	*p = (struct process_strings){
		.refs = 1,
		.size = size,
		.program = ++texts->given,
		.command_given = command.length > 0,
	};
	texts->bytes += size;
	to = copy_string(p->text, &p->image, part[VIGIL_PART_IMAGE], part[VIGIL_PART_IMAGE].length);
	to = copy_string(to, &p->name, part[VIGIL_PART_NAME], part[VIGIL_PART_NAME].length);
	to = copy_string(to, &p->directory, part[VIGIL_PART_DIRECTORY],
			 part[VIGIL_PART_DIRECTORY].length);
	to = copy_string(to, &p->filename, part[VIGIL_PART_FILENAME],
			 part[VIGIL_PART_FILENAME].length);
	to = copy_string(to, &p->user, part[VIGIL_PART_USER], part[VIGIL_PART_USER].length);
	to = copy_string(to, &p->args, args, args_kept);
	if (command.length) {
		copy_string(to, &p->command, command, command_kept);
	} else {
		copy_string(to, &p->command, args, args_kept);
		p->command =
		    join_args((char *)(uintptr_t)p->command.data, args_kept, args.original);
	}
	return p;
}

struct process_strings *process_strings_new(struct process_strings_pool *texts,
					    const struct vigil_event *event)
{
	return make_text(texts, event->part, UINT32_MAX);
}

struct process_strings *process_strings_cut(struct process_strings_pool *texts,
					    const struct process_strings *p)
{
	const struct vigil_string none = { "", 0, 0 };
	struct vigil_string part[VIGIL_PART_MAX];

	if (p->args.length <= ARGS_KEPT && p->command.length <= ARGS_KEPT)
		return NULL;
	for (uint32_t kind = 0; kind < VIGIL_PART_MAX; kind++)
		part[kind] = none;
	part[VIGIL_PART_IMAGE] = p->image;
	part[VIGIL_PART_NAME] = p->name;
	part[VIGIL_PART_ARGS] = p->args;
	part[VIGIL_PART_COMMAND_LINE] = p->command_given ? p->command : none;
	part[VIGIL_PART_DIRECTORY] = p->directory;
	part[VIGIL_PART_FILENAME] = p->filename;
	part[VIGIL_PART_USER] = p->user;
	return make_text(texts, part, ARGS_KEPT);
}

struct process_strings *process_strings_share(struct process_strings *text)
{
	text->refs++;
	return text;
}

void process_strings_drop(struct process_strings_pool *texts, struct process_strings *text)
{
	if (text && --text->refs == 0) {
		texts->bytes -= text->size;
		free(text);
	}
}

static void show_nothing(struct vigil_process_info *proc)
{
	const struct vigil_string none = { "", 0, 0 };

	proc->image = proc->name = proc->args = proc->command = proc->directory = none;
	proc->filename = proc->user = none;
	proc->program = 0;
}

void process_strings_show(struct vigil_process_info *proc, const struct process_strings *p)
{
	show_nothing(proc);
	if (!p)
		return;
	proc->image = p->image;
	proc->name = p->name;
	proc->args = p->args;
	proc->command = p->command;
	proc->directory = p->directory;
	proc->filename = p->filename;
	proc->user = p->user;
	proc->program = p->program;
}
