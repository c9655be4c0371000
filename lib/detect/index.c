/* SPDX-License-Identifier: MIT */
/* index.c - which rules an event can match. */
#include "detect/index.h"

#include <stdlib.h>
#include <string.h>

#include "detect/clause.h"
#include "detect/set.h"

/* A string that a rule looks for. */
struct entry {
	uint32_t field, rule, atom;
	unsigned bit; /* of its clause */
	struct literal literal;
};

struct builder {
	struct detect_set *set;
	struct entry *entry;
	uint32_t entries, capacity;
	uint32_t *count; /* by atom */
	uint32_t rule;   /* whose clause is collected */
};

static bool builder_add(void *user, uint32_t atom, unsigned bit)
{
	struct builder *b = user;

	if (!set_grow(&b->entry, b->entries, &b->capacity, sizeof(*b->entry)))
		return false;
	b->entry[b->entries++] =
	    (struct entry){ b->set->atom[atom].field, b->rule, atom, bit, b->set->literal[atom] };
	return true;
}

static int entry_compare_keys(const struct entry *a, const struct entry *b)
{
	const struct literal *x = &a->literal, *y = &b->literal;

	if (a->field != b->field)
		return a->field < b->field ? -1 : 1;
	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return memcmp(x->text, y->text, x->length);
}

static int entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int keys = entry_compare_keys(x, y);

	return keys ? keys : (x->rule > y->rule) - (x->rule < y->rule);
}

/* Entries of one field, sorted: a key for each string, and its rules. */
static bool index_add_field(struct builder *b, struct index *index, const struct entry *entry,
			    uint32_t entries, uint32_t *keys, uint32_t *rules)
{
	struct arena *arena = &b->set->arena;
	struct index_field *f = &index->field[index->fields++];
	struct search_key *key = arena_array(arena, entries, sizeof(*key));
	uint32_t made = 0;

	f->field = entry->field;
	f->first_key = *keys;
	f->all.from = *rules;
	f->rules = arena_array(arena, entries, sizeof(*f->rules));
	if (!key || !f->rules)
		return false;
	for (uint32_t i = 0; i < entries; i++) {
		if (i == 0 || entry_compare_keys(&entry[i - 1], &entry[i]) != 0) {
			key[made].text = entry[i].literal.text;
			key[made].length = entry[i].literal.length;
			f->rules[made++].from = *rules;
		}
		index->key[entry[i].atom] = *keys + made;
		if (f->rules[made - 1].count > 0 && entry[i].rule == entry[i - 1].rule) {
			index->mark[*rules - 1] |= entry[i].bit;
			continue;
		}
		f->rules[made - 1].count++;
		index->mark[(*rules)++] = entry[i].rule * 4 + entry[i].bit;
	}
	f->all.count = *rules - f->all.from;
	*keys += made;
	return search_make(&f->search, arena, key, made);
}

static bool index_make(struct builder *b, struct index *index, uint32_t *keys)
{
	struct arena *arena = &b->set->arena;
	uint32_t fields = 0, rules = index->always.count, from = 0;

	if (b->entries)
		qsort(b->entry, b->entries, sizeof(*b->entry), entry_compare);
	for (uint32_t i = 0; i < b->entries; i++)
		fields += i == 0 || b->entry[i].field != b->entry[i - 1].field;
	index->field = arena_array(arena, fields, sizeof(*index->field));
	if (!index->field)
		return false;
	for (uint32_t i = 1; i <= b->entries; i++) {
		if (i < b->entries && b->entry[i].field == b->entry[from].field)
			continue;
		if (!index_add_field(b, index, b->entry + from, i - from, keys, &rules))
			return false;
		from = i;
	}
	return true;
}

/* Collects the clauses of a log source's rules. A rule without one is marked at once. */
static void index_collect(struct builder *b, struct index *index, uint32_t source_bit,
			  uint32_t *always)
{
	struct detect_set *set = b->set;

	for (uint32_t i = 0; i < set->rules; i++) {
		if (!(set->rule[i].info.sources & source_bit))
			continue;
		b->rule = i;
		index->bits[i] =
		    (uint8_t)clause_find(set, set->rule[i].root, b->count, builder_add, b);
		if (index->bits[i])
			continue;
		index->bits[i] = 1;
		always[index->always.count++] = i * 4 + 1;
	}
}

static bool index_build_source(struct builder *b, unsigned source, uint32_t *keys)
{
	struct detect_set *set = b->set;
	struct index *index = &set->index[source];
	uint32_t bit = 1u << source, *always;

	b->entries = 0;
	memset(b->count, 0, set->atoms * sizeof(*b->count));
	always = arena_array(&set->arena, set->rules, sizeof(*always));
	index->bits = arena_array(&set->arena, set->rules, sizeof(*index->bits));
	index->key = arena_array(&set->arena, set->atoms, sizeof(*index->key));
	if (!always || !index->bits || !index->key)
		return false;
	for (uint32_t i = 0; i < set->rules; i++)
		if (set->rule[i].info.sources & bit) {
			if (!clause_order(set, set->rule[i].root))
				return false;
			clause_count(set, set->rule[i].root, b->count);
		}
	index_collect(b, index, bit, always);
	index->mark = arena_array(&set->arena, (size_t)index->always.count + b->entries,
				  sizeof(*index->mark));
	if (!index->mark)
		return false;
	memcpy(index->mark, always, index->always.count * sizeof(*always));
	return index_make(b, index, keys);
}

bool index_build(struct detect_set *set, uint32_t *keys)
{
	struct builder b = { .set = set };
	bool done = true;

	*keys = 0;
	b.count = calloc((size_t)set->atoms + 1, sizeof(*b.count));
	for (unsigned s = 0; b.count && done && s < DETECT_SOURCES; s++)
		if (set->sources & (1u << s))
			done = index_build_source(&b, s, keys);
	done = done && b.count;
	free(b.count);
	free(b.entry);
	return done;
}
