/* SPDX-License-Identifier: MIT */
#include "sensor/windows/dospath.h"

#include <stdlib.h>
#include <string.h>

/* A path, or the rest of one. */
struct piece {
	const uint16_t *at;
	size_t units;
};

static uint16_t fold_case(uint16_t unit)
{
	return unit >= 'A' && unit <= 'Z' ? (uint16_t)(unit | 0x20) : unit;
}

static bool equal_units(const uint16_t *a, const uint16_t *b, size_t units)
{
	for (size_t i = 0; i < units; i++)
		if (fold_case(a[i]) != fold_case(b[i]))
			return false;
	return true;
}

/* Whether path begins with these components, ignoring case; *rest: what follows them. */
static bool has_prefix(struct piece path, const char *prefix, struct piece *rest)
{
	size_t i = 0;

	for (; prefix[i]; i++)
		if (i >= path.units || fold_case(path.at[i]) != fold_case((uint16_t)prefix[i]))
			return false;
	if (i < path.units && path.at[i] != '\\')
		return false;
	*rest = (struct piece){ path.at + i, path.units - i };
	return true;
}

/* ---- the map ---- */

static struct piece trim_backslashes(const uint16_t *at, size_t units)
{
	while (units > 0 && at[units - 1] == '\\')
		units--;
	return (struct piece){ at, units };
}

static const struct dospath_entry *find_volume(const struct dospath_map *map, struct piece path)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct dospath_entry *e = &map->entry[i];

		if (path.units >= e->nt_units && equal_units(path.at, e->nt, e->nt_units) &&
		    (path.units == e->nt_units || path.at[e->nt_units] == '\\'))
			return e;
	}
	return NULL;
}

bool dospath_add(struct dospath_map *map, const uint16_t *nt, size_t nt_units, const uint16_t *dos,
		 size_t dos_units)
{
	struct piece from = trim_backslashes(nt, nt_units), to = trim_backslashes(dos, dos_units);
	const struct dospath_entry *known = find_volume(map, from);
	struct dospath_entry *e;
	uint16_t *memory;

	if (from.units == 0 || (known && known->nt_units == from.units))
		return true;
	if (map->count == map->capacity) {
		size_t capacity = map->capacity ? 2 * map->capacity : 16;

		e = realloc(map->entry, capacity * sizeof(*e));
		if (!e)
			return false;
		map->entry = e;
		map->capacity = capacity;
	}
	memory = malloc((from.units + to.units) * sizeof(*memory));
	if (!memory)
		return false;
	e = &map->entry[map->count++];
	*e = (struct dospath_entry){ memory, memory + from.units, from.units, to.units };
	memcpy(e->nt, from.at, from.units * sizeof(*memory));
	memcpy(e->dos, to.at, to.units * sizeof(*memory));
	/* cppcheck-suppress memleak - the entry owns it */
	return true;
}

void dospath_clear(struct dospath_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		free(map->entry[i].nt);
	free(map->entry);
	*map = (struct dospath_map){ 0 };
}

/* ---- translation ---- */

struct output {
	uint16_t *out;
	size_t space, units;
};

static enum dospath_result append_piece(struct output *to, struct piece what)
{
	if (what.units > to->space - to->units)
		return DOSPATH_NO_SPACE;
	if (what.units)
		memcpy(to->out + to->units, what.at, what.units * sizeof(*what.at));
	to->units += what.units;
	return DOSPATH_DONE;
}

static enum dospath_result append_two(struct output *to, struct piece first, struct piece second)
{
	enum dospath_result result = append_piece(to, first);

	return result == DOSPATH_DONE ? append_piece(to, second) : result;
}

/* Skips the components that name the connection: \;LanmanRedirector\;Z:00000000000183f4 */
static struct piece skip_connection(struct piece path)
{
	while (path.units > 1 && path.at[0] == '\\' && path.at[1] == ';') {
		size_t i = 1;

		while (i < path.units && path.at[i] != '\\')
			i++;
		path.at += i;
		path.units -= i;
	}
	return path;
}

static enum dospath_result translate_share(struct output *to, struct piece path)
{
	static const uint16_t backslash[] = { '\\' };

	path = skip_connection(path);
	if (path.units < 2)
		return DOSPATH_SAME;
	return append_two(to, (struct piece){ backslash, 1 }, path);
}

static enum dospath_result translate_device(const struct dospath_map *map, struct output *to,
					    struct piece path)
{
	const struct dospath_entry *e = find_volume(map, path);

	if (!e)
		return DOSPATH_UNKNOWN;
	return append_two(to, (struct piece){ e->dos, e->dos_units },
			  (struct piece){ path.at + e->nt_units, path.units - e->nt_units });
}

/* Translates what follows \??: a drive, \UNC\server, \Volume{...}. */
static enum dospath_result translate_dos_name(struct output *to, struct piece path)
{
	static const uint16_t unparsed[] = { '\\', '\\', '?' };
	struct piece rest;

	if (has_prefix(path, "\\UNC", &rest))
		return translate_share(to, rest);
	if (path.units > 2 && path.at[2] == ':')
		return append_piece(to, (struct piece){ path.at + 1, path.units - 1 });
	if (path.units < 2)
		return DOSPATH_SAME;
	return append_two(to, (struct piece){ unparsed, 3 }, path);
}

/* Whether path is in the directory of DOS device names; *rest: what follows it. */
static bool is_dos_name(struct piece path, struct piece *rest)
{
	return has_prefix(path, "\\??", rest) || has_prefix(path, "\\GLOBAL??", rest) ||
	       has_prefix(path, "\\DosDevices", rest);
}

static bool is_share(struct piece path, struct piece *rest)
{
	return has_prefix(path, "\\Device\\Mup", rest) ||
	       has_prefix(path, "\\Device\\LanmanRedirector", rest) ||
	       has_prefix(path, "\\Device\\WebDavRedirector", rest);
}

enum dospath_result dospath_translate(const struct dospath_map *map, const uint16_t *path,
				      size_t units, uint16_t *out, size_t space, size_t *out_units)
{
	struct output to = { out, space, 0 };
	struct piece whole = { path, units }, rest;
	enum dospath_result result = DOSPATH_SAME;

	while (is_dos_name(whole, &rest) && has_prefix(rest, "\\GLOBALROOT", &rest))
		whole = rest; /* the root of the object manager */
	if (is_dos_name(whole, &rest))
		result = translate_dos_name(&to, rest);
	else if (is_share(whole, &rest))
		result = translate_share(&to, rest);
	else if (has_prefix(whole, "\\SystemRoot", &rest) || has_prefix(whole, "\\Device", &rest))
		result = translate_device(map, &to, whole);
	*out_units = to.units;
	return result;
}
