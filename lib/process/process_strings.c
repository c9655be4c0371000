/* SPDX-License-Identifier: MIT */
#include "process/process_strings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_KEPT 512 /* of an argument list that is cut */

struct proc_text {
	uint32_t refs;
	size_t size;
	uint64_t program;
	bool command_given; /* else it is made of the arguments */
	struct vigil_string image, name, args, command, directory, filename, user;
	char text[];
};

static char *keep(char *to, struct vigil_string *out, struct vigil_string value, uint32_t length)
{
	memcpy(to, value.data, length);
	to[length] = '\0';
	*out = (struct vigil_string){ to, length, value.original };
	return to + length + 1;
}

/* One string of a list: the NUL that ends it goes, those that separate become blanks. */
static struct vigil_string joined(char *text, uint32_t length, uint32_t original)
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

/* part: by kind. limit: bytes of arguments and of a command line that are kept. */
static struct proc_text *make_text(struct proc_texts *texts, const struct vigil_string *part,
				   uint32_t limit)
{
	struct vigil_string args = part[VIGIL_ARGS], command = part[VIGIL_COMMAND_LINE];
	uint32_t args_kept = args.length < limit ? args.length : limit;
	uint32_t command_kept = command.length < limit ? command.length : limit;
	size_t size = part[VIGIL_IMAGE].length + part[VIGIL_NAME].length + 2u * args_kept +
		      command_kept + part[VIGIL_DIRECTORY].length + part[VIGIL_FILENAME].length +
		      part[VIGIL_USER].length + 16;
	struct proc_text *p = malloc(sizeof *p + size);
	char *to;

	if (!p)
		return NULL;
	*p = (struct proc_text){
		.refs = 1,
		.size = size,
		.program = ++texts->given,
		.command_given = command.length > 0,
	};
	texts->bytes += size;
	to = keep(p->text, &p->image, part[VIGIL_IMAGE], part[VIGIL_IMAGE].length);
	to = keep(to, &p->name, part[VIGIL_NAME], part[VIGIL_NAME].length);
	to = keep(to, &p->directory, part[VIGIL_DIRECTORY], part[VIGIL_DIRECTORY].length);
	to = keep(to, &p->filename, part[VIGIL_FILENAME], part[VIGIL_FILENAME].length);
	to = keep(to, &p->user, part[VIGIL_USER], part[VIGIL_USER].length);
	to = keep(to, &p->args, args, args_kept);
	if (command.length) {
		keep(to, &p->command, command, command_kept);
	} else {
		keep(to, &p->command, args, args_kept);
		p->command = joined((char *)(uintptr_t)p->command.data, args_kept, args.original);
	}
	return p;
}

struct proc_text *proc_text_new(struct proc_texts *texts, const struct vigil_event *event)
{
	return make_text(texts, event->part, UINT32_MAX);
}

struct proc_text *proc_text_cut(struct proc_texts *texts, const struct proc_text *p)
{
	const struct vigil_string none = { "", 0, 0 };
	struct vigil_string part[VIGIL_KIND_MAX];

	if (p->args.length <= ARGS_KEPT && p->command.length <= ARGS_KEPT)
		return NULL;
	for (uint32_t kind = 0; kind < VIGIL_KIND_MAX; kind++)
		part[kind] = none;
	part[VIGIL_IMAGE] = p->image;
	part[VIGIL_NAME] = p->name;
	part[VIGIL_ARGS] = p->args;
	part[VIGIL_COMMAND_LINE] = p->command_given ? p->command : none;
	part[VIGIL_DIRECTORY] = p->directory;
	part[VIGIL_FILENAME] = p->filename;
	part[VIGIL_USER] = p->user;
	return make_text(texts, part, ARGS_KEPT);
}

struct proc_text *proc_text_share(struct proc_text *text)
{
	text->refs++;
	return text;
}

void proc_text_drop(struct proc_texts *texts, struct proc_text *text)
{
	if (text && --text->refs == 0) {
		texts->bytes -= text->size;
		free(text);
	}
}

static void show_nothing(struct vigil_proc *proc)
{
	const struct vigil_string none = { "", 0, 0 };

	proc->image = proc->name = proc->args = proc->command = proc->directory = none;
	proc->filename = proc->user = none;
	proc->program = 0;
}

void proc_text_show(struct vigil_proc *proc, const struct proc_text *p)
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
