/* SPDX-License-Identifier: MIT */
/* test_host.c - what the library leaves alone in the program that uses it: libbpf's print function,
 * and its threads' signals and priorities. Needs root. */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <setjmp.h> /* cmocka.h needs it */
#include <cmocka.h>

#include <vigil/vigil.h>

#define SYNCHRONOUS_ONLY \
	0xfffffffe00000000ull /* SigBlk: the real-time signals, at least 33 to 64 */

static unsigned printed, logged, of_libbpf;
static char rules[] = "/tmp/vigil-host-rules-XXXXXX";
static char folder[] = "/tmp/vigil-host-XXXXXX", recording[sizeof(folder) + 8];

__attribute__((format(printf, 2, 0))) static int print(enum libbpf_print_level level,
						       const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	printed++;
	return 0;
}

static void take_message(enum vigil_log_level level, const char *text, void *context)
{
	assert_in_range(level, VIGIL_LOG_WARNING, VIGIL_LOG_DEBUG);
	assert_ptr_equal(context, &logged);
	assert_null(strchr(text, '\n'));
	logged++;
	of_libbpf += !strncmp(text, "libbpf: ", 8);
}

struct found {
	unsigned threads, recorder, sync, enforcer, responder, realtime;
};

/* All threads of the program but its own one. */
static struct found look_at_threads(void)
{
	struct found found = { 0 };
	const struct dirent *entry;
	DIR *tasks = opendir("/proc/self/task");

	assert_non_null(tasks);
	while ((entry = readdir(tasks)) != NULL) {
		pid_t tid = (pid_t)atoi(entry->d_name);
		char path[64], line[256], name[64] = "";
		unsigned long long blocked = 0;
		FILE *status;

		if (tid <= 0 || tid == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
		status = fopen(path, "r");
		assert_non_null(status);
		while (fgets(line, sizeof(line), status)) {
			sscanf(line, "Name: %63s", name);
			sscanf(line, "SigBlk: %llx", &blocked);
		}
		fclose(status);
		found.threads++;
		found.recorder += !strcmp(name, "vigil-recorder");
		found.sync += !strcmp(name, "vigil-sync");
		found.enforcer += !strcmp(name, "vigil-enforcer");
		found.responder += !strcmp(name, "vigil-responder");
		found.realtime += (sched_getscheduler(tid) & ~SCHED_RESET_ON_FORK) == SCHED_RR;
		assert_true(blocked & 1ull << (SIGTERM - 1));
		assert_true(blocked & 1ull << (SIGCHLD - 1));
		assert_true((blocked & SYNCHRONOUS_ONLY) == SYNCHRONOUS_ONLY);
	}
	closedir(tasks);
	return found;
}

static struct found open_all(bool realtime)
{
	struct vigil_options options = { .size = sizeof(options),
					 .rules = rules,
					 .realtime = realtime };
	struct vigil_recorder_options recorder_options = { .size = sizeof(recorder_options),
							   .realtime = realtime };
	struct vigil_recorder *recorder;
	struct vigil_error error;
	struct found found;
	struct vigil *v;

	if (vigil_open(&v, &options, &error) < 0)
		fail_msg("%s", error.text);
	unlink(recording);
	if (vigil_recorder_open(&recorder, recording, &recorder_options, &error) < 0)
		fail_msg("%s", error.text);
	usleep(50000); /* a thread names itself */
	found = look_at_threads();
	assert_int_equal(vigil_recorder_close(recorder, NULL), VIGIL_OK);
	vigil_close(v);
	/* A thread that was waited for is in /proc for a moment more. */
	for (int i = 0; i < 1000 && look_at_threads().threads > 0; i++)
		usleep(1000);
	assert_int_equal(look_at_threads().threads, 0);
	return found;
}

static void threads_are_named_masked_and_ordinary(void **state)
{
	struct found found = open_all(false);

	(void)state;
	assert_int_equal(found.recorder, 1);
	assert_int_equal(found.sync, 1);
	assert_int_equal(found.enforcer, 1);
	assert_int_equal(found.responder, 1);
	assert_int_equal(found.threads, 4);
	assert_int_equal(found.realtime, 0);
}

static void threads_are_realtime_if_asked(void **state)
{
	(void)state;
	assert_int_equal(open_all(true).realtime, 3); /* all but the enforcer, which reads rules */
}

static void print_function_is_left_as_found(void **state)
{
	libbpf_print_fn_t before = libbpf_set_print(print);

	(void)state;
	vigil_set_log(take_message, &logged);
	open_all(false);
	vigil_set_log(NULL, NULL);
	assert_ptr_equal(libbpf_set_print(before), print);
	assert_int_equal(printed, 0);
	assert_true(of_libbpf > 0); /* what libbpf says of a load, at least for debugging */
	logged = 0;
	open_all(false);
	assert_int_equal(logged, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_are_named_masked_and_ordinary),
		cmocka_unit_test(threads_are_realtime_if_asked),
		cmocka_unit_test(print_function_is_left_as_found),
	};
	int failed;

	if (geteuid() != 0)
		return 77;
	close(mkstemp(rules)); /* no rules are rules, too */
	if (!mkdtemp(folder))
		return 1;
	snprintf(recording, sizeof(recording), "%s/file", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(rules);
	unlink(recording);
	rmdir(folder);
	return failed;
}
