/* SPDX-License-Identifier: MIT */
/* test_rules.c - parses rules, and finds the one that decides. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <vigil/control.h>

#include "rules/pack.h"
#include "rules/set.h"

static struct vigil_rules *parse_as(const char *text, bool windows)
{
	struct vigil_error error = { VIGIL_OK, "" };
	struct vigil_rules *rules;

	if (rules_parse(&rules, text, strlen(text), "f", windows, &error) < 0)
		fail_msg("%s", error.text);
	return rules;
}

static struct vigil_rules *parse(const char *text)
{
	return parse_as(text, false);
}

static void says(const struct vigil_rules *rules, struct rules_subject subject, const char *id)
{
	uint32_t number;

	/* Information that a test leaves out is known to be empty. */
	subject.length = strlen(subject.path);
	subject.user = subject.user ? subject.user : "";
	subject.complete = true;
	if (!subject.file.inode)
		subject.file = (struct rules_file){ 1, 1 };
	number = rules_find(rules, &subject);
	if (!id)
		assert_int_equal(number, RULES_NONE);
	else
		assert_string_equal(number == RULES_NONE ? "none"
							 : rules_rule(rules, number)->info.id,
				    id);
}

static void a_rule(void **state)
{
	struct vigil_rules *rules =
	    parse("\n# nothing\n\tdeny  name=nc user=7 parent=/usr/sbin/httpd "
		  "id=no.nc:1   #  why  \r\n"
		  "audit path=\"/a \\\"b\\x41\\n\" # \n"
		  "allow folder='/x y/\"'");
	const struct vigil_rule *rule = vigil_rules_at(rules, 0);

	(void)state;
	assert_string_equal(rule->id, "no.nc:1");
	assert_int_equal(rule->verdict, VIGIL_VERDICT_DENY);
	assert_int_equal(rule->target, VIGIL_TARGET_NAME);
	assert_string_equal(rule->value, "nc");
	assert_string_equal(rule->user, "7");
	assert_string_equal(rule->parent, "/usr/sbin/httpd");
	assert_string_equal(rule->comment, "why");
	assert_int_equal(rule->line, 3);
	rule = vigil_rules_at(rules, 1);
	assert_string_equal(rule->value, "/a \"bA\n");
	assert_int_equal(rule->verdict, VIGIL_VERDICT_AUDIT);
	assert_null(rule->user);
	assert_string_equal(vigil_rules_at(rules, 2)->value, "/x y/\"");
	assert_null(vigil_rules_at(rules, 3));
	vigil_rules_free(rules);
}

static void settings(void **state)
{
	struct vigil_rules *rules = parse("deny name=x\n");

	(void)state;
	assert_false(rules->stay);
	vigil_rules_free(rules);
	rules = parse("\tstay # in force without us\ndeny name=stay\n");
	assert_true(rules->stay);
	assert_int_equal(rules->count, 1);
	vigil_rules_free(rules);
}

static void mistakes(void **state)
{
	static const struct {
		const char *text, *where, *what;
	} cases[] = {
		{ "stay put\n", "f:1:1: ", "deny, audit or allow" },
		{ "forbid name=x", "f:1:1: ", "deny, audit or allow" },
		{ "\n deny nam=x", "f:2:7: ", "`nam`" },
		{ "deny name", "f:1:6: ", "`name`" },
		{ "deny name=", "f:1:11: ", "value is missing" },
		{ "deny name=''", "f:1:11: ", "value is missing" },
		{ "deny", "f:1:5: ", "path=FILE" },
		{ "deny user=root", "f:1:15: ", "target is missing" },
		{ "deny name=x name=y", "f:1:13: ", "duplicate name=" },
		{ "deny name=x path=/y", "f:1:13: ", "one target" },
		{ "deny name=a/b", "f:1:11: ", "name cannot contain" },
		{ "deny name=a*", "f:1:11: ", "name cannot contain" },
		{ "deny name=nc,ncat", "f:1:13: ", "one rule for each" },
		{ "deny name=nc, ncat", "f:1:13: ", "one rule for each" },
		{ "deny path=/a,/b", "f:1:13: ", "one rule for each" },
		{ "deny name=x user=a,b", "f:1:19: ", "one rule for each" },
		{ "deny path=a", "f:1:11: ", "absolute path" },
		{ "deny path=/a/", "f:1:11: ", "folder=" },
		{ "deny path=/a//b", "f:1:11: ", "empty components" },
		{ "deny folder=/a/../b", "f:1:13: ", "empty components" },
		{ "deny path=/a/*", "f:1:11: ", "pattern=" },
		{ "deny path='/a", "f:1:11: ", "closing quote" },
		{ "deny path='/a'b", "f:1:15: ", "blank" },
		{ "deny path=/a'b", "f:1:13: ", "whole value" },
		{ "deny path=\"/\\q\"", "f:1:13: ", "backslash" },
		{ "deny path=\"/\\x00\"", "f:1:13: ", "backslash" },
		{ "deny name=\xc3\xa9 \x01", "f:1:13: ", "0x01" },
		{ "deny name=x user=no-such-name", "f:1:18: ", "no user" },
		{ "deny name=x parent=a/b", "f:1:20: ", "absolute path" },
		{ "deny name=x id=a/b", "f:1:16: ", "an id has" },
		{ "deny name=x id=unknown", "f:1:16: ", "setting" },
		{ "deny name=x parent=a ancestor=b", "f:1:31: ", "not both" },
		{ "deny name=x ancestor=a/b", "f:1:22: ", "absolute path" },
		{ "deny hash=12ab", "f:1:11: ", "64 hexadecimal" },
		{ "deny hash=sha256:", "f:1:11: ", "64 hexadecimal" },
		{ "deny hash=/x name=y", "f:1:14: ", "one target" },
		{ "unknown", "f:1:8: ", "deny, audit or allow" },
		{ "unknown maybe", "f:1:9: ", "`maybe`" },
		{ "unknown deny name=x", "f:1:14: ", "comment" },
		{ "unknown deny\n\nunknown deny", "f:3:1: ", "line 1" },
		{ "stay\n  stay # again", "f:2:3: ", "line 1" },
		{ "deny name=x id=a\ndeny name=y id=a", "f:2:1: ", "line 1" },
		{ "deny name=x\ndeny name=y\naudit name=x\ndeny name=x # again",
		  "f:4:1: ", "line 1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vigil_error error = { VIGIL_OK, "" };
		struct vigil_rules *rules;

		assert_int_equal(vigil_rules_parse(&rules, cases[i].text, strlen(cases[i].text),
						   "f", &error),
				 VIGIL_ERROR_USAGE);
		assert_null(rules);
		if (strncmp(error.text, cases[i].where, strlen(cases[i].where)) != 0 ||
		    !strstr(error.text, cases[i].what))
			fail_msg("%s\nis not reported by: %s", cases[i].text, error.text);
	}
}

static void kinds(void **state)
{
	struct vigil_rules *rules = parse("deny path=/a/b id=path\n"
					  "deny folder=/c/d id=folder\n"
					  "deny name=e id=name\n"
					  "deny pattern=/f/*.sh id=end\n"
					  "deny pattern=*/g?h/* id=middle\n"
					  "deny folder=/ user=5 id=root\n");

	(void)state;
	says(rules, (struct rules_subject){ .path = "/a/b" }, "path");
	says(rules, (struct rules_subject){ .path = "/a/bc" }, NULL);
	says(rules, (struct rules_subject){ .path = "/a/b/c" }, NULL);
	says(rules, (struct rules_subject){ .path = "/c/d/x" }, "folder");
	says(rules, (struct rules_subject){ .path = "/c/d/x/y" }, "folder");
	says(rules, (struct rules_subject){ .path = "/c/dx" }, NULL);
	says(rules, (struct rules_subject){ .path = "/c/d" }, NULL);
	says(rules, (struct rules_subject){ .path = "/z/e" }, "name");
	says(rules, (struct rules_subject){ .path = "e" }, "name");
	says(rules, (struct rules_subject){ .path = "/z/E" }, NULL);
	says(rules, (struct rules_subject){ .path = "/f/1/2.sh" }, "end");
	says(rules, (struct rules_subject){ .path = "/f/1/2.shx" }, NULL);
	says(rules, (struct rules_subject){ .path = "/1/g\xc3\xa9h/2" }, "middle");
	says(rules, (struct rules_subject){ .path = "/1/g[h/2" }, "middle");
	says(rules, (struct rules_subject){ .path = "/1/gh/2" }, NULL);
	says(rules, (struct rules_subject){ .path = "/any", .user = "5" }, "root");
	says(rules, (struct rules_subject){ .path = "" }, NULL);
	vigil_rules_free(rules);
}

static void the_first_decides(void **state)
{
	struct vigil_rules *rules = parse("allow pattern=/x/* user=1 id=a\n"
					  "deny folder=/x parent=sh id=b\n"
					  "deny folder=/x parent=/bin/*sh id=c\n"
					  "audit path=/x/y id=d\n"
					  "deny name=y id=e\n");

	(void)state;
	says(rules, (struct rules_subject){ .path = "/x/y" }, "d");
	says(rules, (struct rules_subject){ .path = "/z/y" }, "e");
	says(rules, (struct rules_subject){ .path = "/x/y", .user = "1" }, "a");
	says(rules,
	     (struct rules_subject){
		 .path = "/x/y", .user = "2", .image = { { "/a/sh", false } }, .images = 1 },
	     "b");
	says(rules,
	     (struct rules_subject){
		 .path = "/x/q", .image = { { "", false }, { "/bin/bash", false } }, .images = 2 },
	     "c");
	says(rules,
	     (struct rules_subject){
		 .path = "/x/q", .image = { { "/sbin/bash", false } }, .images = 1 },
	     NULL);
	vigil_rules_free(rules);
}

static int learned;

static void learn(struct rules_subject *subject)
{
	learned++;
	subject->user = "1";
}

/* The caller is examined only when a rule depends on it. */
static void asked_late(void **state)
{
	struct vigil_rules *rules = parse("deny name=a id=a\ndeny name=b user=1 id=b\n"
					  "deny name=b user=2 id=c\ndeny name=c user=2\n");
	struct rules_subject subject = {
		.path = "/a", .length = 2, .file = { 1, 1 }, .learn = learn
	};

	(void)state;
	learned = 0;
	assert_int_equal(rules_find(rules, &subject), 0);
	assert_false(subject.conditional);
	assert_int_equal(learned, 0);
	subject =
	    (struct rules_subject){ .path = "/c", .length = 2, .file = { 1, 1 }, .learn = learn };
	assert_int_equal(rules_find(rules, &subject), RULES_NONE);
	assert_true(subject.conditional);
	subject =
	    (struct rules_subject){ .path = "/b", .length = 2, .file = { 1, 1 }, .learn = learn };
	assert_int_equal(rules_find(rules, &subject), 1);
	assert_int_equal(learned, 2);
	vigil_rules_free(rules);
}

/* A file matches by its number, whatever its name is. */
static void numbers_of_files(void **state)
{
	struct vigil_rules *rules = parse("deny path=/a id=a");
	struct rules_file file = { 5, 6 };

	(void)state;
	assert_int_equal(rules_add_key(rules, 0, RULES_KEY_FILE, &file, sizeof(file)), VIGIL_OK);
	assert_true(rules_index(rules));
	says(rules, (struct rules_subject){ .path = "/other", .file = { 5, 6 } }, "a");
	says(rules, (struct rules_subject){ .path = "/other", .file = { 5, 7 } }, NULL);
	vigil_rules_free(rules);
}

/* A subject of which only this is known. */
static void says_unknown(const char *text, struct rules_subject subject, uint32_t number)
{
	struct vigil_rules *rules = parse(text);

	subject.length = subject.path ? strlen(subject.path) : 0;
	assert_int_equal(rules_find(rules, &subject), number);
	vigil_rules_free(rules);
}

#define KNOWN          .file = { 1, 1 }, .user = "1", .complete = true
#define NEVER(verdict) RULES_UNKNOWN(VIGIL_VERDICT_##verdict)

/* Unknown information is no reason to allow a start. */
static void unknown_names(void **state)
{
	const struct rules_subject nameless = { KNOWN },
				   fileless = { .path = "/a", .user = "1", .complete = true };

	(void)state;
	says_unknown("deny path=/x", nameless, NEVER(DENY));
	says_unknown("deny folder=/x", nameless, NEVER(DENY));
	says_unknown("deny name=x", nameless, NEVER(DENY));
	says_unknown("deny pattern=*x", nameless, NEVER(DENY));
	says_unknown("allow name=y\ndeny name=x", nameless, NEVER(DENY));
	says_unknown("audit name=x", nameless, NEVER(AUDIT));
	says_unknown("audit name=y\ndeny name=x", nameless, NEVER(DENY));
	says_unknown("allow name=x", nameless, RULES_NONE);
	says_unknown("deny name=x user=2", nameless, RULES_NONE);
	says_unknown("unknown audit\ndeny name=x", nameless, NEVER(AUDIT));
	says_unknown("deny name=x\nunknown allow # after it", nameless, NEVER(ALLOW));
	says_unknown("unknown deny", nameless, RULES_NONE);
	/* Another name of the file that path= names. */
	says_unknown("deny path=/x", fileless, NEVER(DENY));
	says_unknown("deny name=x", fileless, RULES_NONE);
	says_unknown("deny path=/x\ndeny name=a", fileless, 1);
}

static void unknown_callers(void **state)
{
	const struct rules_subject nobody = { .path = "/a", .file = { 1, 1 } };
	struct rules_subject line = { .path = "/a", KNOWN };

	(void)state;
	says_unknown("deny name=a user=1", nobody, NEVER(DENY));
	says_unknown("deny name=a parent=x", nobody, NEVER(DENY));
	says_unknown("deny name=a ancestor=x", nobody, NEVER(DENY));
	says_unknown("deny name=b user=1", nobody, RULES_NONE);
	says_unknown("allow name=a user=1\ndeny name=a", nobody, 1);
	line.image[line.images++] = (struct rules_image){ "/bin/a", false };
	line.image[line.images++] = (struct rules_image){ NULL, false };
	line.image[line.images++] = (struct rules_image){ "/bin/c", false };
	says_unknown("deny name=a parent=a", line, 0);
	says_unknown("deny name=a parent=c", line, NEVER(DENY));
	says_unknown("deny name=a ancestor=/bin/c", line, 0);
	says_unknown("deny name=a ancestor=d", line, NEVER(DENY));
	line.image[1].path = "";
	says_unknown("deny name=a parent=c", line, RULES_NONE);
	says_unknown("deny name=a ancestor=/bin/*", line, 0);
	says_unknown("deny name=a ancestor=d", line, RULES_NONE);
	line.complete = false;
	says_unknown("deny name=a parent=c", line, RULES_NONE);
	says_unknown("deny name=a ancestor=d", line, NEVER(DENY));
}

/* A name that the caller chose makes no exception. */
static void chosen_names(void **state)
{
	const struct rules_subject moved = { .path = "/real/evil", .also = { "/ok/good" }, KNOWN };
	const struct rules_subject only = { .also = { "/ok/good" }, KNOWN };
	struct rules_subject by = { .path = "/a", KNOWN };

	(void)state;
	says_unknown("allow path=/ok/good\ndeny folder=/real", moved, 1);
	says_unknown("allow pattern=/ok/*\ndeny name=evil", moved, 1);
	says_unknown("deny name=good", moved, 0);
	says_unknown("allow name=good\ndeny folder=/ok", only, 1);
	says_unknown("deny folder=/real", only, RULES_NONE);
	by.image[by.images++] = (struct rules_image){ "/ok/trusted", true };
	says_unknown("allow name=a parent=trusted\ndeny name=a", by, 1);
	says_unknown("deny name=a parent=trusted", by, 0);
}

static void hashes(void **state)
{
	static const char text[] =
	    "deny hash=sha256:000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F "
	    "id=h\n"
	    "deny name=b\n";
	struct rules_subject subject = { .path = "/a", .length = 2, KNOWN };
	struct vigil_rules *rules = parse(text);
	uint8_t hash[RULES_HASH_BYTES];

	(void)state;
	for (unsigned i = 0; i < sizeof(hash); i++)
		hash[i] = (uint8_t)i;
	assert_int_equal(rules_find(rules, &subject), NEVER(DENY));
	assert_true(subject.wants_hash && subject.conditional);
	subject.hash = hash;
	assert_int_equal(rules_find(rules, &subject), 0);
	assert_false(subject.wants_hash);
	hash[31]++;
	assert_int_equal(rules_find(rules, &subject), RULES_NONE);
	assert_true(subject.conditional); /* other content, another verdict */
	/* A file that is denied in any case is not hashed for another rule that denies it. */
	subject = (struct rules_subject){ .path = "/b", .length = 2, KNOWN };
	assert_int_equal(rules_find(rules, &subject), 1);
	assert_false(subject.wants_hash);
	vigil_rules_free(rules);
}

static void inherited(void **state)
{
	struct vigil_rules *one = parse("deny name=a id=x\ndeny name=b id=y");
	struct vigil_rules *two = parse("deny name=c id=z\ndeny name=d id=y");

	(void)state;
	one->rule[1].counter->hits = 7;
	rules_inherit(two, one);
	one->rule[1].counter->hits++;
	vigil_rules_free(one);
	assert_int_equal(two->rule[0].counter->hits, 0);
	assert_int_equal(two->rule[1].counter->hits, 8);
	vigil_rules_free(two);
}

/* The same rule always has the same id, and another rule has another one. */
static void ids(void **state)
{
	struct vigil_rules *rules = parse("deny name=a\ndeny path=/a\naudit name=a\ndeny name=a "
					  "user=1\ndeny name=a parent=1");
	struct vigil_rules *moved = parse("# a comment\n\n   deny   name='a' # other words");

	(void)state;
	assert_string_equal(moved->rule[0].info.id, rules->rule[0].info.id);
	vigil_rules_free(moved);
	vigil_rules_free(rules);
}

static void windows(void **state)
{
	struct vigil_rules *rules =
	    parse_as("deny path='C:\\Tools\\Ps Exec.exe' id=a\r\n"
		     "deny folder=d:\\temp user=S-1-5-18 id=b\r\n"
		     "deny name=NC.exe parent=\\Device\\X\\w3wp.exe id=c\r\n",
		     true);
	struct vigil_error error;
	uint8_t *request;
	size_t bytes;
	struct vigil_control_rule rule;

	(void)state;
	says(rules, (struct rules_subject){ .path = "C:\\TOOLS\\PS EXEC.EXE" }, "a");
	says(rules, (struct rules_subject){ .path = "D:\\TEMP\\X", .user = "S-1-5-18" }, "b");
	says(rules, (struct rules_subject){ .path = "D:\\TEMP\\X", .user = "S-1-5-19" }, NULL);
	says(rules,
	     (struct rules_subject){ .path = "Q:\\NC.EXE",
				     .image = { { "\\DEVICE\\X\\W3WP.EXE", false } },
				     .images = 1 },
	     "c");
	assert_int_equal(rules_pack(rules, &request, &bytes, &error), VIGIL_OK);
	assert_int_equal(((struct vigil_control_rules *)request)->count, 3);
	assert_int_equal(((struct vigil_control_rules *)request)->head.size, bytes);
	memcpy(&rule, request + sizeof(struct vigil_control_rules), sizeof(rule));
	assert_int_equal(rule.kind, VIGIL_RULE_EXACT);
	assert_int_equal(rule.pattern_bytes, 2 * strlen("C:\\Tools\\Ps Exec.exe"));
	memcpy(&rule, request + sizeof(struct vigil_control_rules) + rule.size, sizeof(rule));
	assert_int_equal(rule.kind, VIGIL_RULE_PREFIX);
	assert_int_equal(rule.pattern_bytes, 2 * strlen("d:\\temp\\"));
	assert_int_equal(rule.user_bytes, 12);
	rules_take_hits(rules, request, bytes);
	assert_int_equal(rules->rule[2].counter->hits, 0);
	free(request);
	vigil_rules_free(rules);
}

/* The driver's request with ancestor= and unknown; hash= is rejected. */
static void windows_unknown(void **state)
{
	struct vigil_rules *rules = parse_as("unknown audit\ndeny name=a ancestor=b", true);
	struct vigil_rules *hashed = parse_as("deny name=a\ndeny hash=00112233445566778899aabbccdd"
					      "eeff00112233445566778899aabbccddeeff",
					      true);
	struct vigil_control_rule rule;
	struct vigil_error error;
	uint8_t *request;
	size_t bytes;

	(void)state;
	assert_int_equal(rules_pack(rules, &request, &bytes, &error), VIGIL_OK);
	assert_int_equal(((struct vigil_control_rules *)request)->unknown, VIGIL_VERDICT_AUDIT);
	memcpy(&rule, request + sizeof(struct vigil_control_rules), sizeof(rule));
	assert_int_equal(rule.parent_kind, VIGIL_RULE_NAME | VIGIL_RULE_ANCESTOR);
	free(request);
	assert_int_equal(rules_pack(hashed, &request, &bytes, &error), VIGIL_ERROR_UNSUPPORTED);
	assert_non_null(strstr(error.text, "line 2"));
	assert_non_null(strstr(error.text, "hash="));
	vigil_rules_free(rules);
	vigil_rules_free(hashed);
}

/* 10,000 rules are parsed quickly, and searched as fast as one. */
static void many(void **state)
{
	char *text = malloc(10000 * 64), *to = text;
	struct vigil_rules *rules;
	struct timespec begun, ended;

	(void)state;
	for (int i = 0; i < 10000; i++)
		to += sprintf(to, "deny %s%d id=r%d\n",
			      i % 3 == 0   ? "path=/usr/bin/p"
			      : i % 3 == 1 ? "name=n"
					   : "folder=/f",
			      i, i);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
	rules = parse(text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
	assert_true((ended.tv_sec - begun.tv_sec) * 1000000000 + ended.tv_nsec - begun.tv_nsec <
		    1000000000);
	says(rules, (struct rules_subject){ .path = "/usr/bin/p9999" }, "r9999");
	says(rules, (struct rules_subject){ .path = "/a/n9997" }, "r9997");
	says(rules, (struct rules_subject){ .path = "/f9998/b/c" }, "r9998");
	says(rules, (struct rules_subject){ .path = "/usr/bin/ls" }, NULL);
	vigil_rules_free(rules);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule),
		cmocka_unit_test(settings),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(kinds),
		cmocka_unit_test(the_first_decides),
		cmocka_unit_test(asked_late),
		cmocka_unit_test(numbers_of_files),
		cmocka_unit_test(inherited),
		cmocka_unit_test(ids),
		cmocka_unit_test(windows),
		cmocka_unit_test(many),
		cmocka_unit_test(windows_unknown),
		cmocka_unit_test(unknown_names),
		cmocka_unit_test(unknown_callers),
		cmocka_unit_test(chosen_names),
		cmocka_unit_test(hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
