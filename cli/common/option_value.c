/* SPDX-License-Identifier: MIT */
/* option_value.c - reads the values of options, and describes valid values. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "options.h"
#include "settings.h"

/* ---- valid values ---- */

static uint64_t limit_of(const struct options_line *line)
{
	if (line->max)
		return line->max;
	if (line->kind == OPTION_TIME || line->kind == OPTION_SECONDS)
		return CLI_DURATION_MAX_MS;
	return line->width == sizeof(uint32_t) ? UINT32_MAX : UINT64_MAX;
}

/* Formats a number with the largest unit that divides it. */
static void put_with_unit(char *text, size_t size, uint64_t value, const char *const *units,
			  const uint64_t *factors, size_t count)
{
	size_t i = 0;

	while (i + 1 < count && value % factors[i] != 0)
		i++;
	snprintf(text, size, "%" PRIu64 "%s", value / factors[i], value ? units[i] : "");
}

static void put_value(const struct options_line *line, char *text, size_t size, uint64_t value)
{
	static const char *const sizes[] = { "G", "M", "K", "" };
	static const uint64_t size_factors[] = { 1 << 30, 1 << 20, 1 << 10, 1 };
	static const char *const times[] = { "d", "h", "m", "s", "ms" };
	static const uint64_t time_factors[] = { 86400000, 3600000, 60000, 1000, 1 };

	switch (line->kind) {
	case OPTION_SIZE:
		put_with_unit(text, size, value, sizes, size_factors, 4);
		break;
	case OPTION_TIME:
	case OPTION_SECONDS:
		put_with_unit(text, size, value, times, time_factors, 5);
		break;
	case OPTION_RATIO:
		snprintf(text, size, "%.10g", (double)value / 1000);
		break;
	default:
		snprintf(text, size, "%" PRIu64, value);
		break;
	}
}

static bool has_range(const struct options_line *line)
{
	return line->kind == OPTION_NUMBER || line->kind == OPTION_RATIO ||
	       line->kind == OPTION_SIZE || line->kind == OPTION_TIME ||
	       line->kind == OPTION_SECONDS;
}

void option_range(const struct options_line *line, char *text, size_t size)
{
	char low[32], high[32];

	*text = '\0';
	if (!has_range(line))
		return;
	put_value(line, low, sizeof(low), line->min);
	put_value(line, high, sizeof(high), line->max);
	if (line->max)
		snprintf(text, size, "%s to %s%s", low, high, line->zero ? ", or 0" : "");
	else if (line->min > 1)
		snprintf(text, size, "%s or more%s", low, line->zero ? ", or 0" : "");
}

/* "text, table, json or sysmon-xml" */
static void put_words(const char *const *words, char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; words[i] && length < size; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%s",
					   i == 0         ? ""
					   : words[i + 1] ? ", "
							  : " or ",
					   words[i]);
}

void option_expected(const struct options_line *line, char *text, size_t size)
{
	static const char *const kinds[] = {
		[OPTION_NUMBER] = "a number",
		[OPTION_RATIO] = "a number",
		[OPTION_SIZE] = "a size",
		[OPTION_TIME] = "a time",
		[OPTION_SECONDS] = "a time",
		[OPTION_FILE] = "the name of a file",
		[OPTION_CONTENT] = "the name of a file",
		[OPTION_FIELDS] = "names of fields (see vigil fields), separated by commas",
		[OPTION_LIST] = "a value",
		[OPTION_TYPES] = "types of events",
		[OPTION_OUTPUT] = "the name of a file, or - for standard output",
	};
	bool is_time = line->kind == OPTION_TIME || line->kind == OPTION_SECONDS;
	char low[32], high[32];
	size_t length;

	if (line->kind == OPTION_CHOICE) {
		put_words(line->words, text, size);
		return;
	}
	put_value(line, low, sizeof(low), line->min);
	put_value(line, high, sizeof(high), limit_of(line));
	length =
	    (size_t)snprintf(text, size, "%s%s", line->zero ? "0, or " : "", kinds[line->kind]);
	if (has_range(line) && (line->max || is_time))
		length +=
		    (size_t)snprintf(text + length, size - length, " from %s to %s", low, high);
	else if (has_range(line))
		length += (size_t)snprintf(text + length, size - length, " of %s or more", low);
	if (!line->max && is_time)
		length += (size_t)snprintf(text + length, size - length, ", such as 10s or 1h30m");
	if (line->word)
		snprintf(text + length, size - length, ", or %s", line->word);
}

/* ---- reading ---- */

static bool read_number(const char *value, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(value, &end, 10);
	return isdigit((unsigned char)*value) && !*end && errno == 0;
}

static bool is_in_range(const struct options_line *line, uint64_t value)
{
	return (line->zero && value == 0) || (value >= line->min && value <= limit_of(line));
}

static void store(const struct options_line *line, void *member, uint64_t value)
{
	uint32_t narrow = (uint32_t)value;

	if (line->width == sizeof(narrow))
		memcpy(member, &narrow, sizeof(narrow));
	else
		memcpy(member, &value, sizeof(value));
}

static bool read_ratio(const struct options_line *line, double *out, const char *value)
{
	char *end;
	double ratio = strtod(value, &end);

	if (line->word && strcmp(value, line->word) == 0) {
		*out = 0;
		return true;
	}
	if (*end == 'x')
		end++;
	*out = ratio;
	return end != value && !*end && ratio * 1000 >= (double)line->min &&
	       ratio * 1000 <= (double)line->max;
}

/* Numbers, sizes, times. */
static bool read_amount(const struct options_line *line, void *member, const char *value)
{
	uint64_t amount;
	bool valid = line->kind == OPTION_NUMBER ? read_number(value, &amount)
		     : line->kind == OPTION_SIZE ? cli_bytes(value, &amount)
						 : cli_duration_ms(value, &amount);

	if (line->word && strcmp(value, line->word) == 0) {
		store(line, member, UINT64_MAX);
		return true;
	}
	if (!valid || !is_in_range(line, amount))
		return false;
	store(line, member, line->kind == OPTION_SECONDS ? amount / 1000 : amount);
	return true;
}

static bool read_choice(const struct options_line *line, void *member, const char *value)
{
	for (uint64_t i = 0; line->words[i]; i++)
		if (strcmp(line->words[i], value) == 0) {
			store(line, member, i);
			return true;
		}
	return false;
}

static bool read_types(const struct options_line *line, void *member, const char *value,
		       struct vigil_error *error)
{
	uint32_t types = 0;

	if (!line->word || strcmp(value, line->word) != 0) {
		types = vigil_types_parse(value, error);
		if (!types)
			return false;
	}
	store(line, member, types);
	return true;
}

static bool read_output(struct output_options *how, const char *value)
{
	how->standard = strcmp(value, "-") == 0;
	how->path = how->standard ? NULL : value;
	if (how->standard)
		how->fd = STDOUT_FILENO;
	return *value;
}

static bool read_item(struct option_list *list, const char *value, struct vigil_error *error)
{
	if (list->count == OPTION_LIST_MAX) {
		vigil_fail(error, VIGIL_ERROR_USAGE, "may be given %d times at most",
			   OPTION_LIST_MAX);
		return false;
	}
	list->item[list->count++] = value;
	return *value;
}

/* Reads a file that an option names. */
static bool read_named_file(char **text, struct options *options, const char *path,
			    struct vigil_error *error)
{
	if (settings_read(text, path, true, error) < 0)
		return false;
	options->files_hash = cli_hash_text(options->files_hash, *text);
	return true;
}

/* Adds each setting of a file as an exclusion. With --check all mistakes are printed. */
static bool read_exclusions(struct options *options, const char *path, struct vigil_error *error)
{
	struct setting setting = { 0 };
	struct vigil_error why;
	unsigned wrong = 0;
	char *text, *at;

	if (!read_named_file(&text, options, path, error))
		return false;
	at = text;
	while ((options->check || !wrong) && settings_next(&at, &setting)) {
		if (!setting.wrong && vigil_filter_exclude(options->filter, setting.name,
							   setting.value, &why) == VIGIL_OK)
			continue;
		wrong++;
		vigil_fail(error, VIGIL_ERROR_USAGE, "%.200s:%u: %.200s", path, setting.line,
			   setting.wrong ? setting.wrong : why.text);
		if (options->check)
			cli_say("%s", error->text);
	}
	if (options->check && wrong)
		vigil_fail(error, VIGIL_ERROR_USAGE, "%u mistakes in %.200s", wrong, path);
	free(text);
	return !wrong;
}

static bool read_file_content(struct options *options, char **content, const char *path,
			      struct vigil_error *error)
{
	free(*content);
	*content = NULL;
	return read_named_file(content, options, path, error) && **content != '\0';
}

static bool read_kind(const struct options_line *line, struct options *options, const char *value,
		      struct vigil_error *error)
{
	void *member = (char *)options + line->offset;

	switch (line->kind) {
	case OPTION_CONDITION:
		return vigil_filter_add(options->filter, line->name, value, error) == VIGIL_OK;
	case OPTION_EXCLUDE:
		return vigil_filter_exclude(options->filter, value, value, error) == VIGIL_OK;
	case OPTION_EXCLUDES:
		return read_exclusions(options, value, error);
	case OPTION_FLAG:
		return *(bool *)member = true;
	case OPTION_BIT:
		return *(uint32_t *)member |= line->bit;
	case OPTION_RATIO:
		return read_ratio(line, member, value);
	case OPTION_NUMBER:
	case OPTION_SIZE:
	case OPTION_TIME:
	case OPTION_SECONDS:
		return read_amount(line, member, value);
	case OPTION_CHOICE:
		return read_choice(line, member, value);
	case OPTION_TYPES:
		return read_types(line, member, value, error);
	case OPTION_CONTENT:
		return read_file_content(options, member, value, error);
	case OPTION_FIELDS:
		*(const char **)member = value;
		return vigil_fields_check(value, error) == VIGIL_OK;
	case OPTION_TEXT:
	case OPTION_FILE:
		*(const char **)member = value;
		return line->kind == OPTION_TEXT || (*value && strcmp(value, "-") != 0);
	case OPTION_LIST:
		return read_item(member, value, error);
	case OPTION_OUTPUT:
		return read_output(member, value);
	}
	return false;
}

bool option_read(const struct options_line *line, struct options *options, const char *value,
		 struct vigil_error *error)
{
	char expected[160];

	error->code = VIGIL_OK;
	if (read_kind(line, options, value ? value : "", error))
		return true;
	if (error->code == VIGIL_OK) { /* the library has not set a reason */
		option_expected(line, expected, sizeof(expected));
		vigil_fail(error, VIGIL_ERROR_USAGE, "invalid value `%.100s`: expected %s", value,
			   expected);
	}
	return false;
}
