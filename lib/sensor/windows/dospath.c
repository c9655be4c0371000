/* SPDX-License-Identifier: MIT */
#include "sensor/windows/dospath.h"

#include <stdlib.h>
#include <string.h>

/* A path, or what is left of it. */
struct piece {
	const uint16_t *at;
	size_t units;
};

static uint16_t fold(uint16_t unit)
{
	return unit >= 'A' && unit <= 'Z' ? (uint16_t)(unit | 0x20) : unit;
}

static bool same(const uint16_t *a, const uint16_t *b, size_t units)
{
	for (size_t i = 0; i < units; i++)
		if (fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

/* Whether path begins with these components, in any case; *rest: what comes behind. */
static bool begins(struct piece path, const char *prefix, struct piece *rest)
{
	size_t i = 0;

	for (; prefix[i]; i++)
		if (i >= path.units || fold(path.at[i]) != fold((uint16_t)prefix[i]))
			return false;
	if (i < path.units && path.at[i] != '\\')
		return false;
	*rest = (struct piece){ path.at + i, path.units - i };
	return true;
}

/* ---- the map ---- */

static struct piece trimmed(const uint16_t *at, size_t units)
{
	while (units > 0 && at[units - 1] == '\\')
		units--;
	return (struct piece){ at, units };
}

static const struct dospath_entry *find(const struct dospath_map *map, struct piece path)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct dospath_entry *e = &map->entry[i];

		if (path.units >= e->nt_units && same(path.at, e->nt, e->nt_units) &&
		    (path.units == e->nt_units || path.at[e->nt_units] == '\\'))
			return e;
	}
	return NULL;
}

bool dospath_add(struct dospath_map *map, const uint16_t *nt, size_t nt_units, const uint16_t *dos,
		 size_t dos_units)
{
	struct piece from = trimmed(nt, nt_units), to = trimmed(dos, dos_units);
	const struct dospath_entry *known = find(map, from);
	struct dospath_entry *e;
	uint16_t *memory;

	if (from.units == 0 || (known && known->nt_units == from.units))
		return true;
	if (map->count == map->capacity) {
		size_t capacity = map->capacity ? 2 * map->capacity : 16;

		e = realloc(map->entry, capacity * sizeof *e);
		if (!e)
			return false;
		map->entry = e;
		map->capacity = capacity;
	}
	memory = malloc((from.units + to.units) * sizeof *memory);
	if (!memory)
		return false;
	e = &map->entry[map->count++];
	*e = (struct dospath_entry){ memory, memory + from.units, from.units, to.units };
	memcpy(e->nt, from.at, from.units * sizeof *memory);
	memcpy(e->dos, to.at, to.units * sizeof *memory);
	/* cppcheck-suppress memleak - the entry has it */
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

struct result {
	uint16_t *out;
	size_t room, units;
};

static enum dospath_says put(struct result *to, struct piece what)
{
	if (what.units > to->room - to->units)
		return DOSPATH_NO_ROOM;
	if (what.units)
		memcpy(to->out + to->units, what.at, what.units * sizeof *what.at);
	to->units += what.units;
	return DOSPATH_DONE;
}

static enum dospath_says put_both(struct result *to, struct piece first, struct piece second)
{
	enum dospath_says says = put(to, first);

	return says == DOSPATH_DONE ? put(to, second) : says;
}

/* What names the connection and not the path: \;LanmanRedirector\;Z:00000000000183f4 */
static struct piece without_connection(struct piece path)
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

static enum dospath_says share(struct result *to, struct piece path)
{
	static const uint16_t backslash[] = { '\\' };

	path = without_connection(path);
	if (path.units < 2)
		return DOSPATH_SAME;
	return put_both(to, (struct piece){ backslash, 1 }, path);
}

static enum dospath_says device(const struct dospath_map *map, struct result *to, struct piece path)
{
	const struct dospath_entry *e = find(map, path);

	if (!e)
		return DOSPATH_UNKNOWN;
	return put_both(to, (struct piece){ e->dos, e->dos_units },
			(struct piece){ path.at + e->nt_units, path.units - e->nt_units });
}

/* Behind \??: a drive, \UNC\server, \Volume{...}. */
static enum dospath_says name_of_dos(struct result *to, struct piece path)
{
	static const uint16_t unparsed[] = { '\\', '\\', '?' };
	struct piece rest;

	if (begins(path, "\\UNC", &rest))
		return share(to, rest);
	if (path.units > 2 && path.at[2] == ':')
		return put(to, (struct piece){ path.at + 1, path.units - 1 });
	if (path.units < 2)
		return DOSPATH_SAME;
	return put_both(to, (struct piece){ unparsed, 3 }, path);
}

/* Whether it lies where names of DOS do; *rest: what comes behind. */
static bool is_of_dos(struct piece path, struct piece *rest)
{
	return begins(path, "\\??", rest) || begins(path, "\\GLOBAL??", rest) ||
	       begins(path, "\\DosDevices", rest);
}

static bool is_share(struct piece path, struct piece *rest)
{
	return begins(path, "\\Device\\Mup", rest) ||
	       begins(path, "\\Device\\LanmanRedirector", rest) ||
	       begins(path, "\\Device\\WebDavRedirector", rest);
}

enum dospath_says dospath_translate(const struct dospath_map *map, const uint16_t *path,
				    size_t units, uint16_t *out, size_t room, size_t *out_units)
{
	struct result to = { out, room, 0 };
	struct piece whole = { path, units }, rest;
	enum dospath_says says = DOSPATH_SAME;

	while (is_of_dos(whole, &rest) && begins(rest, "\\GLOBALROOT", &rest))
		whole = rest; /* the object manager's own root */
	if (is_of_dos(whole, &rest))
		says = name_of_dos(&to, rest);
	else if (is_share(whole, &rest))
		says = share(&to, rest);
	else if (begins(whole, "\\SystemRoot", &rest) || begins(whole, "\\Device", &rest))
		says = device(map, &to, whole);
	*out_units = to.units;
	return says;
}
