/* SPDX-License-Identifier: MIT */
/* vigil fields - lists the fields of events, from the table of fields. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "fields.h"
#include "common/cli.h"
#include "common/json.h"
#include "common/options.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum fields_format {
	FIELDS_TEXT,
	FIELDS_MARKDOWN,
	FIELDS_JSON,
	FIELDS_CLICKHOUSE,
	FIELDS_ELASTICSEARCH
};

static const char *const FORMATS[] = {
	[FIELDS_TEXT] = "text",
	[FIELDS_MARKDOWN] = "markdown",
	[FIELDS_JSON] = "json",
	[FIELDS_CLICKHOUSE] = "clickhouse",
	[FIELDS_ELASTICSEARCH] = "elasticsearch",
	[FIELDS_ELASTICSEARCH + 1] = NULL,
};

struct fields_options {
	struct options options;
	enum fields_format format;
};

static const struct options_line OWN_LINES[] = {
	{ .name = "format",
	  .letter = 'f',
	  .value = "FORMAT",
	  OPTION_IN(CHOICE, struct fields_options, format),
	  .words = FORMATS,
	  .initial = "text",
	  .help = "format of the list",
	  .manual = ".Cm markdown\n"
		    "is that of\n"
		    ".Pa docs/fields.md ;\n"
		    ".Cm json\n"
		    "is one object a line;\n"
		    ".Cm clickhouse\n"
		    "is the statement that creates a table of events, and\n"
		    ".Cm elasticsearch\n"
		    "an index template of Elasticsearch and OpenSearch, both of all fields.\n" },
};
static const struct options_group OWN = OPTIONS_GROUP(OWN_LINES);
static const struct options_section SECTIONS[] = { { .groups = { &OWN } } };

static int run_fields(int argc, char **argv);

const struct options_command fields_command = {
	.name = "fields",
	.summary = "explain every field of the output",
	.run = run_fields,
	.before = "usage: vigil fields [OPTIONS] [NAME...]\n"
		  "\n"
		  "Lists the fields of events as the JSON has them: all, or those called NAME\n"
		  "(\"process.pid\") or that begin with it (\"process\").\n",
	.after = "",
	.sections = SECTIONS,
	.count = 1,
};

static const char *const KINDS[] = {
	[VIGIL_VALUE_UNSIGNED] = "number",  [VIGIL_VALUE_SIGNED] = "number",
	[VIGIL_VALUE_BOOL] = "flag",        [VIGIL_VALUE_HEX] = "hex string",
	[VIGIL_VALUE_TIME] = "time",        [VIGIL_VALUE_DURATION] = "nanoseconds",
	[VIGIL_VALUE_STRING] = "string",    [VIGIL_VALUE_LIST] = "list of strings",
	[VIGIL_VALUE_BINARY] = "hex bytes", [VIGIL_VALUE_OBJECT] = "object",
};

/* Sets of types that often occur together, to keep the table of fields readable. */
static const struct {
	uint32_t types;
	const char *words;
} SETS[] = {
	{ VIGIL_TYPE_ALL, "all" },
	{ VIGIL_TYPE_ALL &
	      ~(VIGIL_TYPE_BIT(VIGIL_EVENT_LOST) | VIGIL_TYPE_BIT(VIGIL_EVENT_SNAPSHOT_END) |
		VIGIL_TYPE_BIT(VIGIL_EVENT_STATUS)),
	  "all but lost, snapshot-end, status" },
};

static void print_types(uint32_t types)
{
	const char *between = "";

	for (size_t i = 0; i < COUNT(SETS); i++) {
		if (SETS[i].types == types) {
			cli_print_own(SETS[i].words);
			return;
		}
	}
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		if ((types & VIGIL_TYPE_BIT(type)) != 0) {
			cli_print("%s%s", between, vigil_type_name(type));
			between = ", ";
		}
	}
}

static void text_field(const struct vigil_field *field)
{
	cli_print("%s\n    %s\n    %s; in: ", field->name, field->description, KINDS[field->kind]);
	print_types(field->types);
	cli_print("\n");
}

static size_t first_word(const char *name)
{
	return strcspn(name, ".");
}

static void markdown_heading(const struct vigil_field *field)
{
	cli_print("\n## %.*s\n\n| Field | Kind | Events | What it says |\n|---|---|---|---|\n",
		  (int)first_word(field->name), field->name);
}

static void markdown_field(const struct vigil_field *field)
{
	cli_print("| `%s` | %s | ", field->name, KINDS[field->kind]);
	print_types(field->types);
	cli_print(" | %s |\n", field->description);
}

static void json_field(const struct vigil_field *field)
{
	struct json json = { .comma = false };

	json_open(&json, NULL, '{');
	json_text(&json, "name", field->name);
	json_text(&json, "kind", KINDS[field->kind]);
	json_open(&json, "events", '[');
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
		if ((field->types & VIGIL_TYPE_BIT(type)) != 0)
			json_text(&json, NULL, vigil_type_name(type));
	json_close(&json, ']');
	json_text(&json, "description", field->description);
	json_close(&json, '}');
	json_print(&json);
}

static const char MARKDOWN_INTRODUCTION[] =
    "# Fields\n"
    "\n"
    "<!-- Made by `vigil fields --format markdown`: change lib/record/schema.h instead. -->\n"
    "\n"
    "Every value that `vigil` can report about an event. `--format json` writes one object\n"
    "a line; a dot in a name is an object in it: `process.pid` is `{\"process\":{\"pid\":...}}`.\n"
    "Names are those of the Elastic Common Schema, our own are under `vigil.`;\n"
    "`Target.process.*` is what Elastic's own sensor calls the process that is acted upon.\n"
    "\n"
    "- What is not known is left out, and a number is 0 only where it was 0. A flag is there\n"
    "  only when it is true.\n"
    "- What the rest of the line implies is left out as well: `user.effective` where it is\n"
    "  `user`, `process.args` where they are `process.command_line` split at its blanks.\n"
    "  [record.md](record.md#fields-that-json-leaves-out) has the list. If such a field is\n"
    "  unknown, it is `null`.\n"
    "- A time is UTC with nanoseconds: `2026-11-20T20:14:22.123456789Z`. Durations are\n"
    "  nanoseconds. Addresses and masks are strings in hexadecimal; inodes, keys and other\n"
    "  ids are strings, because a reader may keep numbers with 53 bits only.\n"
    "- Strings are UTF-8 always. Bytes that are none become U+FFFD, and `vigil.raw` has the\n"
    "  exact bytes in base64. `vigil.cut` names what the sensor truncated.\n"
    "- `process.entity_id` is a GUID of host and boot (4 bytes), PID (4 bytes) and start\n"
    "  (8 bytes). Sysmon's XML has the same in braces as `ProcessGuid`.\n";

static bool is_wanted(const struct vigil_field *field, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++) {
		size_t length = strlen(*names);

		if (strncmp(field->name, *names, length) == 0 &&
		    (field->name[length] == '\0' || field->name[length] == '.'))
			return true;
	}
	return false;
}

static size_t print_markdown(char **names)
{
	const char *before = "";
	size_t count, printed = 0;
	const struct vigil_field *fields = vigil_fields(&count);

	if (!*names)
		cli_print_own(MARKDOWN_INTRODUCTION);
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(&fields[i], names))
			continue;
		if (first_word(before) != first_word(fields[i].name) ||
		    strncmp(before, fields[i].name, first_word(before)) != 0)
			markdown_heading(&fields[i]);
		markdown_field(&fields[i]);
		before = fields[i].name;
		printed++;
	}
	return printed;
}

static size_t print_each(char **names, void (*print)(const struct vigil_field *))
{
	size_t count, printed = 0;
	const struct vigil_field *fields = vigil_fields(&count);

	for (size_t i = 0; i < count; i++) {
		if (is_wanted(&fields[i], names)) {
			print(&fields[i]);
			printed++;
		}
	}
	return printed;
}

static size_t print_text(char **names)
{
	return print_each(names, text_field);
}

static size_t print_json(char **names)
{
	return print_each(names, json_field);
}

static int unknown_name(char **names)
{
	for (; *names; names++) {
		char *one[] = { *names, NULL };
		bool found = false;
		size_t count;
		const struct vigil_field *fields = vigil_fields(&count);

		for (size_t i = 0; i < count && !found; i++)
			found = is_wanted(&fields[i], one);
		if (!found)
			return cli_usage("fields", "no field is called \"%s\" or begins with it",
					 *names);
	}
	return EXIT_FINE;
}

static int run_fields(int argc, char **argv)
{
	static size_t (*const PRINT[])(char **names) = {
		[FIELDS_TEXT] = print_text,
		[FIELDS_MARKDOWN] = print_markdown,
		[FIELDS_JSON] = print_json,
		[FIELDS_CLICKHOUSE] = fields_print_clickhouse,
		[FIELDS_ELASTICSEARCH] = fields_print_elasticsearch,
	};
	struct fields_options fields = { .format = FIELDS_TEXT };
	int status;

	if (!options_open(&fields.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse(&fields_command, &fields.options, argc, argv);
	options_close(&fields.options);
	if (status >= 0)
		return status;
	if (fields.format >= FIELDS_CLICKHOUSE && optind < argc)
		return cli_usage("fields", "--format %s is of all fields and takes no NAME",
				 FORMATS[fields.format]);
	status = unknown_name(argv + optind);
	if (status == EXIT_FINE)
		PRINT[fields.format](argv + optind);
	return status;
}
