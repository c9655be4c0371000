/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/output.h"

static char path[] = "/tmp/vigil-output-XXXXXX";
static struct output output;

static int begin(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return close(mkstemp(path));
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

static enum vigil_code open_path(const char *name, bool append)
{
	struct output_options options = { .format = VIGIL_FORMAT_JSON,
					  .color = COLOR_NEVER,
					  .path = name,
					  .fd = STDOUT_FILENO,
					  .append = append,
					  .width = 0 };

	return output_open(&output, &options);
}

static enum vigil_code open_fd(int fd, enum vigil_format format)
{
	struct output_options options = { .format = format, .color = COLOR_NEVER, .fd = fd };

	return output_open(&output, &options);
}

static size_t file_is(const char *text, size_t times)
{
	size_t length = strlen(text), size = 0;
	char *line = malloc(length + 1);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_non_null(line);
	while (fread(line, 1, length, f) == length) {
		assert_memory_equal(line, text, length);
		size++;
	}
	assert_true(feof(f));
	fclose(f);
	free(line);
	assert_int_equal(size, times);
	return size;
}

/* Much more than the buffer can hold, in small and in very large pieces. */
static void all_arrives(void **state)
{
	static char huge[1 << 20];

	(void)state;
	assert_int_equal(open_path(path, false), VIGIL_OK);
	for (int i = 0; i < 200000; i++)
		assert_int_equal(output_text(&output, "0123456789\n", 11), VIGIL_OK);
	assert_int_equal(output_close(&output), VIGIL_OK);
	file_is("0123456789\n", 200000);
	for (size_t i = 0; i < sizeof(huge); i++)
		huge[i] = "ab"[i & 1];
	assert_int_equal(open_path(path, false), VIGIL_OK);
	assert_int_equal(output_text(&output, "ab", 2), VIGIL_OK); /* stays in front */
	assert_int_equal(output_text(&output, huge, sizeof(huge)), VIGIL_OK);
	assert_int_equal(output_text(&output, "ab", 2), VIGIL_OK);
	assert_int_equal(output_text(&output, NULL, 0), VIGIL_OK);
	assert_int_equal(output_flush(&output), VIGIL_OK);
	file_is("ab", sizeof(huge) / 2 + 2);
	assert_int_equal(output_close(&output), VIGIL_OK);
	assert_int_equal(open_path(path, true), VIGIL_OK);
	assert_int_equal(output_text(&output, "ab", 2), VIGIL_OK);
	assert_int_equal(output_close(&output), VIGIL_OK);
	file_is("ab", sizeof(huge) / 2 + 3);
	assert_int_equal(open_path(path, false), VIGIL_OK); /* the old content is removed */
	assert_int_equal(output_close(&output), VIGIL_OK);
	file_is("ab", 0);
}

static void events_and_headings(void **state)
{
	static struct maker m;
	struct stat st;

	(void)state;
	assert_int_equal(open_path(path, false), VIGIL_OK);
	make_event(&m, VIGIL_EVENT_LOST);
	assert_int_equal(output_event(&output, &m.event), VIGIL_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0); /* in large pieces */
	assert_int_equal(output_close(&output), VIGIL_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 100);
	unlink(path);
	assert_int_equal(open_path(path, false), VIGIL_OK);
	output_close(&output);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600); /* arguments may contain secrets */
}

static void a_full_disk(void **state)
{
	(void)state;
	assert_int_equal(open_path("/dev/full", false), VIGIL_OK);
	assert_int_equal(output_text(&output, "x\n", 2), VIGIL_OK);
	assert_int_equal(output_flush(&output), VIGIL_ERROR_OUTPUT);
	assert_int_equal(output.error.code, VIGIL_ERROR_OUTPUT);
	assert_non_null(strstr(output.error.text, "/dev/full"));
	assert_non_null(strstr(output.error.text, "No space left"));
	assert_non_null(strstr(output.error.text, "Free some space"));
	output_close(&output);
	assert_int_equal(open_path("/dev/full", false), VIGIL_OK); /* output_close reports it too */
	assert_int_equal(output_text(&output, "x\n", 2), VIGIL_OK);
	assert_int_equal(output_close(&output), VIGIL_ERROR_OUTPUT);
}

static void a_reader_that_has_gone(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(open_fd(ends[1], VIGIL_FORMAT_TABLE), VIGIL_OK); /* with a heading */
	assert_int_equal(output_flush(&output), VIGIL_ERROR_PIPE);
	assert_int_equal(output.error.code, VIGIL_ERROR_PIPE);
	assert_non_null(strstr(output.error.text, "standard output"));
	output_close(&output);
}

static void what_cannot_be_opened(void **state)
{
	(void)state;
	assert_int_equal(open_path("/tmp", false), VIGIL_ERROR_OUTPUT);
	assert_non_null(strstr(output.error.text, "directory"));
	output_close(&output);
	assert_int_equal(open_path("/no/such/place", false), VIGIL_ERROR_OUTPUT);
	assert_non_null(strstr(output.error.text, "/no/such/place"));
	assert_non_null(strstr(output.error.text, "No such file"));
	assert_null(strstr(output.error.text, "Free some"));
	output_close(&output);
}

static void *read_slowly(void *context)
{
	char bytes[4096];
	size_t total = 0;
	ssize_t n;

	usleep(500000);
	while ((n = read(*(int *)context, bytes, sizeof(bytes))) > 0)
		total += (size_t)n;
	return (void *)total;
}

static double cpu_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Another process made the pipe non-blocking: nothing is lost, and no CPU time is wasted. */
static void a_slow_reader(void **state)
{
	static char huge[1 << 20];
	double before = cpu_seconds();
	pthread_t reader;
	int ends[2];
	void *total;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_slowly, &ends[0]), 0);
	assert_int_equal(open_fd(ends[1], VIGIL_FORMAT_JSON), VIGIL_OK);
	assert_int_equal(output_text(&output, huge, sizeof(huge)), VIGIL_OK);
	assert_int_equal(output_close(&output), VIGIL_OK);
	assert_int_equal(pthread_join(reader, &total), 0);
	assert_int_equal((size_t)total, sizeof(huge));
	assert_true(cpu_seconds() - before < 0.05);
	close(ends[0]);
}

static void colors(void **state)
{
	(void)state;
	assert_true(output_is_colored(COLOR_ALWAYS, -1));
	assert_false(output_is_colored(COLOR_NEVER, -1));
	assert_false(output_is_colored(COLOR_AUTO, -1));
	assert_int_equal(os_columns(-1), 0);
}

static void numbers(void **state)
{
	static const char *const wrong[] = { "",
					     "-1",
					     "+1",
					     " 1",
					     "1 ",
					     "K",
					     "1KK",
					     "0x10",
					     "1e3",
					     "1kb",
					     "1 K",
					     "99999999999999999999",
					     "18446744073709551615K",
					     "20000000000G",
					     "\xc2\xb2" };
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(cli_bytes(wrong[i], &value));
		assert_false(cli_duration_ms(wrong[i], &value));
	}
	assert_false(cli_bytes("1.5M", &value));
	assert_true(cli_duration_ms("1h30m", &value) && value == 5400000);
	assert_true(cli_duration_ms("0.5", &value) && value == 500);
	assert_true(cli_duration_ms("100000d", &value) && value == CLI_DURATION_MAX_MS);
	assert_false(cli_duration_ms("100000d1ms", &value));
	assert_false(cli_duration_ms("1m1h", &value));
	assert_true(cli_bytes("0", &value) && value == 0);
	assert_true(cli_bytes("64k", &value) && value == 65536);
	assert_true(cli_bytes("8MiB", &value) && value == 8u << 20);
	assert_true(cli_bytes("1G", &value) && value == 1u << 30);
	assert_true(cli_bytes("18446744073709551615", &value) && value == UINT64_MAX);
	assert_false(cli_bytes("10ms", &value));
	assert_true(cli_duration_ms("10", &value) && value == 10000);
	assert_true(cli_duration_ms("10ms", &value) && value == 10);
	assert_true(cli_duration_ms("2s", &value) && value == 2000);
	assert_true(cli_duration_ms("3m", &value) && value == 180000);
	assert_true(cli_duration_ms("3min", &value) && value == 180000);
	assert_true(cli_duration_ms("1H", &value) && value == 3600000);
	assert_false(cli_duration_ms("1M ", &value));
	assert_false(cli_duration_ms("18446744073709552", &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_arrives),
		cmocka_unit_test(events_and_headings),
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(a_reader_that_has_gone),
		cmocka_unit_test(what_cannot_be_opened),
		cmocka_unit_test(a_slow_reader),
		cmocka_unit_test(colors),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
