/* SPDX-License-Identifier: MIT */
/* Vigil's JSON is imported, and printing it again gives the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "implied_check.h"
#include "import/jsonl.h"
#include "make_record.h"
#include "record/fields.h"
#include "record/subject.h"
#include "recording/schema.h"

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
	snprintf(recording, sizeof(recording), "%s/a.vigil", directory);
	snprintf(lines, sizeof(lines), "%s/a.json", directory);
	return 0;
}

static int remove_all(void **state)
{
	(void)state;
	unlink(recording);
	unlink(lines);
	return rmdir(directory);
}

/* A body with a different number in each field, small enough for all of them. */
static void *begin(uint32_t type, uint32_t pid)
{
	uint8_t *body = record_begin(&record, type);
	size_t size = decode_longest_body_size((uint16_t)type);

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

	if (encoding == VIGIL_UTF16LE && kind != VIGIL_PART_USER && kind != VIGIL_PART_BUILD_ID &&
	    kind != VIGIL_PART_SHA256) {
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

/* What was read from the file: VIGIL_PART_FILE_VERSION or VIGIL_PART_SIGNATURE. */
static void add_file_info(uint32_t kind)
{
	static const char VERSION[] =
	    "CompanyName=M\xc3\xbcller\0FileDescription=D\0FileVersion=1=2\0"
	    "OriginalFilename=o.exe\0ProductName=P";
	static const char BAD[] = "untrusted\0Somebody", GOOD[] = "valid\0Somebody";

	if (kind == VIGIL_PART_FILE_VERSION)
		part(kind, VERSION, sizeof(VERSION), 0);
	else if (encoding == VIGIL_BYTES)
		part(kind, BAD, sizeof(BAD), 0);
	else
		part(kind, GOOD, sizeof(GOOD), 0);
}

static void add_start(uint32_t type, uint32_t pid, uint32_t parent)
{
	struct vigil_process_body *body = begin(type, pid);

	body->process = story_id(pid, pid * 10);
	body->process.tid = pid;
	body->parent = story_id(parent, parent * 10);
	body->tracer = story_id(0, 0);
	body->start = record.header.time - 500;
	text(VIGIL_PART_IMAGE, "/bin/sh\xc3\xa4rp");
	if (encoding == VIGIL_BYTES) {
		part(VIGIL_PART_ARGS, "sh\0-c\0bad \xff\xfe bytes\0\0", 21, 0);
		text(VIGIL_PART_CGROUP, pid == 6 ? "/machine.slice/machine-deb.scope"
						 : "/docker/0123456789abcdef0123456789abcdef"
						   "0123456789abcdef0123456789abcdef");
		text(VIGIL_PART_FILENAME, "./script");
		text(VIGIL_PART_ROOT, "/srv");
	} else {
		text(VIGIL_PART_COMMAND_LINE, "sh -c \"quoted\" \\ and \xf0\x9f\x98\x80");
		part(VIGIL_PART_USER, "\1\1\0\0\0\0\0\5\x12\0\0\0", 12, 0);
	}
	text(VIGIL_PART_NAME, "sh");
	part(VIGIL_PART_DIRECTORY, "/tmp/cut-", 9, 40);
	part(VIGIL_PART_BUILD_ID, "\x01\xab\x00\xff", 4, 0);
	part(VIGIL_PART_SHA256, "0123456789abcdef0123456789abcde\xff", 32, 0);
	add_file_info(VIGIL_PART_FILE_VERSION);
	add_file_info(VIGIL_PART_SIGNATURE);
	add();
}

static void add_all(void)
{
	struct vigil_status_body *status = begin(VIGIL_EVENT_STATUS, 1);
	struct vigil_exit_body *end;

	status->state = VIGIL_STATUS_STARTED;
	status->types = VIGIL_TYPE_ALL;
	status->machine = 0x123456789abcdef0u;
	text(VIGIL_PART_HOST, "here");
	text(VIGIL_PART_BACKEND, "made");
	text(VIGIL_PART_TEXT, "says \"this\"\n");
	add();
	add_start(VIGIL_EVENT_PROCESS_SNAPSHOT, 5, 1);
	add_start(VIGIL_EVENT_PROCESS_CREATE, 7, 5);
	add_start(VIGIL_EVENT_PROCESS_EXEC, 7, 5);
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		uint8_t *body;

		if (type == VIGIL_EVENT_STATUS || type == VIGIL_EVENT_PROCESS_EXIT ||
		    type == VIGIL_EVENT_PROCESS_SNAPSHOT || type == VIGIL_EVENT_PROCESS_CREATE ||
		    type == VIGIL_EVENT_PROCESS_EXEC)
			continue;
		body = begin(type, 7);
		/* Images, threads, accesses and denials begin with an id. */
		if (type != VIGIL_EVENT_LOST && type != VIGIL_EVENT_SNAPSHOT_END &&
		    type != VIGIL_EVENT_CREDENTIALS && type != VIGIL_EVENT_EXEC_FAILED)
			*(struct vigil_id *)(void *)body = story_id(7, 70);
		if (type == VIGIL_EVENT_REMOTE_THREAD || type == VIGIL_EVENT_PROCESS_ACCESS)
			*(struct vigil_id *)(void *)body = story_id(5, 50);
		if (type == VIGIL_EVENT_LOST)
			*(struct vigil_lost_body *)(void *)body =
			    (struct vigil_lost_body){ 12, 6, 1, 0 };
		if (type == VIGIL_EVENT_PROCESS_DENIED) {
			((struct vigil_denied_body *)(void *)body)->verdict = VIGIL_VERDICT_DENY;
			text(VIGIL_PART_RULE, "no-tmp");
		}
		if (type == VIGIL_EVENT_PROCESS_ACCESS)
			((struct vigil_access_body *)(void *)body)->method = VIGIL_METHOD_WRITE;
		/* An address at which no thread begins: finding the module of an address needs the
		 * image loads, which a filter removes. */
		if (type == VIGIL_EVENT_IMAGE_LOAD)
			((struct vigil_image_body *)(void *)body)->base = UINT64_C(0x7f0000000000);
		if (type == VIGIL_EVENT_IMAGE_LOAD || type == VIGIL_EVENT_DRIVER_LOAD ||
		    type == VIGIL_EVENT_PROCESS_DENIED)
			text(VIGIL_PART_IMAGE, "/lib/libm.so");
		add();
	}
	end = begin(VIGIL_EVENT_PROCESS_EXIT, 7);
	end->process = story_id(7, 70);
	end->parent = story_id(5, 50);
	end->signal = 9;
	end->attributes = 0;
	add();
}

/* Prints a whole file as JSON. */
static char *print(const char *path, uint32_t types, int *failures)
{
	struct vigil_printer_options how = { .size = sizeof(how), .format = VIGIL_FORMAT_JSON };
	struct vigil_options options = { .size = sizeof(options), .types = types };
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
	implied_check(recording, directory);
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		/* Everything, then what remains if only one type is requested. */
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

/* ---- every field ---- */

#define IMAGE_BASE UINT64_C(0x7f0000000000)

static void add_image(uint32_t pid)
{
	struct vigil_image_body *image = begin(VIGIL_EVENT_IMAGE_LOAD, pid);

	image->process = story_id(pid, pid * 10);
	image->base = IMAGE_BASE;
	image->size = 4096;
	if (encoding == VIGIL_UTF16LE) /* Windows maps images from their start */
		image->offset = 0;
	text(VIGIL_PART_IMAGE, "/lib/libm.so");
	add();
}

static const char INFO[] = "name=web-1\0image=team/\xc3\xa4:1.2\0runtime=podman\0pod=p\0"
			   "namespace=n\0pod_uid=u\0\0a.b=c=d\0tier=\0";

static void fill_leaders(void)
{
	const struct vigil_leaders leaders = { { 0x01010102, { 12, 1 } },
					       { 15, { 150, 0 } },
					       { 16, { 160, 0 } },
					       VIGIL_ENTRY_CONTAINER };

	if (encoding == VIGIL_BYTES)
		part(VIGIL_PART_LEADERS, (const char *)&leaders, sizeof(leaders), 0);
}

/* Every part, some of them damaged. */
static void fill_parts(void)
{
	static const char TAGS[] = "attack.execution\0attack.t1059.004\0attack.g0016\0"
				   "attack.s0154\0cve.2021-44228";
	static const char RULE[] = "author=A, B\0description=D\0license=L\0title=T\0status=test\0";

	for (uint32_t kind = 1; kind < VIGIL_PART_MAX; kind++) {
		struct vigil_part *last = (void *)(record.bytes + record.header.size);

		if ((kind == VIGIL_PART_ARGS || kind == VIGIL_PART_ENVIRONMENT) &&
		    encoding == VIGIL_BYTES)
			part(kind, "one\0t\xffo\0", 8, 0);
		else if (kind == VIGIL_PART_USER && encoding == VIGIL_UTF16LE)
			part(kind, "\1\1\0\0\0\0\0\5\x12\0\0\0", 12, 0);
		else if (kind == VIGIL_PART_FILE_VERSION || kind == VIGIL_PART_SIGNATURE)
			add_file_info(kind);
		else if (kind == VIGIL_PART_DIRECTORY)
			part(kind, "/tmp/cut", 8, 40);
		else if (kind == VIGIL_PART_CGROUP)
			text(kind, "/docker/"
				   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
				   "ef");
		else if (kind == VIGIL_PART_RULE_INFO)
			part(kind, RULE, sizeof(RULE) - 1, 0);
		else if (kind >= VIGIL_PART_REFERENCES && kind <= VIGIL_PART_MATCHED)
			part(kind, TAGS, sizeof(TAGS), 0);
		else if (kind == VIGIL_PART_CONTAINER_INFO)
			part(kind, INFO, sizeof(INFO) - 1, 0);
		else if (kind == VIGIL_PART_LEADERS)
			fill_leaders();
		else if (kind == VIGIL_PART_ANCESTORS || kind == VIGIL_PART_ANCESTOR_NAMES)
			part(kind, "one\0\0three\0", 11, 0);
		else if (kind == VIGIL_PART_CGROUP_OTHERS)
			part(kind, "/a/\xc3\xa4\0/b\0", 9, 0);
		else if (kind != VIGIL_PART_USER && kind != VIGIL_PART_ARGS &&
			 kind != VIGIL_PART_ENVIRONMENT &&
			 (kind != VIGIL_PART_COMMAND_LINE || encoding == VIGIL_UTF16LE))
			text(kind, "/a/b \xc3\xa4 of this very kind");
		if ((uint8_t *)last == record.bytes + record.header.size)
			continue; /* not in this encoding */
		if (kind == VIGIL_PART_IMAGE)
			last->source = VIGIL_PART_ORIGIN_KERNEL;
		if (kind == VIGIL_PART_DIRECTORY)
			last->flags |= VIGIL_PART_FLAG_CUT_HEAD;
		if (kind == VIGIL_PART_FILENAME)
			last->flags |= VIGIL_PART_FLAG_UNREADABLE;
		if (kind == VIGIL_PART_BUILD_ID)
			last->flags |= VIGIL_PART_FLAG_LATE;
	}
}

static void fill_start(struct vigil_process_body *start, uint32_t flavor)
{
	start->process = (struct vigil_id){ 7, 7, 70 };
	start->parent = story_id(5, 50);
	start->tracer = story_id(6, 60);
	start->attributes = ~0u;
	if (flavor) /* these users have names on every system */
		start->uid = start->euid = start->gid = start->egid = start->login_uid = 0;
	record.header.actor = (struct vigil_id){ 6, 6, 60 };
}

/* Every number, flag and part that a record can have; flavor: selects between exclusive ones. */
static void fill(uint32_t type, uint32_t flavor)
{
	uint8_t *body = begin(type, 7);
	struct vigil_exit_body *end = (void *)body;
	struct vigil_thread_body *thread = (void *)body;
	struct vigil_image_body *image = (void *)body;
	struct vigil_access_body *access = (void *)body;
	struct vigil_denied_body *denied = (void *)body;
	struct vigil_alert_body *alert = (void *)body;
	struct vigil_credentials_body *credentials = (void *)body;

	record.header.flags = VIGIL_RECORD_LATE | VIGIL_RECORD_INCOMPLETE;
	if (vigil_type_bit(type) & VIGIL_TYPES_START) {
		fill_start((void *)body, flavor);
	} else if (type == VIGIL_EVENT_PROCESS_EXIT) {
		end->process = story_id(7, 70);
		end->parent = story_id(6, 60); /* a different one by now */
		end->signal = flavor ? 11 : 0;
		end->attributes = flavor ? ~0u : 0;
	} else if (vigil_type_bit(type) & VIGIL_TYPES_THREAD) {
		thread->thread = (struct vigil_id){ 7, 9, 70 };
		thread->origin = VIGIL_ORIGIN_LOCAL;
		thread->signal = flavor ? 11 : 0;
		thread->start_address = flavor ? IMAGE_BASE + 16 : 16;
		thread->attributes = 0xffff;
		if (type == VIGIL_EVENT_THREAD_EXIT) {
			((struct vigil_thread_end_body *)(void *)body)->creator =
			    (struct vigil_id){ 6, 11, 60 };
			((struct vigil_thread_end_body *)(void *)body)->lifetime = UINT64_MAX;
		}
	} else if (type == VIGIL_EVENT_REMOTE_THREAD) {
		thread->thread = (struct vigil_id){ 5, 9, 50 };
		thread->origin = VIGIL_ORIGIN_REMOTE;
		thread->reason = VIGIL_REASON_WMI;
		thread->attributes = 0xffff;
	} else if (type == VIGIL_EVENT_IMAGE_LOAD || type == VIGIL_EVENT_DRIVER_LOAD) {
		image->process = story_id(7, 70);
		image->attributes = ~0u;
		image->protection = 5;
	} else if (type == VIGIL_EVENT_PROCESS_ACCESS) {
		access->target = (struct vigil_id){ 5, 9, 50 };
		access->method = VIGIL_METHOD_POKE;
		access->result = flavor ? -1 : 0;
		access->address = IMAGE_BASE + 16;
		access->attributes = flavor ? ~0u : VIGIL_ACCESS_OWN_CHILD;
	} else if (type == VIGIL_EVENT_PROCESS_DENIED) {
		denied->process.process = story_id(8, 80);
		denied->verdict = VIGIL_VERDICT_DENY;
	} else if (type == VIGIL_EVENT_EXEC_FAILED) {
		((struct vigil_exec_failed_body *)(void *)body)->error = 2;
		((struct vigil_exec_failed_body *)(void *)body)->attributes = ~0u;
	} else if (type == VIGIL_EVENT_ALERT) {
		alert->process = story_id(7, 70);
		alert->target = story_id(5, 50);
		alert->level = VIGIL_LEVEL_HIGH;
		alert->about = VIGIL_EVENT_PROCESS_ACCESS;
		alert->hits = 3;
	} else if (type == VIGIL_EVENT_CREDENTIALS) { /* both have names on every Linux */
		memset(&credentials->before, 0, offsetof(struct vigil_cred, effective));
		credentials->after.uid = credentials->after.euid = 1;
		credentials->after.gid = credentials->after.egid = 1;
	} else if (type == VIGIL_EVENT_LOST) {
		*(struct vigil_lost_by_body *)(void *)body =
		    (struct vigil_lost_by_body){ { 12, 6, 1, 0 }, UINT64_MAX, 11 };
	} else if (type == VIGIL_EVENT_STATUS) {
		((struct vigil_status_body *)(void *)body)->state = VIGIL_STATUS_CHANGED;
		((struct vigil_status_body *)(void *)body)->types = VIGIL_TYPE_ALL;
	}
	fill_parts();
	add();
}

static void record_everything(void)
{
	struct vigil_status_body *status = begin(VIGIL_EVENT_STATUS, 1);

	status->state = VIGIL_STATUS_STARTED;
	status->machine = 0x123456789abcdef0u;
	status->types = VIGIL_TYPE_ALL;
	text(VIGIL_PART_HOST, "here");
	add();
	add_start(VIGIL_EVENT_PROCESS_SNAPSHOT, 5, 1);
	add_start(VIGIL_EVENT_PROCESS_SNAPSHOT, 6, 1);
	add_start(VIGIL_EVENT_PROCESS_CREATE, 7, 5);
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		if (type == VIGIL_EVENT_THREAD_CREATE) { /* exec has emptied the map of images */
			add_image(7);
			add_image(5);
		}
		if (type != VIGIL_EVENT_PROCESS_EXIT)
			for (uint32_t flavor = 0; flavor < 2; flavor++)
				fill(type, flavor);
	}
	fill(VIGIL_EVENT_PROCESS_EXIT, encoding == VIGIL_BYTES);
}

static struct vigil *open_all(const char *path)
{
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	struct vigil_error error;
	struct vigil *v;

	if (vigil_open_file(&v, path, &options, &error) < 0)
		fail_msg("%s", error.text);
	return v;
}

static bool is_text(enum vigil_value_kind kind)
{
	return kind == VIGIL_VALUE_STRING || kind == VIGIL_VALUE_LIST || kind == VIGIL_VALUE_BINARY;
}

/* Returns whether an event has a field, and the other has the same value. */
static bool compare(const struct vigil_field *field, const struct vigil_event *a,
		    const struct vigil_event *b)
{
	struct vigil_value x = { 0 }, y = { 0 };
	bool has = field->get(a, &x), same = field->get(b, &y) == has;

	if (has && same && is_text(field->kind))
		same = x.s.length == y.s.length && memcmp(x.s.data, y.s.data, x.s.length) == 0;
	else if (has && same)
		same = field->kind == VIGIL_VALUE_SIGNED ? x.i == y.i : x.u == y.u;
	if (!same)
		fail_msg("%s of %s: %s", field->name, vigil_type_name(a->record->type),
			 has ? "does not come back" : "comes out of nowhere");
	return has;
}

static bool seen_fields[400];

static void compare_all(uint8_t with)
{
	const struct vigil_event *a, *b;
	const struct vigil_field *fields;
	struct vigil *x, *y;
	size_t count;
	int failures;
	char *json;

	encoding = with;
	seq = 0;
	unlink(recording);
	assert_int_equal(vigil_recorder_open(&recorder, recording, NULL, NULL), VIGIL_OK);
	record_everything();
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	implied_check(recording, directory);
	json = print(recording, VIGIL_TYPE_ALL, &failures);
	write_lines(json);
	free(json);
	fields = vigil_fields(&count);
	assert_true(count <= sizeof(seen_fields));
	x = open_all(recording);
	y = open_all(lines);
	while (vigil_next(x, &a, 0) > 0) {
		assert_int_equal(vigil_next(y, &b, 0), 1);
		assert_int_equal(a->record->type, b->record->type);
		for (size_t i = 0; i < count; i++)
			if (fields[i].types & vigil_type_bit(a->record->type))
				seen_fields[i] |= compare(&fields[i], a, b);
	}
	assert_int_equal(vigil_next(y, &b, 0), 0);
	vigil_close(x);
	vigil_close(y);
}

static void test_every_field(void **state)
{
	/* Fields that no such event has: docs/recording.md gives the reasons. */
	static const char *const EXCEPTIONS[] = {
		"vigil.cut", "vigil.raw", /* JSON's own description; compared as values above */
		"user.domain",            /* known only on Windows */
	};
	const struct vigil_field *fields;
	size_t count;

	(void)state;
	compare_all(VIGIL_BYTES);
	compare_all(VIGIL_UTF16LE);
	fields = vigil_fields(&count);
	for (size_t i = 0; i < count; i++) {
		bool excepted = false;

		for (size_t k = 0; k < sizeof(EXCEPTIONS) / sizeof(EXCEPTIONS[0]); k++)
			excepted |= strcmp(fields[i].name, EXCEPTIONS[k]) == 0;
		if (seen_fields[i] == excepted)
			fail_msg("%s: no event of this test has it, or it is no exception",
				 fields[i].name);
	}
}

/* Each bad line gives an error with its reason; the lines between them are read. */
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
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		snprintf(content + strlen(content), sizeof(content) - strlen(content),
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

/* A value is stored only in records of types that can have its field. */
static void test_stores(void **state)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);

	(void)state;
	for (size_t i = 0; i < field_store_count; i++) {
		const struct field_store *store = &field_stores[i];

		assert_true(store->field < count);
		if (store->types & ~fields[store->field].types)
			fail_msg("%s is stored in 0x%x", fields[store->field].name, store->types);
	}
}

/* The lists of a type's fields have space for all of them. */
static void test_lists(void **state)
{
	struct jsonl *jsonl = jsonl_new();

	(void)state;
	assert_non_null(jsonl);
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		assert_true(jsonl->stores[type][JSONL_NUMBERS].count >= 6); /* of the header */
		for (int list = 0; list < JSONL_LISTS; list++)
			assert_true(jsonl->stores[type][list].count < JSONL_STORES);
	}
	free(jsonl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux),       cmocka_unit_test(test_windows),
		cmocka_unit_test(test_every_field), cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_stores),      cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_all);
}
