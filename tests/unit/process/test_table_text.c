/* SPDX-License-Identifier: MIT */
/* test_table_text.c - the arguments of processes, and the memory for them. */
#include "process/table_story.h"

static void arguments_become_a_command(void **state)
{
	struct vigil_process_body *body = record_begin(&s.record, EXEC);

	(void)state;
	body->process = story_id(10, 100);
	record_part(&s.record, VIGIL_PART_ARGS, "sh\0-c\0a  b\0\0", 12, 12);
	story_apply(&s);
	assert_string_equal(s.event.process->command.data,
			    "sh -c a  b "); /* including an empty one */
	assert_int_equal(s.event.process->command.length, 11);
	assert_int_equal(s.event.process->command.original, 11);
	assert_int_equal(s.event.process->args.length, 12);
	body = record_begin(&s.record, EXEC); /* all arguments are empty */
	body->process = story_id(10, 100);
	record_part(&s.record, VIGIL_PART_ARGS, "\0\0", 2, 2);
	story_apply(&s);
	assert_string_equal(s.event.process->command.data, " ");
	assert_int_equal(s.event.process->command.original, 1);
	body = record_begin(&s.record, EXEC); /* the end is missing */
	body->process = story_id(10, 100);
	record_part(&s.record, VIGIL_PART_ARGS, "a\0b", 3, 1000);
	story_apply(&s);
	assert_string_equal(s.event.process->command.data, "a b");
	assert_int_equal(s.event.process->command.original, 1000);
}

static void exec_with_arguments(uint32_t pid, uint32_t length)
{
	static char text[VIGIL_RECORD_MAX];
	struct vigil_process_body *body = record_begin(&s.record, EXEC);

	memset(text, 'x', length);
	body->process = story_id(pid, pid);
	record_part(&s.record, VIGIL_PART_ARGS, text, length, length);
	assert_int_equal(story_apply(&s), TABLE_NEW);
	assert_true(s.event.process->args.original == length);
	assert_int_equal(s.event.process->args.data[s.event.process->args.length], '\0');
	assert_int_equal(s.event.process->command.data[s.event.process->command.length], '\0');
}

/* An event shows all of its arguments; later events show those that are kept. */
static void text_is_bounded_and_says_so(void **state)
{
	uint32_t whole = 0, cut = 0, pid;

	(void)state;
	story_end(&s);
	story_begin(&s, 8);
	for (pid = 1; pid <= 300; pid++) {
		exec_with_arguments(pid, 100000);
		assert_int_equal(s.event.process->args.length, 100000);
	}
	for (uint32_t i = 1; i < pid; i++) {
		const struct vigil_process_info *proc = table_find(s.table, i, 0);

		assert_int_equal(proc->args.original, 100000);
		assert_int_equal(proc->command.original, 100000);
		assert_int_equal(proc->command.length, proc->args.length);
		whole += proc->args.length == 100000;
		cut += proc->args.length == 512;
	}
	/* Stored twice each, as a list and as a command: 167 of them fill 32 MiB. */
	assert_in_range(whole, 165, 171);
	assert_int_equal(whole + cut, 300);
	exec_with_arguments(pid, 400);
	assert_int_equal(s.event.process->args.length, 400);
	for (uint32_t i = 1; i <= pid; i++)
		story_exit(&s, story_id(i, i), NOBODY);
	exec_with_arguments(pid + 1, 100000); /* there is space again */
	exec_with_arguments(pid + 2, 400);
	assert_int_equal(table_find(s.table, pid + 1, 0)->args.length, 100000);
}

/* The text of ended processes never makes a living process lose its arguments. */
static void text_of_the_dead_goes_first(void **state)
{
	uint64_t alive, dead;

	(void)state;
	story_end(&s);
	story_begin(&s, 4096);
	for (uint32_t pid = 1; pid <= 1000; pid++) {
		exec_with_arguments(pid, 100000);
		story_exit(&s, story_id(pid, pid), NOBODY);
	}
	table_count(s.table, &alive, &dead);
	assert_in_range(dead, 150, 171);
	exec_with_arguments(2000, 100000);
	exec_with_arguments(2001, 400);
	assert_int_equal(table_find(s.table, 2000, 0)->args.length, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(arguments_become_a_command),
		TEST(text_is_bounded_and_says_so),
		TEST(text_of_the_dead_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
