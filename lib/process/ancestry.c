/* SPDX-License-Identifier: MIT */
#include "process/ancestry.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "process/entries.h"

struct ancestry {
	uint32_t count;
	bool whole; /* complete up to the first process or the requested number */
	uint32_t names_length;
	struct vigil_id id[]; /* count ids, followed by the names, each ended by a NUL */
};

static char *names_of(const struct ancestry *ancestry)
{
	return (char *)(uintptr_t)(ancestry->id + ancestry->count);
}

/* Ancestors that are being collected. */
struct gathered {
	uint32_t count, max;
	bool whole;
	size_t bytes; /* of names, including their NULs */
	struct vigil_id id[VIGIL_ANCESTORS_MAX];
	struct vigil_string name[VIGIL_ANCESTORS_MAX];
};

static void gather_one(struct gathered *g, const struct vigil_id *id, struct vigil_string name)
{
	g->id[g->count] = *id;
	g->name[g->count++] = name;
	g->bytes += name.length + 1;
	g->whole = g->count == g->max;
}

/* Adds the ancestors that an ancestor has stored. */
static void gather_kept(struct gathered *g, const struct ancestry *kept)
{
	const char *name = names_of(kept);

	for (uint32_t i = 0; i < kept->count && g->count < g->max; i++) {
		uint32_t length = (uint32_t)strlen(name);

		gather_one(g, &kept->id[i], (struct vigil_string){ name, length, length });
		name += length + 1;
	}
	g->whole = true;
}

static void gather_ancestors(struct gathered *g, const struct table *table,
			     const struct entry *entry)
{
	const struct vigil_string none = { "", 0, 0 };

	g->whole = entry->proc.parent.pid == 0;
	while (!g->whole) {
		struct vigil_id id = entry->proc.parent;
		const struct entry *parent = entry->parent;

		if (!parent)
			parent = entries_find(table, &id, entry->mono);
		if (!parent || parent == entry) {
			if (id.start_key && !parent)
				gather_one(g, &id, none);
			return;
		}
		gather_one(g, &parent->proc.id, parent->proc.name);
		if (!g->whole && parent->ancestry && parent->ancestry->whole)
			gather_kept(g, parent->ancestry);
		else if (!g->whole)
			g->whole = parent->proc.parent.pid == 0;
		entry = parent;
	}
}

void ancestry_update(struct table *table, struct entry *entry)
{
	struct gathered g;
	struct ancestry *ancestry;
	char *to;

	if (!table->ancestors_max || (entry->ancestry && entry->ancestry->whole))
		return;
	g.max = table->ancestors_max;
	g.count = 0;
	g.bytes = 0;
	gather_ancestors(&g, table, entry);
	if (!g.count || (entry->ancestry && g.count <= entry->ancestry->count && !g.whole))
		return;
	ancestry = malloc(sizeof(*ancestry) + g.count * sizeof(g.id[0]) + g.bytes);
	if (!ancestry)
		return;
	ancestry->count = g.count;
	ancestry->whole = g.whole;
	ancestry->names_length = (uint32_t)g.bytes;
	memcpy(ancestry->id, g.id, g.count * sizeof(g.id[0]));
	to = names_of(ancestry);
	for (uint32_t i = 0; i < g.count; i++) {
		memcpy(to, g.name[i].data, g.name[i].length);
		to[g.name[i].length] = '\0';
		to += g.name[i].length + 1;
	}
	free(entry->ancestry);
	entry->ancestry = ancestry;
}

size_t ancestry_text(const struct ancestry *ancestry, uint64_t machine, char *ids,
		     struct vigil_string *names)
{
	char *to = ids;

	*names = (struct vigil_string){ "", 0, 0 };
	if (!ancestry)
		return 0;
	for (uint32_t i = 0; i < ancestry->count; i++) {
		vigil_format_entity(to, machine, ancestry->id[i].pid, ancestry->id[i].start_key);
		to += VIGIL_GUID_LENGTH;
		*to++ = '\0';
	}
	*names = (struct vigil_string){ names_of(ancestry), ancestry->names_length,
					ancestry->names_length };
	return (size_t)(to - ids);
}
