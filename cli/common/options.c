/* SPDX-License-Identifier: MIT */
/* options.c - parses the options of a command and its settings file, and prints help. */
#include "options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "settings.h"

#define LINES_MAX    64  /* at most 64: a mask has a bit for each */
#define HELP_RIGHT   89  /* width of the help in columns */
#define VAL_OF_FIRST 256 /* getopt's value for the first line: above all characters */

#define SNAPSHOT_TYPES "existing,existing-thread,snapshot-end"

/* ---- iteration over a command's options ---- */

struct entry {
	const struct options_line *line;
	const char *name;                      /* line->name, or the former one */
	const struct options_section *section; /* section that begins here, or NULL */
	unsigned setting;                      /* its line in the settings file; 0: none */
};

struct list {
	struct entry entry[LINES_MAX];
	size_t count;
	uint64_t given; /* a bit for each entry */
};

static void add_entry(void *context, const struct options_section *section,
		      const struct options_line *line)
{
	struct list *list = context;

	if (list->count < LINES_MAX)
		list->entry[list->count++] = (struct entry){ line, line->name, section, 0 };
}

void options_each(const struct options_command *command,
		  void (*visit)(void *context, const struct options_section *section,
				const struct options_line *line),
		  void *context)
{
	for (size_t i = 0; i < command->count; i++) {
		const struct options_section *section = &command->sections[i];
		const struct options_section *begins = section;

		for (size_t j = 0; j < OPTIONS_GROUPS_MAX && section->groups[j]; j++) {
			for (size_t k = 0; k < section->groups[j]->count; k++) {
				visit(context, begins, &section->groups[j]->lines[k]);
				begins = NULL;
			}
		}
	}
}

/* ---- help ---- */

const char *options_help_text(const struct options_line *line, char *text, size_t size)
{
	size_t length = (size_t)snprintf(text, size, "%s", line->help);
	char range[64], extra[128];

	for (size_t i = 0; line->words && line->words[i] && length < size; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%s", i ? ", " : ": ",
					   line->words[i]);
	option_range(line, range, sizeof(range));
	snprintf(extra, sizeof(extra), "%s%s%s%s", range, *range && line->initial ? "; " : "",
		 line->initial ? "default " : "", line->initial ? line->initial : "");
	if (*extra && length < size)
		snprintf(text + length, size - length, " (%s)", extra);
	return text;
}

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

static void print_heading(const struct options_section *section)
{
	cli_print_own("\n");
	if (!section->heading)
		return;
	cli_print_wrapped(section->note ? "%s (%s):" : "%s:", 0, HELP_RIGHT, section->heading,
			  section->note);
}

/* The settings of engines are in the manual page alone. */
static void print_own(void *context, bool engine, const char *heading, const char *name,
		      const char *value, const char *help)
{
	int *left = context;

	if (heading && !engine)
		cli_print("\n%s:\n", heading);
	if (heading && engine)
		cli_print("  %s\n", heading);
	if (engine)
		return;
	cli_print("      %s = %s%*s", name, value, *left - 9 - (int)(strlen(name) + strlen(value)),
		  "");
	cli_print_wrapped("%s", *left, HELP_RIGHT, help);
}

static void print_help(const struct options_command *command)
{
	struct list list = { .count = 0 };
	char text[1024];
	int left = 0;

	options_each(command, add_entry, &list);
	for (size_t i = 0; i < list.count; i++)
		if (name_width(list.entry[i].line) + 2 > left)
			left = name_width(list.entry[i].line) + 2;
	cli_print_own(command->before);
	for (size_t i = 0; i < list.count; i++) {
		if (list.entry[i].section)
			print_heading(list.entry[i].section);
		print_name(list.entry[i].line, left);
		options_help_text(list.entry[i].line, text, sizeof(text));
		cli_print_wrapped("%s", left, HELP_RIGHT, text);
	}
	if (command->own_each)
		command->own_each(print_own, &left);
	cli_print_own(command->after);
}

/* ---- parsing ---- */

/* Options, then their former names. */
static void list_entries(struct list *list, const struct options_command *command)
{
	size_t count;

	*list = (struct list){ .count = 0 };
	options_each(command, add_entry, list);
	count = list->count;
	for (size_t i = 0; i < count && list->count < LINES_MAX; i++) {
		const struct options_line *line = list->entry[i].line;

		if (line->former)
			list->entry[list->count++] = (struct entry){ line, line->former, NULL, 0 };
	}
}

/* Builds the table for getopt_long. */
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

		tables->option[i] = (struct option){ list->entry[i].name,
						     line->value ? required_argument : no_argument,
						     NULL, VAL_OF_FIRST + (int)i };
		if (line->letter && list->entry[i].name == line->name) {
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

static struct entry *entry_of(struct list *list, int option)
{
	if (option >= VAL_OF_FIRST)
		return &list->entry[option - VAL_OF_FIRST];
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].line->letter == option)
			return &list->entry[i];
	return NULL;
}

/* One pass over the command line or the settings file. */
struct parse {
	const struct options_command *command;
	struct options *options;
	struct list list;
	const char *file; /* the settings file; NULL: the command line */
	unsigned line;    /* of the file */
	bool in_section;  /* a heading came */
	bool skips;       /* its heading was wrong: up to the next one */
};

/* Reports what is wrong, with its place. Returns the exit status; -1 if the next lines of the file
 * are to be checked as well. */
static int parse_failed(const struct parse *p, const char *name, const char *text)
{
	const char *colon = *name ? ": " : "";

	if (p->file && p->options->check) {
		cli_say("%s:%u: %s%s%s", p->file, p->line, name, colon, text);
		p->options->mistakes++;
		return -1;
	}
	if (p->file)
		return cli_usage(p->command->name, "%s:%u: %s%s%s", p->file, p->line, name, colon,
				 text);
	return cli_usage(p->command->name, "--%s%s%s", name, colon, text);
}

/* Returns -1 to continue, otherwise the exit status. */
static int parse_value(struct parse *p, const struct options_line *line, const char *value)
{
	struct vigil_error error;

	if (!option_read(line, p->options, value, &error))
		return parse_failed(p, line->name, error.text);
	if (strcmp(line->name, "type") == 0) {
		p->options->types_given = true;
		p->options->source.full_access_types |= cli_types_named(value);
	}
	return -1;
}

static int parse_default_types(struct parse *p, const char *types)
{
	struct vigil_error error;

	if (vigil_filter_add(p->options->filter, "type", types, &error) < 0)
		return cli_fail(&error);
	return -1;
}

static struct entry *entry_named(struct list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->entry[i].name, name) == 0)
			return &list->entry[i];
	return NULL;
}

static bool is_repeatable(const struct options_line *line)
{
	return line->kind == OPTION_CONDITION || line->kind == OPTION_EXCLUDE ||
	       line->kind == OPTION_EXCLUDES || line->kind == OPTION_LIST;
}

/* Passes a line of a section, or the end, to the command. At the end each call completes the sections
 * after the one that was wrong last. */
static int parse_section(struct parse *p, const struct setting *setting)
{
	struct vigil_error error;

	p->in_section = true;
	if (setting && *setting->name == '[')
		p->skips = false;
	if ((setting && p->skips) || p->command->section(p->options, setting, &error))
		return -1;
	if (setting) {
		p->skips = *setting->name == '[';
		return parse_failed(p, setting->name, error.text);
	}
	if (!p->options->check)
		return cli_usage(p->command->name, "%s:%s", p->file, error.text);
	cli_say("%s:%s", p->file, error.text);
	p->options->mistakes++;
	return parse_section(p, NULL); /* the other sections */
}

/* Applies one line of the file; the command line takes precedence. */
static int parse_setting(struct parse *p, const struct setting *setting, uint64_t given)
{
	struct entry *entry = entry_named(&p->list, setting->name);
	bool yes = true;
	char text[200];

	p->line = setting->line;
	if (setting->wrong)
		return parse_failed(p, "", setting->wrong);
	if (p->command->section && (p->in_section || *setting->name == '['))
		return parse_section(p, setting);
	if (!entry) {
		snprintf(text, sizeof(text), "there is no setting `%.100s`", setting->name);
		return parse_failed(p, "", text);
	}
	if (entry->setting && !is_repeatable(entry->line)) {
		snprintf(text, sizeof(text), "is already set in line %u", entry->setting);
		return parse_failed(p, setting->name, text);
	}
	entry->setting = setting->line;
	if (!entry->line->value && !settings_yes_no(setting->value, &yes))
		return parse_failed(p, setting->name, "expected yes or no");
	if (given & UINT64_C(1) << (entry - p->list.entry) || !yes)
		return -1;
	p->list.given |= UINT64_C(1) << (entry - p->list.entry);
	return parse_value(p, entry->line, entry->line->value ? setting->value : NULL);
}

static int parse_file(struct parse *p)
{
	const uint64_t given = p->list.given;
	struct options *options = p->options;
	struct options_file file = p->command->file(options);
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
	p->file = file.path;
	at = options->settings;
	while (status < 0 && settings_next(&at, &setting))
		status = parse_setting(p, &setting, given);
	if (status < 0 && p->command->section)
		status = parse_section(p, NULL);
	p->file = NULL;
	return status;
}

static bool was_given(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->given & UINT64_C(1) << i && strcmp(list->entry[i].line->name, name) == 0)
			return true;
	return false;
}

static bool has_option(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->entry[i].line->name, name) == 0)
			return true;
	return false;
}

/* Reports options that have no effect in combination with the others. */
static void say_without_effect(const struct options *options, const struct list *list)
{
	static const struct {
		const char *option, *needs, *beside;
	} pairs[] = {
		{ "append", "output", NULL },         { "record-max-size", "record", NULL },
		{ "record-max-age", "record", NULL }, { "latency", NULL, "low-latency" },
		{ "exceptions", "detect", NULL },     { "min-level", "detect", NULL },
		{ "include-rule", "detect", NULL },   { "exclude-rule", "detect", NULL },
		{ "placeholders", "detect", NULL },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (!was_given(list, pairs[i].option))
			continue;
		if (pairs[i].needs && has_option(list, pairs[i].needs) &&
		    (!was_given(list, pairs[i].needs) ||
		     (strcmp(pairs[i].needs, "output") == 0 && !options->how.path)))
			cli_say("--%s has no effect without --%s", pairs[i].option, pairs[i].needs);
		if (pairs[i].beside && was_given(list, pairs[i].beside))
			cli_say("--%s has no effect beside --%s", pairs[i].option, pairs[i].beside);
	}
	if ((options->how.choice.compact || options->how.choice.fields ||
	     options->how.choice.omit) &&
	    was_given(list, "format") && options->how.format != VIGIL_FORMAT_JSON)
		cli_say("--compact, --fields and --omit have no effect: the format is not JSON");
	if (was_given(list, "utc") && (options->how.format == VIGIL_FORMAT_JSON ||
				       options->how.format == VIGIL_FORMAT_SYSMON))
		cli_say("--utc has no effect: this format has times in UTC always");
}

/* getopt's messages would print the option without escaping it. */
static int report_unknown(const char *command, int result, char **argv)
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

static int parse_command_line(struct parse *p, int argc, char **argv)
{
	struct getopt_tables tables;
	int option, status = -1;

	make_tables(&tables, &p->list, p->command->ends_at_operand);
	opterr = 0;
	while (status < 0 &&
	       (option = getopt_long(argc, argv, tables.letters, tables.option, NULL)) != -1) {
		const struct entry *entry = entry_of(&p->list, option);

		if (!entry && option == 'h')
			return print_help(p->command), EXIT_FINE;
		if (!entry)
			return report_unknown(p->command->name, option, argv);
		/* The analyzer does not see that add_entry, which is called by pointer, sets line.
		 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		if (entry->name != entry->line->name)
			cli_say("--%s is now --%s; the old name will be removed", entry->name,
				entry->line->name);
		p->list.given |= UINT64_C(1) << (entry - p->list.entry);
		status = parse_value(p, entry->line, optarg);
	}
	return status;
}

int options_parse(const struct options_command *command, struct options *options, int argc,
		  char **argv)
{
	struct parse p = { .command = command, .options = options };
	int status;

	list_entries(&p.list, command);
	status = parse_command_line(&p, argc, argv);
	if (status < 0 && command->file)
		status = parse_file(&p);
	if (status < 0 && !options->types_given && command->types)
		status = parse_default_types(&p, command->types);
	if (status < 0 && options->snapshot)
		status = parse_default_types(&p, SNAPSHOT_TYPES);
	options->source.redact_names = options->redact_names;
	options->source.redact_key = options->redact_key;
	if (status < 0)
		say_without_effect(options, &p.list);
	return status;
}

int options_parse_all(const struct options_command *command, struct options *options, int argc,
		      char **argv)
{
	int status = options_parse(command, options, argc, argv);

	if (status < 0 && optind < argc)
		return cli_usage(command->name, "unexpected argument `%s`", argv[optind]);
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
	*options =
	    (struct options){ .how = { .fd = fd, .width = -1 },
			      .source = { .size = sizeof(options->source), .realtime = true },
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
	free(options->redact_names);
	free(options->redact_key);
}

void options_say_excluded(const struct options *options)
{
	const char *name;

	for (size_t i = 0;; i++) {
		uint64_t count = vigil_filter_excluded(options->filter, i, &name);

		if (!name)
			return;
		cli_say("%" PRIu64 " events excluded by `%s`", count, name);
	}
}
