/* SPDX-License-Identifier: MIT */
/* test_table.c - which process an event is about, and how long it is known. */
#include "process/table_story.h"
#include "record/subject.h"

static void counts(uint64_t alive, uint64_t dead)
{
	uint64_t a, d;

	table_count(s.table, &a, &d);
	assert_int_equal(a, alive);
	assert_int_equal(d, dead);
}

static enum table_result image_at(uint64_t mono, struct vigil_id id)
{
	s.mono = mono;
	return story_image(&s, id);
}

static void a_life(void **state)
{
	struct vigil_id init = story_id(1, 10), child = story_id(50, 2000);

	(void)state;
	assert_int_equal(story_start(&s, VIGIL_EVENT_PROCESS_SNAPSHOT, init, NOBODY, "/sbin/init"),
			 TABLE_NEW);
	assert_null(s.event.parent);
	assert_int_equal(s.event.process->uid, 0);
	s.mono = 2000;
	assert_int_equal(story_start(&s, CREATE, child, init, NULL), TABLE_NEW);
	assert_int_equal(s.event.process->id.pid, 50);
	assert_int_equal(s.event.process->id.tid, 0);
	assert_string_equal(s.event.process->image.data, "/sbin/init"); /* inherited */
	assert_int_equal(s.event.parent->id.pid, 1);
	assert_ptr_equal(s.event.actor, s.event.parent);
	s.mono = 3000;
	assert_int_equal(story_start(&s, EXEC, child, NOBODY, "/bin/true"), TABLE_NEW);
	assert_string_equal(s.event.process->image.data, "/bin/true");
	assert_int_equal(s.event.process->parent.pid, 1); /* exec does not change it */
	assert_string_equal(s.event.parent->image.data, "/sbin/init");
	assert_int_equal(s.event.process->end, 0);
	counts(2, 0);
	s.mono = 4000;
	assert_int_equal(story_exit(&s, child, init), TABLE_NEW);
	assert_int_equal(s.event.process->end, 4000 + s.to_wall);
	assert_string_equal(s.event.process->image.data, "/bin/true");
	assert_int_equal(s.event.parent->id.pid, 1);
	assert_int_equal(story_exit(&s, child, init), TABLE_DUPLICATE); /* the second time */
	counts(1, 1);
	assert_int_equal(image_at(5000, child), TABLE_NEW); /* a late event has its name */
	assert_string_equal(s.event.process->image.data, "/bin/true");
}

static void existing_after_create_is_known(void **state)
{
	struct vigil_id id = story_id(50, 2000);

	(void)state;
	s.mono = 2000;
	assert_int_equal(story_start(&s, CREATE, id, story_id(1, 10), "/bin/a"), TABLE_NEW);
	assert_int_equal(story_start(&s, VIGIL_EVENT_PROCESS_SNAPSHOT, id, story_id(1, 10),
				     "/bin/b"),
			 TABLE_DUPLICATE);
	assert_string_equal(table_find(s.table, 50, 0)->image.data, "/bin/a");
	assert_int_equal(story_exit(&s, id, NOBODY), TABLE_NEW);
	assert_int_equal(story_start(&s, VIGIL_EVENT_PROCESS_SNAPSHOT, id, story_id(1, 10),
				     "/bin/b"),
			 TABLE_DUPLICATE); /* an ended process does not become alive again */
	counts(0, 1);
}

static void lost_creation(void **state)
{
	(void)state;
	assert_int_equal(story_start(&s, EXEC, story_id(60, 100), story_id(7, 7), "/bin/x"),
			 TABLE_NEW);
	assert_int_equal(s.event.process->parent.pid, 7);
	assert_null(s.event.parent);
	assert_int_equal(story_exit(&s, story_id(61, 200), story_id(60, 100)), TABLE_NEW);
	assert_int_equal(s.event.process->id.pid, 61);
	assert_string_equal(s.event.process->image.data, "");
	assert_string_equal(s.event.process->container.data, "");
	assert_string_equal(s.event.parent->image.data, "/bin/x");
	assert_int_equal(image_at(3000, story_id(62, 0)), TABLE_NEW); /* no process is known */
	assert_null(s.event.process);
	assert_null(s.event.actor);
	counts(1, 1);
}

/* An event before the reuse of a PID is about another process than one after it. */
static void reused_pid(void **state)
{
	struct vigil_id old = story_id(50, 1000), young = story_id(50, 5000);

	(void)state;
	story_start(&s, CREATE, old, NOBODY, "/bin/old");
	s.mono = 4000;
	story_exit(&s, old, NOBODY);
	s.mono = 5000;
	story_start(&s, CREATE, young, NOBODY, "/bin/young");
	assert_int_equal(image_at(6000, story_id(50, 0)), TABLE_NEW);
	assert_string_equal(s.event.process->image.data, "/bin/young");
	assert_int_equal(s.event.image->process.start_key, 5000); /* learned */
	assert_int_equal(s.event.record->actor.start_key, 5000);
	image_at(4900, story_id(50, 0)); /* arrived late */
	assert_string_equal(s.event.process->image.data, "/bin/old");
	assert_int_equal(s.event.image->process.start_key, 1000);
	image_at(5000, story_id(50, 0));
	assert_string_equal(s.event.process->image.data, "/bin/young");
	image_at(900, story_id(50, 0)); /* before any process had the PID */
	assert_null(s.event.process);
	image_at(6000, old);
	assert_string_equal(s.event.process->image.data, "/bin/old");
	image_at(6000, story_id(50, 77)); /* a third process, unknown */
	assert_null(s.event.process);
	assert_string_equal(table_find(s.table, 50, 0)->image.data, "/bin/young");
	assert_string_equal(table_find(s.table, 50, s.to_wall + 4999)->image.data, "/bin/old");
	assert_null(table_find(s.table, 50, s.to_wall + 999));
	assert_null(table_find(s.table, 51, 0));
}

/* The exit was lost and the PID reused: the old process is dead, but its exit is still new. */
static void late_exit_of_a_reused_pid(void **state)
{
	struct vigil_id old = story_id(50, 1000), young = story_id(50, 5000);

	(void)state;
	story_start(&s, CREATE, old, NOBODY, "/bin/old");
	s.mono = 5000;
	story_start(&s, CREATE, young, NOBODY, "/bin/young");
	counts(1, 1);
	assert_int_equal(table_find(s.table, 50, s.to_wall + 2000)->end, s.to_wall + 5000);
	s.mono = 4000;
	assert_int_equal(story_exit(&s, old, NOBODY), TABLE_NEW);
	assert_string_equal(s.event.process->image.data, "/bin/old");
	assert_int_equal(s.event.process->end, s.to_wall + 4000);
	assert_int_equal(story_exit(&s, old, NOBODY), TABLE_DUPLICATE);
	counts(1, 1);
	s.mono = 6000;
	assert_int_equal(story_exit(&s, young, NOBODY), TABLE_NEW);
	image_at(7000, young);
	counts(0, 2);
}

/* Start and exit of the old process arrive when another already has its PID. */
static void late_reports_do_not_end_the_living(void **state)
{
	struct vigil_id old = story_id(50, 1000), older = story_id(50, 500);

	(void)state;
	s.mono = 5000;
	story_start(&s, CREATE, story_id(50, 5000), NOBODY, "/bin/young");
	s.mono = 4000;
	assert_int_equal(story_exit(&s, old, NOBODY), TABLE_NEW);
	assert_int_equal(story_start(&s, EXEC, older, NOBODY, "/bin/older"), TABLE_NEW);
	assert_int_equal(s.event.process->end, s.to_wall + 5000); /* at the latest */
	counts(1, 2);
	image_at(6000, story_id(50, 0));
	assert_string_equal(s.event.process->image.data, "/bin/young");
	assert_int_equal(s.event.process->end, 0);
	image_at(4500, story_id(50, 0));
	assert_int_equal(s.event.process->id.start_key, 1000);
	image_at(999, story_id(50, 0));
	assert_string_equal(s.event.process->image.data, "/bin/older");
}

/* Times that a sensor could not determine must not split a process in two. */
static void unknown_times(void **state)
{
	struct vigil_id old = story_id(50, 1000), young = story_id(50, 5000);
	struct vigil_process_body *body;

	(void)state;
	s.to_wall = 0;
	s.mono = 0;
	story_start(&s, CREATE, old, NOBODY, "/bin/old");
	body = record_begin(&s.record, CREATE); /* no start key, no time */
	body->process = young;
	story_apply(&s);
	counts(1, 1);
	assert_int_equal(story_exit(&s, old, NOBODY), TABLE_NEW);
	assert_int_equal(story_exit(&s, old, NOBODY), TABLE_DUPLICATE);
	assert_int_equal(story_exit(&s, young, NOBODY), TABLE_NEW);
	assert_int_equal(story_exit(&s, young, NOBODY), TABLE_DUPLICATE);
	counts(0, 2);
}

/* The wall clock is set back by an hour: running processes keep their names. */
static void wall_clock_set_back(void **state)
{
	(void)state;
	s.mono = 10000000000u;
	story_start(&s, CREATE, story_id(50, 9000000000u), NOBODY, "/bin/a");
	s.to_wall -= 3600000000000u;
	image_at(11000000000u, story_id(50, 0));
	assert_non_null(s.event.process);
	assert_string_equal(s.event.process->image.data, "/bin/a");
	s.mono = 12000000000u;
	story_start(&s, CREATE, story_id(50, s.mono), NOBODY, "/bin/b");
	image_at(11500000000u, story_id(50, 0));
	assert_string_equal(s.event.process->image.data, "/bin/a");
	image_at(12500000000u, story_id(50, 0));
	assert_string_equal(s.event.process->image.data, "/bin/b");
}

static void a_dead_parent_is_kept_while_a_child_lives(void **state)
{
	struct vigil_id parent = story_id(10, 100), child = story_id(11, 200);

	(void)state;
	story_end(&s);
	story_begin(&s, 4);
	story_start(&s, EXEC, parent, NOBODY, "/bin/parent");
	story_start(&s, CREATE, child, parent, NULL);
	story_exit(&s, parent, NOBODY);
	for (uint32_t i = 0; i < 100; i++) { /* many more than are kept */
		story_start(&s, CREATE, story_id(100 + i, 300 + i), NOBODY, "/bin/other");
		story_exit(&s, story_id(100 + i, 300 + i), NOBODY);
	}
	assert_null(table_find(s.table, 100, 0));
	image_at(5000, child);
	assert_string_equal(s.event.parent->image.data, "/bin/parent");
	assert_true(s.event.parent->end > 0);
	story_exit(&s, child, parent); /* its last event still shows the parent */
	assert_string_equal(s.event.parent->image.data, "/bin/parent");
	image_at(5000, child);
	assert_null(s.event.parent);
	assert_null(table_find(s.table, 10, 0));
	counts(0, 4);
}

/* Each forks the next and exits: all ancestors must not be kept forever. */
static void a_line_of_daemons(void **state)
{
	uint64_t known = 0;

	(void)state;
	story_end(&s);
	story_begin(&s, 64);
	story_start(&s, EXEC, story_id(1, 1000), NOBODY, "/sbin/init");
	for (uint32_t pid = 2; pid <= 100000; pid++) {
		struct vigil_id id = story_id(pid, 1000 * (uint64_t)pid);

		s.mono = id.start_key;
		story_start(&s, CREATE, id, story_id(pid - 1, id.start_key - 1000), NULL);
		story_exit(&s, story_id(pid - 1, id.start_key - 1000), NOBODY);
	}
	image_at(s.mono + 1, story_id(100000, 0));
	assert_string_equal(s.event.process->image.data, "/sbin/init");
	assert_string_equal(s.event.parent->image.data, "/sbin/init");
	counts(1, 64);
	for (uint32_t pid = 1; pid <= 100000; pid++)
		known += table_find(s.table, pid, 0) != NULL;
	assert_int_equal(known, 65);
}

static void the_oldest_dead_are_forgotten(void **state)
{
	(void)state;
	story_end(&s);
	story_begin(&s, 10);
	for (uint32_t i = 1; i <= 30; i++)
		story_start(&s, CREATE, story_id(i, i), NOBODY, "/bin/x");
	for (uint32_t i = 30; i >= 1; i--) /* the order of their ends counts */
		story_exit(&s, story_id(i, i), NOBODY);
	image_at(1000, NOBODY);
	counts(0, 10);
	for (uint32_t i = 1; i <= 30; i++)
		assert_int_equal(table_find(s.table, i, 0) != NULL, i <= 10);
}

/* More than there are buckets, so that it grows; then each is found again. */
static void many_processes(void **state)
{
	const uint32_t count = 50000;

	(void)state;
	for (uint32_t i = 1; i <= count; i++) {
		s.mono = i;
		story_start(&s, CREATE, story_id(i, i), story_id(i / 2, i / 2), NULL);
		story_start(&s, CREATE, story_id(i, count + i), story_id(1, 1), NULL);
	}
	counts(count, TABLE_DEAD_DEFAULT);
	for (uint32_t i = 1; i <= count; i++) {
		assert_non_null(table_find(s.table, i, 0));
		assert_int_equal(table_find(s.table, i, 0)->id.start_key, count + i);
	}
}

static void threads_and_targets(void **state)
{
	static const uint32_t types[] = { VIGIL_EVENT_THREAD_CREATE, VIGIL_EVENT_THREAD_EXIT,
					  VIGIL_EVENT_THREAD_SNAPSHOT, VIGIL_EVENT_REMOTE_THREAD };
	struct vigil_access_body *access;

	(void)state;
	story_start(&s, EXEC, story_id(10, 100), NOBODY, "/bin/actor");
	story_start(&s, EXEC, story_id(20, 200), story_id(10, 100), "/bin/target");
	for (size_t i = 0; i < 4; i++) {
		struct vigil_thread_body *thread = record_begin(&s.record, types[i]);

		thread->thread = (struct vigil_id){ 20, 21, 0 };
		s.record.header.actor = (struct vigil_id){ 10, 12, 0 };
		story_apply(&s);
		assert_int_equal(thread->thread.start_key, 200);
		assert_int_equal(s.event.actor->id.pid, 10);
		assert_int_equal(s.event.process->id.pid, i == 3 ? 10 : 20);
		assert_int_equal(s.event.target ? s.event.target->id.pid : 0, i == 3 ? 20 : 0);
	}
	access = record_begin(&s.record, VIGIL_EVENT_PROCESS_ACCESS);
	access->target = story_id(20, 0);
	s.record.header.actor = story_id(10, 0);
	story_apply(&s);
	assert_int_equal(s.event.target->id.pid, 20);
	assert_int_equal(s.event.process->id.pid, 10);
	assert_null(s.event.parent);
}

/* After a restart, no process may get a revision that was used before. */
static void a_restart_gives_no_revision_again(void **state)
{
	const struct vigil_id id = story_id(10, 5);
	uint64_t before, program;

	(void)state;
	story_start(&s, VIGIL_EVENT_PROCESS_SNAPSHOT, id, story_id(1, 1), "/bin/one");
	before = s.event.process->revision;
	program = s.event.process->program;
	assert_true(before > 0 && program > 0);
	assert_true(table_restart(&s.table));
	assert_null(table_find(s.table, 10, 0));
	story_start(&s, VIGIL_EVENT_PROCESS_SNAPSHOT, id, story_id(1, 1), "/bin/two");
	assert_true(s.event.process->revision > before);
	assert_true(s.event.process->program > program);
}

/* The number of a program is shared with the strings: by forks, but not after an exec. */
static void a_fork_has_the_program_of_its_creator(void **state)
{
	const struct vigil_id shell = story_id(10, 5), child = story_id(11, 6);
	uint64_t program;

	(void)state;
	story_start(&s, VIGIL_EVENT_PROCESS_SNAPSHOT, shell, story_id(1, 1), "/bin/sh");
	program = s.event.process->program;
	story_start(&s, VIGIL_EVENT_PROCESS_CREATE, child, shell, NULL);
	assert_int_equal(s.event.process->program, program);
	story_start(&s, VIGIL_EVENT_PROCESS_EXEC, child, shell, "/bin/sh");
	assert_true(s.event.process->program > program);
	assert_int_equal(table_find(s.table, 10, 0)->program, program);
}

static void report_thread_of(const struct vigil_id *id, uint32_t tid, uint32_t type, uint32_t uid)
{
	const struct vigil_ids ids = { uid, uid + 1, uid + 2, uid + 3 };
	struct vigil_thread_body *thread = record_begin(&s.record, type);

	thread->thread = (struct vigil_id){ id->pid, tid, id->start_key };
	s.record.header.actor = thread->thread;
	record_part(&s.record, VIGIL_PART_IDS, &ids, sizeof(ids), sizeof(ids));
	story_apply(&s);
}

/* The ids of the first thread are the process's; those of another thread are not. */
static void ids_are_those_of_the_moment(void **state)
{
	const struct vigil_id daemon = story_id(10, 5);
	struct vigil_credentials_body *change;
	struct vigil_exit_body *end;
	const struct vigil_ids last = { 70, 71, 72, 73 };

	(void)state;
	story_start(&s, VIGIL_EVENT_PROCESS_SNAPSHOT, daemon, story_id(1, 1), "/bin/daemon");
	report_thread_of(&daemon, 11, VIGIL_EVENT_THREAD_EXIT, 1000);
	assert_int_equal(vigil_subject_ids(&s.event).uid, 1000);
	assert_int_equal(vigil_subject_ids(&s.event).egid, 1003);
	assert_int_not_equal(s.event.process->uid, 1000);
	report_thread_of(&daemon, 10, VIGIL_EVENT_THREAD_CREATE, 2000);
	assert_int_equal(s.event.process->uid, 2000);
	assert_int_equal(s.event.process->egid, 2003);

	change = record_begin(&s.record, VIGIL_EVENT_CREDENTIALS);
	change->before.uid = change->before.euid = 2000;
	change->after.uid = change->after.euid = 3000;
	s.record.header.actor = (struct vigil_id){ 10, 10, 5 };
	story_apply(&s);
	assert_int_equal(vigil_subject_ids(&s.event).uid, 2000);
	assert_int_equal(s.event.process->uid, 3000);
	s.record.header.actor.tid = 11;
	change->after.uid = 4000;
	story_apply(&s);
	assert_int_equal(s.event.process->uid, 3000);

	end = record_begin(&s.record, VIGIL_EVENT_PROCESS_EXIT);
	end->process = daemon;
	s.record.header.actor = (struct vigil_id){ 10, 11, 5 };
	record_part(&s.record, VIGIL_PART_IDS, &last, sizeof(last), sizeof(last));
	story_apply(&s);
	assert_int_equal(vigil_subject_ids(&s.event).euid, 72);
	assert_int_equal(table_find(s.table, 10, 0)->gid, 71);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_life),
		TEST(existing_after_create_is_known),
		TEST(lost_creation),
		TEST(reused_pid),
		TEST(late_exit_of_a_reused_pid),
		TEST(late_reports_do_not_end_the_living),
		TEST(unknown_times),
		TEST(wall_clock_set_back),
		TEST(a_dead_parent_is_kept_while_a_child_lives),
		TEST(a_line_of_daemons),
		TEST(the_oldest_dead_are_forgotten),
		TEST(many_processes),
		TEST(threads_and_targets),
		TEST(a_restart_gives_no_revision_again),
		TEST(a_fork_has_the_program_of_its_creator),
		TEST(ids_are_those_of_the_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
