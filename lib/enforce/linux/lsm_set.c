/* SPDX-License-Identifier: MIT */
#include "enforce/linux/lsm_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/error.h"

#define PARENTS_MAX 6 /* ways in which one rule's parent= can match */

/* A key of one rule, before equal keys of all rules are merged. */
struct draft {
	struct judge_key key;
	uint32_t rule; /* JUDGE_NONE: the key only announces keys with a user or parent */
	uint32_t conditions;
	bool allows;
};

struct drafts {
	struct draft *draft;
	size_t count, capacity;
	uint32_t conditions;
	bool directories, paths, denies, failed;
};

/* The conditions of a rule while its keys are made. */
struct rule_keys {
	uint32_t number, user;
	uint64_t parent[PARENTS_MAX];
	size_t parents;
	bool allows;
};

uint64_t lsm_kernel_device(uint64_t device)
{
	return (uint64_t)major(device) << 20 | minor(device);
}

uint64_t lsm_hash_name(const char *name, size_t length, const uint64_t hash_key[2])
{
	uint64_t words[32] = { 0 };

	memcpy(words, name, length < sizeof(words) ? length : sizeof(words));
	return judge_hash_name(words, (uint32_t)length, hash_key[0], hash_key[1]);
}

bool lsm_hash_path(const char *path, size_t length, const uint64_t hash_key[2], uint64_t *hash)
{
	const char *end = path + length;

	*hash = JUDGE_ROOT;
	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t name = (size_t)((slash ? slash : end) - path);

		if (name > JUDGE_NAME_MAX)
			return false;
		if (name)
			*hash = judge_hash_two(*hash, lsm_hash_name(path, name, hash_key),
					       hash_key[0], hash_key[1]);
		path += name + 1;
	}
	return true;
}

/* ---- keys of one rule ---- */

static void add_draft(struct drafts *all, const struct draft *draft)
{
	struct draft *larger;

	if (all->count == all->capacity) {
		size_t capacity = all->capacity ? 2 * all->capacity : 64;

		larger = realloc(all->draft, capacity * sizeof(*larger));
		if (!larger) {
			all->failed = true;
			return;
		}
		all->draft = larger;
		all->capacity = capacity;
	}
	all->draft[all->count++] = *draft;
}

/* Adds a key, once for each user or parent to which the rule applies. */
static void add_rule_key(struct drafts *all, const struct rule_keys *rule, struct judge_key key)
{
	struct draft draft = { .key = key, .rule = rule->number, .allows = rule->allows };

	draft.key.user = JUDGE_ANY;
	if (rule->user == JUDGE_ANY && rule->parents == 0) {
		add_draft(all, &draft);
		return;
	}
	draft.rule = JUDGE_NONE;
	draft.conditions = rule->parents == 0        ? JUDGE_BY_USER
			   : rule->user == JUDGE_ANY ? JUDGE_BY_PARENT
						     : JUDGE_BY_BOTH;
	all->conditions |= draft.conditions;
	add_draft(all, &draft);
	draft.rule = rule->number;
	draft.conditions = 0;
	draft.key.user = rule->user;
	if (rule->parents == 0)
		add_draft(all, &draft);
	for (size_t i = 0; i < rule->parents; i++) {
		draft.key.parent = rule->parent[i];
		add_draft(all, &draft);
	}
}

static bool is_device(const struct lsm_world *world, uint64_t device)
{
	for (size_t i = 0; i < world->devices; i++)
		if (world->device[i] == device)
			return true;
	return false;
}

static void add_parent_hash(struct rule_keys *rule, const struct lsm_world *world, uint64_t kind,
			    uint64_t hash)
{
	rule->parent[rule->parents++] =
	    judge_hash_two(kind, hash, world->hash_key[0], world->hash_key[1]);
}

/* Adds a path that the image of a parent can have, and the file at that path. */
static bool add_parent_path(struct rule_keys *rule, const struct lsm_world *world, const char *path,
			    bool with_file)
{
	struct stat st;
	uint64_t hash;

	if (lsm_hash_path(path, strlen(path), world->hash_key, &hash)) {
		add_parent_hash(rule, world, JUDGE_PATH, hash);
		/* In a mount namespace that a user may have arranged, the path of a parent
		 * allows nothing. */
		if (!rule->allows)
			add_parent_hash(rule, world, JUDGE_STRICT_PATH, hash);
	}
	if (!with_file || stat(path, &st) < 0)
		return true;
	add_parent_hash(rule, world, JUDGE_FILE,
			judge_hash_two(lsm_kernel_device(st.st_dev), st.st_ino, world->hash_key[0],
				       world->hash_key[1]));
	return is_device(world, st.st_dev);
}

static enum vigil_code unsupported_rule(const struct rule *rule, const char *why,
					struct vigil_error *error)
{
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED, "rule %.64s %s", rule->info.id, why);
}

static enum vigil_code unsupported_device(const struct rule *rule, struct vigil_error *error)
{
	return unsupported_rule(
	    rule, "is about a file system whose files have other numbers in the kernel", error);
}

/* Reads the conditions on the user and the parent. */
static enum vigil_code read_conditions(struct rule_keys *keys, const struct rule *rule,
				       const struct lsm_world *world, struct vigil_error *error)
{
	const char *parent = rule->parents.text;

	if (rule->user)
		keys->user = (uint32_t)strtoul(rule->user, NULL, 10);
	if (!parent)
		return VIGIL_OK;
	if (rule->info.ancestor)
		return unsupported_rule(rule, "has ancestor=", error);
	if (rule->parents.wildcard)
		return unsupported_rule(rule, "has a pattern in parent=", error);
	if (rule->parents.name) {
		add_parent_hash(keys, world, JUDGE_NAME,
				lsm_hash_name(parent, strlen(parent), world->hash_key));
		return VIGIL_OK;
	}
	if (!add_parent_path(keys, world, parent, true) ||
	    (rule->resolved_parent.text &&
	     !add_parent_path(keys, world, rule->resolved_parent.text, false)))
		return unsupported_device(rule, error);
	return VIGIL_OK;
}

static enum vigil_code add_file_key(struct drafts *all, const struct rule_keys *keys,
				    const struct rule *rule, const struct lsm_world *world,
				    struct judge_key key, const struct rules_file *file,
				    struct vigil_error *error)
{
	if (!is_device(world, file->device))
		return unsupported_device(rule, error);
	key.what = file->inode;
	key.device = lsm_kernel_device(file->device);
	add_rule_key(all, keys, key);
	return VIGIL_OK;
}

/* Adds a folder by its path and by its inode, which is the same wherever it is mounted. */
static enum vigil_code add_folder_keys(struct drafts *all, const struct rule_keys *keys,
				       const struct rule *rule, const struct lsm_world *world,
				       const char *path, struct vigil_error *error)
{
	struct judge_key key = { .kind = JUDGE_FOLDER };
	struct stat st;

	all->paths = true;
	if (!lsm_hash_path(path, strlen(path), world->hash_key, &key.what))
		return VIGIL_OK;
	add_rule_key(all, keys, key);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return VIGIL_OK;
	all->directories = true;
	key = (struct judge_key){ .kind = JUDGE_DIRECTORY };
	return add_file_key(all, keys, rule, world, key,
			    &(struct rules_file){ st.st_dev, st.st_ino }, error);
}

static enum vigil_code add_rules_key(struct drafts *all, const struct vigil_rules *rules,
				     const struct rules_key *from, const struct lsm_world *world,
				     struct vigil_error *error)
{
	const struct rule *rule = &rules->rule[from->rule];
	struct rule_keys keys = { .number = from->rule,
				  .user = JUDGE_ANY,
				  .allows = rule->info.verdict == VIGIL_VERDICT_ALLOW };
	struct judge_key key = { .kind = JUDGE_PATH };
	enum vigil_code code = read_conditions(&keys, rule, world, error);
	struct rules_file file;

	if (code < 0)
		return code;
	switch (from->kind) {
	case VIGIL_TARGET_PATH:
		all->paths = true;
		if (lsm_hash_path(from->bytes, from->length, world->hash_key, &key.what))
			add_rule_key(all, &keys, key);
		return VIGIL_OK;
	case VIGIL_TARGET_FOLDER:
		return add_folder_keys(all, &keys, rule, world, from->bytes, error);
	case VIGIL_TARGET_NAME:
		key.kind = JUDGE_NAME;
		key.what = lsm_hash_name(from->bytes, from->length, world->hash_key);
		if (from->length <= JUDGE_NAME_MAX)
			add_rule_key(all, &keys, key);
		return VIGIL_OK;
	case RULES_KEY_FILE:
		key.kind = JUDGE_FILE;
		memcpy(&file, from->bytes, sizeof(file));
		return add_file_key(all, &keys, rule, world, key, &file, error);
	case VIGIL_TARGET_HASH:
		return unsupported_rule(rule, "has a hash", error);
	default:
		return unsupported_rule(rule, "has a pattern", error);
	}
}

/* ---- the set ---- */

static int compare_drafts(const void *left, const void *right)
{
	return memcmp(&((const struct draft *)left)->key, &((const struct draft *)right)->key,
		      sizeof(struct judge_key));
}

static void merge_draft(struct judge_value *value, const struct draft *draft)
{
	value->conditions |= draft->conditions;
	if (draft->rule < value->first)
		value->first = draft->rule;
	if (!draft->allows && draft->rule < value->first_strict)
		value->first_strict = draft->rule;
}

static void set_entry_id(struct judge_value *value, const char *id)
{
	size_t length = strlen(id);

	value->id_length = (uint32_t)(length < JUDGE_ID_MAX ? length : JUDGE_ID_MAX);
	memcpy(value->id, id, value->id_length);
}

static void append_rule_entries(struct lsm_set *set, const struct vigil_rules *rules)
{
	for (uint32_t i = 0; i < rules->count; i++) {
		struct lsm_entry *entry = &set->entry[set->count++];
		const struct rule *rule = &rules->rule[i];

		*entry =
		    (struct lsm_entry){ .key = { .what = i, .user = JUDGE_ANY, .kind = JUDGE_RULE },
					.value = { .verdict = rule->info.verdict,
						   .counter = rule->counter->slot } };
		set_entry_id(&entry->value, rule->info.id);
	}
}

/* Appends the entry of the set itself: the verdict on execs that cannot be judged. If no rule
 * of the set denies, that verdict does not deny either. */
static void append_set_entry(struct lsm_set *set, const struct drafts *all,
			     const struct vigil_rules *rules)
{
	struct lsm_entry *entry = &set->entry[set->count++];
	enum vigil_verdict unknown = rules->unknown;

	if (!all->denies && unknown == VIGIL_VERDICT_DENY)
		unknown = VIGIL_VERDICT_AUDIT;
	*entry = (struct lsm_entry){
		.key = { .what = JUDGE_SET_NUMBER, .user = JUDGE_ANY, .kind = JUDGE_SET },
		.value = { .conditions = all->conditions,
			   .verdict = unknown,
			   .directories = all->directories,
			   .paths = all->paths },
	};
	set_entry_id(&entry->value, RULES_UNKNOWN_ID);
}

static bool build_entries(struct lsm_set *set, struct drafts *all, const struct vigil_rules *rules)
{
	set->entry = calloc(all->count + rules->count + 1, sizeof(*set->entry));
	if (!set->entry)
		return false;
	if (all->count)
		qsort(all->draft, all->count, sizeof(*all->draft), compare_drafts);
	for (size_t i = 0; i < all->count; i++) {
		if (i == 0 || compare_drafts(&all->draft[i - 1], &all->draft[i]) != 0)
			set->entry[set->count++] = (struct lsm_entry){
				.key = all->draft[i].key,
				.value = { .first = JUDGE_NONE, .first_strict = JUDGE_NONE },
			};
		merge_draft(&set->entry[set->count - 1].value, &all->draft[i]);
	}
	append_rule_entries(set, rules);
	append_set_entry(set, all, rules);
	return true;
}

enum vigil_code lsm_set_build(struct lsm_set *set, const struct vigil_rules *rules,
			      const struct lsm_world *world, struct vigil_error *error)
{
	struct drafts all = { 0 };
	enum vigil_code code = VIGIL_OK;

	*set = (struct lsm_set){ 0 };
	if (rules->count > JUDGE_RULES_MAX)
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED, "there are more than %u rules",
				  JUDGE_RULES_MAX);
	for (uint32_t i = 0; i < rules->count; i++)
		all.denies |= rules->rule[i].info.verdict == VIGIL_VERDICT_DENY;
	for (uint32_t i = 0; i < rules->keys && code == VIGIL_OK; i++)
		code = add_rules_key(&all, rules, &rules->key[i], world, error);
	if (code == VIGIL_OK && (all.failed || !build_entries(set, &all, rules)))
		code = vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the rules");
	free(all.draft);
	return code;
}

void lsm_set_free(struct lsm_set *set)
{
	free(set->entry);
	*set = (struct lsm_set){ 0 };
}
