/* SPDX-License-Identifier: MIT */
/* Vigil's JSON is imported, and printing it again gives the same bytes. */
#include "implied_check.h"
#include "import/jsonl.h"
#include "import/make_jsonl.h"
#include "record/fields.h"

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
		cmocka_unit_test(test_linux),     cmocka_unit_test(test_windows),
		cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_stores),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_all);
}
