/* SPDX-License-Identifier: MIT */
/* test_recorder_failures.c - a recorder that is killed, and one whose disk is full. */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "make_recording.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_killed, recording_begin),
		cmocka_unit_test_setup(test_full_disk, recording_begin),
		cmocka_unit_test_setup(test_status_while_flushing, recording_begin),
		cmocka_unit_test_setup(test_end_on_full_disk, recording_begin),
		cmocka_unit_test_setup(test_creation_that_fails, recording_begin),
	};

	return cmocka_run_group_tests(tests, recording_begin_all, recording_end_all);
}
