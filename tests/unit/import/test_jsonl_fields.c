/* SPDX-License-Identifier: MIT */
/* test_jsonl_fields.c - every field that JSON has is imported with its value. */
#include "implied_check.h"
#include "import/make_jsonl.h"
#include "record/fields.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_all);
}
