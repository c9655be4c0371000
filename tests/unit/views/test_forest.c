/* SPDX-License-Identifier: MIT */
/* test_forest.c - the tree of a whole stream, as `vigil tree` uses it. */
#include "make_record.h"

#include "views/tree.h"

static struct story s;
static struct tree *tree;
static struct vigil_buffer out;
static struct tree_view view;

static int begin_forest(void **state)
{
	(void)state;
	story_begin(&s, 0);
	tree = tree_new(0, 0, 0);
	view = (struct tree_view){ .clock = true, .utc = true, .which = TREE_KERNEL };
	return tree ? 0 : -1;
}

static int end_forest(void **state)
{
	(void)state;
	story_end(&s);
	tree_free(tree);
	vigil_buffer_free(&out);
	return 0;
}

static int starts(uint32_t type, struct vigil_id process, struct vigil_id parent, const char *image)
{
	s.mono++;
	if (type ==
	    VIGIL_EVENT_PROCESS_CREATE) { /* a fork, then an exec; JSON repeats the creator's image */
		story_start(&s, type, process, parent, "/bin/creator");
		tree_apply(tree, &s.event);
		type = VIGIL_EVENT_PROCESS_EXEC;
	}
	story_start(&s, type, process, parent, image);
	return tree_apply(tree, &s.event);
}

/* Each process's key is its PID. */
static struct vigil_id id(uint32_t pid)
{
	return story_id(pid, pid);
}

static const char *picture(void)
{
	out.length = 0;
	assert_true(tree_print(tree, &out, &view));
	vigil_put_char(&out, '\0');
	return out.data;
}

#define SHOWS(...) ASSERT_WORDS(picture(), __VA_ARGS__)

static void a_parent_reported_after_its_child(void **state)
{
	(void)state;
	starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(30), id(20), "/bin/grandchild");
	starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(20), id(10), "/bin/child");
	starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(10), story_id(0, 0), "/bin/first");
	starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(40), id(9), "/bin/stray");
	SHOWS("/bin/first\n", "└─ /bin/child\n", "   └─ /bin/grandchild\n",
	      "/bin/stray  (started by 9)\n", "0 processes, 4 that ran before");
}

static void a_reused_pid_is_another(void **state)
{
	(void)state;
	starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(10), story_id(0, 0), "/bin/first");
	starts(VIGIL_EVENT_PROCESS_CREATE, story_id(50, 100), id(10), "/bin/one");
	story_exit(&s, story_id(50, 100), id(10));
	tree_apply(tree, &s.event);
	starts(VIGIL_EVENT_PROCESS_CREATE, story_id(50, 200), id(10), "/bin/two");
	starts(VIGIL_EVENT_PROCESS_CREATE, story_id(60, 300), story_id(50, 200), "/bin/below");
	SHOWS("├─ /bin/one\n", "└─ /bin/two\n", "   └─ /bin/below\n");
	assert_int_equal(tree->count, 4);
}

/* Cycles of a corrupt stream: all processes are shown once, and every loop ends. */
static void cycles(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid <= 5; pid++)
		starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(pid), id(pid % 5 + 1), NULL);
	starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(6), id(6), NULL);
	starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(7), id(3), NULL);
	for (uint32_t pid = 11; pid <= 12; pid++)
		starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(pid), id(23 - pid), NULL);
	picture();
	for (uint32_t i = 0, lines = 0; i < out.length; i++) {
		lines += out.data[i] == '\n';
		if (i == out.length - 1)
			assert_int_equal(lines, 1 + 9 + 1);
	}
	for (uint32_t i = 0; i < tree->count; i++)
		tree_run_of(tree, &tree->node[i]);
}

static void chosen_with_their_ancestors(void **state)
{
	(void)state;
	starts(VIGIL_EVENT_PROCESS_SNAPSHOT, id(10), story_id(0, 0), "/bin/first");
	starts(VIGIL_EVENT_PROCESS_CREATE, id(20), id(10), "/bin/chosen");
	tree_want(tree, &s.event);
	starts(VIGIL_EVENT_PROCESS_CREATE, id(30), id(20), "/bin/below");
	starts(VIGIL_EVENT_PROCESS_CREATE, id(40), id(10), "/bin/other");
	view.which = TREE_WANTED;
	SHOWS("/bin/first\n", "└─ /bin/chosen\n");
	assert_null(strstr(picture(), "/bin/below"));
	assert_null(strstr(picture(), "/bin/other"));
}

static void levels(void **state)
{
	(void)state;
	for (uint32_t pid = 10; pid < 20; pid++)
		starts(VIGIL_EVENT_PROCESS_CREATE, id(pid), id(pid - 1), "/bin/x");
	view.depth = 3;
	SHOWS("10 ", "11 ", "12 ", "+7 processes below\n");
	assert_null(strstr(picture(), "13 "));
}

static void more_than_the_limit(void **state)
{
	(void)state;
	tree_free(tree);
	tree = tree_new(0, 0, 3);
	for (uint32_t pid = 10; pid < 20; pid++)
		assert_int_equal(starts(VIGIL_EVENT_PROCESS_CREATE, id(pid), id(1), "/bin/x"),
				 pid < 13);
	SHOWS("3 processes", "7 more not kept");
}

/* Notable events are shown below the process, equal ones once, and hostile names as printable
 * text. */
static void marks(void **state)
{
	struct vigil_denied_body *denied;

	(void)state;
	starts(VIGIL_EVENT_PROCESS_CREATE, id(10), id(1), "/bin/sh");
	for (int i = 0; i < 30; i++) {
		char image[] = "/tmp/\x1b]0;x\x07/aa";

		image[sizeof(image) - 2] = i < 3 ? 'a' : (char)('a' + i);
		denied = record_begin(&s.record, VIGIL_EVENT_PROCESS_DENIED);
		denied->verdict = VIGIL_VERDICT_DENY;
		s.record.header.actor = id(10);
		record_part(&s.record, VIGIL_PART_IMAGE, image, sizeof(image) - 1,
			    sizeof(image) - 1);
		story_apply(&s);
		assert_int_equal(tree_apply(tree, &s.event), 1);
	}
	SHOWS("/bin/sh  (started by 1)\n", "! refused /tmp/\\x1b]0;x\\a/aa, 3 times\n",
	      "and 12 more such events\n", "30 denied");
	assert_null(strchr(picture(), '\x1b'));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_forest, end_forest)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_parent_reported_after_its_child),
		TEST(a_reused_pid_is_another),
		TEST(cycles),
		TEST(chosen_with_their_ancestors),
		TEST(levels),
		TEST(more_than_the_limit),
		TEST(marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
