/* SPDX-License-Identifier: MIT */
/* test_prune.c - a recording stays within its limits: the oldest blocks are removed, and running
 * processes are still known. */
#include <sys/stat.h>
#include <time.h>

#include "make_recording.h"

static void test_size(void **state)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .max_bytes = 16 << 20 };
	struct vigil_recorder *recorder = recorder_for(&options);
	const struct vigil_event *event;
	uint64_t first = 0, count = 0;
	struct stat file;
	struct vigil *v;

	(void)state;
	add_started(recorder);
	start_of(VIGIL_EVENT_PROCESS_EXEC, 5, 1, "/bin/old-parent");
	add(recorder, true);
	start_of(VIGIL_EVENT_PROCESS_EXEC, 7, 5, "/bin/long-runner");
	add(recorder, true);
	exit_of(5);
	add(recorder, true);
	for (int i = 0; i < 40; i++) {
		for (int j = 0; j < 4000; j++) {
			image_of(7, "/lib/some-library-with-a-name-that-is-not-short.so");
			add(recorder, true);
		}
		assert_int_equal(vigil_recorder_flush(recorder, NULL), VIGIL_OK);
	}
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	assert_int_equal(stat(path, &file), 0);
	assert_true(file.st_size <= 20 << 20);
	v = open_recording();
	while (vigil_next(v, &event, 0) > 0) {
		if (!first)
			first = event->record->seq;
		assert_int_equal(event->record->type, VIGIL_EVENT_IMAGE_LOAD);
		assert_non_null(event->process);
		assert_string_equal(event->process->image.data, "/bin/long-runner");
		assert_string_equal(event->process->command.data, "prog --secret");
		assert_non_null(event->parent);
		assert_string_equal(event->parent->image.data, "/bin/old-parent");
		assert_string_equal(event->host.data, "here");
		count++;
	}
	vigil_close(v);
	assert_true(first > 4);
	assert_int_equal(first + count - 1, seq);
	assert_int_equal(ask("SELECT value FROM state WHERE name = 'dropped_events'"), first - 1);
	assert_int_equal(ask("SELECT count(*) FROM load WHERE id >> 20 < (SELECT min(id) FROM "
			     "block)"),
			 0);
	assert_int_equal(ask("SELECT count(*) FROM processes WHERE image = '/bin/long-runner'"), 1);
}

static void test_age(void **state)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .max_age_s = 3600 };
	struct vigil_recorder *recorder = recorder_for(&options);
	const struct vigil_event *event;
	uint64_t now = (uint64_t)time(NULL) * 1000000000u, first = 0, count = 0;
	struct vigil *v;

	(void)state;
	epoch = now - UINT64_C(7200) * 1000000000u;
	add_started(recorder);
	start_of(VIGIL_EVENT_PROCESS_EXEC, 7, 1, "/bin/long-runner");
	add(recorder, true);
	start_of(VIGIL_EVENT_PROCESS_EXEC, 8, 1, "/bin/ended");
	add(recorder, true);
	exit_of(8);
	add(recorder, true);
	assert_int_equal(vigil_recorder_flush(recorder, NULL), VIGIL_OK);
	/* The newest block always stays, however old it is. */
	assert_int_equal(ask("SELECT sum(count) FROM block"), 4);
	epoch = now - UINT64_C(1800) * 1000000000u;
	for (int i = 0; i < 2; i++) {
		image_of(7, "/lib/kept.so");
		add(recorder, true);
		assert_int_equal(vigil_recorder_flush(recorder, NULL), VIGIL_OK);
	}
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	v = open_recording();
	while (vigil_next(v, &event, 0) > 0) {
		first = first ? first : event->record->seq;
		assert_int_equal(event->record->type, VIGIL_EVENT_IMAGE_LOAD);
		assert_string_equal(event->process->image.data, "/bin/long-runner");
		count++;
	}
	vigil_close(v);
	assert_int_equal(first, 5);
	assert_int_equal(count, 2);
	assert_int_equal(ask("SELECT value FROM state WHERE name = 'dropped_events'"), 4);
	assert_int_equal(ask("SELECT count(*) FROM processes WHERE image = '/bin/ended'"), 0);
}

/* Calls check with the number of rows of each table that has a row for each event of some types.
 * gone: only of those whose block is gone. */
static void count_rows(bool gone, void (*check)(const char *table, int64_t rows))
{
	static const char list[] =
	    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('process', "
	    "'program', 'image', 'sensor') AND (SELECT count(*) FROM pragma_table_info("
	    "sqlite_master.name) WHERE name IN ('id', 'time')) = 2";
	sqlite3_stmt *tables;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, list, -1, &tables, NULL), SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW) {
		const char *table = (const char *)sqlite3_column_text(tables, 0);
		char sql[160];

		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s %s", table,
			 gone ? "WHERE id >> 20 < (SELECT min(id) FROM block)" : "");
		check(table, ask(sql));
	}
	sqlite3_finalize(tables);
	sqlite3_close(db);
}

static unsigned tables;

static void has_rows(const char *table, int64_t rows)
{
	if (rows == 0)
		fail_msg("%s has no rows", table);
	tables++;
}

static unsigned empty;

static void count_empty(const char *table, int64_t rows)
{
	(void)table;
	empty += rows == 0;
}

/* Tables are made after a block was written, which is what flush waits for. */
static void wait_for_tables(void)
{
	for (int tries = 0; tries == 0 || (empty && tries < 1000); tries++) {
		usleep(10000);
		empty = 0;
		count_rows(false, count_empty);
	}
}

static void has_none(const char *table, int64_t rows)
{
	if (rows > 0)
		fail_msg("%s keeps %lld rows of blocks that are gone", table, (long long)rows);
}

static void test_each_table(void **state)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .max_age_s = 3600 };
	struct vigil_recorder *recorder = recorder_for(&options);
	uint64_t now = (uint64_t)time(NULL) * 1000000000u;

	(void)state;
	epoch = now - UINT64_C(7200) * 1000000000u;
	add_started(recorder);
	start_of(VIGIL_EVENT_PROCESS_EXEC, 7, 1, "/bin/long-runner");
	add(recorder, true);
	for (uint32_t type = VIGIL_EVENT_THREAD_CREATE; type < VIGIL_TYPE_MAX; type++) {
		begin_record(type);
		record.header.actor = story_id(7, 70);
		add(recorder, true);
	}
	assert_int_equal(vigil_recorder_flush(recorder, NULL), VIGIL_OK);
	wait_for_tables();
	count_rows(false, has_rows);
	assert_true(tables >= 8);
	epoch = now;
	image_of(7, "/lib/kept.so");
	add(recorder, true);
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	count_rows(true, has_none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_size, recording_begin),
		cmocka_unit_test_setup(test_age, recording_begin),
		cmocka_unit_test_setup(test_each_table, recording_begin),
	};

	return cmocka_run_group_tests(tests, recording_begin_all, recording_end_all);
}
