/* SPDX-License-Identifier: MIT */
#include "process/entries.h"

#include <stdlib.h>
#include <string.h>

#include "process/process_numbers.h"

#define BUCKETS_MIN 1024
#define SPARES_MAX  4096 /* free entries that are kept for new processes */
#define TEXT_EACH   1024 /* bytes of text that each living process may have in any case */

static size_t pid_bucket(const struct table *table, uint32_t pid)
{
	return (pid * 0x9e3779b1u) >> 7 & (table->buckets - 1);
}

struct table *table_new(uint32_t dead_max)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->dead_max = dead_max ? dead_max : TABLE_DEAD_DEFAULT;
	table->buckets = BUCKETS_MIN;
	table->bucket = calloc(table->buckets, sizeof(*table->bucket));
	if (!table->bucket) {
		free(table);
		return NULL;
	}
	return table;
}

void table_free(struct table *table)
{
	struct entry *entry, *next;

	if (!table)
		return;
	for (size_t i = 0; i < table->buckets; i++)
		for (entry = table->bucket[i]; entry; entry = next) {
			next = entry->next;
			process_strings_drop(&table->texts, entry->text);
			cgroup_text_drop(&table->cgroups, entry->cgroup);
			modules_drop(&table->modules, &entry->images);
			free(entry->ancestry);
			free(entry);
		}
	modules_free(&table->modules);
	cgroups_free(&table->cgroups);
	for (entry = table->free; entry; entry = next) {
		next = entry->next;
		free(entry);
	}
	free(table->bucket);
	free(table);
}

bool table_restart(struct table **table)
{
	struct table *old = *table, *fresh = table_new((uint32_t)old->dead_max);

	if (!fresh)
		return false;
	fresh->revision = old->revision;
	fresh->ancestors_max = old->ancestors_max;
	fresh->texts.given = old->texts.given;
	*table = fresh;
	table_free(old);
	return true;
}

/* Doubles the buckets. If out of memory, the chains just become longer. */
static void grow_buckets(struct table *table)
{
	size_t before = table->buckets;
	struct entry **old = table->bucket;
	struct entry **bucket = calloc(before * 2, sizeof(*bucket));

	if (!bucket)
		return;
	table->bucket = bucket;
	table->buckets = before * 2;
	for (size_t i = 0; i < before; i++) {
		struct entry *entry, *next, *reversed = NULL;

		/* Within a chain the newest must stay first. */
		for (entry = old[i]; entry; entry = next) {
			next = entry->next;
			entry->next = reversed;
			reversed = entry;
		}
		for (entry = reversed; entry; entry = next) {
			size_t to = pid_bucket(table, entry->proc.id.pid);

			next = entry->next;
			entry->next = bucket[to];
			bucket[to] = entry;
		}
	}
	free(old);
}

struct entry *entries_find_exact(const struct table *table, const struct vigil_id *id)
{
	struct entry *entry = table->bucket[pid_bucket(table, id->pid)];

	while (entry &&
	       (entry->proc.id.pid != id->pid || entry->proc.id.start_key != id->start_key))
		entry = entry->next;
	return entry;
}

struct entry *entries_find_at(const struct table *table, uint32_t pid, uint64_t mono)
{
	struct entry *entry = table->bucket[pid_bucket(table, pid)];

	for (; entry; entry = entry->next)
		if (entry->proc.id.pid == pid && (!mono || entry->mono <= mono))
			return entry;
	return NULL;
}

struct entry *entries_find(const struct table *table, struct vigil_id *id, uint64_t mono)
{
	struct entry *entry;

	if (id->pid == 0 && id->start_key == 0)
		return NULL;
	if (id->start_key)
		return entries_find_exact(table, id);
	entry = entries_find_at(table, id->pid, mono);
	if (entry)
		id->start_key = entry->proc.id.start_key;
	return entry;
}

static void unlink_entry(struct table *table, struct entry *entry)
{
	struct entry **at = &table->bucket[pid_bucket(table, entry->proc.id.pid)];

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	process_strings_drop(&table->texts, entry->text);
	cgroup_text_drop(&table->cgroups, entry->cgroup);
	free(entry->ancestry);
	if (entry == table->started)
		table->started = NULL;
	if (table->spares == SPARES_MAX) {
		free(entry);
		return;
	}
	entry->next = table->free;
	table->free = entry;
	table->spares++;
}

static void remove_from_list(struct table *table, struct entry *entry)
{
	*(entry->older ? &entry->older->newer : &table->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &table->newest) = entry->older;
	entry->listed = false;
	table->listed--;
}

static void release_parent(struct table *table, struct entry *entry)
{
	struct entry *parent = entry->parent;

	entry->parent = NULL;
	if (parent && --parent->refs == 0 && parent->dead && !parent->listed)
		unlink_entry(table, parent);
}

static void forget_oldest_entry(struct table *table)
{
	struct entry *oldest = table->oldest;

	remove_from_list(table, oldest);
	if (oldest->refs == 0)
		unlink_entry(table, oldest);
}

void entries_bury(struct table *table, struct entry *entry, uint64_t when)
{
	if (table->ended == entry)
		table->ended = NULL;
	if (!entry->proc.end && when) {
		entry->proc.end = when;
		entry->proc.revision = ++table->revision;
	}
	modules_drop(&table->modules, &entry->images);
	entry->dead = true;
	table->alive--;
	ancestry_update(table, entry);
	release_parent(table, entry); /* otherwise a chain of daemons would be kept forever */
	entry->older = table->newest;
	entry->newer = NULL;
	*(table->newest ? &table->newest->newer : &table->oldest) = entry;
	table->newest = entry;
	entry->listed = true;
	table->listed++;
	if (table->listed > table->dead_max)
		forget_oldest_entry(table);
}

static bool has_too_much_text(const struct table *table)
{
	return table->texts.bytes + table->cgroups.bytes >
	       PROCESS_STRINGS_MAX + table->alive * TEXT_EACH;
}

void entries_bound_text(struct table *table)
{
	struct entry *entry = table->started;
	struct process_strings *cut;

	while (has_too_much_text(table) && table->oldest)
		forget_oldest_entry(table);
	if (has_too_much_text(table) && entry && table->started == entry && entry->text) {
		cut = process_strings_cut(&table->texts, entry->text);
		if (cut) {
			process_strings_drop(&table->texts, entry->text);
			entry->text = cut;
			process_strings_show(&entry->proc, cut);
			entry->proc.revision = ++table->revision;
		}
	}
	table->started = NULL;
}

/* Inserts an entry so that the youngest process of a PID is first in the chain. One that is
 * reported late, by an exit whose process was unknown, comes after the later ones. */
static void insert_in_chain(struct table *table, struct entry *entry)
{
	const struct vigil_id *id = &entry->proc.id;
	struct entry **at = &table->bucket[pid_bucket(table, id->pid)];

	for (struct entry **each = at; *each; each = &(*each)->next)
		if ((*each)->proc.id.pid == id->pid && id->start_key &&
		    (*each)->proc.id.start_key > id->start_key)
			at = &(*each)->next;
	entry->next = *at;
	*at = entry;
}

/* Returns when a process started, on the monotonic clock. */
static uint64_t mono_of(const struct vigil_header *record, uint64_t start)
{
	uint64_t ago = record->time > start ? record->time - start : 0;

	return start && record->mono > ago ? record->mono - ago : 0;
}

struct entry *entries_add(struct table *table, const struct vigil_id *id, uint64_t start,
			  const struct vigil_header *record)
{
	struct entry *entry, *before = entries_find_at(table, id->pid, 0);

	/* Another process had the PID, and its end was missed. */
	if (before && !before->dead &&
	    (!id->start_key || before->proc.id.start_key < id->start_key))
		entries_bury(table, before, start);
	if (table->alive + table->listed > table->buckets)
		grow_buckets(table);
	entry = table->free;
	if (entry) {
		table->free = entry->next;
		table->spares--;
	} else {
		entry = malloc(sizeof(*entry));
	}
	if (!entry)
		return NULL;
	*entry = (struct entry){ .proc = { .id = { id->pid, 0, id->start_key }, .start = start },
				 .mono = mono_of(record, start) };
	process_numbers_clear(&entry->proc);
	process_strings_show(&entry->proc, NULL);
	cgroup_text_show(&entry->proc, NULL);
	insert_in_chain(table, entry);
	table->alive++;
	return entry;
}

const struct vigil_process_info *table_find(const struct table *table, uint32_t pid, uint64_t when)
{
	struct entry *entry = table->bucket[pid_bucket(table, pid)];

	while (entry && (entry->proc.id.pid != pid || (when && entry->proc.start > when)))
		entry = entry->next;
	return entry ? &entry->proc : NULL;
}

static int compare_starts(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;

	return (x->mono > y->mono) - (x->mono < y->mono);
}

bool table_each_alive(const struct table *table,
		      void (*each)(void *context, const struct vigil_process_info *proc,
				   uint64_t mono),
		      void *context)
{
	size_t count = 0;
	const struct entry *entry, **list;

	for (size_t i = 0; i < table->buckets; i++)
		for (entry = table->bucket[i]; entry; entry = entry->next)
			count++;
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return false;
	count = 0;
	for (size_t i = 0; i < table->buckets; i++)
		for (entry = table->bucket[i]; entry; entry = entry->next)
			if ((!entry->dead && entry != table->ended) || entry->refs)
				list[count++] = entry;
	qsort((void *)list, count, sizeof(*list), compare_starts);
	for (size_t i = 0; i < count; i++)
		each(context, &list[i]->proc, list[i]->mono);
	free((void *)list);
	return true;
}

void table_count(const struct table *table, uint64_t *alive, uint64_t *dead)
{
	*alive = table->alive;
	*dead = table->listed;
}
