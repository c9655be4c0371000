/* SPDX-License-Identifier: MIT */
/* test_damaged_files.c - files that are no recordings, damaged recordings, and a place that cannot
 * be written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "make_recording.h"
#include "recording/index.h"

static void write_file(const void *data, size_t length)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, length, f), length);
	fclose(f);
}

static void run_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void *read_file(size_t *length)
{
	FILE *f = fopen(path, "rb");
	void *data = malloc(1 << 20);

	assert_non_null(f);
	*length = fread(data, 1, 1 << 20, f);
	fclose(f);
	return data;
}

/* The file is neither read nor recorded to, and does not change. */
static void expect_refused(const char *why)
{
	struct vigil_recorder *recorder;
	struct vigil_error error;
	size_t length, after;
	void *before = read_file(&length), *now;
	struct vigil *v;

	assert_true(vigil_open_file(&v, path, NULL, &error) < 0);
	assert_null(v);
	assert_non_null(strstr(error.text, why));
	assert_true(vigil_recorder_open(&recorder, path, NULL, &error) < 0);
	assert_null(recorder);
	assert_non_null(strstr(error.text, why));
	now = read_file(&after);
	assert_int_equal(length, after);
	assert_memory_equal(before, now, length);
	free(before);
	free(now);
}

static void test_foreign_files(void **state)
{
	(void)state;
	run_sql("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
	expect_refused("another program");
}

static void test_no_database(void **state)
{
	(void)state;
	write_file("The quick brown fox jumps over the lazy dog, again and again and again.\n", 72);
	expect_refused("no recording");
}

static void test_later_version(void **state)
{
	(void)state;
	vigil_recorder_close(recorder_for(NULL), NULL);
	run_sql("PRAGMA user_version = 99");
	expect_refused("later Vigil");
}

#define WITHOUT_ALERTS "DROP VIEW alerts; DROP TABLE alert; PRAGMA user_version = 2"

static int64_t events_of(void)
{
	struct vigil *v = open_recording();
	const struct vigil_event *event;
	int64_t count = 0;

	while (vigil_next(v, &event, 0) > 0)
		count++;
	vigil_close(v);
	return count;
}

/* The previous version is read as it is, and is completed when it is written to. */
static void test_previous_version(void **state)
{
	struct vigil_recorder *recorder = recorder_for(NULL);
	int64_t events;

	(void)state;
	add_many(recorder, 3);
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	events = events_of();
	run_sql(WITHOUT_ALERTS);
	assert_int_equal(events_of(), events);
	assert_int_equal(ask("PRAGMA user_version"), 2);
	recorder = recorder_for(NULL);
	add_many(recorder, 2);
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	assert_int_equal(ask("PRAGMA user_version"), 3);
	assert_int_equal(ask("SELECT count(*) FROM alerts"), 0);
	assert_true(events_of() >= events + 2);
	run_sql("DROP VIEW losses;" WITHOUT_ALERTS);
	expect_refused("1 of its");
}

static void test_older_version(void **state)
{
	(void)state;
	vigil_recorder_close(recorder_for(NULL), NULL);
	run_sql("PRAGMA user_version = 1");
	expect_refused("vigil replay --format json");
}

static void test_missing_and_empty(void **state)
{
	struct vigil_error error;
	struct vigil *v;

	(void)state;
	assert_true(vigil_open_file(&v, path, NULL, &error) < 0);
	assert_int_equal(access(path, F_OK), -1);
	write_file("", 0);
	assert_true(vigil_open_file(&v, path, NULL, &error) < 0);
	assert_non_null(strstr(error.text, "empty"));
	assert_true(vigil_open_file(&v, directory, NULL, &error) < 0);
	assert_non_null(strstr(error.text, "directory"));
	vigil_recorder_close(recorder_for(NULL), NULL); /* an empty file becomes one */
	vigil_close(open_recording());
}

/* Records before and after a damaged block are read, and the damage is reported. */
static void test_damaged_block(void **state)
{
	struct vigil_recorder *recorder = recorder_for(NULL);
	const struct vigil_event *event;
	int events = 0, failures = 0, got;
	struct vigil *v;

	(void)state;
	add_many(recorder, 10);
	vigil_recorder_flush(recorder, NULL);
	add_many(recorder, 10);
	vigil_recorder_flush(recorder, NULL);
	add_many(recorder, 10);
	vigil_recorder_close(recorder, NULL);
	run_sql("UPDATE block SET records = zeroblob(1000) WHERE id = 2");
	v = open_recording();
	while ((got = vigil_next(v, &event, 0)) != 0) {
		events += got > 0;
		failures += got < 0;
		if (got < 0)
			assert_int_equal(got, VIGIL_ERROR_FORMAT);
	}
	vigil_close(v);
	assert_int_equal(events, 20);
	assert_int_equal(failures, 1);
}

/* A block without records; with a sanitizer this shows whether they are read. */
static void test_empty_block(void **state)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .no_index = true };
	struct vigil_recorder *recorder = recorder_for(&options);
	struct vigil_error error;

	(void)state;
	add_many(recorder, 10);
	vigil_recorder_flush(recorder, NULL);
	add_many(recorder, 10);
	vigil_recorder_close(recorder, NULL);
	run_sql("UPDATE block SET records = x'' WHERE id = 1");
	assert_int_equal(index_file(path, false, NULL, NULL, &error), VIGIL_OK);
	assert_int_equal(ask("SELECT value FROM state WHERE name = 'indexed_through'"), 2);
}

static void test_truncated(void **state)
{
	struct vigil_recorder *recorder = recorder_for(NULL);
	const struct vigil_event *event;
	struct vigil_error error;
	struct vigil *v = NULL;
	int failures = 0, got;

	(void)state;
	add_many(recorder, 10000);
	vigil_recorder_close(recorder, NULL);
	assert_int_equal(truncate(path, 3 << 20), 0);
	if (vigil_open_file(&v, path, NULL, &error) < 0)
		return;
	while ((got = vigil_next(v, &event, 0)) != 0 && failures < 100)
		failures += got < 0;
	assert_true(failures > 0 && failures < 100);
	vigil_close(v);
}

static void test_read_only_place(void **state)
{
	char command[300];
	struct vigil *v;

	(void)state;
	if (geteuid() == 0) {
		/* Root can write everywhere; check only that no file is created. */
		vigil_recorder_close(recorder_for(NULL), NULL);
		v = open_recording();
		snprintf(command, sizeof(command), "test -z \"$(ls %s | grep -E 'wal|shm|lock')\"",
			 directory);
		assert_int_equal(system(command), 0);
		vigil_close(v);
		return;
	}
	vigil_recorder_close(recorder_for(NULL), NULL);
	assert_int_equal(chmod(directory, 0500), 0);
	v = open_recording();
	vigil_close(v);
	assert_int_equal(chmod(directory, 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_foreign_files, recording_begin),
		cmocka_unit_test_setup(test_no_database, recording_begin),
		cmocka_unit_test_setup(test_later_version, recording_begin),
		cmocka_unit_test_setup(test_previous_version, recording_begin),
		cmocka_unit_test_setup(test_older_version, recording_begin),
		cmocka_unit_test_setup(test_missing_and_empty, recording_begin),
		cmocka_unit_test_setup(test_damaged_block, recording_begin),
		cmocka_unit_test_setup(test_empty_block, recording_begin),
		cmocka_unit_test_setup(test_truncated, recording_begin),
		cmocka_unit_test_setup(test_read_only_place, recording_begin),
	};

	return cmocka_run_group_tests(tests, recording_begin_all, recording_end_all);
}
