/* SPDX-License-Identifier: MIT */
/* The log of the service: rotation, a full disk, a crash. A limit on the size of files simulates
 * the full disk: writes succeed up to the limit and fail after it. */
#include "make_event.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/log.h"

#define LINE 100 /* bytes of each line that the tests write */

static char directory[] = "/tmp/vigil-log-XXXXXX";
static char path[64];
static struct rotate rotate;

static int begin(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/log", directory);
	return 0;
}

static int clean(void **state)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	(void)state;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return 0;
}

static int end(void **state)
{
	clean(state);
	return rmdir(directory);
}

static void limit(rlim_t bytes)
{
	struct rlimit now;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
	now.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

static void open_log(uint64_t max_size, unsigned keep)
{
	rotate = (struct rotate){ .path = path, .heading = "", .max_size = max_size, .keep = keep };
	assert_int_equal(rotate_open(&rotate), VIGIL_OK);
}

/* Lines `from` to `to`, each with its number. */
static enum vigil_code write_lines(unsigned from, unsigned to, size_t *written)
{
	char *text = malloc((size_t)(to - from + 1) * LINE + 1);
	enum vigil_code code;

	assert_non_null(text);
	for (unsigned i = from; i <= to; i++)
		snprintf(text + (size_t)(i - from) * LINE, LINE + 1, "%-*u\n", LINE - 1, i);
	code = rotate_write(&rotate, text, (size_t)(to - from + 1) * LINE, written);
	free(text);
	return code;
}

static void append_text(const char *name, const char *text)
{
	FILE *f = fopen(name, "ae");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* The lines of this file must be *next, *next + 1, ...; increments *next for each line. */
static void read_lines(const char *name, unsigned *next)
{
	FILE *f = fopen(name, "re");
	char line[LINE + 2];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		assert_int_equal(strlen(line), LINE);
		assert_int_equal(line[LINE - 1], '\n');
		assert_int_equal(strtoul(line, NULL, 10), *next);
		(*next)++;
	}
	fclose(f);
}

/* The lines of all files, oldest first, must be `from`, `from` + 1, ... Returns the number after
 * the last one. */
static unsigned read_all(unsigned from)
{
	unsigned next = from;

	for (unsigned i = ROTATE_KEEP_MAX; i > 0; i--) {
		char name[80];

		snprintf(name, sizeof(name), "%s.%u", path, i);
		read_lines(name, &next);
	}
	read_lines(path, &next);
	return next;
}

static void lines_move_on_and_none_is_lost(void **state)
{
	unsigned next = 1;
	size_t written;
	struct stat st;
	char name[80];

	(void)state;
	open_log(10 * LINE, 100);
	for (unsigned step = 1; next <= 900; step = step % 37 + 1) {
		assert_int_equal(write_lines(next, next + step - 1, &written), VIGIL_OK);
		assert_int_equal(written, step * LINE);
		next += step;
	}
	assert_int_equal(rotate_close(&rotate), VIGIL_OK);
	assert_int_equal(read_all(1), next);
	for (unsigned i = 1; i <= rotate.rounds; i++) { /* full, and readable only by the owner */
		snprintf(name, sizeof(name), "%s.%u", path, i);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_size, 10 * LINE);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void the_oldest_falls_off(void **state)
{
	size_t written;

	(void)state;
	open_log(10 * LINE, 3);
	assert_int_equal(write_lines(1, 100, &written), VIGIL_OK);
	assert_int_equal(rotate_close(&rotate), VIGIL_OK);
	assert_int_equal(read_all(61), 101); /* 10 in each of log.3, log.2, log.1, log */
}

/* A crash between two renames leaves a number free. */
static void a_gap_is_filled_and_nothing_overwritten(void **state)
{
	char from[80], to[80];
	size_t written;

	(void)state;
	open_log(10 * LINE, 3);
	assert_int_equal(write_lines(1, 40, &written), VIGIL_OK);
	rotate_close(&rotate);
	snprintf(from, sizeof(from), "%s.2", path);
	snprintf(to, sizeof(to), "%s.3", path);
	assert_int_equal(rename(from, to), 0);
	open_log(10 * LINE, 3);
	assert_int_equal(write_lines(41, 41, &written), VIGIL_OK);
	rotate_close(&rotate);
	/* log.3 (1..10) was replaced by log.2 above; nothing else is missing. */
	assert_int_equal(read_all(11), 42);
}

static void a_crash_left_half_a_line(void **state)
{
	size_t written;

	(void)state;
	open_log(0, 3);
	assert_int_equal(write_lines(1, 3, &written), VIGIL_OK);
	rotate_close(&rotate);
	append_text(path, "{\"half\":");
	open_log(0, 3);
	assert_int_equal(rotate.cut, 8);
	assert_int_equal(write_lines(4, 5, &written), VIGIL_OK);
	rotate_close(&rotate);
	assert_int_equal(read_all(1), 6);

	/* Only half a line. */
	clean(NULL);
	append_text(path, "half");
	open_log(0, 3);
	assert_int_equal(rotate.cut, 4);
	assert_int_equal(rotate.size, 0);
	rotate_close(&rotate);
}

static void a_full_disk_leaves_whole_lines(void **state)
{
	size_t written;

	(void)state;
	open_log(0, 3);
	limit(LINE * 5 / 2);
	assert_int_equal(write_lines(1, 9, &written), VIGIL_ERROR_OUTPUT);
	assert_int_equal(written, 2 * LINE);
	assert_string_not_equal(rotate.error.text, "");
	assert_int_equal(read_all(1), 3);
	assert_int_equal(write_lines(3, 9, &written), VIGIL_ERROR_OUTPUT);
	assert_int_equal(written, 0);
	limit(RLIM_INFINITY);
	assert_int_equal(write_lines(3, 9, &written), VIGIL_OK);
	rotate_close(&rotate);
	assert_int_equal(read_all(1), 10);
}

static void what_cannot_be_renamed_grows_on(void **state)
{
	char name[80];
	size_t written;

	(void)state;
	snprintf(name, sizeof(name), "%s.1", path);
	assert_int_equal(mkdir(name, 0700), 0); /* a file cannot replace a directory */
	open_log(10 * LINE, 1);
	assert_int_equal(write_lines(1, 30, &written), VIGIL_OK);
	assert_true(rotate.stuck);
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(write_lines(31, 31, &written), VIGIL_OK);
	assert_false(rotate.stuck);
	rotate_close(&rotate);
	assert_int_equal(read_all(1), 32);
}

static void a_removed_log_begins_anew(void **state)
{
	size_t written;

	(void)state;
	open_log(0, 3);
	assert_int_equal(write_lines(1, 2, &written), VIGIL_OK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(write_lines(3, 4, &written), VIGIL_OK);
	rotate_close(&rotate);
	assert_int_equal(read_all(3), 5);
}

static void only_one_writes(void **state)
{
	struct rotate second = { .path = path, .heading = "", .keep = 1 };

	(void)state;
	open_log(0, 3);
	assert_int_equal(rotate_open(&second), VIGIL_ERROR_OUTPUT);
	assert_non_null(strstr(second.error.text, "Another program"));
	rotate_close(&rotate);
}

static void only_regular_files(void **state)
{
	struct rotate r = { .path = path, .heading = "", .keep = 1 };

	(void)state;
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(rotate_open(&r), VIGIL_ERROR_OUTPUT);
	assert_non_null(strstr(r.error.text, "symbolic link"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(rotate_open(&r), VIGIL_ERROR_OUTPUT);
	assert_non_null(strstr(r.error.text, "regular file"));
	r.path = "/nowhere/log";
	assert_int_equal(rotate_open(&r), VIGIL_ERROR_OUTPUT);
	assert_non_null(strstr(r.error.text, "directory"));
}

/* ---- events ---- */

static struct log event_log;
static struct maker made;

static void log_events(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		make_full(&made, VIGIL_EVENT_PROCESS_EXEC, "text", 4);
		log_event(&event_log, &made.event);
	}
}

/* Counts the events in the log: those written, and those that it reports as missing. Every line
 * must be complete. */
static void count_events(unsigned *execs, uint64_t *missing)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, *at;
	size_t room = 0;
	ssize_t n;

	*execs = 0;
	*missing = 0;
	assert_non_null(f);
	while ((n = getline(&line, &room, f)) > 0) {
		assert_int_equal(line[0], '{');
		assert_string_equal(line + n - 2, "}\n");
		at = strstr(line, "\"lost\":{\"count\":");
		if (at && strstr(line, "not-written"))
			*missing += strtoull(at + 16, NULL, 10);
		else
			(*execs)++;
	}
	free(line);
	fclose(f);
}

/* Events that do not fit are counted, the log contains the count, and logging continues. */
static void a_full_disk_is_reported_in_the_log(void **state)
{
	const struct log_options options = { .path = path,
					     .how.format = VIGIL_FORMAT_JSON,
					     .keep = 1 };
	const unsigned many = 20000;
	uint64_t missing;
	unsigned execs;

	(void)state;
	assert_int_equal(log_open(&event_log, &options), VIGIL_OK);
	log_events(10);
	log_flush(&event_log);
	limit(200000);
	log_events(many);
	log_flush(&event_log);
	assert_true(event_log.feed.account.lost > 0);
	limit(RLIM_INFINITY);
	sleep(1); /* it retries once a second */
	log_flush(&event_log);
	log_events(5);
	assert_int_equal(log_close(&event_log), VIGIL_OK);
	count_events(&execs, &missing);
	assert_true(missing > 0);
	assert_int_equal(missing, event_log.feed.account.lost);
	assert_int_equal(execs + missing, 10 + many + 5);
}

static void a_disk_that_stays_full_is_an_error(void **state)
{
	const struct log_options options = { .path = path,
					     .how.format = VIGIL_FORMAT_JSON,
					     .keep = 1 };
	uint64_t missing;
	unsigned execs;

	(void)state;
	assert_int_equal(log_open(&event_log, &options), VIGIL_OK);
	limit(100000);
	log_events(200);
	assert_int_equal(log_close(&event_log), VIGIL_ERROR_OUTPUT);
	limit(RLIM_INFINITY);
	count_events(&execs, &missing);
	assert_true(missing > 0);
	assert_int_equal(missing, event_log.feed.account.lost);
	assert_int_equal(execs + missing, 200);
	assert_int_equal(event_log.feed.account.written,
			 execs + 1); /* and the line with the count */
}

static bool line_has(struct lines *lines, const struct vigil_event *event, const char *text)
{
	size_t length;
	const char *line = lines_print(lines, event, &length);

	assert_non_null(line);
	return memmem(line, length, text, strlen(text));
}

/* Until the next lines_begin() the event is formatted once for all with the same format: that it
 * has changed is not seen. Other events are formatted each time. */
static void an_event_is_formatted_once(void **state)
{
	const struct line_format json = { .format = VIGIL_FORMAT_JSON },
				 type = { VIGIL_FORMAT_JSON, .choice.fields = "vigil.type" };
	struct lines *one = lines_open(&json), *two = lines_open(&json), *other = lines_open(&type);
	struct vigil_event *event = &made.event, another;

	(void)state;
	make_full(&made, VIGIL_EVENT_PROCESS_EXEC, "text", 4);
	another = *event;
	another.host = (struct vigil_string){ "another", 7, 7 };
	lines_begin(event);
	assert_true(line_has(one, event, "\"host\""));
	assert_false(line_has(other, event, "\"host\""));
	event->host = (struct vigil_string){ "changed", 7, 7 };
	assert_false(line_has(two, event, "changed"));
	assert_true(line_has(two, &another, "another"));
	assert_true(line_has(one, event, "changed"));
	event->host = another.host;
	assert_true(line_has(two, event, "changed"));
	lines_begin(event);
	assert_true(line_has(two, event, "another"));
	lines_close(one);
	lines_close(other);
	assert_true(line_has(two, event, "another"));
	lines_close(two);
	lines_begin(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lines_move_on_and_none_is_lost, clean),
		cmocka_unit_test_teardown(the_oldest_falls_off, clean),
		cmocka_unit_test_teardown(a_gap_is_filled_and_nothing_overwritten, clean),
		cmocka_unit_test_teardown(a_crash_left_half_a_line, clean),
		cmocka_unit_test_teardown(a_full_disk_leaves_whole_lines, clean),
		cmocka_unit_test_teardown(what_cannot_be_renamed_grows_on, clean),
		cmocka_unit_test_teardown(a_removed_log_begins_anew, clean),
		cmocka_unit_test_teardown(only_one_writes, clean),
		cmocka_unit_test_teardown(only_regular_files, clean),
		cmocka_unit_test_teardown(a_full_disk_is_reported_in_the_log, clean),
		cmocka_unit_test_teardown(a_disk_that_stays_full_is_an_error, clean),
		cmocka_unit_test(an_event_is_formatted_once),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
