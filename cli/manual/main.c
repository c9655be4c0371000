/* SPDX-License-Identifier: MIT */
/*
 * main.c - writes the parts of the manual pages and of the shell completion that are made from
 * the tables of options. Not installed: tools/manual.sh runs it.
 *
 *	vigil_manual COMMAND	the section OPTIONS of vigil-COMMAND.1, in mdoc(7)
 *	vigil_manual commands	the list of commands in vigil.1
 *	vigil_manual completion	the functions of vigil.bash that list words
 *	vigil_manual names	the names of the commands
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "common/cli.h"

#define TEXT_MAX 1024

/* ---- manual pages ---- */

/* Text as mdoc: each sentence begins a line, with a capital if `capital`. */
static void print_sentences(const char *text, bool capital)
{
	bool begins = true;

	for (; *text; text++) {
		if (begins && strchr(".'", *text))
			cli_print_own("\\&");
		if (*text == '\\')
			cli_print_own("\\e");
		else
			cli_print("%c", capital ? toupper((unsigned char)*text) : *text);
		begins = (*text == '.' || *text == ';') && text[1] == ' ';
		capital = false;
		if (begins) {
			cli_print_own("\n");
			text++;
		}
	}
	cli_print_own(".\n");
}

/* ".It Fl t , Fl -type Ar LIST" */
static void print_item(const struct options_line *line)
{
	cli_print_own(".It ");
	if (line->letter)
		cli_print("Fl %c , ", line->letter);
	cli_print("Fl -%s", line->name);
	cli_print("%s%s\n", line->value ? " Ar " : "", line->value ? line->value : "");
}

struct page {
	const struct options_command *command;
	bool open;                           /* in a list */
	const struct options_line *searched; /* by is_shared */
	bool found;
};

static void search_line(void *context, const struct options_section *section,
			const struct options_line *line)
{
	struct page *page = context;

	(void)section;
	page->found |= line == page->searched;
}

/* Whether the page of another command describes the option in full. */
static bool is_described_elsewhere(struct page *page, const struct options_line *line)
{
	page->searched = line;
	page->found = false;
	if (page->command != &watch_command)
		options_each(&watch_command, search_line, page);
	return page->found;
}

static void print_section(struct page *page, const struct options_section *section)
{
	if (page->open)
		cli_print_own(".El\n");
	if (section->heading) {
		cli_print(".Ss %c%s\n", toupper((unsigned char)*section->heading),
			  section->heading + 1);
		if (section->note)
			print_sentences(section->note, true);
	}
	cli_print_own(".Bl -tag -width Ds\n");
	page->open = true;
}

static void print_option(void *context, const struct options_section *section,
			 const struct options_line *line)
{
	struct page *page = context;
	char text[TEXT_MAX];

	if (section)
		print_section(page, section);
	print_item(line);
	print_sentences(options_help_text(line, text, sizeof(text)), true);
	if (line->former)
		cli_print("Its former name\n.Fl -%s\nis accepted in this release.\n", line->former);
	if (line->manual && is_described_elsewhere(page, line))
		cli_print_own("See\n.Xr vigil-watch 1 .\n");
	else if (line->manual)
		cli_print_own(line->manual);
}

static void print_own(void *context, bool engine, const char *heading, const char *name,
		      const char *value, const char *help)
{
	struct page *page = context;

	if (heading) {
		if (page->open)
			cli_print_own(".El\n");
		cli_print(".Ss %c%s\n", engine ? *heading : toupper((unsigned char)*heading),
			  heading + 1);
		page->open = name != NULL;
		if (name)
			cli_print_own(".Bl -tag -width Ds\n");
	}
	if (!name)
		return;
	cli_print(".It Cm %s No = Ar %s\n", name, value);
	print_sentences(help, !engine);
}

static void print_options(const struct options_command *command)
{
	struct page page = { .command = command };

	cli_print_own(".Sh OPTIONS\n");
	options_each(command, print_option, &page);
	if (!page.open) /* a command without options */
		cli_print_own(".Bl -tag -width Ds\n");
	cli_print_own(".It Fl h , Fl -help\nA short help.\n");
	if (command->own_each)
		command->own_each(print_own, &page);
	if (page.open || !command->own_each)
		cli_print_own(".El\n");
}

static void print_commands(void)
{
	cli_print_own(".Bl -tag -width \"service\"\n");
	for (size_t i = 0; commands[i]; i++) {
		cli_print(".It Cm %s\n", commands[i]->name);
		print_sentences(commands[i]->summary, true);
		cli_print("See\n.Xr vigil-%s 1 .\n", commands[i]->name);
	}
	cli_print_own(".El\n");
}

/* ---- completion ---- */

static void print_name(void *context, const struct options_section *section,
		       const struct options_line *line)
{
	(void)context;
	(void)section;
	cli_print(" --%s", line->name);
}

/* What completes the value of an option: words, or the kind of thing in braces. */
static void print_values(const struct options_line *line)
{
	const char *thing = strcmp(line->value, "PATH") == 0 ? "FILE" : line->value;

	if (strcmp(line->name, "type") == 0 || line->kind == OPTION_TYPES) {
		for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
			cli_print("%s ", vigil_type_name(type));
		cli_print_own("process thread all");
	} else if (line->words) {
		for (size_t i = 0; line->words[i]; i++)
			cli_print("%s%s", i ? " " : "", line->words[i]);
	} else if (line->word) {
		cli_print("%s", line->word);
	} else if (strcmp(thing, "FILE") == 0 || strcmp(thing, "USER") == 0 ||
		   strcmp(thing, "PID") == 0) {
		cli_print("{%s}", thing);
	}
}

static void print_case(void *context, const struct options_section *section,
		       const struct options_line *line)
{
	(void)section;
	if (!line->value)
		return;
	cli_print("\t%s.--%s", (const char *)context, line->name);
	if (line->letter)
		cli_print(" | %s.-%c", (const char *)context, line->letter);
	cli_print_own(") echo '");
	print_values(line);
	cli_print_own("' ;;\n");
}

static void print_completion(void)
{
	char name[32];

	cli_print_own("_vigil_commands='");
	for (size_t i = 0; commands[i]; i++)
		cli_print("%s%s", i ? " " : "", commands[i]->name);
	cli_print_own("'\n\n# The options of command $1.\n_vigil_options() {\n\tcase $1 in\n");
	for (size_t i = 0; commands[i]; i++) {
		cli_print("\t%s) echo '--help", commands[i]->name);
		options_each(commands[i], print_name, NULL);
		cli_print_own("' ;;\n");
	}
	cli_print_own("\tesac\n}\n\n# The operands of command $1.\n_vigil_operands() {\n"
		      "\tcase $1 in\n");
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->operands)
			cli_print(strcmp(commands[i]->operands, "FILE") == 0
				      ? "\t%s) echo '{%s}' ;;\n"
				      : "\t%s) echo '%s' ;;\n",
				  commands[i]->name, commands[i]->operands);
	cli_print_own("\tesac\n}\n\n# The values of option $2 of command $1.\n_vigil_values() {\n"
		      "\tcase $1.$2 in\n");
	for (size_t i = 0; commands[i]; i++) {
		snprintf(name, sizeof(name), "%s", commands[i]->name);
		options_each(commands[i], print_case, name);
	}
	cli_print_own("\tesac\n}\n");
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "commands") == 0) {
		print_commands();
	} else if (strcmp(what, "completion") == 0) {
		print_completion();
	} else if (strcmp(what, "names") == 0) {
		for (size_t i = 0; commands[i]; i++)
			cli_print("%s\n", commands[i]->name);
	} else {
		for (size_t i = 0; commands[i]; i++)
			if (strcmp(commands[i]->name, what) == 0)
				return print_options(commands[i]), cli_end(EXIT_FINE);
		cli_say("usage: vigil_manual COMMAND|commands|completion|names");
		return EXIT_USAGE;
	}
	return cli_end(EXIT_FINE);
}
