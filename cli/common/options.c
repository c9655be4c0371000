/* SPDX-License-Identifier: MIT */
/* options.c - parses a command's options and its file of settings, and prints their help. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "settings.h"

#define LINES_MAX    48  /* at most 64: a mask has a bit for each */
#define HELP_RIGHT   89  /* columns that the help may take */
#define VAL_OF_FIRST 256 /* getopt's word for the first line: above every letter */

#define SNAPSHOT_TYPES "existing,existing-thread,snapshot-end"

/* ---- a command's options, one after the other ---- */

struct entry {
	const struct options_line *line;
	const char *heading; /* of the section that begins here, or NULL */
	bool own;            /* the command's */
	unsigned setting;    /* the line of the file of settings that has it; 0: none */
};

struct list {
	struct entry entry[LINES_MAX];
	size_t count;
};

static void add_group(struct list *list, const struct options_group *group, bool own)
{
	for (size_t i = 0; i < group->count && list->count < LINES_MAX; i++)
		list->entry[list->count++] = (struct entry){ &group->lines[i], NULL, own, 0 };
}

static void list_options(struct list *list, const struct options_command *command)
{
	list->count = 0;
	for (size_t i = 0; i < command->count; i++) {
		const struct options_section *section = &command->sections[i];
		size_t first = list->count;

		for (size_t j = 0; j < OPTIONS_GROUPS_MAX && section->shared[j]; j++)
			add_group(list, section->shared[j], false);
		if (section->own)
			add_group(list, section->own, true);
		list->entry[first].heading = section->heading;
	}
}

/* ---- help ---- */

/* "  -t, --type LIST" */
static int name_width(const struct options_line *line)
{
	return 8 + (int)strlen(line->name) + (line->value ? 1 + (int)strlen(line->value) : 0);
}

static void print_name(const struct options_line *line, int width)
{
	if (line->letter)
		cli_print("  -%c, ", line->letter);
	else
		cli_print("      ");
	cli_print("--%s%s%s%*s", line->name, line->value ? " " : "", line->value ? line->value : "",
		  width - name_width(line), "");
}

/* Words from column `left` on; a word that would pass HELP_RIGHT begins a line. */
static void print_wrapped(const char *text, int left)
{
	int column = left;

	while (*text) {
		int word = (int)strcspn(text, " ");

		if (column > left && column + 1 + word > HELP_RIGHT) {
			cli_print("\n%*s", left, "");
			column = left;
		} else if (column > left) {
			column += (int)cli_print(" ");
		}
		column += (int)cli_print("%.*s", word, text);
		text += word;
		text += strspn(text, " ");
	}
	cli_print("\n");
}

static void help(const struct options_command *command, const struct list *list)
{
	int left = 0;

	for (size_t i = 0; i < list->count; i++)
		if (name_width(list->entry[i].line) + 2 > left)
			left = name_width(list->entry[i].line) + 2;
	cli_print_own(command->before);
	for (size_t i = 0; i < list->count; i++) {
		const struct entry *entry = &list->entry[i];

		if (entry->heading) {
			cli_print_own("\n");
			cli_print_own(entry->heading);
			cli_print_own("\n");
		}
		print_name(entry->line, left);
		print_wrapped(entry->line->help, left);
	}
	cli_print_own(command->after);
}

/* ---- parsing ---- */

/* What getopt_long wants. */
struct getopt_tables {
	struct option option[LINES_MAX + 2];
	char letters[2 * LINES_MAX + 5];
};

static void make_tables(struct getopt_tables *tables, const struct list *list, bool ends)
{
	size_t at = 0;

	if (ends)
		tables->letters[at++] = '+';
	tables->letters[at++] = ':';
	for (size_t i = 0; i < list->count; i++) {
		const struct options_line *line = list->entry[i].line;

		tables->option[i] =
		    (struct option){ line->name, line->value ? required_argument : no_argument,
				     NULL, VAL_OF_FIRST + (int)i };
		if (line->letter) {
			tables->letters[at++] = line->letter;
			if (line->value)
				tables->letters[at++] = ':';
		}
	}
	tables->letters[at++] = 'h';
	tables->letters[at] = '\0';
	tables->option[list->count] = (struct option){ "help", no_argument, NULL, 'h' };
	tables->option[list->count + 1] = (struct option){ NULL, 0, NULL, 0 };
}

static const struct entry *entry_of(const struct list *list, int option)
{
	if (option >= VAL_OF_FIRST)
		return &list->entry[option - VAL_OF_FIRST];
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].line->letter == option)
			return &list->entry[i];
	return NULL;
}

/* Where an option was given: said before what is wrong with it. */
struct place {
	const char *file; /* NULL: on the command line */
	unsigned line;
};

static int wrong_value(const struct options_command *command, const struct place *place,
		       const char *text)
{
	if (place->file)
		return cli_usage(command->name, "%s:%u: %s", place->file, place->line, text);
	return cli_usage(command->name, "%s", text);
}

/* -1: go on; else the exit status. */
static int add_condition(const struct options_command *command, struct options *options,
			 const struct place *place, const char *key, const char *value)
{
	struct vigil_error error;
	char text[sizeof error.text + 40];

	if (strcmp(key, "type") == 0)
		options->types_given = true;
	if (vigil_filter_add(options->filter, key, value, &error) < 0) {
		snprintf(text, sizeof text, "%s%s: %s", place->file ? "" : "--", key, error.text);
		return wrong_value(command, place, text);
	}
	return -1;
}

static int take(const struct options_command *command, struct options *options, void *own,
		const struct place *place, const struct entry *entry, const char *value)
{
	const struct options_line *line = entry->line;
	const char *dashes = place->file ? "" : "--"; /* as the user wrote it */
	char text[400];
	const char *wrong;
	int status;

	if (!line->take) {
		status = add_condition(command, options, place, line->name, value);
		if (status < 0 && strcmp(line->name, "type") == 0)
			options->source.at_any_cost |= cli_types_named(value);
		return status;
	}
	wrong = line->take(entry->own ? own : options, value);
	if (!wrong)
		return -1;
	snprintf(text, sizeof text, "%s%s: `%.100s` does not fit: %.150s", dashes, line->name,
		 value, wrong);
	return wrong_value(command, place, text);
}

/* One line of the file: what the command line says counts instead. */
static int take_setting(const struct options_command *command, struct options *options, void *own,
			struct list *list, uint64_t given, uint64_t *seen, const char *path,
			const struct setting *setting)
{
	struct place place = { path, setting->line };
	char text[200];

	if (setting->wrong)
		return wrong_value(command, &place, setting->wrong);
	for (size_t i = 0; i < list->count; i++) {
		struct entry *entry = &list->entry[i];
		bool yes = true;

		if (strcmp(entry->line->name, setting->name) != 0)
			continue;
		snprintf(text, sizeof text, "`%.100s` is set in line %u already", setting->name,
			 entry->setting);
		if (entry->setting && entry->line->take) /* conditions are alternatives */
			return wrong_value(command, &place, text);
		entry->setting = setting->line;
		if (!entry->line->value && !settings_yes_no(setting->value, &yes))
			return wrong_value(command, &place, "say yes or no");
		if (given & UINT64_C(1) << i || !yes)
			return -1;
		*seen |= UINT64_C(1) << i;
		return take(command, options, own, &place, entry,
			    entry->line->value ? setting->value : NULL);
	}
	snprintf(text, sizeof text, "there is no setting `%.100s`", setting->name);
	return wrong_value(command, &place, text);
}

/* *seen: what was given on the command line, and then in the file, too. */
static int take_file(const struct options_command *command, struct options *options, void *own,
		     struct list *list, uint64_t *seen)
{
	const uint64_t given = *seen;
	struct options_file file = command->file(own);
	struct vigil_error error;
	struct setting setting = { 0 };
	char *at;
	int status = -1;

	if (!file.path)
		return -1;
	if (settings_read(&options->settings, file.path, file.needed, &error) < 0)
		return cli_fail(&error);
	options->settings_as_read = strdup(options->settings);
	if (!options->settings_as_read) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	at = options->settings;
	while (status < 0 && settings_next(&at, &setting))
		status =
		    take_setting(command, options, own, list, given, seen, file.path, &setting);
	return status;
}

static bool was_given(const struct list *list, uint64_t given, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (given & UINT64_C(1) << i && strcmp(list->entry[i].line->name, name) == 0)
			return true;
	return false;
}

/* Options that do nothing beside the others. */
static void say_without_effect(const struct options *options, const struct list *list,
			       uint64_t given)
{
	static const struct {
		const char *option, *needs, *beside;
	} pairs[] = {
		{ "append", "output", NULL },
		{ "record-max-size", "record", NULL },
		{ "record-max-age", "record", NULL },
		{ "latency", NULL, "low-latency" },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		if (!was_given(list, given, pairs[i].option))
			continue;
		if (pairs[i].needs &&
		    (!was_given(list, given, pairs[i].needs) ||
		     (strcmp(pairs[i].needs, "output") == 0 && !options->how.path)))
			cli_say("--%s has no effect without --%s", pairs[i].option, pairs[i].needs);
		if (pairs[i].beside && was_given(list, given, pairs[i].beside))
			cli_say("--%s has no effect beside --%s", pairs[i].option, pairs[i].beside);
	}
	if (was_given(list, given, "utc") && (options->how.format == VIGIL_FORMAT_JSON ||
					      options->how.format == VIGIL_FORMAT_SYSMON))
		cli_say("--utc has no effect: this format has times in UTC always");
}

int options_wrong(const char *command, int result, char **argv)
{
	bool is_long = optopt == 0 || optopt >= VAL_OF_FIRST;
	char letter[3] = { '-', (char)optopt };
	const char *option = is_long ? argv[optind - 1] : letter;

	if (result == ':')
		return cli_usage(command, "the option `%s` needs a value", option);
	if (is_long && optopt)
		return cli_usage(command, "the option `%s` takes no value", option);
	return cli_usage(command, "unknown or ambiguous option `%s`", option);
}

int options_parse(const struct options_command *command, struct options *options, void *own,
		  int argc, char **argv)
{
	const struct place here = { NULL, 0 };
	struct getopt_tables tables;
	struct list list;
	uint64_t given = 0;
	int option, status = -1;

	list_options(&list, command);
	make_tables(&tables, &list, command->ends_at_operand);
	opterr = 0;
	while (status < 0 &&
	       (option = getopt_long(argc, argv, tables.letters, tables.option, NULL)) != -1) {
		const struct entry *entry = entry_of(&list, option);

		if (!entry && option == 'h')
			return help(command, &list), EXIT_FINE;
		if (!entry)
			return options_wrong(command->name, option, argv);
		given |= UINT64_C(1) << (entry - list.entry);
		status = take(command, options, own, &here, entry, optarg);
	}
	if (status < 0 && command->file)
		status = take_file(command, options, own, &list, &given);
	if (status < 0 && !options->types_given && command->types)
		status = add_condition(command, options, &here, "type", command->types);
	if (status < 0 && options->snapshot)
		status = add_condition(command, options, &here, "type", SNAPSHOT_TYPES);
	if (status < 0)
		say_without_effect(options, &list, given);
	return status;
}

int options_operand(const char **operand, const char *command, const char *question, int argc,
		    char **argv)
{
	if (optind == argc)
		return cli_usage(command, "%s", question);
	if (optind + 1 < argc)
		return cli_usage(command, "one file, not also `%s`", argv[optind + 1]);
	*operand = argv[optind];
	if (!**operand)
		return cli_usage(command, "the name of the file is empty");
	return -1;
}

bool options_open(struct options *options, int fd)
{
	*options = (struct options){ .how = { .fd = fd, .width = -1 },
				     .source = { .size = sizeof options->source },
				     .filter = vigil_filter_new() };
	if (!options->filter)
		cli_say("no memory");
	return options->filter;
}

void options_close(struct options *options)
{
	vigil_filter_free(options->filter);
	free(options->settings);
	free(options->settings_as_read);
}
