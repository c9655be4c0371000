/* SPDX-License-Identifier: MIT */
#include "filter/exclude.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "record/subject.h"

#define BLANKS " \t"

/* Cuts the next word from *at: up to a blank, without the quotes around parts of it. A backslash
 * is an ordinary character, as paths of Windows have it. Returns NULL at the end; *open: a quote
 * is not closed. */
static char *next_word(char **at, bool *open)
{
	char *from = *at + strspn(*at, BLANKS), *word = from, *to = from;
	char quote = '\0';

	if (*from == '\0')
		return NULL;
	for (; *from != '\0' && (quote || !strchr(BLANKS, *from)); from++) {
		if (quote ? *from == quote : *from == '"' || *from == '\'')
			quote = quote ? '\0' : *from;
		else
			*to++ = *from;
	}
	*open = quote != '\0';
	*at = *from != '\0' ? from + 1 : from;
	*to = '\0';
	return word;
}

static enum vigil_code add_word(struct vigil_filter *filter, char *word, bool open,
				struct vigil_error *error)
{
	char *equals = strchr(word, '=');

	if (open)
		return vigil_fail(error, VIGIL_ERROR_USAGE, "a quote is not closed in `%.64s`",
				  word);
	if (!equals)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "`%.64s` is no condition: expected key=value, such as "
				  "image=/usr/bin/make",
				  word);
	*equals = '\0';
	return vigil_filter_add(filter, word, equals + 1, error);
}

/* Conditions are key=value, separated by blanks. */
static enum vigil_code read_expression(struct vigil_filter *filter, char *text,
				       struct vigil_error *error)
{
	enum vigil_code code = VIGIL_OK;
	bool any = false, open = false;
	char *word;

	while (code == VIGIL_OK && (word = next_word(&text, &open)) != NULL) {
		code = add_word(filter, word, open, error);
		any = true;
	}
	if (code == VIGIL_OK && !any)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "an exclusion without conditions would exclude everything");
	return code;
}

static void free_exclusion(struct exclusion *exclusion)
{
	vigil_filter_free(exclusion->filter);
	free(exclusion);
}

enum vigil_code exclusions_add(struct exclusion **list, const char *name, const char *expression,
			       struct vigil_error *error)
{
	size_t length = strlen(name) + 1;
	struct exclusion *exclusion = calloc(1, sizeof(*exclusion) + length);
	char *text = strdup(expression);
	enum vigil_code code = VIGIL_ERROR_MEMORY;

	if (exclusion)
		exclusion->filter = vigil_filter_new();
	if (exclusion && exclusion->filter && text) {
		memcpy(exclusion->name, name, length);
		code = read_expression(exclusion->filter, text, error);
	} else {
		vigil_fail(error, code, "out of memory for the filter");
	}
	free(text);
	if (code != VIGIL_OK) {
		if (exclusion)
			free_exclusion(exclusion);
		return code;
	}
	while (*list)
		list = &(*list)->next;
	*list = exclusion;
	return VIGIL_OK;
}

bool exclusions_match(struct exclusion *list, const struct vigil_event *event, bool wanted)
{
	bool of_sensor = (vigil_type_bit(event->record->type) & VIGIL_TYPES_SENSOR) != 0;
	bool any = false;

	for (; list; list = list->next) {
		bool matches = vigil_filter_match(list->filter, event) && !of_sensor;

		if (matches && wanted && !any)
			list->count++;
		any |= matches;
	}
	return any;
}

uint32_t exclusions_types(const struct exclusion *list)
{
	uint32_t types = 0;

	for (; list; list = list->next)
		types |= filter_needs(list->filter);
	return types;
}

void exclusions_free(struct exclusion *list)
{
	while (list) {
		struct exclusion *exclusion = list;

		list = list->next;
		free_exclusion(exclusion);
	}
}
