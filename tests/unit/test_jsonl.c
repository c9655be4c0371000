/* SPDX-License-Identifier: MIT */
/* Our JSON is read again: what is printed of it is the same, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "make_record.h"
#include "model/bytes.h"
#include "source/jsonl_fields.h"
#include "store/schema.h"

static char directory[] = "/tmp/vigil-jsonl-XXXXXX";
static char recording[64], lines[64];
static struct record record;
static struct vigil_recorder *recorder;
static uint64_t seq;
static uint8_t encoding;

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(recording, sizeof recording, "%s/a.vigil", directory);
	snprintf(lines, sizeof lines, "%s/a.json", directory);
	return 0;
}

static int remove_all(void **state)
{
	(void)state;
	unlink(recording);
	unlink(lines);
	return rmdir(directory);
}

/* A body with another number in each field, small enough for all of them. */
static void *begin(uint32_t type, uint32_t pid)
{
	uint8_t *body = record_begin(&record, type);
	size_t size = record_body_size(type);

	for (size_t i = 0; i + 4 <= size; i += 4)
		body[i] = (uint8_t)(1 + i / 4);
	record.header.encoding = encoding;
	record.header.seq = ++seq;
	record.header.mono = seq * 1001;
	record.header.time = 1700000000123456789u + seq * 1001;
	record.header.cpu = 3;
	record.header.actor = story_id(pid, pid * 10);
	record.header.actor.tid = pid;
	return body;
}

static void part(uint32_t kind, const char *text, size_t length, size_t missing)
{
	char wide[256];
	size_t bytes = length;

	if (encoding == VIGIL_UTF16LE && kind != VIGIL_USER && kind != VIGIL_BUILD_ID &&
	    kind != VIGIL_SHA256) {
		bytes = vigil_utf8_to_utf16(wide, text, length);
		text = wide;
	}
	record_part(&record, kind, text, bytes, bytes + missing);
}

static void text(uint32_t kind, const char *value)
{
	part(kind, value, strlen(value), 0);
}

static void add(void)
{
	struct vigil_event event = { .record = &record.header };

	assert_int_equal(vigil_recorder_add(recorder, &event, true), VIGIL_OK);
}

static void add_file_info(void)
{
	part(VIGIL_FILE_VERSION, "CompanyName=M\xc3\xbcller\0FileVersion=1=2\0ProductName=P", 48,
	     0);
	part(VIGIL_SIGNATURE, "untrusted\0Somebody", 19, 0);
}

static void add_start(uint32_t type, uint32_t pid, uint32_t parent)
{
	struct vigil_process *body = begin(type, pid);

	body->process = story_id(pid, pid * 10);
	body->process.tid = pid;
	body->parent = story_id(parent, parent * 10);
	body->tracer = story_id(0, 0);
	body->start = record.header.time - 500;
	text(VIGIL_IMAGE, "/bin/sh\xc3\xa4rp");
	if (encoding == VIGIL_BYTES) {
		part(VIGIL_ARGS, "sh\0-c\0bad \xff\xfe bytes\0\0", 21, 0);
		text(VIGIL_CGROUP,
		     "/docker/"
		     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
		text(VIGIL_FILENAME, "./script");
		text(VIGIL_ROOT, "/srv");
	} else {
		text(VIGIL_COMMAND_LINE, "sh -c \"quoted\" \\ and \xf0\x9f\x98\x80");
		part(VIGIL_USER, "\1\1\0\0\0\0\0\5\x12\0\0\0", 12, 0);
	}
	text(VIGIL_NAME, "sh");
	part(VIGIL_DIRECTORY, "/tmp/cut-", 9, 40);
	part(VIGIL_BUILD_ID, "\x01\xab\x00\xff", 4, 0);
	part(VIGIL_SHA256, "0123456789abcdef0123456789abcde\xff", 32, 0);
	add_file_info();
	add();
}

static void add_all(void)
{
	struct vigil_status *status = begin(VIGIL_STATUS, 1);
	struct vigil_exit *end;

	status->state = VIGIL_STATUS_STARTED;
	status->types = VIGIL_TYPE_ALL;
	status->machine = 0x123456789abcdef0u;
	text(VIGIL_HOST, "here");
	text(VIGIL_BACKEND, "made");
	text(VIGIL_TEXT, "says \"this\"\n");
	add();
	add_start(VIGIL_EXISTING, 5, 1);
	add_start(VIGIL_PROCESS_CREATE, 7, 5);
	add_start(VIGIL_PROCESS_EXEC, 7, 5);
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		uint8_t *body;

		if (type == VIGIL_STATUS || type == VIGIL_PROCESS_EXIT || type == VIGIL_EXISTING ||
		    type == VIGIL_PROCESS_CREATE || type == VIGIL_PROCESS_EXEC)
			continue;
		body = begin(type, 7);
		/* Images, threads, accesses and denials begin with an id. */
		if (type != VIGIL_LOST && type != VIGIL_SNAPSHOT_END)
			*(struct vigil_id *)(void *)body = story_id(7, 70);
		if (type == VIGIL_REMOTE_THREAD || type == VIGIL_PROCESS_ACCESS)
			*(struct vigil_id *)(void *)body = story_id(5, 50);
		if (type == VIGIL_LOST)
			*(struct vigil_lost *)(void *)body = (struct vigil_lost){ 12, 6, 1, 0 };
		if (type == VIGIL_PROCESS_DENIED) {
			((struct vigil_denied *)(void *)body)->verdict = VIGIL_VERDICT_DENY;
			text(VIGIL_RULE, "no-tmp");
		}
		if (type == VIGIL_PROCESS_ACCESS)
			((struct vigil_access *)(void *)body)->method = VIGIL_METHOD_WRITE;
		/* Where no thread begins: the module of an address needs the image loads,
		 * which a filter takes away. */
		if (type == VIGIL_IMAGE_LOAD)
			((struct vigil_image *)(void *)body)->base = UINT64_C(0x7f0000000000);
		if (type == VIGIL_IMAGE_LOAD || type == VIGIL_DRIVER_LOAD ||
		    type == VIGIL_PROCESS_DENIED)
			text(VIGIL_IMAGE, "/lib/libm.so");
		if (type == VIGIL_IMAGE_LOAD || type == VIGIL_DRIVER_LOAD)
			add_file_info();
		add();
	}
	end = begin(VIGIL_PROCESS_EXIT, 7);
	end->process = story_id(7, 70);
	end->parent = story_id(5, 50);
	end->signal = 9;
	end->attributes = 0;
	add();
}

/* All of a file as JSON. */
static char *print(const char *path, uint32_t types, int *failures)
{
	struct vigil_printer_options how = { .format = VIGIL_FORMAT_JSON };
	struct vigil_options options = { .size = sizeof options, .types = types };
	struct vigil_printer *printer = vigil_printer_new(&how);
	const struct vigil_event *event;
	struct vigil_error error;
	char *all = NULL;
	size_t length;
	FILE *stream = open_memstream(&all, &length);
	struct vigil *v;
	int got;

	if (vigil_open_file(&v, path, &options, &error) < 0)
		fail_msg("%s", error.text);
	*failures = 0;
	while ((got = vigil_next(v, &event, 0)) != 0) {
		const char *one;
		size_t bytes;

		*failures += got < 0;
		if (got < 0)
			continue;
		one = vigil_print(printer, event, &bytes);
		fwrite(one, 1, bytes, stream);
	}
	assert_true(vigil_at_end(v));
	vigil_close(v);
	vigil_printer_free(printer);
	fclose(stream);
	return all;
}

static void write_lines(const char *content)
{
	FILE *f = fopen(lines, "w");

	assert_non_null(f);
	fputs(content, f);
	fclose(f);
}

static void same(const char *a, const char *b)
{
	size_t at = 0, from;

	while (a[at] && a[at] == b[at])
		at++;
	if (a[at] == b[at])
		return;
	from = at > 60 ? at - 60 : 0;
	fail_msg("%.160s\nis now\n%.160s", a + from, b + from);
}

static void check_round_trip(uint8_t with)
{
	char *first, *second;
	int failures;

	encoding = with;
	seq = 0;
	unlink(recording);
	assert_int_equal(vigil_recorder_open(&recorder, recording, NULL, NULL), VIGIL_OK);
	add_all();
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		/* All of it, then what is left when only one type was asked for. */
		first = print(recording, type ? VIGIL_TYPE_BIT(type) : VIGIL_TYPE_ALL, &failures);
		assert_int_equal(failures, 0);
		assert_true(*first || type == 0);
		write_lines(first);
		second = print(lines, VIGIL_TYPE_ALL, &failures);
		assert_int_equal(failures, 0);
		same(first, second);
		free(first);
		free(second);
	}
}

static void test_linux(void **state)
{
	(void)state;
	check_round_trip(VIGIL_BYTES);
}

static void test_windows(void **state)
{
	(void)state;
	check_round_trip(VIGIL_UTF16LE);
}

/* Each says what is wrong with it; the lines between are read. */
static void test_bad_lines(void **state)
{
	static const char *const BAD[] = {
		"{",
		"{}",
		"[]",
		"{\"vigil\":{\"type\":\"flight\"}}",
		"{\"vigil\":3}",
		"nonsense",
		"{\"vigil\":{\"type\":\"exec\"}} {\"vigil\":{\"type\":\"exec\"}}x"
	};
	char content[2048] = "";
	int failures;
	char *all;

	(void)state;
	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
		snprintf(content + strlen(content), sizeof content - strlen(content),
			 "{\"vigil\":{\"type\":\"snapshot-end\"}}\n\n%s\n", BAD[i]);
	}
	write_lines(content);
	all = print(lines, VIGIL_TYPE_ALL, &failures);
	assert_true(failures >= 6);
	failures = 0;
	for (const char *at = all; (at = strstr(at, "\"snapshot-end\"")); at++)
		failures++;
	assert_int_equal(failures, 7);
	free(all);
}

/* The tables name only fields that there are. */
static void test_fields_exist(void **state)
{
	(void)state;
	for (size_t i = 0; i < back_value_count; i++) {
		const struct vigil_field *field = vigil_field_find(back_values[i].field);

		assert_non_null(field);
		assert_true(field->types & back_values[i].types);
	}
	for (size_t i = 0; i < back_part_count; i++)
		assert_non_null(vigil_field_find(back_parts[i].field));
	for (size_t i = 0; i < back_item_count; i++)
		assert_non_null(vigil_field_find(back_items[i].field));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_fields_exist),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_all);
}
