/* SPDX-License-Identifier: MIT */
#include "rules/set.h"

#include <stdlib.h>
#include <string.h>

#include "model/wildcard.h"
#include "rules/fold.h"

#define HASH_SEED  2166136261u /* FNV-1a */
#define HASH_PRIME 16777619u

static uint32_t hash_begin(uint32_t kind)
{
	return (HASH_SEED ^ kind) * HASH_PRIME;
}

static uint32_t hash_byte(uint32_t hash, char c)
{
	return (hash ^ (unsigned char)c) * HASH_PRIME;
}

static uint32_t hash_of(uint32_t kind, const char *bytes, size_t length)
{
	uint32_t hash = hash_begin(kind);

	for (size_t i = 0; i < length; i++)
		hash = hash_byte(hash, bytes[i]);
	return hash;
}

static char separator(const struct vigil_rules *rules)
{
	return rules->windows ? '\\' : '/';
}

/* ---- making ---- */

struct vigil_rules *rules_new(bool windows)
{
	struct vigil_rules *rules = calloc(1, sizeof *rules);

	if (rules)
		rules->windows = windows;
	return rules;
}

static void parent_free(struct rules_parent *parent)
{
	free(parent->text);
	vigil_wildcard_free(parent->wildcard);
}

static void counter_release(struct rules_counter *counter)
{
	if (counter && __atomic_sub_fetch(&counter->references, 1, __ATOMIC_ACQ_REL) == 0)
		free(counter);
}

void vigil_rules_free(struct vigil_rules *rules)
{
	if (!rules)
		return;
	for (uint32_t i = 0; i < rules->count; i++) {
		struct rule *rule = &rules->rule[i];

		free(rule->strings);
		free(rule->user);
		parent_free(&rule->parents);
		parent_free(&rule->really);
		counter_release(rule->counter);
	}
	for (uint32_t i = 0; i < rules->keys; i++) {
		free(rules->key[i].bytes);
		vigil_wildcard_free(rules->key[i].pattern);
	}
	free(rules->rule);
	free(rules->key);
	free(rules->bucket);
	free(rules);
}

/* Room for one more in an array that doubles. */
static bool grow(void **array, uint32_t count, uint32_t *rooms, size_t size)
{
	uint32_t more = *rooms ? *rooms * 2 : 64;
	void *larger;

	if (count < *rooms)
		return true;
	larger = realloc(*array, more * size);
	if (!larger)
		return false;
	*array = larger;
	*rooms = more;
	return true;
}

struct rule *rules_add(struct vigil_rules *rules)
{
	struct rules_counter *counter;
	struct rule *rule;

	if (rules->count == RULES_MAX ||
	    !grow((void **)&rules->rule, rules->count, &rules->rooms, sizeof *rule))
		return NULL;
	counter = calloc(1, sizeof *counter);
	if (!counter)
		return NULL;
	counter->references = 1;
	rule = &rules->rule[rules->count++];
	*rule = (struct rule){ .counter = counter };
	return rule;
}

/* Of vigil_wildcard's signs a rule knows * and ? alone. */
static struct vigil_wildcard *make_wildcard(const char *text)
{
	char quoted[2 * RULES_PATTERN_MAX + 1], *to = quoted;
	bool too_long;

	if (strlen(text) > RULES_PATTERN_MAX)
		return NULL;
	for (; *text; text++) {
		if (*text == '\\' || *text == '[')
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '\0';
	return vigil_wildcard_new(quoted, false, &too_long);
}

enum vigil_code rules_add_key(struct vigil_rules *rules, uint32_t rule, uint32_t kind,
			      const void *bytes, size_t length)
{
	struct rules_key *key;
	char *copy = malloc(length + 1);

	if (!copy || !grow((void **)&rules->key, rules->keys, &rules->key_rooms, sizeof *key)) {
		free(copy);
		return VIGIL_ERROR_MEMORY;
	}
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	if (kind != RULES_KEY_FILE && rules->windows)
		fold_text(copy, length);
	key = &rules->key[rules->keys++];
	*key = (struct rules_key){ .bytes = copy,
				   .length = (uint32_t)length,
				   .hash = hash_of(kind, copy, length),
				   .rule = rule,
				   .kind = kind };
	if (kind != VIGIL_TARGET_PATTERN)
		return VIGIL_OK;
	rules->patterns++;
	key->pattern = make_wildcard(copy);
	return key->pattern ? VIGIL_OK : VIGIL_ERROR_MEMORY;
}

bool rules_set_parent(const struct vigil_rules *rules, struct rules_parent *parent,
		      const char *text)
{
	parent->text = strdup(text);
	if (!parent->text)
		return false;
	if (rules->windows)
		fold_text(parent->text, strlen(text));
	parent->name = !strchr(text, separator(rules));
	if (!strpbrk(text, "*?"))
		return true;
	parent->wildcard = make_wildcard(parent->text);
	return parent->wildcard;
}

/* Patterns last, and each kind by the order of its rules. */
static int by_rule(const void *left, const void *right)
{
	const struct rules_key *a = left, *b = right;

	if (!a->pattern != !b->pattern)
		return a->pattern ? 1 : -1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

bool rules_index(struct vigil_rules *rules)
{
	uint32_t buckets = 16;

	while (buckets < rules->keys)
		buckets *= 2;
	free(rules->bucket);
	rules->bucket = malloc(buckets * sizeof *rules->bucket);
	if (!rules->bucket)
		return false;
	rules->buckets = buckets;
	memset(rules->bucket, 0xff, buckets * sizeof *rules->bucket); /* RULES_NONE */
	if (rules->keys)
		qsort(rules->key, rules->keys, sizeof *rules->key, by_rule);
	rules->first_pattern = rules->keys - rules->patterns;
	/* From the last to the first: the first of equals is found first. */
	for (uint32_t i = rules->first_pattern; i-- > 0;) {
		uint32_t *bucket = &rules->bucket[rules->key[i].hash & (buckets - 1)];

		rules->key[i].next = *bucket;
		*bucket = i;
	}
	return true;
}

/* ---- searching ---- */

struct search {
	const struct vigil_rules *rules;
	struct rules_subject *subject;
	uint32_t best;
};

static bool parent_is(const struct vigil_rules *rules, const struct rules_parent *parent,
		      const char *image)
{
	const char *text = image, *last = parent->name ? strrchr(image, separator(rules)) : NULL;

	if (!parent->text)
		return false;
	if (last)
		text = last + 1;
	if (parent->wildcard)
		return vigil_wildcard_match(parent->wildcard, text, strlen(text), false);
	return strcmp(parent->text, text) == 0;
}

static bool caller_fits(const struct vigil_rules *rules, const struct rule *rule,
			struct rules_subject *s)
{
	if (!rule->user && !rule->parents.text)
		return true;
	s->conditional = true;
	if (s->learn) {
		s->learn(s);
		s->learn = NULL;
	}
	if (rule->user && (!s->user || strcmp(rule->user, s->user) != 0))
		return false;
	if (!rule->parents.text)
		return true;
	for (int i = 0; i < 2; i++)
		if (s->parent[i] && (parent_is(rules, &rule->parents, s->parent[i]) ||
				     parent_is(rules, &rule->really, s->parent[i])))
			return true;
	return false;
}

/* Looks for the first rule that has this key. */
static void look_up(struct search *search, uint32_t kind, uint32_t hash, const void *bytes,
		    size_t length)
{
	const struct vigil_rules *rules = search->rules;
	uint32_t at = rules->bucket[hash & (rules->buckets - 1)];

	for (; at != RULES_NONE && rules->key[at].rule < search->best; at = rules->key[at].next) {
		const struct rules_key *key = &rules->key[at];

		if (key->hash == hash && key->kind == kind && key->length == length &&
		    memcmp(key->bytes, bytes, length) == 0 &&
		    caller_fits(rules, &rules->rule[key->rule], search->subject))
			search->best = key->rule;
	}
}

/* One pass: a folder ends at each separator, the name begins at the last. */
static void walk(struct search *search)
{
	const char *path = search->subject->path, *name = path;
	size_t length = search->subject->length;
	uint32_t whole = hash_begin(VIGIL_TARGET_PATH), folder = hash_begin(VIGIL_TARGET_FOLDER);
	char slash = separator(search->rules);

	for (size_t i = 0; i < length; i++) {
		whole = hash_byte(whole, path[i]);
		folder = hash_byte(folder, path[i]);
		if (path[i] != slash)
			continue;
		look_up(search, VIGIL_TARGET_FOLDER, folder, path, i + 1);
		name = path + i + 1;
	}
	look_up(search, VIGIL_TARGET_PATH, whole, path, length);
	length -= (size_t)(name - path);
	look_up(search, VIGIL_TARGET_NAME, hash_of(VIGIL_TARGET_NAME, name, length), name, length);
}

uint32_t rules_find(const struct vigil_rules *rules, struct rules_subject *subject)
{
	struct search search = { rules, subject, RULES_NONE };

	subject->conditional = false;
	if (rules->count == 0)
		return RULES_NONE;
	walk(&search);
	if (subject->file.inode)
		look_up(&search, RULES_KEY_FILE,
			hash_of(RULES_KEY_FILE, (const char *)&subject->file, sizeof subject->file),
			&subject->file, sizeof subject->file);
	for (uint32_t i = rules->first_pattern; i < rules->keys; i++) {
		const struct rules_key *key = &rules->key[i];

		if (key->rule >= search.best)
			break;
		if (vigil_wildcard_match(key->pattern, subject->path, subject->length, false) &&
		    caller_fits(rules, &rules->rule[key->rule], subject))
			search.best = key->rule;
	}
	return search.best;
}

/* ---- what the library gives out ---- */

const struct vigil_rule *vigil_rules_at(const struct vigil_rules *rules, size_t at)
{
	return at < rules->count ? &rules->rule[at].told : NULL;
}

static int by_id(const void *left, const void *right)
{
	const struct rule *const *a = left, *const *b = right;

	return strcmp((*a)->told.id, (*b)->told.id);
}

void rules_inherit(struct vigil_rules *rules, const struct vigil_rules *before)
{
	const struct rule **known;

	known = before->count ? calloc(before->count, sizeof *known) : NULL;
	if (!known) /* then they count from 0 */
		return;
	for (uint32_t i = 0; i < before->count; i++)
		known[i] = &before->rule[i];
	qsort(known, before->count, sizeof *known, by_id);
	for (uint32_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->rule[i];
		const struct rule **found =
		    bsearch(&rule, known, before->count, sizeof *known, by_id);

		if (!found)
			continue;
		counter_release(rule->counter);
		rules->rule[i].counter = (*found)->counter;
		__atomic_add_fetch(&(*found)->counter->references, 1, __ATOMIC_RELAXED);
	}
	free(known);
}
