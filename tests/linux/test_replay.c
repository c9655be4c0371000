/* SPDX-License-Identifier: MIT */
/*
 * test_replay - a recording and the live machine look the same: every event, in every
 * format, byte for byte; and a replay with a filter is what a watch with it shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <vigil/vigil.h>

#define FORMATS 4
#define LOAD    "for i in 1 2 3 4 5 6 7 8 9 10; do sh -c '/bin/true; /bin/echo a b >/dev/null'; done"
#define WATCH_TYPE \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT))

struct view {
	struct vigil_printer *printer[FORMATS];
	char *text[FORMATS];
	size_t length[FORMATS];
	FILE *stream[FORMATS];
	uint64_t events;
};

static void view_open(struct view *view)
{
	*view = (struct view){ 0 };
	for (int i = 0; i < FORMATS; i++) {
		struct vigil_printer_options options = { .size = sizeof(options),
							 .format = (enum vigil_format)i };

		view->printer[i] = vigil_printer_new(&options);
		view->stream[i] = open_memstream(&view->text[i], &view->length[i]);
		assert_non_null(view->printer[i]);
		assert_non_null(view->stream[i]);
	}
}

static void view_add(struct view *view, const struct vigil_event *event)
{
	for (int i = 0; i < FORMATS; i++) {
		size_t length;
		const char *text = vigil_print(view->printer[i], event, &length);

		assert_non_null(text);
		fwrite(text, 1, length, view->stream[i]);
	}
	view->events++;
}

static void view_end(struct view *view)
{
	for (int i = 0; i < FORMATS; i++)
		fclose(view->stream[i]);
}

static void view_close(struct view *view)
{
	for (int i = 0; i < FORMATS; i++) {
		vigil_printer_free(view->printer[i]);
		free(view->text[i]);
	}
}

static void same(const struct view *a, const struct view *b)
{
	assert_int_equal(a->events, b->events);
	for (int i = 0; i < FORMATS; i++) {
		assert_int_equal(a->length[i], b->length[i]);
		assert_memory_equal(a->text[i], b->text[i], a->length[i]);
	}
}

static void replay(const char *path, uint32_t types, struct view *view)
{
	struct vigil_options options = { .size = sizeof(options), .types = types };
	const struct vigil_event *event;
	struct vigil_error error;
	struct vigil *v;

	view_open(view);
	if (vigil_open_file(&v, path, &options, &error) < 0)
		fail_msg("%s", error.text);
	while (vigil_next(v, &event, 0) > 0)
		view_add(view, event);
	assert_true(vigil_at_end(v));
	vigil_close(v);
	view_end(view);
}

/* What the machine does, seen once: all of it, and some types of it. */
static void test_same_as_live(void **state)
{
	char folder[] = "/tmp/vigil-replay-XXXXXX", path[64];
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	struct view live, some, again, some_again;
	struct vigil_recorder *recorder;
	const struct vigil_event *event;
	struct vigil_error error;
	struct vigil *v;
	pid_t child;
	int got, quiet = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/recording", folder);
	if (vigil_recorder_open(&recorder, path, NULL, &error) < 0)
		fail_msg("%s", error.text);
	if (vigil_open(&v, &options, &error) < 0)
		fail_msg("%s", error.text);
	view_open(&live);
	view_open(&some);
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", LOAD, (char *)NULL);
		_exit(127);
	}
	while (quiet < 3 && live.events < 200000) {
		got = vigil_next(v, &event, 100);
		assert_true(got >= 0);
		if (got == 0 || waitpid(child, NULL, WNOHANG) != 0)
			quiet++;
		if (got == 0)
			continue;
		view_add(&live, event);
		if (WATCH_TYPE & VIGIL_TYPE_BIT(event->record->type))
			view_add(&some, event);
		assert_int_equal(vigil_recorder_add(recorder, event, true), VIGIL_OK);
	}
	vigil_close(v);
	waitpid(child, NULL, 0);
	assert_int_equal(vigil_recorder_close(recorder, &error), VIGIL_OK);
	view_end(&live);
	view_end(&some);
	assert_true(some.events >= 20);
	replay(path, VIGIL_TYPE_ALL, &again);
	same(&live, &again);
	replay(path, WATCH_TYPE, &some_again);
	same(&some, &some_again);
	view_close(&live);
	view_close(&some);
	view_close(&again);
	view_close(&some_again);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_as_live) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
