/* SPDX-License-Identifier: MIT */
#include "rules/set.h"

#include <stdlib.h>
#include <string.h>

#include "core/wildcard.h"
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
	struct vigil_rules *rules = calloc(1, sizeof(*rules));
	struct rules_counter *counter = calloc(1, sizeof(*counter));

	if (!rules || !counter) {
		free(rules);
		free(counter);
		return NULL;
	}
	rules->windows = windows;
	rules->unknown = VIGIL_VERDICT_DENY;
	counter->references = VIGIL_VERDICT_ALLOW + 1;
	for (int verdict = 0; verdict <= VIGIL_VERDICT_ALLOW; verdict++)
		rules->unknown_rule[verdict] =
		    (struct rule){ .info = { .id = RULES_UNKNOWN_ID,
					     .verdict = (enum vigil_verdict)verdict },
				   .counter = counter };
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
		parent_free(&rule->resolved_parent);
		counter_release(rule->counter);
	}
	for (int verdict = 0; verdict <= VIGIL_VERDICT_ALLOW; verdict++)
		counter_release(rules->unknown_rule[verdict].counter);
	for (uint32_t i = 0; i < rules->keys; i++) {
		free(rules->key[i].bytes);
		vigil_wildcard_free(rules->key[i].pattern);
	}
	free(rules->rule);
	free(rules->key);
	free(rules->bucket);
	free(rules);
}

/* Makes space for one more element in an array whose capacity doubles. */
static bool grow_array(void **array, uint32_t count, uint32_t *capacity, size_t size)
{
	uint32_t more = *capacity ? *capacity * 2 : 64;
	void *larger;

	if (count < *capacity)
		return true;
	larger = realloc(*array, more * size);
	if (!larger)
		return false;
	*array = larger;
	*capacity = more;
	return true;
}

struct rule *rules_add(struct vigil_rules *rules)
{
	struct rules_counter *counter;
	struct rule *rule;

	if (rules->count == RULES_MAX ||
	    !grow_array((void **)&rules->rule, rules->count, &rules->capacity, sizeof(*rule)))
		return NULL;
	counter = calloc(1, sizeof(*counter));
	if (!counter)
		return NULL;
	counter->references = 1;
	rule = &rules->rule[rules->count++];
	*rule = (struct rule){ .counter = counter };
	return rule;
}

/* Compiles a pattern of a rule, in which only * and ? are wildcards. */
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

	if (!copy ||
	    !grow_array((void **)&rules->key, rules->keys, &rules->key_capacity, sizeof(*key))) {
		free(copy);
		return VIGIL_ERROR_MEMORY;
	}
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	if (kind != RULES_KEY_FILE && kind != VIGIL_TARGET_HASH && rules->windows)
		fold_text(copy, length);
	key = &rules->key[rules->keys++];
	*key = (struct rules_key){ .bytes = copy,
				   .length = (uint32_t)length,
				   .hash = hash_of(kind, copy, length),
				   .rule = rule,
				   .kind = kind };
	rules->hashes += kind == VIGIL_TARGET_HASH;
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

/* Orders patterns last, and each kind by the order of the rules. */
static int compare_keys(const void *left, const void *right)
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
	rules->bucket = malloc(buckets * sizeof(*rules->bucket));
	if (!rules->bucket)
		return false;
	rules->buckets = buckets;
	memset(rules->bucket, 0xff, buckets * sizeof(*rules->bucket)); /* RULES_NONE */
	if (rules->keys)
		qsort(rules->key, rules->keys, sizeof(*rules->key), compare_keys);
	rules->first_pattern = rules->keys - rules->patterns;
	/* From the last to the first, so that the first of equal keys is found first. */
	for (uint32_t i = rules->first_pattern; i-- > 0;) {
		uint32_t *bucket = &rules->bucket[rules->key[i].hash & (buckets - 1)];

		rules->key[i].next = *bucket;
		*bucket = i;
	}
	return true;
}

/* ---- searching ---- */

enum fit {
	FIT_NO,
	FIT_MAYBE, /* some information is unknown */
	FIT_YES
};

struct search {
	const struct vigil_rules *rules;
	struct rules_subject *subject;
	uint32_t best;                /* the first rule that matches */
	uint32_t may_deny, may_audit; /* the first rules that may match */
};

static bool image_is(const struct vigil_rules *rules, const struct rules_parent *parent,
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

/* Whether a parent matches. parent= compares the two nearest images, ancestor= all of them. */
static enum fit images_fit(const struct vigil_rules *rules, const struct rule *rule,
			   const struct rules_subject *s)
{
	uint32_t nearest = rule->info.ancestor || s->images < 2 ? s->images : 2;
	bool known = s->complete || (!rule->info.ancestor && s->images >= 2);

	for (uint32_t i = 0; i < nearest; i++) {
		const struct rules_image *image = &s->image[i];

		if (!image->path)
			known = false;
		else if (image->chosen && rule->info.verdict == VIGIL_VERDICT_ALLOW)
			continue;
		else if (image_is(rules, &rule->parents, image->path) ||
			 image_is(rules, &rule->resolved_parent, image->path))
			return FIT_YES;
	}
	return known ? FIT_NO : FIT_MAYBE;
}

static enum fit caller_fits(const struct vigil_rules *rules, const struct rule *rule,
			    struct rules_subject *s)
{
	enum fit fit = FIT_YES;

	if (!rule->user && !rule->parents.text)
		return FIT_YES;
	s->conditional = true;
	if (s->learn) {
		s->learn(s);
		s->learn = NULL;
	}
	if (rule->user)
		fit = !s->user ? FIT_MAYBE : strcmp(rule->user, s->user) == 0 ? FIT_YES : FIT_NO;
	if (fit != FIT_NO && rule->parents.text) {
		enum fit images = images_fit(rules, rule, s);

		fit = images < fit ? images : fit;
	}
	return fit;
}

/* Notes a rule that may match. An allow rule does not count: unknown information makes no
 * exception. */
static void note_possible(struct search *search, uint32_t number)
{
	enum vigil_verdict verdict = search->rules->rule[number].info.verdict;

	if (verdict == VIGIL_VERDICT_DENY && number < search->may_deny)
		search->may_deny = number;
	if (verdict == VIGIL_VERDICT_AUDIT && number < search->may_audit)
		search->may_audit = number;
}

/* Checks the other conditions of a rule whose target matches. */
static void note_match(struct search *search, uint32_t number, bool chosen)
{
	const struct rule *rule = &search->rules->rule[number];
	enum fit fit;

	if (chosen && rule->info.verdict == VIGIL_VERDICT_ALLOW)
		return;
	fit = caller_fits(search->rules, rule, search->subject);
	if (fit == FIT_YES)
		search->best = number;
	else if (fit == FIT_MAYBE)
		note_possible(search, number);
}

/* Finds the first rule that has this key. */
static void match_keys(struct search *search, uint32_t kind, uint32_t hash, const void *bytes,
		       size_t length, bool chosen)
{
	const struct vigil_rules *rules = search->rules;
	uint32_t at = rules->bucket[hash & (rules->buckets - 1)];

	for (; at != RULES_NONE && rules->key[at].rule < search->best; at = rules->key[at].next) {
		const struct rules_key *key = &rules->key[at];

		if (key->hash == hash && key->kind == kind && key->length == length &&
		    memcmp(key->bytes, bytes, length) == 0)
			note_match(search, key->rule, chosen);
	}
}

static void match_bytes(struct search *search, uint32_t kind, const void *bytes, size_t length)
{
	match_keys(search, kind, hash_of(kind, bytes, length), bytes, length, false);
}

/* Compares a path in one pass: a folder ends at each separator, and the name begins after the
 * last. */
static void walk_path(struct search *search, const char *path, size_t length, bool chosen)
{
	const char *name = path;
	uint32_t whole = hash_begin(VIGIL_TARGET_PATH), folder = hash_begin(VIGIL_TARGET_FOLDER);
	char slash = separator(search->rules);

	for (size_t i = 0; i < length; i++) {
		whole = hash_byte(whole, path[i]);
		folder = hash_byte(folder, path[i]);
		if (path[i] != slash)
			continue;
		match_keys(search, VIGIL_TARGET_FOLDER, folder, path, i + 1, chosen);
		name = path + i + 1;
	}
	match_keys(search, VIGIL_TARGET_PATH, whole, path, length, chosen);
	length -= (size_t)(name - path);
	match_keys(search, VIGIL_TARGET_NAME, hash_of(VIGIL_TARGET_NAME, name, length), name,
		   length, chosen);
}

static void try_patterns(struct search *search, const char *path, size_t length, bool chosen)
{
	const struct vigil_rules *rules = search->rules;

	for (uint32_t i = rules->first_pattern; i < rules->keys; i++) {
		const struct rules_key *key = &rules->key[i];

		if (key->rule >= search->best)
			break;
		if (vigil_wildcard_match(key->pattern, path, length, false))
			note_match(search, key->rule, chosen);
	}
}

static void try_name(struct search *search, const char *path, size_t length, bool chosen)
{
	walk_path(search, path, length, chosen);
	try_patterns(search, path, length, chosen);
}

/* Whether a target cannot be compared because the required information is unknown. */
static bool target_is_open(const struct vigil_rules *rules, const struct rules_subject *s,
			   enum vigil_target target)
{
	if (target == VIGIL_TARGET_HASH)
		return !s->hash;
	if (!s->path && !s->also[0])
		return true;
	return target == VIGIL_TARGET_PATH && !s->file.inode && !rules->windows;
}

static bool same_verdict(const struct vigil_rules *rules, uint32_t rule, uint32_t best)
{
	return best != RULES_NONE &&
	       rules->rule[rule].info.verdict == rules->rule[best].info.verdict;
}

/* Checks the rules before the best one whose targets cannot be compared. */
static void try_unknown(struct search *search)
{
	const struct vigil_rules *rules = search->rules;
	struct rules_subject *s = search->subject;

	if ((s->path || s->also[0]) && (s->hash || !rules->hashes) &&
	    (s->file.inode || rules->windows))
		return;
	for (uint32_t i = 0; i < rules->count && i < search->best; i++) {
		enum vigil_target target = rules->rule[i].info.target;

		if (!target_is_open(rules, s, target) ||
		    caller_fits(rules, &rules->rule[i], s) == FIT_NO)
			continue;
		note_possible(search, i);
		if (target == VIGIL_TARGET_HASH)
			s->conditional = true;
		if (target == VIGIL_TARGET_HASH && !same_verdict(rules, i, search->best))
			s->wants_hash = true;
	}
}

static int strength(enum vigil_verdict verdict)
{
	return verdict == VIGIL_VERDICT_DENY ? 2 : verdict == VIGIL_VERDICT_AUDIT;
}

/* Decides between the rule that matches and those that may match. */
static uint32_t choose_rule(const struct search *search)
{
	const struct vigil_rules *rules = search->rules;
	enum vigil_verdict known = VIGIL_VERDICT_ALLOW, may = rules->unknown;

	if (search->best != RULES_NONE)
		known = rules->rule[search->best].info.verdict;
	if (search->may_deny >= search->best && search->may_audit >= search->best)
		return search->best;
	if (search->may_deny >= search->best && may == VIGIL_VERDICT_DENY)
		may = VIGIL_VERDICT_AUDIT;
	if (strength(may) > strength(known) ||
	    (search->best == RULES_NONE && may == VIGIL_VERDICT_ALLOW))
		return RULES_UNKNOWN(may);
	return search->best;
}

uint32_t rules_find(const struct vigil_rules *rules, struct rules_subject *subject)
{
	struct search search = { rules, subject, RULES_NONE, RULES_NONE, RULES_NONE };

	subject->conditional = subject->wants_hash = false;
	if (rules->count == 0)
		return RULES_NONE;
	if (subject->file.inode)
		match_bytes(&search, RULES_KEY_FILE, &subject->file, sizeof(subject->file));
	if (subject->path)
		try_name(&search, subject->path, subject->length, false);
	for (uint32_t i = 0; i < RULES_ALSO_MAX && subject->also[i]; i++)
		try_name(&search, subject->also[i], strlen(subject->also[i]), true);
	subject->conditional |= subject->hash != NULL;
	if (subject->hash)
		match_bytes(&search, VIGIL_TARGET_HASH, subject->hash, RULES_HASH_BYTES);
	try_unknown(&search);
	return choose_rule(&search);
}

const struct rule *rules_rule(const struct vigil_rules *rules, uint32_t number)
{
	if (number < rules->count)
		return &rules->rule[number];
	return &rules->unknown_rule[number - RULES_UNKNOWN(0)];
}

/* ---- what the library gives out ---- */

const struct vigil_rule *vigil_rules_at(const struct vigil_rules *rules, size_t at)
{
	return at < rules->count ? &rules->rule[at].info : NULL;
}

static int compare_ids(const void *left, const void *right)
{
	const struct rule *const *a = left, *const *b = right;

	return strcmp((*a)->info.id, (*b)->info.id);
}

static void inherit_counter(struct rule *rule, const struct rule *before)
{
	counter_release(rule->counter);
	rule->counter = before->counter;
	__atomic_add_fetch(&rule->counter->references, 1, __ATOMIC_RELAXED);
}

void rules_inherit(struct vigil_rules *rules, const struct vigil_rules *before)
{
	const struct rule **known;

	for (int verdict = 0; verdict <= VIGIL_VERDICT_ALLOW; verdict++)
		inherit_counter(&rules->unknown_rule[verdict], &before->unknown_rule[verdict]);
	known = before->count ? calloc(before->count, sizeof(*known)) : NULL;
	if (!known) /* then they count from 0 */
		return;
	for (uint32_t i = 0; i < before->count; i++)
		known[i] = &before->rule[i];
	qsort(known, before->count, sizeof(*known), compare_ids);
	for (uint32_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->rule[i];
		const struct rule **found =
		    bsearch(&rule, known, before->count, sizeof(*known), compare_ids);

		if (found)
			inherit_counter(&rules->rule[i], *found);
	}
	free(known);
}

const struct vigil_rule *vigil_rules_unknown(const struct vigil_rules *rules)
{
	return &rules->unknown_rule[rules->unknown].info;
}

uint64_t vigil_rules_hits(const struct vigil_rules *rules, size_t at)
{
	return at < rules->count ? rules->rule[at].counter->hits
				 : rules->unknown_rule[rules->unknown].counter->hits;
}
