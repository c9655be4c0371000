/* SPDX-License-Identifier: MIT */
/*
 * test_block.c - detection rules as targets of rules that deny: for random paths both decide the
 * same, and what cannot be expressed is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert/block.h"
#include "rules/fold.h"
#include "rules/set.h"

#define PATHS 50000

/* ---- the detection rule ---- */

static const char *resolve_any(void *user, unsigned source, const char *field, uint32_t *id)
{
	(void)user;
	(void)source;
	*id = field ? (unsigned char)*field : 0;
	return NULL;
}

static struct detect_set *load(const char *product, const char *detection)
{
	const struct detect_options options = { .resolver = { NULL, resolve_any } };
	struct vigil_error error;
	struct detect_set *set;
	char text[2048];

	snprintf(text, sizeof(text),
		 "title: t\nlogsource: {category: process_creation, product: %s}\n"
		 "detection:\n%s",
		 product, detection);
	assert_int_equal(detect_load_text(&set, "t.yml", text, strlen(text), &options, &error),
			 VIGIL_OK);
	if (detect_rules(set) != 1)
		fail_msg("%s: %s", detection, detect_note(set, 0)->reason);
	return set;
}

static void get_path(void *user, uint32_t id, struct detect_value *value)
{
	const char *path = user;

	assert_true(id == 'I' || id == 'p');
	*value = (struct detect_value){ .kind = DETECT_STRING,
					.length = (uint32_t)strlen(path),
					.string = path };
}

static bool detects(struct detect_state *state, enum detect_product product, char *path)
{
	const struct detect_event event = { .source =
						detect_source(product, DETECT_PROCESS_CREATION),
					    .get = get_path,
					    .user = path };
	const struct detect_hit *hit;

	return detect_eval(state, &event, &hit) > 0;
}

/* ---- the rules ---- */

static const char *put_line(void *user, enum vigil_target target, const char *value)
{
	static const char *const words[] = {
		[VIGIL_TARGET_PATH] = "path",
		[VIGIL_TARGET_FOLDER] = "folder",
		[VIGIL_TARGET_NAME] = "name",
		[VIGIL_TARGET_PATTERN] = "pattern",
	};
	char *text = user;

	sprintf(text + strlen(text), "deny %s='%s'\n", words[target], value);
	return NULL;
}

/* Changes the path, as the driver does before it compares it. */
static bool denies(const struct vigil_rules *rules, char *path)
{
	struct rules_subject subject = { .path = path, .length = strlen(path), .file = { 1, 1 } };

	if (rules->windows)
		fold_text(path, strlen(path));
	return rules_find(rules, &subject) < rules->count;
}

/* ---- paths ---- */

static uint32_t seed;

static uint32_t random_below(uint32_t limit)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)seed * limit) >> 32);
}

/* Parts of the values below in other spellings, and what could be mistaken for them. */
static const char *const parts[] = {
	"nc",
	"NC",
	"Nc",
	"cat",
	"a",
	".",
	"tmp",
	"TMP",
	"tm",
	"p",
	"x",
	"kill",
	"\xe2\x84\xaaill",
	"KIL",
	"L",
	"\xc3\xa9",
	"\xc3\x89",
	"s",
	"\xc5\xbf",
	"sh",
	"S",
	"\xff",
	"\xe2",
	"*",
	"?",
	" ",
	"-",
	".exe",
	".EXE",
	"\xe2\x84\xaa",
};

static void make_path(char *out, char slash)
{
	uint32_t components = 1 + random_below(4);

	*out = '\0';
	if (slash == '\\')
		strcpy(out, random_below(4) ? "C:" : "c:");
	for (uint32_t c = 0; c < components; c++) {
		uint32_t count = 1 + random_below(3);

		sprintf(out + strlen(out), "%c", slash);
		for (uint32_t i = 0; i < count; i++)
			strcat(out, parts[random_below(sizeof(parts) / sizeof(parts[0]))]);
	}
}

/* Returns how many of the paths are detected. */
static unsigned compare_paths(const struct detect_set *set, const struct vigil_rules *rules,
			      enum detect_product product, const char *value)
{
	struct detect_state *state = detect_state_new(set);
	unsigned detected = 0;

	assert_non_null(state);
	for (int i = 0; i < PATHS; i++) {
		char path[256], folded[256];
		bool hit;

		make_path(path, product == DETECT_WINDOWS ? '\\' : '/');
		hit = detects(state, product, path);
		detected += hit;
		strcpy(folded, path);
		if (hit != denies(rules, folded))
			fail_msg("%s: %s is %sdetected and %sdenied", value, path,
				 hit ? "" : "not ", hit ? "not " : "");
	}
	detect_state_free(state);
	return detected;
}

/* A rule with this detection blocks the paths that it detects, and it detects some. */
static void expect_exact(enum detect_product product, const char *detection)
{
	struct detect_set *set = load(product == DETECT_WINDOWS ? "windows" : "linux", detection);
	static char text[1 << 16];
	struct block_reason reason;
	struct vigil_rules *rules;
	struct vigil_error error;

	*text = '\0';
	if (!block_targets(set, 0, product, put_line, text, &reason))
		fail_msg("%s: %s", detection, reason.text);
	if (rules_parse(&rules, text, strlen(text), "rules", product == DETECT_WINDOWS, &error) < 0)
		fail_msg("%s: %s", detection, error.text);
	if (compare_paths(set, rules, product, detection) == 0)
		fail_msg("%s: no path is detected", detection);
	vigil_rules_free(rules);
	detect_free(set);
}

#define ONE(item) "  s: {" item "}\n  condition: s\n"

static void linux_rules_are_exact(void **state)
{
	static const char *const detections[] = {
		ONE("Image|endswith: /nc"),
		ONE("Image|endswith|cased: /nc"),
		ONE("Image|endswith: [/kill, /sh, /a]"),
		ONE("Image|endswith|cased: cat"),
		ONE("Image|endswith: /tmp/a"),
		ONE("Image|startswith: /tmp/"),
		ONE("Image|startswith|cased: /tmp"),
		ONE("Image|contains: /s"),
		ONE("Image|contains|cased: tmp/"),
		ONE("Image|contains: \xc3\xa9"),
		ONE("Image: /nc"),
		ONE("Image: /a/nc"),
		ONE("Image|cased: /kill"),
		ONE("Image|cased: '/tm*/n*c'"),
		ONE("Image|contains: 'k*s'"),
		ONE("Image|contains: ''"),
		ONE("process.executable|endswith: ' '"),
		"  a: {Image|endswith: /nc}\n  b: {Image|startswith: /a}\n  condition: 1 of them\n",
		"  a:\n    - Image|endswith: /x\n    - Image|contains: x/\n  condition: a\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(detections) / sizeof(detections[0]); i++)
		expect_exact(DETECT_LINUX, detections[i]);
}

static void windows_rules_are_exact(void **state)
{
	static const char *const detections[] = {
		ONE("Image|endswith: '\\nc.exe'"),
		ONE("Image|endswith: ['\\kill.exe', '\\sh.exe', '\\tmp.exe']"),
		ONE("Image|endswith: nc.exe"),
		ONE("Image|contains: '\\tmp\\'"),
		ONE("Image|startswith: 'C:\\tmp\\'"),
		ONE("Image: 'C:\\tmp\\nc'"),
		ONE("Image|endswith|cased: '.-'"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(detections) / sizeof(detections[0]); i++)
		expect_exact(DETECT_WINDOWS, detections[i]);
}

static void expect_refused(enum detect_product product, const char *detection, const char *why,
			   const char *field)
{
	struct detect_set *set = load(product == DETECT_WINDOWS ? "windows" : "linux", detection);
	struct block_reason reason;
	static char text[1 << 16];

	*text = '\0';
	assert_false(block_targets(set, 0, product, put_line, text, &reason));
	if (!strstr(reason.text, why))
		fail_msg("%s: %s", detection, reason.text);
	if (field)
		assert_string_equal(reason.field, field);
	else
		assert_null(reason.field);
	detect_free(set);
}

static void others_are_refused(void **state)
{
	(void)state;
	expect_refused(DETECT_LINUX, ONE("CommandLine: x"), "not among", "CommandLine");
	expect_refused(DETECT_LINUX, ONE("Image: /x, User: root"), "not among", "User");
	expect_refused(DETECT_LINUX, "  s: [x]\n  condition: s\n", "not among", "");
	expect_refused(DETECT_LINUX, ONE("Image|fieldref: ParentImage"), "not among",
		       "ParentImage");
	expect_refused(DETECT_LINUX, ONE("Image|re: /x$"), "comparison", NULL);
	expect_refused(DETECT_LINUX, ONE("Image|exists: true"), "comparison", NULL);
	expect_refused(DETECT_LINUX, ONE("Image|contains|all: [a, b]"), "and", NULL);
	expect_refused(DETECT_LINUX, "  s: {Image: /x}\n  condition: not s\n", "excludes", NULL);
	expect_refused(DETECT_LINUX, ONE("Image|neq: /x"), "excludes", NULL);
	expect_refused(DETECT_LINUX, ONE("Image|cased: /a?"), "?", NULL);
	expect_refused(DETECT_LINUX, ONE("Image|cased: '/a\\*'"), "*", NULL);
	expect_refused(DETECT_LINUX, ONE("Image: /usr/bin/ncat"), "spellings", NULL);
	expect_refused(DETECT_WINDOWS, ONE("Image|cased: 'C:\\a'"), "ignore case", NULL);
	expect_refused(DETECT_LINUX, ONE("Image|utf16le: /x"), "UTF-8", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linux_rules_are_exact),
		cmocka_unit_test(windows_rules_are_exact),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
