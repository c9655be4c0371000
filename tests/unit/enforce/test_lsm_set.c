/* SPDX-License-Identifier: MIT */
/* test_lsm_set.c - the entries that BPF LSM judges by. The kernel's program runs in
 * tests/kernels; here its steps are repeated over the entries and compared with rules_find(). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "enforce/enforce.h"
#include "enforce/linux/lsm_set.h"

static const uint64_t hash_key[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };

static struct vigil_rules *parse_rules(const char *text)
{
	struct vigil_error error = { VIGIL_OK, "" };
	struct vigil_rules *rules;

	if (rules_parse(&rules, text, strlen(text), "f", false, &error) < 0)
		fail_msg("%s", error.text);
	return rules;
}

static enum vigil_code build_set(struct lsm_set *set, const struct vigil_rules *rules,
				 struct vigil_error *error)
{
	static uint64_t device[2];
	struct lsm_world world = { .device = device };
	struct stat st;

	memcpy(world.hash_key, hash_key, sizeof(hash_key));
	if (stat("/", &st) == 0)
		device[world.devices++] = st.st_dev;
	if (stat("/tmp", &st) == 0)
		device[world.devices++] = st.st_dev;
	return lsm_set_build(set, rules, &world, error);
}

/* ---- the kernel's steps ---- */

struct start {
	const char *path;
	struct rules_file file, folder;
	uint32_t user;
	const char *parent[2];
	bool trusted;
};

static const struct judge_value *find_value(const struct lsm_set *set, struct judge_key key)
{
	for (size_t i = 0; i < set->count; i++)
		if (memcmp(&set->entry[i].key, &key, sizeof(key)) == 0)
			return &set->entry[i].value;
	return NULL;
}

static void lower_best(const struct judge_value *value, bool trusted, uint32_t *best)
{
	uint32_t rule = !value ? JUDGE_NONE : trusted ? value->first : value->first_strict;

	if (rule < *best)
		*best = rule;
}

static uint64_t parent_hash(uint64_t kind, uint64_t hash)
{
	return judge_hash_two(kind, hash, hash_key[0], hash_key[1]);
}

static void consider_key(const struct lsm_set *set, const struct start *start, struct judge_key key,
			 bool trusted, uint32_t *best)
{
	const struct judge_value *value;

	key.user = JUDGE_ANY;
	value = find_value(set, key);
	lower_best(value, trusted, best);
	if (!value || !value->conditions)
		return;
	key.user = start->user;
	lower_best(find_value(set, key), trusted, best);
	for (int i = 0; i < 4; i++) {
		const char *parent = start->parent[i / 2], *name;
		uint64_t hash;

		if (!parent)
			continue;
		name = strrchr(parent, '/') + 1;
		assert_true(lsm_hash_path(parent, strlen(parent), hash_key, &hash));
		key.parent =
		    i % 2 ? parent_hash(JUDGE_NAME, lsm_hash_name(name, strlen(name), hash_key))
			  : parent_hash(start->trusted ? JUDGE_PATH : JUDGE_STRICT_PATH, hash);
		key.user = JUDGE_ANY;
		lower_best(find_value(set, key), trusted, best);
		key.user = start->user;
		lower_best(find_value(set, key), trusted, best);
	}
}

static void consider_path(const struct lsm_set *set, const struct start *start, uint32_t kind,
			  size_t length, uint32_t *best)
{
	struct judge_key key = { .kind = kind };

	assert_true(lsm_hash_path(start->path, length, hash_key, &key.what));
	consider_key(set, start, key, start->trusted, best);
}

static uint32_t judge_start(const struct lsm_set *set, const struct start *start)
{
	const char *name = strrchr(start->path, '/') + 1;
	struct judge_key key = { .kind = JUDGE_NAME,
				 .what = lsm_hash_name(name, strlen(name), hash_key) };
	uint32_t best = JUDGE_NONE;

	consider_key(set, start, key, true, &best);
	for (const char *slash = start->path; slash; slash = strchr(slash + 1, '/'))
		consider_path(set, start, JUDGE_FOLDER, (size_t)(slash - start->path), &best);
	consider_path(set, start, JUDGE_PATH, strlen(start->path), &best);
	key = (struct judge_key){ .kind = JUDGE_FILE,
				  .what = start->file.inode,
				  .device = lsm_kernel_device(start->file.device) };
	consider_key(set, start, key, true, &best);
	key = (struct judge_key){ .kind = JUDGE_DIRECTORY,
				  .what = start->folder.inode,
				  .device = lsm_kernel_device(start->folder.device) };
	consider_key(set, start, key, true, &best);
	return best;
}

/* ---- tests ---- */

static void siphash_vectors(void **state)
{
	/* The first 8 bytes of the reference's test: key 00 01 ... 0f, message 00 ... 07. */
	struct judge_hash h;

	(void)state;
	judge_hash_begin(&h, 0x0706050403020100, 0x0f0e0d0c0b0a0908);
	judge_hash_add(&h, 0x0706050403020100);
	judge_hash_add(&h, 8ull << 56);
	assert_true(judge_hash_end(&h) == 0x93f5f5799a932462);
	assert_true(lsm_hash_name("ab", 2, hash_key) != lsm_hash_name("ab\0", 3, hash_key));
}

static const char *pick_random(const char *const *from, size_t count)
{
	return from[(size_t)rand() % count];
}

#define PICK(array) pick_random(array, sizeof(array) / sizeof(array)[0])

static const char *const folders[] = { "/", "/a", "/a/b", "/a/b/c", "/b", "/ab" };
static const char *const names[] = { "x", "y", "xy", "b" };
static const char *const parents[] = { "/p/one", "/p/two", "one", "two" };

static void format_random_path(char *to, size_t size)
{
	const char *folder = PICK(folders);

	snprintf(to, size, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, PICK(names));
}

static void format_random_rule(char *to, size_t size, int number)
{
	static const char *const verdicts[] = { "deny", "audit", "allow" };
	char target[128], path[64];

	switch (rand() % 3) {
	case 0:
		format_random_path(path, sizeof(path));
		snprintf(target, sizeof(target), "path=%s", path);
		break;
	case 1:
		snprintf(target, sizeof(target), "folder=%s", PICK(folders));
		break;
	default:
		snprintf(target, sizeof(target), "name=%s", PICK(names));
	}
	snprintf(to, size, "%s %s id=r%d", PICK(verdicts), target, number);
	if (rand() % 3 == 0)
		snprintf(to + strlen(to), size - strlen(to), " user=%d", rand() % 3);
	if (rand() % 3 == 0)
		snprintf(to + strlen(to), size - strlen(to), " parent=%s", PICK(parents));
	strcat(to, "\n");
}

/* For random rules and starts, the kernel's steps decide as rules_find() does. */
static void decides_the_same(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 300; round++) {
		char text[4096] = "", user[16], path[64];
		struct vigil_error error;
		struct vigil_rules *rules;
		struct lsm_set set;

		for (int i = rand() % 12; i >= 0; i--)
			format_random_rule(text + strlen(text), sizeof(text) - strlen(text), i);
		rules = parse_rules(text);
		assert_int_equal(build_set(&set, rules, &error), VIGIL_OK);
		for (int i = 0; i < 100; i++) {
			struct start start = { .path = path,
					       .user = (uint32_t)rand() % 4,
					       .parent = { rand() % 3 ? "/p/one" : NULL,
							   rand() % 3 ? "/p/two" : "/q/one" },
					       .trusted = true };
			struct rules_subject subject = {
				.path = path,
				.user = user,
				.image = { { .path = start.parent[0] ? start.parent[0] : "" },
					   { .path = start.parent[1] } },
				.file = { 1, 1 },
				.images = 2,
				.complete = true
			};

			format_random_path(path, sizeof(path));
			snprintf(user, sizeof(user), "%u", start.user);
			subject.length = strlen(path);
			if (judge_start(&set, &start) != rules_find(rules, &subject))
				fail_msg("%s\nfor %s, user %s, by %s and %s", text, path, user,
					 start.parent[0] ? start.parent[0] : "-", start.parent[1]);
		}
		lsm_set_free(&set);
		vigil_rules_free(rules);
	}
}

/* A path in a mount namespace that a user arranged can deny, but cannot allow. */
static void untrusted_paths(void **state)
{
	struct vigil_rules *rules =
	    parse_rules("allow path=/a/x\nallow folder=/a/b\nallow name=y parent=/p\n"
			"deny folder=/\n");
	struct start start = { .path = "/a/x", .trusted = true };
	struct vigil_error error;
	struct lsm_set set;

	(void)state;
	assert_int_equal(build_set(&set, rules, &error), VIGIL_OK);
	assert_int_equal(judge_start(&set, &start), 0);
	start.trusted = false;
	assert_int_equal(judge_start(&set, &start), 3);
	start.path = "/a/b/c";
	assert_int_equal(judge_start(&set, &start), 3);
	start = (struct start){ .path = "/y", .parent = { "/p" } };
	assert_int_equal(judge_start(&set, &start), 3);
	start.trusted = true;
	assert_int_equal(judge_start(&set, &start), 2);
	lsm_set_free(&set);
	vigil_rules_free(rules);
}

/* Rules match the file and the folder by inode, whatever their path. */
static void inodes_match(void **state)
{
	char folder[] = "/tmp/vigil-test-XXXXXX", path[64], text[256];
	struct start start = { .path = "/elsewhere" };
	struct vigil_error error;
	struct vigil_rules *rules;
	struct lsm_set set;
	struct stat st;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/bad", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	snprintf(text, sizeof(text), "deny path=%s\ndeny folder=%s\n", path, folder);
	rules = parse_rules(text);
	assert_int_equal(rules_resolve(rules, &error), VIGIL_OK);
	assert_int_equal(build_set(&set, rules, &error), VIGIL_OK);
	assert_int_equal(judge_start(&set, &start), JUDGE_NONE);
	assert_int_equal(stat(folder, &st), 0);
	start.folder = (struct rules_file){ st.st_dev, st.st_ino };
	assert_int_equal(judge_start(&set, &start), 1);
	assert_int_equal(stat(path, &st), 0);
	start.file = (struct rules_file){ st.st_dev, st.st_ino };
	assert_int_equal(judge_start(&set, &start), 0);
	lsm_set_free(&set);
	vigil_rules_free(rules);
	unlink(path);
	rmdir(folder);
}

static void unsupported_rules(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "deny name=x\ndeny pattern=*x id=it\n", "rule it has a pattern" },
		{ "deny name=x\ndeny name=y parent=*x id=it\n",
		  "rule it has a pattern in parent=" },
		{ "deny name=x ancestor=y id=it\n", "rule it has ancestor=" },
		{ "deny id=it hash=0123456789abcdef0123456789abcdef"
		  "0123456789abcdef0123456789abcdef\n",
		  "rule it has a hash" },
		{ "deny path=/proc/version id=it\n", "rule it is about a file system" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vigil_rules *rules = parse_rules(cases[i].text);
		struct vigil_error error;
		struct lsm_set set;

		assert_int_equal(rules_resolve(rules, &error), VIGIL_OK);
		assert_int_equal(build_set(&set, rules, &error), VIGIL_ERROR_UNSUPPORTED);
		if (!strstr(error.text, cases[i].says))
			fail_msg("%s", error.text);
		lsm_set_free(&set);
		vigil_rules_free(rules);
	}
}

/* The entry of the set: which conditions it uses, and the verdict on what is unknown. */
static void set_entry(void **state)
{
	static const struct {
		const char *text;
		uint32_t conditions, verdict, paths;
	} cases[] = {
		{ "deny name=x\n", 0, VIGIL_VERDICT_DENY, 0 },
		{ "audit folder=/none/x\n", 0, VIGIL_VERDICT_AUDIT, 1 },
		{ "deny name=x\nunknown allow\n", 0, VIGIL_VERDICT_ALLOW, 0 },
		{ "deny path=/none/x user=1\n", JUDGE_BY_USER, VIGIL_VERDICT_DENY, 1 },
		{ "deny name=x parent=y\nallow name=x user=1 parent=y\n",
		  JUDGE_BY_PARENT | JUDGE_BY_BOTH, VIGIL_VERDICT_DENY, 0 },
		{ "", 0, VIGIL_VERDICT_AUDIT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vigil_rules *rules = parse_rules(cases[i].text);
		struct judge_key key = { .kind = JUDGE_SET, .user = JUDGE_ANY };
		const struct judge_value *value;
		struct vigil_error error;
		struct lsm_set set;

		assert_int_equal(build_set(&set, rules, &error), VIGIL_OK);
		value = find_value(&set, key);
		assert_non_null(value);
		assert_int_equal(value->conditions, cases[i].conditions);
		assert_int_equal(value->verdict, cases[i].verdict);
		assert_int_equal(value->paths, cases[i].paths);
		assert_int_equal(value->id_length, 7);
		lsm_set_free(&set);
		vigil_rules_free(rules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_vectors), cmocka_unit_test(decides_the_same),
		cmocka_unit_test(untrusted_paths), cmocka_unit_test(inodes_match),
		cmocka_unit_test(set_entry),       cmocka_unit_test(unsupported_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
