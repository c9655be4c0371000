/* SPDX-License-Identifier: MIT */
/* test_recording.c - writing recordings, and reading what was written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "make_recording.h"
#include "recording/index.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_same_bytes, recording_begin),
		cmocka_unit_test_setup(test_context_is_known_and_not_shown, recording_begin),
		cmocka_unit_test_setup(test_tables, recording_begin),
		cmocka_unit_test_setup(test_nothing_to_do, recording_begin),
		cmocka_unit_test_setup(test_second_recorder, recording_begin),
	};

	return cmocka_run_group_tests(tests, recording_begin_all, recording_end_all);
}
