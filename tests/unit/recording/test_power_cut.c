/* SPDX-License-Identifier: MIT */
/* test_power_cut.c - a power failure while a recorder writes: the recording that remains can be
 * opened, is consistent, has all flushed events without a gap, and reports where it ends. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "make_record.h"
#include "recording/forgetful.h"
#include "recording/schema.h"

/* With a sanitizer each takes a dozen times longer, and a few are enough to find errors. */
#ifdef VIGIL_SANITIZED
#define CUTS 4
#else
#define CUTS 24
#endif

static char directory[] = "/tmp/vigil-power-XXXXXX";
static char path[64], copy[64];
static struct vigil_recorder *recorder;
static _Atomic uint64_t flushed; /* events for which a flush has returned */
static uint64_t promised;        /* the same when the power failed */
static atomic_bool stop;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* held while no event is added */

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/a.vigil", directory);
	snprintf(copy, sizeof(copy), "%s/left", directory);
	return 0;
}

static int remove_all(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static void add(uint64_t seq)
{
	static struct record record;
	static char text[700];
	struct vigil_process_body *body = record_begin(&record, VIGIL_EVENT_PROCESS_EXEC);
	struct vigil_event event = { .record = &record.header };

	memset(text, 'x', sizeof(text));
	record.header.seq = seq;
	record.header.time = 1700000000000000000u + seq;
	body->process = story_id((uint32_t)seq, seq);
	record_part(&record, VIGIL_PART_IMAGE, text, sizeof(text), sizeof(text));
	assert_int_equal(vigil_recorder_add(recorder, &event, true), VIGIL_OK);
}

static void *write_all(void *argument)
{
	uint64_t seed = 7;

	for (uint64_t seq = 1; !stop; seq++) {
		pthread_mutex_lock(&turn);
		add(seq);
		pthread_mutex_unlock(&turn);
		if (seq % 16 == 0) /* keeps the file short, because it is checked often */
			usleep(100);
		if (make_random(&seed) % 400 == 0 &&
		    vigil_recorder_flush(recorder, NULL) == VIGIL_OK)
			flushed = seq;
	}
	return argument;
}

static void note_promise(void)
{
	promised = flushed;
}

/* Counts the events in `copy`, and checks that their numbers begin with 1 and have no gap. */
static uint64_t count_events(bool *reported)
{
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	const struct vigil_event *event;
	struct vigil_error error;
	uint64_t last = 0;
	struct vigil *v;
	int got;

	if (vigil_open_file(&v, copy, &options, &error) < 0)
		fail_msg("%s", error.text);
	*reported = false;
	while ((got = vigil_next(v, &event, 0)) > 0) {
		assert_int_equal(event->record->seq, last + 1);
		assert_false(*reported);
		if (event->record->type == VIGIL_EVENT_STATUS)
			*reported = event->status->state == VIGIL_STATUS_WARNING;
		else
			last++;
	}
	assert_int_equal(got, 0);
	vigil_close(v);
	return last;
}

static void check_sound(void)
{
	sqlite3_stmt *statement;
	sqlite3 *db;

	assert_int_equal(store_open(&db, copy, STORE_READ, NULL), VIGIL_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

static void check_left(void)
{
	struct vigil_recorder *next;
	struct vigil_error error;
	uint64_t count;
	bool reported;

	check_sound();
	count = count_events(&reported);
	assert_false(reported);
	assert_true(count >= promised);
	/* The next recorder reports where it was interrupted. */
	if (vigil_recorder_open(&next, copy, NULL, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(vigil_recorder_close(next, NULL), VIGIL_OK);
	assert_int_equal(count_events(&reported), count);
	assert_true(reported || count == 0);
	unlink(copy);
}

static void test_power_cut(void **state)
{
	struct vigil_error error;
	uint64_t seed = 1234567;
	pthread_t writer;

	(void)state;
	forgetful_begin(path);
	if (vigil_recorder_open(&recorder, path, NULL, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(vigil_recorder_flush(recorder, NULL), VIGIL_OK);
	assert_int_equal(pthread_create(&writer, NULL, write_all, NULL), 0);
	for (int cut = 0; cut < CUTS; cut++) {
		usleep((useconds_t)(make_random(&seed) % 40000));
		forgetful_cut(copy, make_random(&seed), note_promise);
		pthread_mutex_lock(&turn);
		check_left();
		pthread_mutex_unlock(&turn);
	}
	stop = true;
	pthread_join(writer, NULL);
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	forgetful_end();
	assert_true(flushed > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_power_cut),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_all);
}
