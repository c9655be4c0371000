/* SPDX-License-Identifier: MIT */
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

/* ---- what each shared option does ---- */

static const char *take_format(void *target, const char *value)
{
	struct options *o = target;

	return output_format(value, &o->how.format) ? NULL : "text, table, json or sysmon-xml";
}

const char *options_take_output(void *target, const char *value)
{
	struct output_options *how = &((struct options *)target)->how;

	how->standard = strcmp(value, "-") == 0;
	how->path = how->standard ? NULL : value;
	if (how->standard)
		how->fd = STDOUT_FILENO;
	return *value ? NULL : "the name of a file, or - for standard output";
}

static const char *take_trust_path(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->how.trust_path = true;
	return NULL;
}

static const char *take_append(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->how.append = true;
	return NULL;
}

static const char *take_color(void *target, const char *value)
{
	struct options *o = target;

	return output_color(value, &o->how.color) ? NULL : "auto, always or never";
}

static const char *take_utc(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->how.utc = true;
	return NULL;
}

static const char *take_width(void *target, const char *value)
{
	struct options *o = target;

	return output_width(value, &o->how.width) ? NULL : "0, or 20 to 10000";
}

static const char *take_snapshot(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->snapshot = true;
	return NULL;
}

static const char *take_buffer(void *target, const char *value)
{
	struct options *o = target;
	uint64_t number;

	if (!cli_bytes(value, &number) || number < 64u << 10 || number > 1u << 30)
		return "a size from 64K to 1G";
	o->source.buffer_bytes = (uint32_t)number;
	return NULL;
}

static const char *take_latency(void *target, const char *value)
{
	struct options *o = target;
	uint64_t number;

	if (!cli_duration_ms(value, &number) || number < 1 || number > 1000)
		return "a time from 1ms to 1s";
	o->source.latency_ms = (uint32_t)number;
	return NULL;
}

static const char *take_low_latency(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.low_latency = true;
	return NULL;
}

static const char *take_count(void *target, const char *value)
{
	struct options *o = target;
	char *end;

	o->count = strtoull(value, &end, 10);
	return end != value && !*end && *value != '-' && o->count ? NULL : "a number from 1";
}

static const char *take_duration(void *target, const char *value)
{
	struct options *o = target;

	return cli_duration_ms(value, &o->duration_ms) && o->duration_ms
		   ? NULL
		   : "a time from 1ms to 100000d: 500ms, 10s, 1h30m";
}

static const char *take_quiet(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->quiet = true;
	return NULL;
}

static const char *take_strict(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->strict = true;
	return NULL;
}

static const char *take_rules(void *target, const char *value)
{
	((struct options *)target)->source.rules = value;
	return NULL;
}

static const char *take_environment(void *target, const char *value)
{
	((struct options *)target)->source.environment = value;
	return NULL;
}

static const char *take_hash(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.look |= VIGIL_LOOK_HASH;
	return NULL;
}

static const char *take_version_info(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.look |= VIGIL_LOOK_VERSION;
	return NULL;
}

static const char *take_signature(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.look |= VIGIL_LOOK_SIGNATURE;
	return NULL;
}

static const char *take_container_info(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.look |= VIGIL_LOOK_CONTAINER;
	return NULL;
}

static const char *take_ancestors(void *target, const char *value)
{
	struct options *o = target;
	char *end;
	unsigned long long number = strtoull(value, &end, 10);

	if (end == value || *end || *value == '-' || number > VIGIL_ANCESTORS_MAX)
		return "a number from 0 to 64";
	o->source.ancestors = (uint32_t)number;
	return NULL;
}

/* ---- the tables ---- */

static const struct options_line filter_lines[] = {
	{ "type", 't', "LIST",
	  "create, exec, exit, thread-create, thread-exit, image, driver, access, remote-thread, "
	  "credentials, exec-failed, denied, existing, existing-thread, snapshot-end, lost, "
	  "status; groups: process, thread, all. access, remote-thread, credentials and "
	  "exec-failed, by name, are told in full even where that slows every system call (see "
	  "vigil doctor)",
	  NULL },
	{ "pid", 'p', "PID", "that process", NULL },
	{ "children-of", 0, "PID", "that process and all it starts, directly or not", NULL },
	{ "user", 'u', "USER", "name or number of the effective user", NULL },
	{ "image", 'i', "PATTERN",
	  "path of the executable; without '/' its name, or a script's (* ? [..])", NULL },
	{ "command", 'c', "PATTERN", "part of the command line (* ? [..])", NULL },
	{ "container", 0, "ID", "container id, its beginning, or name; `any`: all containers",
	  NULL },
};

static const struct options_line output_lines[] = {
	{ "format", 'f', "FORMAT",
	  "text (default), table, json (ECS, one object a line), sysmon-xml", take_format },
	{ "output", 'o', "FILE", "write to FILE (mode 0600); - is standard output",
	  options_take_output },
	{ "append", 0, NULL, "do not empty FILE first", take_append },
	{ "color", 0, "WHEN", "auto (default), always, never", take_color },
	{ "utc", 0, NULL, "times in UTC", take_utc },
	{ "width", 0, "N",
	  "shorten lines to N columns; 0: never (default: the terminal's on a terminal, else 0)",
	  take_width },
	{ "trust-path", 0, NULL,
	  "FILE may belong to other users, or be where they can change it (see vigil(1))",
	  take_trust_path },
	{ "ancestors", 0, "N",
	  "add up to N ancestors of the process to each event of --format json: entity ids and "
	  "names, the parent first (default 0, at most 64)",
	  take_ancestors },
};

static const struct options_line source_lines[] = {
	{ "snapshot", 0, NULL, "first show what already runs", take_snapshot },
	{ "buffer-size", 0, "SIZE",
	  "queue in the kernel, 64K to 1G (default 8M), and as much again for image loads",
	  take_buffer },
	{ "latency", 0, "TIME", "an event waits about this long at most (default 10ms)",
	  take_latency },
	{ "low-latency", 0, NULL, "show each event at once, within a millisecond; costs CPU",
	  take_low_latency },
	{ "rules", 0, "FILE",
	  "meanwhile enforce the rules of FILE (vigil-rules(5)); on Windows they stay in force "
	  "afterwards, until the driver is stopped or others are loaded",
	  take_rules },
	{ "hash", 0, NULL, "add the SHA-256 of the files of programs and libraries", take_hash },
	{ "container-info", 0, NULL,
	  "add name, image, pod and labels of containers, as their runtimes have them on disk "
	  "(Linux)",
	  take_container_info },
	{ "version-info", 0, NULL, "add their company, product, version, ... (Windows)",
	  take_version_info },
	{ "signature", 0, NULL, "add who signed them, and whether that is trusted (Windows)",
	  take_signature },
};

static const struct options_line environment_lines[] = {
	{ "env", 0, "NAMES",
	  "add these variables of a new program's environment: PATH,LD_PRELOAD (Linux)",
	  take_environment },
};

static const struct options_line stop_lines[] = {
	{ "count", 'n', "N", "after N events", take_count },
	{ "duration", 'd', "TIME",
	  "after TIME: 500ms, 10s, 5m, 1h30m, 2d; a number alone is of seconds", take_duration },
};

static const struct options_line quiet_lines[] = {
	{ "quiet", 'q', NULL, "no summary at the end", take_quiet },
};

static const struct options_line strict_lines[] = {
	{ "strict", 0, NULL,
	  "stop at the first part or line of FILE that cannot be read; without it those are "
	  "passed over and counted",
	  take_strict },
};

const struct options_group options_filter = OPTIONS_GROUP(filter_lines);
const struct options_group options_output = OPTIONS_GROUP(output_lines);
const struct options_group options_look = { output_lines + 3, 3 };
const struct options_group options_trust = { output_lines + 6, 1 };
const struct options_group options_ancestors = { output_lines + 7, 1 };
const struct options_group options_source = OPTIONS_GROUP(source_lines);
const struct options_group options_snapshot = { source_lines, 1 };
const struct options_group options_queue = { source_lines + 1, 3 };
const struct options_group options_environment = OPTIONS_GROUP(environment_lines);
const struct options_group options_stop = OPTIONS_GROUP(stop_lines);
const struct options_group options_time = { stop_lines + 1, 1 };
const struct options_group options_count = { stop_lines, 1 };
const struct options_group options_quiet = OPTIONS_GROUP(quiet_lines);
const struct options_group options_strict = OPTIONS_GROUP(strict_lines);

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
