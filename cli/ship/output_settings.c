/* SPDX-License-Identifier: MIT */
#include "output_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "core/error.h"
#include "spool.h"

#define REFUSE(error, ...) (vigil_fail(error, VIGIL_ERROR_USAGE, __VA_ARGS__), false)

static const char *const keys[] = {
	[OUTPUT_KEY_HOST] = "host",
	[OUTPUT_KEY_PROCESS] = "process",
	[OUTPUT_KEY_NONE] = "none",
	[OUTPUT_KEY_NONE + 1] = NULL,
};

static const struct options_line output_lines[] = {
	{ .name = "to",
	  .value = "ENGINE",
	  OPTION_IN(TEXT, struct output_settings, to),
	  .help = "where to: the name of an engine, see below" },
	{ .name = "format",
	  .value = "FORMAT",
	  OPTION_IN(CHOICE, struct output_settings, format),
	  .words = options_formats,
	  .initial = "json",
	  .help = "format of the events" },
	{ .name = "key",
	  .value = "KEY",
	  OPTION_IN(CHOICE, struct output_settings, key),
	  .words = keys,
	  .initial = "host",
	  .help = "what engines with partitions distribute the events by: events with the same "
		  "key keep their order" },
	{ .name = "spool-size",
	  .value = "SIZE",
	  OPTION_IN(SIZE, struct output_settings, spool_bytes),
	  .min = SPOOL_BYTES_MIN,
	  .initial = "1G",
	  .help = "disk space for events that are not sent yet; when it is full no more are taken, "
		  "which is reported by lost events" },
	{ .name = "spool-age",
	  .value = "TIME",
	  OPTION_IN(SECONDS, struct output_settings, spool_age_s),
	  .min = 60000,
	  .initial = "7d",
	  .help = "remove events that could not be sent for this long" },
	{ .name = "sync",
	  .value = "TIME",
	  OPTION_IN(TIME, struct output_settings, sync_ms),
	  .min = 10,
	  .max = 3600000,
	  .initial = "1s",
	  .help =
	      "write the spool to the disk at least this often: what a power failure can cost" },
	{ .name = "rate",
	  .value = "N",
	  OPTION_IN(NUMBER, struct output_settings, rate),
	  .min = 1,
	  .max = 10000000,
	  .initial = "no limit",
	  .help = "send at most N events in a second on average; others are withheld, which is "
		  "reported by lost events" },
};

static const struct options_group output_group = OPTIONS_GROUP(output_lines);

static void visit_engine(options_visit_own *visit, void *context, const struct outlet_calls *engine)
{
	const struct outlet_setting *own = engine->settings;
	char heading[200];

	snprintf(heading, sizeof(heading), "to = %s: %s", engine->name, engine->help);
	if (!own->name)
		visit(context, true, heading, NULL, NULL, NULL);
	for (; own->name; own++)
		visit(context, true, own == engine->settings ? heading : NULL, own->name,
		      own->value, own->help);
}

void output_settings_each(options_visit_own *visit, void *context)
{
	const char *heading = "in a section [output NAME] of the settings, besides the options of "
			      "what to write";
	char text[512];

	for (size_t i = 0; i < output_group.count; i++)
		visit(context, false, i ? NULL : heading, output_lines[i].name,
		      output_lines[i].value,
		      options_help_text(&output_lines[i], text, sizeof(text)));
	for (size_t i = 0; outlets[i]; i++)
		if (!outlets[i]->missing)
			visit_engine(visit, context, outlets[i]);
}

/* Options of the command line that a section has as well. */
static const struct options_line *shared_line(const char *name)
{
	static const struct options_group *const groups[] = { &options_filter, &options_fields };
	static const char *const of_detect[] = { "alerts-only", "min-level" };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (size_t j = 0; j < groups[i]->count; j++)
			if (strcmp(groups[i]->lines[j].name, name) == 0)
				return &groups[i]->lines[j];
	for (size_t i = 0; i < sizeof(of_detect) / sizeof(of_detect[0]); i++)
		for (size_t j = 0; j < options_detect.count; j++)
			if (strcmp(of_detect[i], name) == 0 &&
			    strcmp(options_detect.lines[j].name, name) == 0)
				return &options_detect.lines[j];
	return NULL;
}

static const struct options_line *section_line(const char *name)
{
	for (size_t i = 0; i < output_group.count; i++)
		if (strcmp(output_group.lines[i].name, name) == 0)
			return &output_group.lines[i];
	return shared_line(name);
}

/* ---- headings ---- */

/* Reads "[output NAME]". */
static bool read_heading(const char *text, char name[OUTPUT_NAME_MAX + 1])
{
	static const char *const letters =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t length;

	if (strncmp(text, "[output ", 8) != 0)
		return false;
	text += 8 + strspn(text + 8, " \t");
	length = strspn(text, letters);
	if (length == 0 || length > OUTPUT_NAME_MAX || strcmp(text + length, "]") != 0)
		return false;
	memcpy(name, text, length);
	name[length] = '\0';
	return true;
}

static bool is_named(const struct output_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->output[i]->name, name) == 0)
			return true;
	return false;
}

static bool begin_section(struct output_list *list, const struct setting *setting,
			  struct vigil_error *error)
{
	char name[OUTPUT_NAME_MAX + 1];
	struct output_settings *output;

	if (!read_heading(setting->name, name) || *setting->value)
		return REFUSE(error,
			      "a section begins with [output NAME]; NAME has letters, digits, "
			      "'_' and '-', at most %u",
			      OUTPUT_NAME_MAX);
	if (is_named(list, name))
		return REFUSE(error, "there is another output `%s`", name);
	if (list->count == OUTPUTS_MAX)
		return REFUSE(error, "at most %d outputs", OUTPUTS_MAX);
	output = calloc(1, sizeof(*output));
	if (!output || !options_open(&output->options, STDOUT_FILENO)) {
		free(output);
		return REFUSE(error, "no memory");
	}
	memcpy(output->name, name, sizeof(name));
	output->line = setting->line;
	output->format = VIGIL_FORMAT_JSON;
	output->spool_bytes = 1u << 30;
	output->spool_age_s = 7 * 86400;
	output->sync_ms = 1000;
	list->output[list->count++] = output;
	return true;
}

/* ---- settings ---- */

/* The engine may not be known yet. */
static bool keep_own(struct output_settings *output, const struct setting *setting,
		     struct vigil_error *error)
{
	if (output->own_count == OUTPUT_SETTINGS_MAX)
		return REFUSE(error, "at most %d settings of an engine", OUTPUT_SETTINGS_MAX);
	output->own[output->own_count++] =
	    (struct ship_setting){ setting->name, setting->value, setting->line };
	return true;
}

static bool read_section_line(struct output_settings *output, const struct options_line *line,
			      const struct setting *setting, struct vigil_error *error)
{
	bool yes = true;

	if (!line->value && !settings_yes_no(setting->value, &yes))
		return REFUSE(error, "expected yes or no");
	if (!yes)
		return true;
	if (strcmp(line->name, "type") == 0)
		output->options.types_given = true;
	return option_read(line, &output->options, line->value ? setting->value : NULL, error);
}

static const struct outlet_setting *engine_setting(const struct outlet_calls *engine,
						   const char *name)
{
	for (const struct outlet_setting *own = engine->settings; own->name; own++) {
		size_t length = strlen(own->name);
		bool is_prefix = own->name[length - 1] == '.';

		if (is_prefix ? strncmp(own->name, name, length) == 0 && name[length]
			      : strcmp(own->name, name) == 0)
			return own;
	}
	return NULL;
}

static bool check_own(const struct output_settings *output, const struct ship_settings *ship,
		      struct vigil_error *error)
{
	const char *name = output->name;

	for (size_t i = 0; i < output->own_count; i++)
		if (!engine_setting(output->engine, output->own[i].name))
			return REFUSE(error,
				      "output %s, line %u: there is no setting `%.60s` of %s", name,
				      output->own[i].line, output->own[i].name, output->to);
	for (const struct outlet_setting *own = output->engine->settings; own->name; own++)
		if (own->needed && !ship_setting(ship, own->name))
			return REFUSE(error, "output %s: the setting `%s` is missing", name,
				      own->name);
	return !output->engine->check || output->engine->check(ship, error) == VIGIL_OK;
}

static bool complete_output(struct output_settings *output, struct vigil_error *error)
{
	struct ship_settings ship;

	if (!output->to)
		return REFUSE(error, "output %s: the setting `to` is missing", output->name);
	output->engine = outlet_find(output->to);
	if (!output->engine)
		return REFUSE(error, "output %s: there is no engine `%.60s` (setting `to`)",
			      output->name, output->to);
	if (output->engine->missing)
		return REFUSE(error,
			      "output %s: this build of vigil has no engine %s: %s was missing "
			      "when it was built",
			      output->name, output->to, output->engine->missing);
	if (!output->options.types_given &&
	    vigil_filter_add(output->options.filter, "type", OPTIONS_TYPES, error) < 0)
		return false;
	ship = output_ship_settings(output, "");
	return check_own(output, &ship, error);
}

/* Completes outputs up to one that is wrong: its error begins with the line of its heading. */
static bool complete_next(struct output_list *list, struct vigil_error *error)
{
	struct vigil_error why;

	while (list->completed < list->count) {
		struct output_settings *output = list->output[list->completed++];

		if (!complete_output(output, &why))
			return REFUSE(error, "%u: %.400s", output->line, why.text);
	}
	return true;
}

static bool is_condition(const struct options_line *line)
{
	return line && line >= options_filter.lines &&
	       line < options_filter.lines + options_filter.count;
}

bool output_setting(struct output_list *list, const struct setting *setting,
		    struct vigil_error *error)
{
	const struct options_line *line;
	struct output_settings *output;

	if (!setting)
		return complete_next(list, error);
	if (*setting->name == '[')
		return begin_section(list, setting, error);
	output = list->output[list->count - 1];
	line = section_line(setting->name);
	if (list->only_sending && is_condition(line))
		return true;
	output->hash = cli_hash_text(cli_hash_text(output->hash, setting->name), setting->value);
	return line ? read_section_line(output, line, setting, error)
		    : keep_own(output, setting, error);
}

struct ship_settings output_ship_settings(const struct output_settings *output, const char *host)
{
	return (struct ship_settings){ .name = output->name,
				       .host = host,
				       .format = output->format,
				       .engine = output->engine,
				       .own = output->own,
				       .own_count = output->own_count,
				       .spool_bytes = output->spool_bytes,
				       .spool_age_s = output->spool_age_s };
}

uint64_t output_list_files(const struct output_list *list)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < list->count; i++)
		hash = hash * 31 + list->output[i]->options.files_hash;
	return hash;
}

void output_list_free(struct output_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		options_close(&list->output[i]->options);
		free(list->output[i]);
	}
	list->count = 0;
}
