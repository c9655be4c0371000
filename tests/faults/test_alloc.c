/* SPDX-License-Identifier: MIT */
/* test_alloc.c - every allocation of the library fails once, one run each: reading and
 * printing recordings and JSON, views, recording, indexing, filters, rules. A run ends with
 * an error or with the result of a run in which nothing failed, and leaks no memory. */
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/make_record.h"
#include "fail_alloc.h"
#include "recording/index.h"
#include "views/perfetto.h"
#include "views/report.h"
#include "views/tree.h"

#define EVENTS 8u

static char directory[] = "/dev/shm/vigil-alloc-XXXXXX";
static char recording[64], unindexed[64], lines[64], made[64];
static uint64_t digest;

static void add_to_digest(const void *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		digest = (digest ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001b3);
}

/* ---- the story that is recorded ---- */

static const struct vigil_header *record_at(uint32_t at)
{
	static struct record record;
	uint32_t pid = 100 + at / 4;

	switch (at % 4) {
	case 0:
	case 1: {
		struct vigil_process_body *body =
		    record_begin(&record,
				 at % 4 ? VIGIL_EVENT_PROCESS_EXEC : VIGIL_EVENT_PROCESS_CREATE);

		body->process = story_id(pid, pid * 10);
		body->parent = story_id(99, 990);
		record_part(&record, VIGIL_PART_IMAGE, "/usr/bin/make", 13, 13);
		record_part(&record, VIGIL_PART_ARGS, "make\0-j2\0\xff \0", 12, 20);
		record_part(&record, VIGIL_PART_CGROUP, "/lxc.payload.web", 16, 16);
		break;
	}
	case 2: {
		struct vigil_image_body *body = record_begin(&record, VIGIL_EVENT_IMAGE_LOAD);

		body->process = story_id(pid, pid * 10);
		record_part(&record, VIGIL_PART_IMAGE, "/usr/lib/libc.so.6", 18, 18);
		break;
	}
	default: {
		struct vigil_exit_body *body = record_begin(&record, VIGIL_EVENT_PROCESS_EXIT);

		body->process = story_id(pid, pid * 10);
		body->code = 3;
	}
	}
	record.header.actor = story_id(pid, pid * 10);
	record.header.seq = at + 1;
	record.header.mono = at * 1000 + 1;
	record.header.time = UINT64_C(1763669662000000000) + at * 1000;
	return &record.header;
}

/* ---- what is run ---- */

static const struct vigil_recorder_options *options_of_recorder;

static enum vigil_code record_events(void)
{
	struct vigil_recorder *recorder;
	enum vigil_code code = vigil_recorder_open(&recorder, made, options_of_recorder, NULL),
			closed;

	if (code < 0)
		return code;
	for (uint32_t i = 0; i < EVENTS; i++) {
		struct vigil_event event = { .record = record_at(i) };
		enum vigil_code added = vigil_recorder_add(recorder, &event, true);

		if (added < 0)
			code = added;
	}
	closed = vigil_recorder_close(recorder, NULL);
	return closed < 0 ? closed : code;
}

static enum vigil_code read_events(const char *path,
				   void (*report)(const struct vigil_event *event))
{
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	const struct vigil_event *event;
	struct vigil *v;
	enum vigil_code code = vigil_open_file(&v, path, &options, NULL);
	int got;

	if (code < 0)
		return code;
	while ((got = vigil_next(v, &event, 0)) > 0)
		report(event);
	vigil_close(v);
	return got < 0 ? (enum vigil_code)got : VIGIL_OK;
}

static struct vigil_printer *printer;
static bool out_of_memory;

static void print(const struct vigil_event *event)
{
	size_t length;
	const char *text = vigil_print(printer, event, &length);

	if (text)
		add_to_digest(text, length);
	else
		out_of_memory = true;
}

static enum vigil_code print_all(const char *path, enum vigil_format first, enum vigil_format last)
{
	enum vigil_code code = VIGIL_OK;

	out_of_memory = false;
	for (int format = (int)first; code == VIGIL_OK && format <= (int)last; format++) {
		struct vigil_printer_options options = { .size = sizeof(options),
							 .format = (enum vigil_format)format };

		printer = vigil_printer_new(&options);
		if (!printer)
			return VIGIL_ERROR_MEMORY;
		code = read_events(path, print);
		vigil_printer_free(printer);
	}
	return code == VIGIL_OK && out_of_memory ? VIGIL_ERROR_MEMORY : code;
}

static enum vigil_code replay_recording(void)
{
	return print_all(recording, VIGIL_FORMAT_TEXT, VIGIL_FORMAT_SYSMON);
}

static enum vigil_code replay_json(void)
{
	return print_all(lines, VIGIL_FORMAT_JSON, VIGIL_FORMAT_JSON);
}

static struct tree *tree;
static struct report *report;
static struct perfetto *perfetto;
static struct vigil_buffer trace;

static void gather(const struct vigil_event *event)
{
	if (tree_apply(tree, event) < 0 || !report_apply(report, event) ||
	    !perfetto_event(perfetto, event, &trace))
		out_of_memory = true;
}

static enum vigil_code digest_page(void *context, const char *data, size_t length)
{
	(void)context;
	add_to_digest(data, length);
	return VIGIL_OK;
}

static enum vigil_code make_views(void)
{
	enum vigil_code code = VIGIL_ERROR_MEMORY;

	tree = tree_new(0, 0, 0);
	report = report_new();
	perfetto = perfetto_new();
	trace = (struct vigil_buffer){ 0 };
	out_of_memory = false;
	if (tree && report && perfetto && perfetto_begin(perfetto, &trace)) {
		code = read_events(recording, gather);
		out_of_memory |= !perfetto_end(perfetto, &trace) || trace.failed;
		add_to_digest(trace.data, trace.length);
		if (code == VIGIL_OK && !out_of_memory)
			code = report_write(report, "test", digest_page, NULL);
	}
	tree_free(tree);
	report_free(report);
	perfetto_free(perfetto);
	vigil_buffer_free(&trace);
	return code == VIGIL_OK && out_of_memory ? VIGIL_ERROR_MEMORY : code;
}

static enum vigil_code index_recording(void)
{
	return index_file(made, false, NULL, NULL, NULL);
}

static struct vigil_filter *filter;

static void match(const struct vigil_event *event)
{
	digest += vigil_filter_match(filter, event);
}

static enum vigil_code filter_events(void)
{
	static const char *const conditions[][2] = {
		{ "type", "exec,exit" },  { "children-of", "100" }, { "image", "m*e" },
		{ "command", "-j[0-9]" }, { "container", "web" },   { "user", "0" }
	};
	enum vigil_code code = VIGIL_OK;

	filter = vigil_filter_new();
	if (!filter)
		return VIGIL_ERROR_MEMORY;
	for (size_t i = 0; code == VIGIL_OK && i < sizeof(conditions) / sizeof(conditions[0]); i++)
		code = vigil_filter_add(filter, conditions[i][0], conditions[i][1], NULL);
	if (code == VIGIL_OK)
		code = read_events(recording, match);
	vigil_filter_free(filter);
	return code;
}

static enum vigil_code parse_rules(void)
{
	static const char text[] = "deny name=nc user=7 parent=/bin/sh id=no-nc # why\n"
				   "audit folder=/srv/up\nallow path=/srv/up/x\n"
				   "deny pattern=*/.cache/* parent=*sh\n";
	struct vigil_rules *rules;
	enum vigil_code code = vigil_rules_parse(&rules, text, sizeof(text) - 1, "test", NULL);

	if (code < 0)
		return code;
	for (size_t i = 0; vigil_rules_at(rules, i); i++)
		digest = digest * 31 + vigil_rules_at(rules, i)->line;
	vigil_rules_free(rules);
	return code;
}

/* Without memory nothing is judged: that is an error, not that the program may start. */
static enum vigil_code match_rules(void)
{
	const struct vigil_start start = {
		.size = sizeof(start), .image = "/bin/../bin/sh", .user = "0", .parent = "/bin/cat"
	};
	const struct vigil_rule *rule = NULL;
	char text[8400], *real = realpath("/bin/sh", NULL);
	struct vigil_rules *rules = NULL;
	enum vigil_code code = VIGIL_ERROR_MEMORY;

	if (real)
		snprintf(text, sizeof(text), "deny path='%s' user=0 parent=/bin/cat\n", real);
	if (real)
		code = vigil_rules_parse(&rules, text, strlen(text), "test", NULL);
	free(real);
	if (code == VIGIL_OK)
		code = vigil_rules_match(rules, &start, &rule, NULL);
	if (code == VIGIL_OK)
		digest = digest * 31 + (rule ? rule->verdict : 0);
	vigil_rules_free(rules);
	return code;
}

/* ---- each allocation fails once ---- */

static bool every_one; /* else one for each call stack */

static enum vigil_code run_action(enum vigil_code (*action)(void), int64_t *blocks)
{
	uint64_t live = fail_alloc->live;
	enum vigil_code code;

	digest = UINT64_C(0xcbf29ce484222325);
	code = action();
	fail_alloc_stop();
	*blocks = (int64_t)(fail_alloc->live - live);
	return code;
}

static bool is_chosen(uint64_t nth)
{
	for (uint32_t i = 0; i < FAIL_ALLOC_SITES && !every_one; i++)
		if (fail_alloc->first[i] == nth && fail_alloc->site[i])
			return true;
	return every_one;
}

static void fail_each(enum vigil_code (*action)(void), void (*reset)(void), void (*check)(bool ok))
{
	uint64_t allocations, expected;
	int64_t blocks;

	for (int i = 0; i < 2; i++) { /* the first makes what is kept for the process's life */
		reset();
		fail_alloc_list();
		assert_int_equal(run_action(action, &blocks), VIGIL_OK);
	}
	assert_int_equal(blocks, 0);
	allocations = fail_alloc->allocations;
	expected = digest;
	for (uint64_t nth = 1; nth <= allocations; nth++)
		for (int on = 0; is_chosen(nth) && on < 2; on++) {
			enum vigil_code code;

			reset();
			fail_alloc_set(nth, on);
			code = run_action(action, &blocks);
			if (blocks != 0)
				fail_msg("allocation %d of %d failed: %d blocks leaked", (int)nth,
					 (int)allocations, (int)blocks);
			if (code == VIGIL_OK && digest != expected)
				fail_msg("allocation %d of %d failed: another result, no error",
					 (int)nth, (int)allocations);
			check(code == VIGIL_OK);
		}
}

static void keep(void)
{
}

static void check_nothing(bool ok)
{
	(void)ok;
}

static void remove_made(void)
{
	char log[80];

	unlink(made);
	snprintf(log, sizeof(log), "%s-wal", made);
	unlink(log);
	snprintf(log, sizeof(log), "%s-shm", made);
	unlink(log);
}

static uint64_t read_count, lost_count, last_mono;

static void count(const struct vigil_event *event)
{
	if (event->record->type == VIGIL_EVENT_LOST) {
		lost_count += event->lost->count;
		return;
	}
	read_count++;
	assert_true(event->record->mono >= last_mono);
	last_mono = event->record->mono;
}

/* What was recorded is there, and what is not there was reported as lost. */
static void check_made(bool ok)
{
	read_count = lost_count = last_mono = 0;
	if (access(made, F_OK) == 0 && read_events(made, count) == VIGIL_OK)
		assert_true(read_count <= EVENTS);
	if (ok)
		assert_int_equal(read_count + lost_count, EVENTS);
}

static void record_anew(void)
{
	remove_made();
	assert_int_equal(record_events(), VIGIL_OK);
}

/* A recording that is not indexed yet. */
static void copy_recording(void)
{
	static uint8_t bytes[1 << 20];
	FILE *from = fopen(unindexed, "re"), *to = fopen(made, "we");
	size_t length;

	assert_non_null(from);
	assert_non_null(to);
	length = fread(bytes, 1, sizeof(bytes), from);
	assert_true(length > 0 && length < sizeof(bytes));
	assert_int_equal(fwrite(bytes, 1, length, to), length);
	fclose(from);
	fclose(to);
}

/* ---- tests ---- */

static void test_replay_recording(void **state)
{
	(void)state;
	fail_each(replay_recording, keep, check_nothing);
}

static void test_replay_json(void **state)
{
	(void)state;
	fail_each(replay_json, keep, check_nothing);
}

static void test_views(void **state)
{
	(void)state;
	fail_each(make_views, keep, check_nothing);
}

static void test_filter(void **state)
{
	(void)state;
	fail_each(filter_events, keep, check_nothing);
}

static void test_rules(void **state)
{
	(void)state;
	fail_each(parse_rules, keep, check_nothing);
	fail_each(match_rules, keep, check_nothing);
}

static void test_record(void **state)
{
	(void)state;
	fail_each(record_events, remove_made, check_made);
}

static void test_index(void **state)
{
	(void)state;
	remove_made();
	fail_each(index_recording, copy_recording, check_nothing);
}

static FILE *lines_file;

static void write_line(const struct vigil_event *event)
{
	size_t length;
	const char *text = vigil_print(printer, event, &length);

	assert_int_equal(fwrite(text, 1, length, lines_file), length);
}

static int begin_all(void **state)
{
	struct vigil_printer_options options = { .size = sizeof(options),
						 .format = VIGIL_FORMAT_JSON };

	(void)state;
	/* glibc keeps what the name services need from the first question on; when that first
	 * allocation fails, it ends the process itself. */
	getpwuid(0);
	getgrgid(0);
	if (!mkdtemp(directory))
		return -1;
	snprintf(recording, sizeof(recording), "%s/r.vigil", directory);
	snprintf(lines, sizeof(lines), "%s/r.jsonl", directory);
	snprintf(made, sizeof(made), "%s/r.vigil", directory);
	record_anew();
	snprintf(unindexed, sizeof(unindexed), "%s/u.vigil", directory);
	snprintf(made, sizeof(made), "%s/u.vigil", directory);
	options_of_recorder =
	    &(struct vigil_recorder_options){ .size = sizeof(struct vigil_recorder_options),
					      .no_index = true };
	record_anew();
	options_of_recorder = NULL;
	lines_file = fopen(lines, "we");
	printer = vigil_printer_new(&options);
	assert_int_equal(read_events(recording, write_line), VIGIL_OK);
	vigil_printer_free(printer);
	fclose(lines_file);
	snprintf(made, sizeof(made), "%s/made.vigil", directory);
	return 0;
}

static int end_all(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay_recording),
		cmocka_unit_test(test_replay_json),
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_index),
	};

	every_one = getenv("VIGIL_TEST_FAULTS") != NULL;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
