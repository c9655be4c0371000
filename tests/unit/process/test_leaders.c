/* SPDX-License-Identifier: MIT */
/* Session, group and entry leaders, and ancestors, as the process table determines them. */
#include "make_record.h"

#include "core/bytes.h"
#include "process/ancestry.h"

static struct story s;

static const struct vigil_id NOBODY, INIT = { 1, 0, 1 };

/* The kernel's record of a start. keys: of session and group, 0: the leader has ended. */
static void start(uint32_t type, struct vigil_id id, struct vigil_id parent, const char *image,
		  struct vigil_id session, struct vigil_id group, uint32_t tty)
{
	struct vigil_process_body *body = record_begin(&s.record, type);
	struct vigil_leaders leaders = {
		.session = { session.pid, { (uint32_t)session.start_key, 0 } },
		.group = { group.pid, { (uint32_t)group.start_key, 0 } },
	};

	body->process = id;
	body->parent = parent;
	body->session = session.pid;
	body->tty = tty;
	body->start = s.to_wall + id.start_key;
	s.record.header.actor = type == VIGIL_EVENT_PROCESS_EXEC ? id : parent;
	record_part(&s.record, VIGIL_PART_LEADERS, &leaders, sizeof(leaders), sizeof(leaders));
	if (image) {
		record_part(&s.record, VIGIL_PART_IMAGE, image, strlen(image), strlen(image));
		record_part(&s.record, VIGIL_PART_NAME, image, strlen(image), strlen(image));
	}
	assert_int_equal(story_apply(&s), TABLE_NEW);
}

static void is_leader(const struct vigil_id *leader, struct vigil_id id)
{
	assert_int_equal(leader->pid, id.pid);
	assert_int_equal(leader->start_key, id.start_key);
}

static void is_entry(struct vigil_id id, uint32_t type)
{
	struct vigil_leaders leaders;

	is_leader(&s.event.process->entry_leader, id);
	assert_int_equal(s.event.process->entry_type, type);
	/* The record has it too, so that a recording needs nothing else. */
	if (!s.event.part[VIGIL_PART_LEADERS].length)
		return;
	memcpy(&leaders, s.event.part[VIGIL_PART_LEADERS].data, sizeof(leaders));
	assert_int_equal(leaders.entry.pid, id.pid);
	assert_int_equal(leaders.entry.start_key[0], id.start_key);
	assert_int_equal(leaders.entry_type, type);
}

static int begin_story(void **state)
{
	(void)state;
	story_begin(&s, 4);
	start(VIGIL_EVENT_PROCESS_SNAPSHOT, INIT, NOBODY, "/sbin/init", INIT, INIT, 0);
	is_entry(INIT, VIGIL_ENTRY_INIT);
	return 0;
}

static int end_story(void **state)
{
	(void)state;
	story_end(&s);
	return 0;
}

/* A process that forks, leads its session and runs a program. */
static void begin_session(struct vigil_id id, struct vigil_id parent, const char *image,
			  uint32_t tty)
{
	start(VIGIL_EVENT_PROCESS_CREATE, id, parent, NULL, parent, parent, 0);
	start(VIGIL_EVENT_PROCESS_EXEC, id, parent, image, id, id, tty);
}

static void a_login(void **state)
{
	struct vigil_id sshd = story_id(10, 100), child = story_id(11, 110);
	struct vigil_id shell = story_id(12, 120), tool = story_id(13, 130);

	(void)state;
	begin_session(sshd, INIT, "/usr/sbin/sshd", 0);
	is_entry(sshd, VIGIL_ENTRY_INIT);
	begin_session(child, sshd, "/usr/sbin/sshd-session", 0);
	is_entry(sshd, VIGIL_ENTRY_INIT);
	begin_session(shell, child, "/bin/bash", 136u << 20);
	is_entry(shell, VIGIL_ENTRY_SSHD);
	start(VIGIL_EVENT_PROCESS_CREATE, tool, shell, NULL, shell, shell, 136u << 20);
	is_entry(shell, VIGIL_ENTRY_SSHD);
	start(VIGIL_EVENT_PROCESS_EXEC, tool, shell, "/bin/ls", shell, tool, 136u << 20);
	is_entry(shell, VIGIL_ENTRY_SSHD);
	is_leader(&s.event.process->session_leader, shell);
	is_leader(&s.event.process->group_leader, tool);
}

static void other_entries(void **state)
{
	static const struct {
		const char *parent, *image;
		uint32_t tty, type;
	} CASES[] = {
		{ "/usr/bin/ssm-session-worker", "/bin/sh", 0, VIGIL_ENTRY_SSM },
		{ "/usr/bin/containerd-shim-runc-v2", "/bin/sh", 0, VIGIL_ENTRY_CONTAINER },
		{ "/usr/sbin/runc", "/app", 0, VIGIL_ENTRY_CONTAINER },
		{ "/usr/bin/crun", "/app", 0, VIGIL_ENTRY_CONTAINER },
		{ "/sbin/agetty", "/bin/login", 4u << 20 | 1, VIGIL_ENTRY_TERMINAL },
		{ "/sbin/agetty", "/bin/login", 4u << 20 | 64, VIGIL_ENTRY_CONSOLE },
		{ "/sbin/agetty", "/bin/login", 5u << 20 | 1, VIGIL_ENTRY_CONSOLE },
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct vigil_id parent = story_id(20 + 2 * i, 1000 + i);
		struct vigil_id id = story_id(21 + 2 * i, 2000 + i);

		begin_session(parent, INIT, CASES[i].parent, 0);
		begin_session(id, parent, CASES[i].image, CASES[i].tty);
		is_entry(id, CASES[i].type);
	}
}

/* A leader that ended: its PID is not used again yet, and its members know its start key. */
static void leaders_that_ended(void **state)
{
	struct vigil_id shell = story_id(12, 120), left = story_id(13, 130);
	struct vigil_id child = story_id(14, 140), gone = { 12, 0, 0 };

	(void)state;
	begin_session(shell, INIT, "/bin/sh", 0);
	start(VIGIL_EVENT_PROCESS_CREATE, left, shell, NULL, shell, shell, 0);
	story_exit(&s, shell, INIT);
	for (uint32_t i = 0; i < 20; i++) { /* it is forgotten */
		start(VIGIL_EVENT_PROCESS_CREATE, story_id(100 + i, 500 + i), INIT, NULL, INIT,
		      INIT, 0);
		story_exit(&s, story_id(100 + i, 500 + i), INIT);
	}
	start(VIGIL_EVENT_PROCESS_CREATE, child, left, NULL, gone, gone, 0);
	is_leader(&s.event.process->session_leader, shell);
	is_leader(&s.event.process->group_leader, shell);
	start(VIGIL_EVENT_PROCESS_EXEC, child, left, "/bin/ls", gone, gone, 0);
	is_leader(&s.event.process->session_leader, shell);
	is_entry(shell, VIGIL_ENTRY_INIT);
}

/* The snapshot is in the order of PIDs, in which a parent may come last. */
static void parents_reported_late(void **state)
{
	struct vigil_id shell = story_id(500, 120), child = story_id(13, 130);
	struct vigil_id orphan = story_id(14, 140), last = story_id(600, 600);

	(void)state;
	start(VIGIL_EVENT_PROCESS_SNAPSHOT, child, shell, "/bin/ls", shell, shell, 0);
	is_entry(NOBODY, VIGIL_ENTRY_UNKNOWN);
	start(VIGIL_EVENT_PROCESS_SNAPSHOT, orphan, INIT, "/bin/cat", shell, shell, 0);
	start(VIGIL_EVENT_PROCESS_SNAPSHOT, shell, INIT, "/bin/sh", shell, shell, 0);
	is_entry(shell, VIGIL_ENTRY_INIT);
	start(VIGIL_EVENT_PROCESS_CREATE, last, child, NULL, shell, shell, 0);
	is_entry(shell, VIGIL_ENTRY_INIT);
	story_exit(&s, orphan, INIT);
	is_entry(shell, VIGIL_ENTRY_INIT);
}

/* ---- ancestors ---- */

static void has_ancestors(const char *const *names, size_t count, const struct vigil_id *last)
{
	char ids[VIGIL_ANCESTORS_MAX * (VIGIL_GUID_LENGTH + 1)], entity[VIGIL_GUID_LENGTH + 1];
	struct vigil_string list;
	size_t length = ancestry_text(table_ancestry(s.event.process), 7, ids, &list);
	const char *name = list.data;

	assert_int_equal(length, count * (VIGIL_GUID_LENGTH + 1));
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(name, names[i]);
		name += strlen(name) + 1;
	}
	assert_ptr_equal(name, list.data + list.length);
	if (!count)
		return;
	vigil_format_entity(entity, 7, last->pid, last->start_key);
	entity[VIGIL_GUID_LENGTH] = '\0';
	assert_string_equal(ids + length - sizeof(entity), entity);
}

#define HAS_ANCESTORS(last, ...) \
	has_ancestors((const char *const[]){ __VA_ARGS__ }, \
		      sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), &(last))

static void ancestors(void **state)
{
	struct vigil_id a = story_id(10, 100), b = story_id(11, 110), c = story_id(12, 120);
	struct vigil_id d = story_id(13, 130);

	(void)state;
	table_keep_ancestors(s.table, 3);
	begin_session(a, INIT, "a", 0);
	HAS_ANCESTORS(INIT, "/sbin/init");
	begin_session(b, a, "b", 0);
	HAS_ANCESTORS(INIT, "a", "/sbin/init");
	begin_session(c, b, "c", 0);
	start(VIGIL_EVENT_PROCESS_EXEC, b, a, "another b", b, b, 0);
	begin_session(d, c, "d", 0);
	HAS_ANCESTORS(a, "c", "b", "a"); /* as many as requested, with their names at that time */
}

/* A chain of parents that end one after the other and are forgotten. */
static void ancestors_that_ended(void **state)
{
	struct vigil_id parent = INIT;
	char name[16];

	(void)state;
	table_keep_ancestors(s.table, VIGIL_ANCESTORS_MAX);
	for (uint32_t i = 0; i < 30; i++) {
		struct vigil_id id = story_id(100 + i, 1000 + i);

		snprintf(name, sizeof(name), "p%u", i);
		begin_session(id, parent, name, 0);
		if (i > 0)
			story_exit(&s, parent, INIT);
		parent = id;
	}
	for (uint32_t i = 0; i < 20; i++) {
		begin_session(story_id(500 + i, 5000 + i), INIT, "other", 0);
		story_exit(&s, story_id(500 + i, 5000 + i), INIT);
	}
	begin_session(story_id(999, 9999), parent, "last", 0);
	HAS_ANCESTORS(INIT, "p29", "p28", "p27", "p26", "p25", "p24", "p23", "p22", "p21", "p20",
		      "p19", "p18", "p17", "p16", "p15", "p14", "p13", "p12", "p11", "p10", "p9",
		      "p8", "p7", "p6", "p5", "p4", "p3", "p2", "p1", "p0", "/sbin/init");
}

static void ancestors_that_are_unknown(void **state)
{
	struct vigil_id unknown = story_id(10, 100), child = story_id(11, 110);

	(void)state;
	begin_session(story_id(5, 50), INIT, "none", 0);
	has_ancestors(NULL, 0, NULL); /* not requested */
	table_keep_ancestors(s.table, 8);
	begin_session(child, unknown, "child", 0);
	HAS_ANCESTORS(unknown, "");
	start(VIGIL_EVENT_PROCESS_SNAPSHOT, unknown, INIT, "known now", unknown, unknown, 0);
	start(VIGIL_EVENT_PROCESS_EXEC, child, unknown, "child", child, child, 0);
	HAS_ANCESTORS(INIT, "known now", "/sbin/init");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_story, end_story)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login),
		TEST(other_entries),
		TEST(leaders_that_ended),
		TEST(parents_reported_late),
		TEST(ancestors),
		TEST(ancestors_that_ended),
		TEST(ancestors_that_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
