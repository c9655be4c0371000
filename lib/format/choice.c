/* SPDX-License-Identifier: MIT */
#include "format/choice.h"

#include <string.h>

#include "core/error.h"

#define NAME_MAX_BYTES 64

/* Returns whether a name of a list, `length` bytes, selects a field: it is the field's name, or
 * its beginning up to a dot, or "all". */
static bool selects(const char *name, size_t length, const char *field)
{
	if (length == 3 && memcmp(name, "all", 3) == 0)
		return true;
	return strncmp(field, name, length) == 0 && (field[length] == '\0' || field[length] == '.');
}

/* Returns the number of insertions, deletions and replacements between two names. */
static unsigned edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned row[NAME_MAX_BYTES + 1];

	for (unsigned i = 0; i <= b_length; i++)
		row[i] = i;
	for (size_t i = 0; i < a_length; i++) {
		unsigned corner = row[0]++;

		for (size_t k = 0; k < b_length; k++) {
			unsigned above = row[k + 1], best = corner + (a[i] != b[k]);

			best = above + 1 < best ? above + 1 : best;
			row[k + 1] = row[k] + 1 < best ? row[k] + 1 : best;
			corner = above;
		}
	}
	return row[b_length];
}

/* Finds the field, or the beginning of fields, that is most similar to a name. Returns its length. */
static size_t find_nearest(const char *name, size_t length, const char **nearest)
{
	size_t count, best_length = 0;
	const struct vigil_field *fields = vigil_fields(&count);
	unsigned best = UINT32_MAX;

	for (size_t i = 0; i < count; i++) {
		size_t end = 0;

		do {
			unsigned distance;

			end += strcspn(fields[i].name + end, ".");
			distance = edit_distance(name, length, fields[i].name, end);
			if (distance < best) {
				best = distance;
				best_length = end;
				*nearest = fields[i].name;
			}
		} while (fields[i].name[end] != '\0' && ++end);
	}
	return best_length;
}

static enum vigil_code report_unknown_field(const char *name, size_t length,
					    struct vigil_error *error)
{
	const char *nearest = "";
	size_t nearest_length;

	if (length >= NAME_MAX_BYTES)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "there is no field with so long a name");
	nearest_length = find_nearest(name, length, &nearest);
	return vigil_fail(error, VIGIL_ERROR_USAGE,
			  "there is no field `%.*s`; the nearest is `%.*s`", (int)length, name,
			  (int)nearest_length, nearest);
}

/* Sets found[i] for each field that a list selects. */
static enum vigil_code read_list(const char *list, bool found[FIELD_COUNT],
				 struct vigil_error *error)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);

	for (;; list++) {
		size_t length;
		bool any = false;

		list += strspn(list, " ");
		length = strcspn(list, ", ");

		for (size_t i = 0; i < count && length > 0; i++)
			if (selects(list, length, fields[i].name))
				found[i] = any = true;
		if (!any)
			return report_unknown_field(list, length, error);
		list += length;
		list += strspn(list, " ");
		if (*list == '\0')
			return VIGIL_OK;
		if (*list != ',')
			return report_unknown_field(list, strcspn(list, ","), error);
	}
}

enum vigil_code vigil_fields_check(const char *list, struct vigil_error *error)
{
	bool found[FIELD_COUNT] = { false };

	return read_list(list, found, error);
}

/* Adds the fields of the compact profile. */
static void choose_compact(struct field_choice *choice)
{
#define COMPACT(id, types_) choice->types[FIELD_##id] |= (types_);
	SCHEMA_COMPACT(COMPACT)
#undef COMPACT
}

bool field_choice_make(struct field_choice *choice, const struct vigil_printer_options *options)
{
	bool listed[FIELD_COUNT] = { false }, omitted[FIELD_COUNT] = { false };
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);
	bool all = !options->fields && !options->compact;

	*choice = (struct field_choice){ .lean = all && !options->omit };
	if (options->fields && read_list(options->fields, listed, NULL) < 0)
		return false;
	if (options->omit && read_list(options->omit, omitted, NULL) < 0)
		return false;
	if (options->compact)
		choose_compact(choice);
	for (size_t i = 0; i < count; i++) {
		if (all || listed[i])
			choice->types[i] = UINT32_MAX;
		choice->types[i] &= omitted[i] ? 0 : fields[i].types;
	}
	/* These describe lines in which nothing was chosen. */
	if (!choice->lean)
		choice->types[FIELD_line_format] = choice->types[FIELD_args_lengths] = 0;
	/* A loss is reported in any case. */
	choice->types[FIELD_vigil_type] |= BIT(LOST);
	choice->types[FIELD_lost_count] |= BIT(LOST);
	choice->types[FIELD_lost_type] |= BIT(LOST);
	choice->types[FIELD_lost_reason] |= BIT(LOST);
	return true;
}
