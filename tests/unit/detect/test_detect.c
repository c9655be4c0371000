/* SPDX-License-Identifier: MIT */
/* test_detect.c - sets of rules: files, metadata, notes, filters, correlations, hits. */
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

#include "judge.h"

#define SOURCE    "logsource: {product: windows, category: process_creation}\n"
#define DETECTION "detection:\n  s: {F: a}\n  condition: s\n"

static const struct judge_field a_event[] = {
	{ "F", { .kind = DETECT_STRING, .length = 1, .string = "a" } },
	{ "G", { .kind = DETECT_STRING, .length = 1, .string = "g" } },
	{ NULL, { .kind = DETECT_ABSENT } }
};

static void test_metadata(void **state)
{
	struct detect_set *set = judge_load(
	    "# a comment\n"
	    "---\n"
	    "title: A title\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\nname: a_name\n"
	    "description: |\n  Two\n  lines\nauthor: Me, You\nlicense: MIT\ndate: 2019-10-23\n"
	    "modified: 2020-01-01\nstatus: test\nlevel: high\ntaxonomy: sigma\n"
	    "references:\n  - https://a\n  - https://b\ntags:\n  - attack.t1059\n"
	    "falsepositives: Unlikely\nfields: [F, G]\nscope: [server]\n"
	    "custom: {x: [y]}\nrelated:\n  - {id: x, type: derived}\n" SOURCE DETECTION);
	const struct detect_info *info = &detect_rule(set, 0)->info;

	(void)state;
	assert_int_equal(detect_rules(set), 1);
	assert_int_equal(info->line, 3);
	assert_string_equal(info->file, "test.yml");
	assert_string_equal(info->title, "A title");
	assert_string_equal(info->id, "929a690e-bef0-4204-a928-ef5e620d6fcc");
	assert_string_equal(info->name, "a_name");
	assert_string_equal(info->description, "Two\nlines\n");
	assert_string_equal(info->author, "Me, You");
	assert_string_equal(info->license, "MIT");
	assert_string_equal(info->date, "2019-10-23");
	assert_string_equal(info->modified, "2020-01-01");
	assert_int_equal(info->status, DETECT_TEST);
	assert_int_equal(info->level, DETECT_HIGH);
	assert_int_equal(info->references.count, 2);
	assert_string_equal(info->references.text[1], "https://b");
	assert_string_equal(info->tags.text[0], "attack.t1059");
	assert_string_equal(info->falsepositives.text[0], "Unlikely");
	assert_int_equal(info->fields.count, 2);
	assert_string_equal(info->scope.text[0], "server");
	assert_string_equal(info->product, "windows");
	assert_string_equal(info->category, "process_creation");
	assert_null(info->service);
	assert_true(detect_memory(set) > sizeof(*info));
	detect_free(set);
}

static void test_invalid_documents(void **state)
{
	(void)state;
	judge_document_refused("title: x\n" SOURCE, DETECT_INVALID, "neither");
	judge_document_refused("title: x\n" DETECTION, DETECT_INVALID, "log source");
	judge_document_refused(SOURCE DETECTION, DETECT_INVALID, "title");
	judge_document_refused("- a\n", DETECT_INVALID, "not a map");
	judge_document_refused("just text\n", DETECT_INVALID, "not a map");
	judge_document_refused("title: x\nlevel: huge\n" SOURCE DETECTION, DETECT_INVALID,
			       "level 'huge'");
	judge_document_refused("title: x\nstatus: [a]\n" SOURCE DETECTION, DETECT_INVALID,
			       "status");
	judge_document_refused("title: [x]\n" SOURCE DETECTION, DETECT_INVALID, "'title'");
	judge_document_refused("title: x\ntags: {a: b}\n" SOURCE DETECTION, DETECT_INVALID,
			       "'tags'");
	judge_document_refused("title: x\nlogsource: windows\n" DETECTION, DETECT_INVALID,
			       "log source");
	judge_document_refused("title: x\n" SOURCE "detection: [a]\n", DETECT_INVALID, "not a map");
	judge_document_refused("title: 'x\n", DETECT_INVALID, "");
	judge_document_refused("title: \xff\n", DETECT_INVALID, "UTF-8");
	judge_document_refused("a: *b\n", DETECT_INVALID, "alias");
	judge_document_refused("a: &a [*a]\n", DETECT_INVALID, "contains itself");
	judge_document_refused("? [a]\n: b\n", DETECT_INVALID, "key");
}

static void test_log_sources(void **state)
{
	static const struct {
		const char *source, *reason;
		uint32_t sources;
	} expected[] = {
		{ "{product: windows, category: image_load}", NULL, 1u << DETECT_IMAGE_LOAD },
		{ "{product: linux, category: process_creation}", NULL, 1u << DETECT_CATEGORIES },
		{ "{category: process_creation}", NULL, 1u | 1u << DETECT_CATEGORIES },
		{ "{product: linux}", NULL, 0x3fu << DETECT_CATEGORIES },
		{ "{product: macos, category: process_creation}", "product", 0 },
		{ "{product: windows, category: registry_set}", "category", 0 },
		{ "{product: windows, service: security}", "service", 0 },
		{ "{definition: something}", "neither", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		char text[256];
		struct detect_set *set;

		snprintf(text, sizeof(text), "title: x\nlogsource: %s\n" DETECTION,
			 expected[i].source);
		set = judge_load(text);
		assert_int_equal(detect_sources(set), expected[i].sources);
		assert_int_equal(detect_rules(set), expected[i].sources != 0);
		if (!expected[i].sources) {
			assert_int_equal(detect_note(set, 0)->outcome, DETECT_NOT_EVALUABLE);
			assert_null(detect_note(set, 0)->field);
			assert_non_null(strstr(detect_note(set, 0)->reason, expected[i].reason));
		}
		detect_free(set);
	}
}

static void test_missing_field(void **state)
{
	struct detect_set *set = judge_load("title: x\n" SOURCE "detection:\n"
					    "  s: {F: a}\n  t: {NoSuch: b}\n  condition: s or t\n"
					    "---\ntitle: unused\n" SOURCE "detection:\n"
					    "  s: {F: a}\n  t: {NoSuch: b}\n  condition: s\n");

	(void)state;
	assert_int_equal(detect_notes(set), 2);
	assert_int_equal(detect_note(set, 0)->outcome, DETECT_NOT_EVALUABLE);
	assert_string_equal(detect_note(set, 0)->field, "NoSuch");
	assert_string_equal(detect_note(set, 0)->reason, "the test does not know it");
	/* The condition does not use the search identifier. */
	assert_int_equal(detect_note(set, 1)->outcome, DETECT_LOADED);
	assert_int_equal(judge_set(set, a_event), DETECT_TRUE);
	detect_free(set);
}

static void test_several_documents(void **state)
{
	struct detect_set *set = judge_load("title: one\n" SOURCE DETECTION "---\n---\n"
					    "title: two\n" SOURCE "detection: {}\n---\n"
					    "title: three\n" SOURCE DETECTION "...\n"
					    "---\ntitle: [\n");

	(void)state;
	assert_int_equal(detect_rules(set), 2);
	assert_int_equal(detect_notes(set), 4);
	assert_int_equal(detect_note(set, 1)->outcome, DETECT_INVALID);
	assert_int_equal(detect_note(set, 1)->document, DETECT_DOCUMENT_RULE);
	assert_string_equal(detect_note(set, 1)->info.title, "two");
	assert_string_equal(detect_rule(set, 1)->info.title, "three");
	assert_int_equal(detect_rule(set, 1)->number, 1);
	assert_int_equal(detect_note(set, 2)->rule, 1);
	assert_int_equal(detect_note(set, 3)->outcome, DETECT_INVALID);
	assert_int_equal(detect_note(set, 3)->document, DETECT_DOCUMENT_UNKNOWN);
	detect_free(set);
}

static void test_aliases(void **state)
{
	struct detect_set *set = judge_load("title: x\n" SOURCE "detection:\n"
					    "  s: {F: &list [b, a]}\n  t: {G: *list}\n"
					    "  condition: s and not t\n");

	(void)state;
	assert_int_equal(judge_set(set, a_event), DETECT_TRUE);
	detect_free(set);
}

static bool is_wanted(void *user, const struct detect_info *info)
{
	return strcmp(info->title, user) != 0;
}

static void test_wanted(void **state)
{
	char unwanted[] = "one";
	const struct detect_options options = { .resolver = judge_resolver,
						.wanted = is_wanted,
						.wanted_user = unwanted };
	struct detect_set *set =
	    judge_load_with("title: one\n" SOURCE DETECTION "---\ntitle: two\n" SOURCE DETECTION,
			    &options);

	(void)state;
	assert_int_equal(detect_rules(set), 1);
	assert_int_equal(detect_note(set, 0)->outcome, DETECT_UNWANTED);
	assert_string_equal(detect_rule(set, 0)->info.title, "two");
	detect_free(set);
}

/* ---- filters ---- */

#define FILTERED "title: x\nid: abc\nname: xname\n" SOURCE DETECTION "---\n"

static void check_filter(const char *filter, enum detect_truth truth, enum detect_outcome outcome)
{
	char text[1024];
	struct detect_set *set;

	snprintf(text, sizeof(text), FILTERED "title: f\n%s", filter);
	set = judge_load(text);
	assert_int_equal(detect_note(set, 1)->outcome, outcome);
	assert_int_equal(detect_note(set, 1)->document, DETECT_DOCUMENT_FILTER);
	assert_int_equal(judge_set(set, a_event), truth);
	detect_free(set);
}

/* For an event that matches x and none of the others. */
static const struct {
	const char *condition;
	enum detect_truth truth;
} forms[] = {
	{ "x", DETECT_FALSE },
	{ "not x", DETECT_FALSE },
	{ "not y1", DETECT_TRUE },
	{ "y1", DETECT_TRUE },
	{ "x and not y1", DETECT_FALSE },
	{ "not (x or y1)", DETECT_FALSE },
	{ "not 1 of y*", DETECT_TRUE },
	{ "not 1 of them", DETECT_FALSE },
	{ "not x and not y1", DETECT_FALSE },
	{ "not (not x)", DETECT_FALSE },
	{ "y2", DETECT_TRUE },
	{ "not y2", DETECT_TRUE },
};

static void test_filters(void **state)
{
	(void)state;
	check_filter(SOURCE "filter:\n  rules: [abc]\n  x: {G: g}\n  condition: x\n", DETECT_FALSE,
		     DETECT_LOADED);
	check_filter(SOURCE "filter:\n  rules: xname\n  x: {G: g}\n  condition: x\n", DETECT_FALSE,
		     DETECT_LOADED);
	check_filter(SOURCE "filter:\n  rules: [abc]\n  x: {G: h}\n  condition: x\n", DETECT_TRUE,
		     DETECT_LOADED);
	check_filter("logsource: {category: process_creation}\n"
		     "filter:\n  rules: [abc]\n  x: {G: g}\n  condition: x\n",
		     DETECT_FALSE, DETECT_LOADED);
	check_filter("logsource: {product: linux}\n"
		     "filter:\n  rules: [abc]\n  x: {G: g}\n  condition: x\n",
		     DETECT_TRUE, DETECT_NOT_EVALUABLE);
	check_filter(SOURCE "filter:\n  rules: [other]\n  x: {G: g}\n  condition: x\n", DETECT_TRUE,
		     DETECT_NOT_EVALUABLE);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char filter[256];

		snprintf(filter, sizeof(filter),
			 SOURCE "filter:\n  rules: [abc]\n  x: {G: g}\n  y1: {G: h}\n"
				"  y2: {G|neq: g}\n  condition: %s\n",
			 forms[i].condition);
		check_filter(filter, forms[i].truth, DETECT_LOADED);
	}
	check_filter(SOURCE "filter:\n  x: {G: g}\n  condition: x\n", DETECT_TRUE, DETECT_INVALID);
	check_filter("filter:\n  rules: [abc]\n  x: {G: g}\n  condition: x\n", DETECT_TRUE,
		     DETECT_INVALID);
}

/* ---- correlations ---- */

#define CORRELATION(more) "title: c\nname: cname\ncorrelation:\n  timespan: 10m\n" more "---\n"
#define FAILED_RULE       "title: x\nname: xname\n" SOURCE DETECTION

static void test_correlations(void **state)
{
	struct detect_set *set = judge_load(
	    "title: outer\ncorrelation:\n  type: temporal_ordered\n  rules: [cname, xname]\n"
	    "  group-by: [who]\n  timespan: 90s\n"
	    "  aliases: {who: {xname: F}, other: {xname: H}}\nlevel: high\n---\n" CORRELATION(
		"  type: value_count\n  rules: xname\n  group-by: [G]\n"
		"  condition: {field: F, gte: 3, lt: 10}\n") FAILED_RULE);
	const struct detect_correlation *inner = detect_correlation(set, 0),
					*outer = detect_correlation(set, 1);

	(void)state;
	assert_int_equal(detect_correlations(set), 2);
	assert_string_equal(inner->info.name, "cname");
	assert_int_equal(inner->type, DETECT_VALUE_COUNT);
	assert_int_equal(inner->timespan, UINT64_C(600000000000));
	assert_int_equal(inner->criteria, 2);
	assert_int_equal(inner->criterion[0].operator, DETECT_GTE);
	assert_true(inner->criterion[0].value == 3);
	assert_int_equal(inner->references, 1);
	assert_false(inner->reference[0].correlation);
	assert_int_equal(inner->reference[0].number, 0);
	assert_true(inner->silent);
	assert_string_equal(outer->info.title, "outer");
	assert_int_equal(outer->info.level, DETECT_HIGH);
	assert_true(outer->reference[0].correlation);
	assert_int_equal(outer->reference[0].number, 0);
	assert_false(outer->reference[1].correlation);
	assert_non_null(outer->reference[1].group);
	/* who is F in the rule, the field that the other correlation counts. */
	assert_int_equal(outer->reference[1].group[0], inner->reference[0].field[0]);
	assert_false(outer->silent);
	assert_true(detect_rule(set, 0)->silent);
	detect_free(set);
}

static void test_generate(void **state)
{
	struct detect_set *set =
	    judge_load(CORRELATION("  type: event_count\n  rules: [xname]\n  group-by: [G]\n"
				   "  condition: {gt: 1}\n  generate: true\n") FAILED_RULE);

	(void)state;
	assert_int_equal(detect_correlations(set), 1);
	assert_false(detect_rule(set, 0)->silent);
	detect_free(set);
}

static void check_correlation(const char *correlation, enum detect_outcome outcome,
			      const char *part)
{
	char text[1024];

	snprintf(text, sizeof(text), FAILED_RULE "---\ntitle: c\nname: c\ncorrelation:\n%s",
		 correlation);
	judge_document_refused(text, outcome, part);
}

static void test_wrong_correlations(void **state)
{
	(void)state;
	check_correlation("  type: foo\n", DETECT_INVALID, "type");
	check_correlation("  type: temporal\n  rules: [xname]\n", DETECT_INVALID, "timespan");
	check_correlation("  type: temporal\n  rules: [xname]\n  timespan: 5x\n", DETECT_INVALID,
			  "timespan");
	check_correlation("  type: temporal\n  rules: [xname]\n  timespan: 999d\n", DETECT_INVALID,
			  "timespan");
	check_correlation("  type: temporal\n  timespan: 5m\n", DETECT_INVALID, "no rules");
	check_correlation("  type: event_count\n  rules: [xname]\n  timespan: 5m\n", DETECT_INVALID,
			  "condition");
	check_correlation("  type: event_count\n  rules: [xname]\n  timespan: 5m\n"
			  "  condition: {field: F, gt: 1}\n",
			  DETECT_INVALID, "without a field");
	check_correlation("  type: value_sum\n  rules: [xname]\n  timespan: 5m\n"
			  "  condition: {gt: 1}\n",
			  DETECT_INVALID, "a field and comparisons");
	check_correlation("  type: event_count\n  rules: [xname]\n  timespan: 5m\n"
			  "  condition: {gt: many}\n",
			  DETECT_INVALID, "numbers");
	check_correlation("  type: temporal\n  rules: [missing_rule]\n  timespan: 5m\n",
			  DETECT_INVALID, "'missing_rule', which is no rule");
	check_correlation("  type: temporal\n  rules: [c]\n  timespan: 5m\n", DETECT_INVALID,
			  "refers to itself");
	check_correlation("  type: temporal\n  rules: [xname]\n  timespan: 5m\n  group-by: [NoX]\n",
			  DETECT_NOT_EVALUABLE, "does not know");
}

/* ---- hits ---- */

static void get_a(void *user, uint32_t id, struct detect_value *value)
{
	unsigned *asked = user;

	(void)id;
	++*asked;
	*value = STRING("a");
}

static void test_hits(void **state)
{
	struct detect_set *set =
	    judge_load("title: two\n" SOURCE "detection:\n  s:\n    F|contains: [x, a]\n    G: a\n"
		       "  t: {H: b}\n  condition: s and not t\n---\n"
		       "title: never\n" SOURCE "detection:\n  s: {F: xxxxxx}\n  condition: s\n---\n"
		       "title: any\n" SOURCE "detection:\n  k: [b, A]\n  condition: k\n");
	struct detect_state *own = detect_state_new(set);
	unsigned asked = 0;
	struct detect_event event = { .source =
					  detect_source(DETECT_WINDOWS, DETECT_PROCESS_CREATION),
				      .get = get_a,
				      .user = &asked };
	const struct detect_hit *hit;

	(void)state;
	assert_int_equal(detect_eval(own, &event, &hit), 2);
	assert_string_equal(hit[0].rule->info.title, "two");
	assert_int_equal(hit[0].matches, 2);
	for (uint32_t i = 0; i < 2; i++) { /* in the order of evaluation */
		const struct detect_match *match = &hit[0].match[i];

		assert_string_equal(match->selection, "s");
		assert_string_equal(match->test, *match->field == 'F' ? "contains: a" : "a");
		assert_memory_equal(match->value.string, "a", 1);
	}
	assert_string_not_equal(hit[0].match[0].field, hit[0].match[1].field);
	assert_string_equal(hit[1].rule->info.title, "any");
	assert_null(hit[1].match[0].field);
	assert_true(asked <= 4);
	event.source = detect_source(DETECT_LINUX, DETECT_PROCESS_CREATION);
	assert_int_equal(detect_eval(own, &event, &hit), 0);
	assert_int_equal(detect_count(own, 0).hits, 1);
	assert_int_equal(detect_count(own, 1).hits, 0);
	detect_state_free(own);
	detect_free(set);
}

static void get_unknown(void *user, uint32_t id, struct detect_value *value)
{
	(void)user;
	(void)id;
	value->kind = DETECT_UNKNOWN;
}

/* A rule whose strings cannot be looked for is undecided, not left out. */
static void test_undecided(void **state)
{
	struct detect_set *set =
	    judge_load("title: x\n" SOURCE "detection:\n  s: {F: longstring}\n  condition: s\n");
	struct detect_state *own = detect_state_new(set);
	const struct detect_event event = { .source = 0, .get = get_unknown };
	const struct detect_hit *hit;
	const uint32_t *rule;

	(void)state;
	assert_int_equal(detect_eval(own, &event, &hit), 0);
	assert_int_equal(detect_undecided(own, &rule), 1);
	assert_int_equal(rule[0], 0);
	assert_int_equal(detect_count(own, 0).unknown, 1);
	assert_int_equal(detect_count(own, 0).limited, 0);
	detect_state_free(own);
	detect_free(set);
}

/* ---- files ---- */

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void enter_folder(char folder[32])
{
	strcpy(folder, "/tmp/test_detect.XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
}

static void leave_folder(const char *folder)
{
	char command[64];

	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void test_files(void **state)
{
	const struct detect_options options = { .resolver = judge_resolver };
	const char *paths[] = { "rules", "b.yaml" };
	struct vigil_error error;
	struct detect_set *set;
	char folder[32];

	(void)state;
	enter_folder(folder);
	assert_int_equal(mkdir("rules", 0700), 0);
	assert_int_equal(mkdir("rules/sub", 0700), 0);
	write_file("rules/z.yml", "title: z\n" SOURCE DETECTION);
	write_file("rules/sub/a.yml", "title: a\n" SOURCE DETECTION);
	write_file("rules/readme.txt", "no: [rule");
	write_file("b.yaml", "title: b\n" SOURCE DETECTION);
	assert_int_equal(mkfifo("rules/fifo.yml", 0600), 0);
	assert_int_equal(symlink("..", "rules/loop"), 0);
	assert_int_equal(detect_load(&set, paths, 2, &options, &error), VIGIL_OK);
	assert_int_equal(detect_rules(set), 3);
	assert_string_equal(detect_note(set, 0)->info.file, "rules/fifo.yml");
	assert_int_equal(detect_note(set, 0)->outcome, DETECT_REFUSED);
	assert_string_equal(detect_note(set, 1)->info.file, "rules/sub/a.yml");
	assert_string_equal(detect_note(set, 2)->info.file, "rules/z.yml");
	assert_string_equal(detect_note(set, 3)->info.file, "b.yaml");
	detect_free(set);
	paths[1] = "nothing.yml";
	assert_int_equal(detect_load(&set, paths, 2, &options, &error), VIGIL_ERROR_USAGE);
	assert_null(set);
	assert_non_null(strstr(error.text, "nothing.yml"));
	leave_folder(folder);
}

static void check_expand(const char *item, const char *value, enum detect_truth truth)
{
	const struct detect_options options = { .resolver = judge_resolver,
						.placeholders = "values" };
	const struct judge_field fields[] = {
		{ "F",
		  { .kind = DETECT_STRING, .length = (uint32_t)strlen(value), .string = value } },
		{ NULL, NULL_VALUE }
	};
	char text[256];
	struct detect_set *set;

	snprintf(text, sizeof(text), "title: x\n" SOURCE "detection:\n  s: {%s}\n  condition: s\n",
		 item);
	set = judge_load_with(text, &options);
	assert_string_equal(detect_note(set, 0)->reason, "");
	assert_int_equal(judge_set(set, fields), truth);
	detect_free(set);
}

static void test_expand(void **state)
{
	const struct detect_options options = { .resolver = judge_resolver,
						.placeholders = "values" };
	struct detect_set *set;
	char folder[32];

	(void)state;
	enter_folder(folder);
	assert_int_equal(mkdir("values", 0700), 0);
	write_file("values/Servers.txt", "# names\nsrv*\r\n\nweb1\n");
	write_file("values/Empty.txt", "\n");
	check_expand("F|expand: '%Servers%'", "SRV5", DETECT_TRUE);
	check_expand("F|expand: '%Servers%'", "web1", DETECT_TRUE);
	check_expand("F|expand: '%Servers%'", "web2", DETECT_FALSE);
	check_expand("F: '%Servers%'", "web1", DETECT_FALSE);
	check_expand("F: '%Servers%'", "%servers%", DETECT_TRUE);
	check_expand("F|expand: 'C:\\\\%Servers%'", "C:\\srv5", DETECT_TRUE);
	check_expand("F|expand: 'C:\\%Servers%'", "C:%servers%", DETECT_TRUE);
	check_expand("F|expand: 'a-%Servers%-%Servers%'", "a-web1-srv2", DETECT_TRUE);
	check_expand("F|expand|contains: '%Servers%.x'", "--web1.x--", DETECT_TRUE);
	check_expand("F|contains|expand: '%Servers%.x'", "--web1.x--", DETECT_TRUE);
	check_expand("F|expand: '\\%plain%Servers%'", "%plainweb1", DETECT_TRUE);
	check_expand("F|expand: '50% of 100%'", "50% of 100%", DETECT_TRUE);
	set = judge_load_with("title: x\n" SOURCE
			      "detection:\n  s: {F|expand: '%None%'}\n  condition: s\n---\n"
			      "title: y\n" SOURCE
			      "detection:\n  s: {F|expand: '%Empty%'}\n  condition: s\n",
			      &options);
	assert_int_equal(detect_note(set, 0)->outcome, DETECT_NOT_EVALUABLE);
	assert_non_null(strstr(detect_note(set, 0)->reason, "%None%"));
	assert_int_equal(detect_note(set, 1)->outcome, DETECT_NOT_EVALUABLE);
	detect_free(set);
	judge_refused("  s: {F|expand: '%x%'}\n  condition: s\n", DETECT_NOT_EVALUABLE, "%x%");
	leave_folder(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_invalid_documents),
		cmocka_unit_test(test_log_sources),
		cmocka_unit_test(test_missing_field),
		cmocka_unit_test(test_several_documents),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_correlations),
		cmocka_unit_test(test_generate),
		cmocka_unit_test(test_wrong_correlations),
		cmocka_unit_test(test_hits),
		cmocka_unit_test(test_undecided),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_expand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
