/* SPDX-License-Identifier: MIT */
#include "make_recording.h"

char directory[] = "/tmp/vigil-recording-XXXXXX";
char path[128];
struct record record;
uint64_t seq, epoch;

int recording_begin(void **state)
{
	static unsigned number;

	(void)state;
	snprintf(path, sizeof(path), "%s/%u.vigil", directory, number++);
	seq = 0;
	epoch = 1700000000000000000u;
	return 0;
}

int recording_end_all(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

int recording_begin_all(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

struct vigil_recorder *recorder_for(const struct vigil_recorder_options *options)
{
	struct vigil_recorder *recorder;
	struct vigil_error error;

	if (vigil_recorder_open(&recorder, path, options, &error) < 0)
		fail_msg("%s", error.text);
	return recorder;
}

void *begin_record(uint32_t type)
{
	void *body = record_begin(&record, type);

	record.header.seq = ++seq;
	record.header.mono = seq * 1000;
	record.header.time = epoch + seq * 1000;
	return body;
}

enum vigil_code add(struct vigil_recorder *recorder, bool wanted)
{
	struct vigil_event event = { .record = &record.header };

	return vigil_recorder_add(recorder, &event, wanted);
}

void add_started(struct vigil_recorder *recorder)
{
	struct vigil_status_body *body = begin_record(VIGIL_EVENT_STATUS);

	body->state = VIGIL_STATUS_STARTED;
	body->machine = 0x1234;
	record_part(&record, VIGIL_PART_HOST, "here", 4, 4);
	assert_int_equal(add(recorder, true), VIGIL_OK);
}

void start_of(uint32_t type, uint32_t pid, uint32_t parent, const char *image)
{
	struct vigil_process_body *body = begin_record(type);

	body->process = story_id(pid, pid * 10);
	body->parent = story_id(parent, parent * 10);
	body->start = record.header.time;
	record.header.actor = body->parent;
	record_part(&record, VIGIL_PART_IMAGE, image, strlen(image), strlen(image));
	record_part(&record, VIGIL_PART_ARGS, "prog\0--secret\0", 14, 14);
}

void exit_of(uint32_t pid)
{
	struct vigil_exit_body *body = begin_record(VIGIL_EVENT_PROCESS_EXIT);

	body->process = story_id(pid, pid * 10);
	body->code = 3;
	record.header.actor = body->process;
}

void image_of(uint32_t pid, const char *image)
{
	struct vigil_image_body *body = begin_record(VIGIL_EVENT_IMAGE_LOAD);

	body->process = story_id(pid, pid * 10);
	record.header.actor = body->process;
	record_part(&record, VIGIL_PART_IMAGE, image, strlen(image), strlen(image));
}

struct vigil *open_recording(void)
{
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	struct vigil_error error;
	struct vigil *v;

	if (vigil_open_file(&v, path, &options, &error) < 0)
		fail_msg("%s", error.text);
	return v;
}

int64_t ask(const char *sql)
{
	int64_t answer = -1;
	sqlite3 *db;

	/* As other programs use it: the library never uses the views of the file. */
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(store_run(db, sql, NULL, 0, &answer), SQLITE_OK);
	sqlite3_close(db);
	return answer;
}

void add_many(struct vigil_recorder *recorder, int count)
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
