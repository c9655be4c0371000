/* SPDX-License-Identifier: MIT */
#include "make_record.h"

#include <time.h>

#include "views/tree.h"

#define SHELL 100 /* vigil itself, which forks the command */

static struct story s;
static struct tree *tree;
static struct vigil_buffer out;

static int begin_tree(void **state)
{
	(void)state;
	story_begin(&s, 0);
	tree = tree_new(1000, SHELL, 0);
	return tree ? 0 : -1;
}

static int end_tree(void **state)
{
	(void)state;
	story_end(&s);
	tree_free(tree);
	vigil_buffer_free(&out);
	return 0;
}

/* Each process's key is its PID. */
static struct vigil_id id_of(uint32_t pid)
{
	return story_id(pid, pid);
}

static int forks(uint32_t parent, uint32_t child)
{
	s.mono++;
	story_start(&s, VIGIL_EVENT_PROCESS_CREATE, id_of(child), id_of(parent), NULL);
	return tree_apply(tree, &s.event);
}

static int runs(uint32_t pid, const char *args, size_t length)
{
	struct vigil_process_body *body = record_begin(&s.record, VIGIL_EVENT_PROCESS_EXEC);

	s.mono++;
	body->process = id_of(pid);
	record_part(&s.record, VIGIL_PART_ARGS, args, length, length);
	story_apply(&s);
	return tree_apply(tree, &s.event);
}

#define RUNS(pid, args) runs(pid, args, sizeof(args))

static int ends(uint32_t pid, uint32_t code, uint32_t signal, uint64_t cpu)
{
	struct vigil_exit_body *body = record_begin(&s.record, VIGIL_EVENT_PROCESS_EXIT);

	s.mono++;
	body->process = id_of(pid);
	body->code = code;
	body->signal = signal;
	body->user_time = cpu;
	story_apply(&s);
	return tree_apply(tree, &s.event);
}

static const char *picture(unsigned width)
{
	struct tree_view view = { .width = width, .which = TREE_KERNEL };

	out.length = 0;
	assert_true(tree_print(tree, &out, &view));
	vigil_put_char(&out, '\0');
	assert_false(out.failed);
	return out.data;
}

#define SHOWS(...) ASSERT_WORDS(picture(0), __VA_ARGS__)

static void parents_and_children(void **state)
{
	(void)state;
	assert_int_equal(forks(SHELL, 1001), 0); /* another child of ours */
	assert_int_equal(forks(SHELL, 1000), 1);
	assert_int_equal(forks(2, 3), 0); /* not in the tree */
	assert_int_equal(RUNS(3, "stranger"), 0);
	assert_int_equal(RUNS(1000, "make\0all"), 1);
	assert_int_equal(forks(1000, 1002), 1);
	assert_int_equal(forks(1000, 1003), 1);
	assert_int_equal(forks(1002, 1004), 1);
	assert_int_equal(RUNS(1003, "sh\0-c\0a b"), 1);
	assert_int_equal(RUNS(1003, "true"), 1);
	assert_int_equal(RUNS(1004, "as"), 1);
	assert_int_equal(ends(1004, 0, 0, 1000000), 1);
	assert_int_equal(ends(1003, 3, 0, 2000000), 1);
	assert_int_equal(ends(1002, 0, 11, 0), 1);
	assert_int_equal(ends(3, 0, 0, 0), 0);
	SHOWS("COMMAND\n", "1000 ", "runs", "make all\n", "1002 ", "SEGV", "├─ (fork)\n", "1004 ",
	      "│  └─ as\n", "1003 ", "3 ", "└─ sh -c 'a b'\n", "   exec true\n", "4 processes, ",
	      "4 execs, ", "2 failed, ", "nothing lost\n");
	assert_null(strstr(picture(0), "stranger"));
	assert_int_equal(tree_totals(tree)->alive, 1);
	assert_int_equal(tree_totals(tree)->processes, 4);
	assert_int_equal(tree_totals(tree)->cpu_time, 3000000);
	assert_int_equal(ends(1002, 0, 0, 0), 1); /* a second exit is ignored */
	assert_int_equal(tree_totals(tree)->alive, 1);
}

static void signals_are_not_exit_codes(void **state)
{
	static const uint32_t numbers[] = { 11, 32, 39, 64, 100 };

	(void)state;
	assert_int_equal(forks(SHELL, 1000), 1);
	assert_int_equal(RUNS(1000, "sh"), 1);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(forks(1000, 1001 + i), 1);
		assert_int_equal(RUNS(1001 + i, "true"), 1);
		assert_int_equal(ends(1001 + i, 0, numbers[i], 0), 1);
	}
	assert_int_equal(ends(1000, 39, 0, 0), 1);
	SHOWS(" 39 ", "sh\n", " SEGV ", " RTMIN-2 ", " RTMIN+5 ", " RTMIN+30 ", " signal 100 ");
}

static void empty_tree(void **state)
{
	(void)state;
	assert_string_equal(picture(80), "");
	assert_int_equal(ends(5, 0, 0, 0), 0);
	assert_int_equal(story_image(&s, id_of(5)), TABLE_NEW);
	assert_int_equal(tree_apply(tree, &s.event), 0);
	assert_int_equal(tree_totals(tree)->processes, 0);
}

/* If a fork is lost, the exec names the parent. If both are lost, the parent is unknown. */
static void orphans(void **state)
{
	struct vigil_process_body *body;

	(void)state;
	forks(SHELL, 1000);
	body = record_begin(&s.record, VIGIL_EVENT_PROCESS_EXEC);
	body->process = id_of(1005);
	body->parent = id_of(1000);
	record_part(&s.record, VIGIL_PART_ARGS, "found", 6, 6);
	story_apply(&s);
	assert_int_equal(tree_apply(tree, &s.event), 1);
	assert_int_equal(RUNS(1006, "lost"), 0);
	body = record_begin(&s.record,
			    VIGIL_EVENT_PROCESS_CREATE); /* another parent: clone(CLONE_PARENT) */
	body->process = id_of(1007);
	body->parent = id_of(1);
	s.record.header.actor = id_of(1005);
	story_apply(&s);
	assert_int_equal(tree_apply(tree, &s.event), 1);
	SHOWS("1005 ", "└─ found", "1007 ", "   └─ (fork)");
	assert_null(strstr(picture(0), "lost\n   "));
}

static bool none_runs(uint32_t pid)
{
	return pid == 1000;
}

static void lost_ends(void **state)
{
	struct vigil_lost_body *lost;

	(void)state;
	forks(SHELL, 1000);
	forks(1000, 1001);
	lost = record_begin(&s.record, VIGIL_EVENT_LOST);
	lost->count = 7;
	story_apply(&s);
	assert_int_equal(tree_apply(tree, &s.event), 1);
	tree_check(tree, none_runs);
	assert_int_equal(tree_totals(tree)->alive, 1);
	SHOWS("1000 ", "runs", "1001 ", "lost", "7 events LOST\n");
}

/* The wall clock was set back in between: no duration becomes negative. */
static void an_end_before_the_start(void **state)
{
	(void)state;
	s.mono = 5000;
	forks(SHELL, 1000);
	s.to_wall -= 3600000000000u;
	ends(1000, 0, 0, 0);
	assert_null(strstr(picture(0), " d "));
	assert_null(strstr(picture(0), "213503"));
	SHOWS("1000 ", "0 ", "1 process");
}

static size_t columns_of(const char *line, size_t bytes)
{
	size_t columns = 0;

	for (size_t i = 0; i < bytes; i++)
		columns += ((unsigned char)line[i] & 0xc0) != 0x80;
	return columns;
}

static void fits(unsigned width)
{
	const char *line = picture(width);

	while (*line) {
		size_t bytes = strcspn(line, "\n");

		if (!line[bytes + 1]) /* the last one says whether events were lost: never cut */
			assert_memory_equal(line + bytes - 12, "nothing lost", 12);
		else if (columns_of(line, bytes) > width)
			fail_msg("wider than %u: %.*s", width, (int)bytes, line);
		line += bytes + 1;
	}
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	char args[600];

	(void)state;
	memset(args, 'x', sizeof(args));
	forks(SHELL, 1000);
	for (uint32_t pid = 1001; pid < 1100; pid++) {
		forks(pid - 1, pid);
		assert_int_equal(runs(pid, args, 1 + pid % 600), 1);
		RUNS(pid, "\x1b[2J\xff\n\xe6\x97\xa5");
	}
	for (unsigned width = 20; width <= 200; width++)
		fits(width);
	assert_null(strchr(picture(0), '\x1b'));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint32_t alive;

static void count(void *context, uint32_t pid, struct vigil_string command)
{
	(void)context;
	(void)pid;
	assert_string_equal(command.data, "root");
	alive++;
}

static size_t lines_of(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* 20,000 processes, each forked by the previous one, or all by one: no recursion, no quadratic
 * time. The limits are ten times what a slow machine with a sanitizer needs. */
static void large_tree(bool deep)
{
	double before = seconds();

	forks(SHELL, 1000);
	RUNS(1000, "root");
	for (uint32_t pid = 1001; pid < 21000; pid++)
		assert_int_equal(forks(deep ? pid - 1 : 1000, pid), 1);
	assert_int_equal(lines_of(picture(80)), 20000 + 2);
	alive = 0;
	tree_each_alive(tree, count, NULL);
	assert_int_equal(alive, 20000);
	assert_true(seconds() - before < 20);
	if (deep)
		SHOWS("1003 ", "      └─ (fork)", "1999 ", "[999] ", "20999 ", "[19999] ");
	else
		SHOWS("1001 ", "├─ (fork)", "20999 ", "└─ (fork)");
}

static void a_deep_tree(void **state)
{
	(void)state;
	large_tree(true);
}

static void a_wide_tree(void **state)
{
	(void)state;
	large_tree(false);
}

/* All processes exist before the first of them calls exec. */
static void forks_first_programs_later(void **state)
{
	(void)state;
	forks(SHELL, 1000);
	for (uint32_t pid = 1001; pid < 2000; pid++)
		forks(1000, pid);
	for (uint32_t pid = 1000; pid < 2000; pid++) {
		RUNS(pid, "sh");
		RUNS(pid, "cc");
	}
	assert_int_equal(lines_of(picture(80)), 2000 + 2);
	assert_int_equal(tree_totals(tree)->execs, 2000);
}

/* An exec's arguments may be longer than the sensor keeps. */
static void cut_arguments(void **state)
{
	struct vigil_process_body *body;

	(void)state;
	forks(SHELL, 1000);
	body = record_begin(&s.record, VIGIL_EVENT_PROCESS_EXEC);
	body->process = id_of(1000);
	record_part(&s.record, VIGIL_PART_ARGS, "cc\0a.c", 7, 5000);
	story_apply(&s);
	tree_apply(tree, &s.event);
	SHOWS("cc a.c [cut]\n");
	body = record_begin(&s.record, VIGIL_EVENT_PROCESS_EXEC); /* execve(path, NULL, NULL) */
	body->process = id_of(1000);
	record_part(&s.record, VIGIL_PART_IMAGE, "/bin/none", 9, 9);
	story_apply(&s);
	tree_apply(tree, &s.event);
	SHOWS("cc a.c [cut]\n", "exec /bin/none\n");
}

/* Runs image by the path `filename` with a first argument, and returns what the tree shows. */
static const char *misnamed(const char *image, const char *filename, const char *args,
			    size_t length, uint32_t attributes)
{
	struct vigil_process_body *body = record_begin(&s.record, VIGIL_EVENT_PROCESS_EXEC);
	const char *text, *last = NULL;

	s.mono++;
	body->process = id_of(1000);
	body->attributes = attributes;
	record_part(&s.record, VIGIL_PART_IMAGE, image, strlen(image), strlen(image));
	record_part(&s.record, VIGIL_PART_FILENAME, filename, strlen(filename), strlen(filename));
	record_part(&s.record, VIGIL_PART_ARGS, args, length, length);
	story_apply(&s);
	assert_int_equal(tree_apply(tree, &s.event), 1);
	for (text = picture(0); (text = strstr(text, "exec ")); text += 5)
		last = text;
	assert_non_null(last);
	return last;
}

#define MISNAMED(image, filename, args, attributes) \
	misnamed(image, filename, args, sizeof(args), attributes)
#define BEGINS(text, with) assert_int_equal(strncmp(text, with, strlen(with)), 0)

/* If a command hides its program, the tree shows the path; not for a link, a login shell, or
 * the interpreter of a script. */
static void first_argument_of_another_program(void **state)
{
	(void)state;
	forks(SHELL, 1000);
	RUNS(1000, "sh");
	BEGINS(MISNAMED("/tmp/evil", "/tmp/evil", "[kworker/0:1]", 0),
	       "exec [/tmp/evil] '[kworker/0:1]'\n");
	BEGINS(MISNAMED("/tmp/x/sshd", "/tmp/x/sshd", "/usr/sbin/sshd\0-D", 0),
	       "exec [/tmp/x/sshd] /usr/sbin/sshd -D\n");
	BEGINS(MISNAMED("/tmp/x/sshd", "./sshd", "sshd", 0), "exec sshd\n");
	BEGINS(MISNAMED("/tmp/evil", "/tmp/evil", "", 0), "exec [/tmp/evil] ''\n");
	BEGINS(MISNAMED("/usr/bin/mawk", "/usr/bin/awk", "awk\0x", 0), "exec awk x\n");
	BEGINS(MISNAMED("/usr/bin/mawk", "/bin/awk", "/bin/awk", 0), "exec /bin/awk\n");
	BEGINS(MISNAMED("/usr/bin/bash", "/bin/bash", "-bash", 0), "exec -bash\n");
	BEGINS(MISNAMED("/usr/bin/dash", "./make", "/bin/sh\0./make", VIGIL_PROCESS_SCRIPT),
	       "exec /bin/sh ./make\n");
	BEGINS(MISNAMED("/tmp/\x1b[2J", "/tmp/e", "sh", 0), "exec [/tmp/\\x1b[2J] sh\n");
}

static void program_without_a_file(void **state)
{
	(void)state;
	forks(SHELL, 1000);
	RUNS(1000, "sh");
	BEGINS(MISNAMED("/memfd:x", "/dev/fd/3", "sshd", VIGIL_PROCESS_MEMORY_ONLY),
	       "exec [memory only] [/memfd:x] sshd\n");
	BEGINS(MISNAMED("/tmp/a", "/tmp/a", "a", VIGIL_PROCESS_DELETED), "exec [deleted] a\n");
}

static const char *windows_run(const char *image, const char *command)
{
	struct vigil_process_body *body;
	uint16_t wide[200];
	size_t length = strlen(image);

	body = record_begin(&s.record, VIGIL_EVENT_PROCESS_EXEC);
	s.mono++;
	s.record.header.encoding = VIGIL_UTF16LE;
	body->process = id_of(1000);
	for (size_t i = 0; i < length; i++)
		wide[i] = (unsigned char)image[i];
	record_part(&s.record, VIGIL_PART_IMAGE, wide, 2 * length, 2 * length);
	length = strlen(command);
	for (size_t i = 0; i < length; i++)
		wide[i] = (unsigned char)command[i];
	record_part(&s.record, VIGIL_PART_COMMAND_LINE, wide, 2 * length, 2 * length);
	story_apply(&s);
	assert_int_equal(tree_apply(tree, &s.event), 1);
	return picture(0);
}

static void first_word_on_windows(void **state)
{
	(void)state;
	forks(SHELL, 1000);
	RUNS(1000, "sh");
	assert_non_null(strstr(windows_run("C:\\W\\cmd.exe", "CMD /c 1"), "exec CMD /c 1\n"));
	assert_non_null(strstr(windows_run("C:\\A B\\cmd.exe", "C:\\A B\\cmd.exe 2"),
			       "exec C:\\A B\\cmd.exe 2\n"));
	assert_non_null(strstr(windows_run("C:\\A B\\cmd.exe", "\"C:\\A B\\cmd\" 3"),
			       "exec \"C:\\A B\\cmd\" 3\n"));
	assert_non_null(strstr(windows_run("C:\\A B\\cmd.exe", "\"C:\\A\tB\\cmd\"\t4"),
			       "exec \"C:\\A\\tB\\cmd\"\\t4\n"));
	assert_non_null(strstr(windows_run("C:\\T\\evil.exe", "svchost.exe -k 4"),
			       "exec [C:\\T\\evil.exe] svchost.exe -k 4\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_tree, end_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(parents_and_children),
		TEST(signals_are_not_exit_codes),
		TEST(empty_tree),
		TEST(orphans),
		TEST(lost_ends),
		TEST(an_end_before_the_start),
		TEST(no_line_is_wider_than_the_terminal),
		TEST(a_deep_tree),
		TEST(a_wide_tree),
		TEST(forks_first_programs_later),
		TEST(cut_arguments),
		TEST(first_argument_of_another_program),
		TEST(program_without_a_file),
		TEST(first_word_on_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
