/* SPDX-License-Identifier: MIT */
/* test_recording.c - writing and reading recordings, also after a kill, on a full disk, and with
 * damaged or foreign files. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "make_recording.h"
#include "recording/index.h"

/* ---- reading what was written ---- */

static void test_same_bytes(void **state)
{
	struct vigil_recorder *recorder = recorder_for(NULL);
	const struct vigil_event *event;
	uint8_t *kept[64];
	struct stat file;
	struct vigil *v;
	int count = 0;

	(void)state;
	for (uint32_t pid = 1; pid < 20; pid++) {
		if (pid == 1)
			add_started(recorder);
		else if (pid % 3 == 0)
			exit_of(pid - 1);
		else
			start_of(VIGIL_EVENT_PROCESS_EXEC, pid, 1, "/bin/prog");
		if (pid > 1)
			assert_int_equal(add(recorder, true), VIGIL_OK);
		kept[count] = malloc(record.header.size);
		memcpy(kept[count++], record.bytes, record.header.size);
	}
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	v = open_recording();
	for (int i = 0; i < count; i++) {
		const struct vigil_header *expected = (void *)kept[i];

		assert_int_equal(vigil_next(v, &event, -1), 1);
		assert_memory_equal(event->record, expected, expected->size);
		assert_int_equal(event->machine, 0x1234);
		assert_string_equal(event->host.data, "here");
		free(kept[i]);
	}
	assert_int_equal(vigil_next(v, &event, -1), 0);
	assert_true(vigil_at_end(v));
	vigil_close(v);
}

static void test_context_is_known_and_not_shown(void **state)
{
	struct vigil_recorder *recorder = recorder_for(NULL);
	const struct vigil_event *event;
	struct vigil *v;

	(void)state;
	start_of(VIGIL_EVENT_PROCESS_EXEC, 7, 1, "/bin/parent");
	add(recorder, false);
	image_of(7, "/lib/unwanted.so");
	add(recorder, false); /* does not describe a process: not recorded */
	image_of(7, "/lib/wanted.so");
	add(recorder, true);
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	v = open_recording();
	assert_int_equal(vigil_next(v, &event, 0), 1);
	assert_string_equal(event->part[VIGIL_PART_IMAGE].data, "/lib/wanted.so");
	assert_string_equal(event->process->image.data, "/bin/parent");
	assert_int_equal(vigil_next(v, &event, 0), 0);
	vigil_close(v);
	assert_int_equal(ask("SELECT sum(count) FROM block"), 2);
}

static void test_tables(void **state)
{
	struct vigil_recorder *recorder = recorder_for(NULL);
	struct vigil_error error;

	(void)state;
	add_started(recorder);
	start_of(VIGIL_EVENT_PROCESS_EXEC, 7, 1, "/bin/first");
	add(recorder, true);
	start_of(VIGIL_EVENT_PROCESS_EXEC, 7, 1, "/bin/second");
	add(recorder, true);
	begin_record(VIGIL_EVENT_PROCESS_CREATE);
	((struct vigil_process_body *)(&record.header + 1))->process = story_id(8, 80);
	record.header.actor = story_id(7, 70);
	add(recorder, true);
	image_of(8, "/lib/a.so");
	add(recorder, true);
	exit_of(7);
	add(recorder, true);
	assert_int_equal(vigil_recorder_close(recorder, &error), VIGIL_OK);
	assert_int_equal(index_file(path, false, NULL, NULL, &error), VIGIL_OK);
	assert_int_equal(ask("SELECT count(*) FROM programs WHERE pid = 7"), 2);
	assert_int_equal(ask("SELECT count(*) FROM processes WHERE pid = 7 AND exit_code = 3 AND "
			     "ended IS NOT NULL AND image = '/bin/second' AND "
			     "command_line = 'prog --secret'"),
			 1);
	/* A fork runs its parent's program. */
	assert_int_equal(ask("SELECT count(*) FROM processes WHERE pid = 8 AND "
			     "image = '/bin/second'"),
			 1);
	assert_int_equal(ask("SELECT count(*) FROM images WHERE loaded = '/lib/a.so' AND pid = 8"),
			 1);
	/* Indexing again changes nothing. */
	assert_int_equal(index_file(path, false, NULL, NULL, &error), VIGIL_OK);
	assert_int_equal(ask("SELECT count(*) FROM program"), 2);
}

/* ---- errors ---- */

static void add_many(struct vigil_recorder *recorder, int count)
{
	char image[400];

	memset(image, 'x', sizeof(image));
	image[0] = '/';
	image[sizeof(image) - 1] = '\0';
	for (int i = 0; i < count; i++) {
		start_of(VIGIL_EVENT_PROCESS_EXEC, 7, 1, image);
		add(recorder, true);
	}
}

static void test_killed(void **state)
{
	const struct vigil_event *event;
	uint64_t last = 0;
	bool reported = false;
	struct vigil *v;
	int status, got;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		struct vigil_recorder *recorder = recorder_for(NULL);

		add_started(recorder);
		add_many(recorder, 5000);
		if (vigil_recorder_flush(recorder, NULL) < 0)
			_exit(1);
		add_many(recorder, 10); /* these may be lost */
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	v = open_recording();
	while ((got = vigil_next(v, &event, 0)) > 0)
		last = event->record->seq;
	assert_int_equal(got, 0);
	assert_true(last >= 5001);
	vigil_close(v);
	/* The next recorder reports where it was interrupted. */
	vigil_recorder_close(recorder_for(NULL), NULL);
	v = open_recording();
	while (vigil_next(v, &event, 0) > 0)
		reported |= event->record->type == VIGIL_EVENT_STATUS &&
			    event->status->state == VIGIL_STATUS_WARNING &&
			    event->record->seq == last + 1;
	vigil_close(v);
	assert_true(reported);
	assert_int_equal(ask("SELECT count(*) FROM recording WHERE ended IS NULL"), 0);
}

/* Limits the size of files: for SQLite that is the same as a disk that fails. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full_disk(void **state)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .no_index = true };
	struct vigil_recorder *recorder = recorder_for(&options);
	struct vigil_recorder_statistics statistics = { .size = sizeof(statistics) };
	const struct vigil_event *event;
	uint64_t before = 0, missing = 0, lost = 0, shown = 0;
	struct vigil_error error;
	struct vigil *v;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	limit_files(3 << 20);
	add_many(recorder, 600000); /* some 400 MB */
	assert_true(vigil_recorder_flush(recorder, &error) < 0);
	assert_non_null(strstr(error.text, path));
	vigil_recorder_statistics(recorder, &statistics);
	assert_true(statistics.dropped > 0);
	limit_files(RLIM_INFINITY);
	assert_int_equal(vigil_recorder_flush(recorder, &error), VIGIL_OK);
	add_many(recorder, 10);
	assert_int_equal(vigil_recorder_close(recorder, &error), VIGIL_OK);

	v = open_recording();
	while (vigil_next(v, &event, 0) > 0) {
		assert_true(event->record->seq > before);
		missing += event->record->seq - before - 1;
		before = event->record->seq;
		if (event->record->type != VIGIL_EVENT_LOST) {
			shown++;
			continue;
		}
		assert_int_equal(event->lost->reason, VIGIL_LOSS_NOT_WRITTEN);
		assert_int_equal(event->lost->type, VIGIL_EVENT_PROCESS_EXEC);
		lost += event->lost->count;
		missing++; /* it has the number of one of the lost records */
	}
	vigil_close(v);
	assert_int_equal(before, seq);
	assert_int_equal(missing, lost);
	assert_int_equal(lost, statistics.dropped);
	assert_int_equal(shown + lost, seq);
}

struct watched {
	struct vigil_recorder *recorder;
	atomic_bool done;
	unsigned fine; /* how often the recorder seemed to work */
};

static void *watch_status(void *context)
{
	struct watched *w = context;

	while (!w->done)
		w->fine += vigil_recorder_status(w->recorder, NULL) == VIGIL_OK;
	return NULL;
}

/* While a flush waits, the status stays that of the last write. */
static void test_status_while_flushing(void **state)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .no_index = true };
	struct watched w = { .recorder = recorder_for(&options) };
	struct vigil_error error;
	pthread_t thread;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	limit_files(3 << 20);
	add_many(w.recorder, 100000);
	assert_true(vigil_recorder_flush(w.recorder, &error) < 0);
	assert_int_equal(pthread_create(&thread, NULL, watch_status, &w), 0);
	for (int i = 0; i < 200; i++)
		assert_true(vigil_recorder_flush(w.recorder, NULL) < 0);
	w.done = true;
	pthread_join(thread, NULL);
	assert_int_equal(w.fine, 0);
	limit_files(RLIM_INFINITY);
	assert_int_equal(vigil_recorder_flush(w.recorder, &error), VIGIL_OK);
	assert_int_equal(vigil_recorder_status(w.recorder, &error), VIGIL_OK);
	vigil_recorder_close(w.recorder, NULL);
}

/* If a recorder ends while the disk is full, its last records report how many are missing. */
static void test_end_on_full_disk(void **state)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .no_index = true };
	struct vigil_recorder_statistics statistics = { .size = sizeof(statistics) };
	const struct vigil_event *event;
	struct vigil_error error;
	char number[32];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	/* Full after some blocks; so full that not one record fits. */
	for (rlim_t limit = 3 << 20; limit > 0; limit = limit == 3 << 20 ? 300 << 10 : 0) {
		struct vigil_recorder *recorder = recorder_for(&options);
		uint64_t shown = 0, lost = 0;
		struct vigil *v;

		add_started(recorder);
		assert_int_equal(vigil_recorder_flush(recorder, &error), VIGIL_OK);
		limit_files(limit);
		add_many(recorder, 100000);

		assert_true(vigil_recorder_finish(recorder, &statistics, &error) < 0);
		limit_files(RLIM_INFINITY);
		snprintf(number, sizeof(number), " %" PRIu64 " events", statistics.dropped);
		assert_non_null(strstr(error.text, number));
		assert_null(strstr(error.text, "does not show"));

		v = open_recording();
		while (vigil_next(v, &event, 0) > 0) {
			shown += event->record->type != VIGIL_EVENT_LOST;
			if (event->record->type == VIGIL_EVENT_LOST)
				lost += event->lost->count;
		}
		vigil_close(v);
		assert_int_equal(lost, statistics.dropped);
		assert_int_equal(shown, statistics.wanted);
		assert_int_equal(shown + lost, seq);
		seq = 0;
		unlink(path);
	}
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* If all of the log is in the database, the checkpointer does not poll. */
static void test_nothing_to_do(void **state)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .no_index = true };
	struct vigil_recorder *recorder = recorder_for(&options);

	(void)state;
	add_started(recorder);
	for (int megabytes = 4; megabytes <= 24; megabytes += 4) { /* it is copied at 16 */
		double before, spent = 1;

		add_many(recorder, 6000);
		assert_int_equal(vigil_recorder_flush(recorder, NULL), VIGIL_OK);
		for (int tries = 0; spent > 0.05 && tries < 20; tries++) { /* the copying */
			before = cpu_seconds();
			usleep(200000);
			spent = cpu_seconds() - before;
		}
		assert_true(spent <= 0.05);
	}
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	unlink(path);
}

static void test_second_recorder(void **state)
{
	struct vigil_recorder *recorder = recorder_for(NULL), *second;
	struct vigil_error error;

	(void)state;
	assert_int_equal(vigil_recorder_open(&second, path, NULL, &error), VIGIL_ERROR_USAGE);
	assert_null(second);
	assert_non_null(strstr(error.text, "another vigil records"));
	vigil_recorder_close(recorder, NULL);
	vigil_recorder_close(recorder_for(NULL), NULL);
}

/* If the disk becomes full while the file is created, the error names that reason, and what
 * remains is not a recording and does not prevent one. */
static void test_creation_that_fails(void **state)
{
	signal(SIGXFSZ, SIG_IGN);
	for (rlim_t bytes = 0; bytes <= 512 << 10; bytes += bytes < 64 << 10 ? 2 << 10 : 32 << 10) {
		struct vigil_recorder *recorder;
		struct vigil_error error;
		enum vigil_code code;
		struct vigil *v;

		recording_begin(state);
		limit_files(bytes);
		code = vigil_recorder_open(&recorder, path, NULL, &error);
		limit_files(RLIM_INFINITY);
		if (code == VIGIL_OK) {
			vigil_recorder_close(recorder, NULL);
			continue;
		}
		assert_null(strstr(error.text, "rollback"));
		assert_null(strstr(error.text, "not an error"));
		if (!strstr(error.text, "I/O error") && !strstr(error.text, "full"))
			fail_msg("%lu bytes: %s", (unsigned long)bytes, error.text);
		assert_true(vigil_open_file(&v, path, NULL, &error) < 0);
		recorder = recorder_for(NULL);
		add_started(recorder);
		assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
		assert_int_equal(ask("SELECT count(*) FROM recording"), 1);
		assert_int_equal(ask("PRAGMA auto_vacuum"), 2);
		assert_int_equal(ask("PRAGMA page_size"), STORE_PAGE);
	}
}

/* ---- files that are not recordings ---- */

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
	expect_refused("version 99");
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
		cmocka_unit_test_setup(test_same_bytes, recording_begin),
		cmocka_unit_test_setup(test_context_is_known_and_not_shown, recording_begin),
		cmocka_unit_test_setup(test_tables, recording_begin),
		cmocka_unit_test_setup(test_killed, recording_begin),
		cmocka_unit_test_setup(test_full_disk, recording_begin),
		cmocka_unit_test_setup(test_status_while_flushing, recording_begin),
		cmocka_unit_test_setup(test_end_on_full_disk, recording_begin),
		cmocka_unit_test_setup(test_creation_that_fails, recording_begin),
		cmocka_unit_test_setup(test_nothing_to_do, recording_begin),
		cmocka_unit_test_setup(test_second_recorder, recording_begin),
		cmocka_unit_test_setup(test_foreign_files, recording_begin),
		cmocka_unit_test_setup(test_no_database, recording_begin),
		cmocka_unit_test_setup(test_later_version, recording_begin),
		cmocka_unit_test_setup(test_missing_and_empty, recording_begin),
		cmocka_unit_test_setup(test_damaged_block, recording_begin),
		cmocka_unit_test_setup(test_empty_block, recording_begin),
		cmocka_unit_test_setup(test_truncated, recording_begin),
		cmocka_unit_test_setup(test_read_only_place, recording_begin),
	};

	return cmocka_run_group_tests(tests, recording_begin_all, recording_end_all);
}
