/* SPDX-License-Identifier: MIT */
/* placeholder.c - `expand`: %NAME% in a value is replaced by the values in a file. */
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "detect/limits.h"
#include "detect/load.h"
#include "os/input.h"

#define NAME_MAX_LENGTH 64

static bool placeholder_is_name(uint16_t unit)
{
	return (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') ||
	       (unit >= '0' && unit <= '9') || unit == '_' || unit == '-' || unit == '.';
}

/* The length of a %NAME% at `at`; 0: there is none. Copies the name. */
static uint32_t placeholder_at(const struct text *in, uint32_t at, char name[NAME_MAX_LENGTH + 1])
{
	uint32_t n = 0;

	if (in->unit[at] != TEXT_PERCENT)
		return 0;
	while (at + 1 + n < in->length && n < NAME_MAX_LENGTH &&
	       placeholder_is_name(in->unit[at + 1 + n])) {
		name[n] = (char)in->unit[at + 1 + n];
		n++;
	}
	name[n] = '\0';
	return n > 0 && at + 1 + n < in->length && in->unit[at + 1 + n] == TEXT_PERCENT ? n + 2 : 0;
}

/* Adds the lines of a file; blank ones and those that begin with # are no values. */
static bool placeholder_lines(struct load *load, struct placeholder *p, const char *text,
			      uint32_t line)
{
	while (*text) {
		size_t length = strcspn(text, "\n"), used = length;
		struct text value;
		const char *reason = NULL;

		used -= used > 0 && text[used - 1] == '\r';
		if (used > 0 && *text != '#') {
			reason = text_parse(&value, &load->set->arena, text, used, false);
			if (!reason && !text_add(&p->values, &load->set->arena, &value))
				reason = text_memory;
		}
		if (reason == text_memory)
			return load_out_of_memory(load);
		if (reason || p->values.count > LIMIT_EXPANSIONS)
			return load_fail(load, DETECT_REFUSED, line, "%s.txt: %s", p->name,
					 reason ? reason : "too many values");
		text += length;
		text += *text == '\n';
	}
	return true;
}

static bool placeholder_load(struct load *load, struct placeholder *p, uint32_t line)
{
	struct vigil_buffer path = { 0 };
	struct vigil_error why = { 0 };
	char *text = NULL;
	size_t length;
	bool read = false;

	vigil_put_text(&path, load->options->placeholders);
	vigil_put_char(&path, '/');
	vigil_put_text(&path, p->name);
	vigil_put(&path, ".txt", sizeof(".txt"));
	if (path.failed)
		load_out_of_memory(load);
	else if (input_read(&text, &length, path.data, LIMIT_FILE_BYTES, &why) != VIGIL_OK)
		load_fail(load, DETECT_NOT_EVALUABLE, line, "placeholder %%%s%%: %s: %s", p->name,
			  path.data, why.text);
	else
		read = placeholder_lines(load, p, text, line);
	free(text);
	vigil_buffer_free(&path);
	return read;
}

static const struct texts *placeholder_find(struct load *load, const char *name, uint32_t line)
{
	struct placeholder p = { 0 }, *added;

	for (uint32_t i = 0; i < load->placeholders; i++)
		if (strcmp(load->placeholder[i].name, name) == 0)
			return &load->placeholder[i].values;
	if (!load->options->placeholders)
		return load_fail(load, DETECT_NOT_EVALUABLE, line,
				 "no values are given for the placeholder %%%s%%", name);
	p.name = arena_copy(&load->set->arena, name, strlen(name));
	if (!p.name || !set_grow(&load->placeholder, load->placeholders,
				 &load->placeholder_capacity, sizeof(p)))
		return load_out_of_memory(load);
	if (!placeholder_load(load, &p, line))
		return NULL;
	added = &load->placeholder[load->placeholders++];
	*added = p;
	return &added->values;
}

/* Returns the string with a value in the place of `length` units. */
static bool placeholder_put(struct load *load, struct text *out, const struct text *in, uint32_t at,
			    uint32_t length, const struct text *value, uint32_t line)
{
	size_t most = (size_t)in->length - length + value->length;
	uint16_t *unit;

	if (most > LIMIT_TEXT)
		return load_fail(load, DETECT_REFUSED, line, "the value is too long");
	if (!load_check_memory(load))
		return false;
	unit = arena_array(load->scratch, most + 1, sizeof(*unit));
	if (!unit)
		return load_out_of_memory(load);
	memcpy(unit, in->unit, at * sizeof(*unit));
	if (value->length)
		memcpy(unit + at, value->unit, value->length * sizeof(*unit));
	memcpy(unit + at + value->length, in->unit + at + length,
	       (in->length - at - length) * sizeof(*unit));
	*out = (struct text){ unit, (uint32_t)most };
	return true;
}

/* Adds a string in which no placeholder is left. */
static bool placeholder_add(struct load *load, struct texts *out, const struct text *in,
			    uint32_t line)
{
	uint16_t *unit = arena_array(load->scratch, (size_t)in->length + 1, sizeof(*unit));
	struct text made = { unit, in->length };

	if (!unit)
		return load_out_of_memory(load);
	for (uint32_t i = 0; i < in->length; i++)
		unit[i] = in->unit[i] == TEXT_PERCENT ? '%' : in->unit[i];
	if (out->count >= LIMIT_EXPANSIONS)
		return load_fail(load, DETECT_REFUSED, line, "a value has too many forms");
	return text_add(out, load->scratch, &made) || load_out_of_memory(load);
}

/* Replaces the first placeholder at or after `at`, then those after it. */
static bool placeholder_replace(struct load *load, struct texts *out, const struct text *in,
				uint32_t at, unsigned depth, uint32_t line)
{
	char name[NAME_MAX_LENGTH + 1];
	const struct texts *values;
	uint32_t length = 0;
	struct text made = { 0 };

	if (depth > LIMIT_PLACEHOLDERS)
		return load_fail(load, DETECT_REFUSED, line, "a value has too many placeholders");
	while (at < in->length && !(length = placeholder_at(in, at, name)))
		at++;
	if (length == 0)
		return placeholder_add(load, out, in, line);
	values = placeholder_find(load, name, line);
	if (!values)
		return false;
	for (uint32_t i = 0; i < values->count; i++)
		if (!placeholder_put(load, &made, in, at, length, &values->item[i], line) ||
		    !placeholder_replace(load, out, &made, at + values->item[i].length, depth + 1,
					 line))
			return false;
	return true;
}

bool placeholder_expand(struct load *load, struct texts *out, const struct text *in, uint32_t line)
{
	if (!placeholder_replace(load, out, in, 0, 0, line))
		return false;
	if (out->count == 0)
		return load_fail(load, DETECT_NOT_EVALUABLE, line, "a placeholder has no values");
	return true;
}
