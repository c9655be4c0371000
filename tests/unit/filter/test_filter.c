/* SPDX-License-Identifier: MIT */
/* test_filter.c - the keys of a filter, and exclusions. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "make_filter.h"

static void an_empty_filter_matches_all(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		make_event(&m, type);
		assert_true(matches());
	}
	assert_int_equal(vigil_filter_types(filter), VIGIL_TYPE_ALL);
}

static void types(void **state)
{
	(void)state;
	want("type", "exec");
	want("type", "exit");
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	assert_true(matches());
	make_event(&m, VIGIL_EVENT_LOST); /* never filtered out, whether selected or not */
	assert_true(matches());
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
	assert_false(matches());
	make_event(&m, VIGIL_EVENT_STATUS);
	assert_false(matches());
	assert_int_equal(vigil_filter_types(filter), VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
							 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) |
							 VIGIL_TYPE_BIT(VIGIL_EVENT_LOST));
}

static bool matches_loss_of(uint16_t type)
{
	make_event(&m, VIGIL_EVENT_LOST);
	m.lost->type = type;
	m.lost->count = 3;
	return matches();
}

/* Lost events that the sensor recorded only for the process table are not reported. */
static void losses_of_what_was_asked_for(void **state)
{
	(void)state;
	assert_true(matches_loss_of(VIGIL_EVENT_IMAGE_LOAD));
	want("type", "exec");
	assert_true(matches_loss_of(VIGIL_EVENT_PROCESS_EXEC));
	assert_true(matches_loss_of(0));
	assert_true(matches_loss_of(VIGIL_TYPE_MAX));
	assert_false(matches_loss_of(VIGIL_EVENT_IMAGE_LOAD));
	assert_false(matches_loss_of(VIGIL_EVENT_PROCESS_EXIT));
	want("children-of", "5"); /* which needs starts and ends */
	assert_true(matches_loss_of(VIGIL_EVENT_PROCESS_EXIT));
	assert_false(matches_loss_of(VIGIL_EVENT_IMAGE_LOAD));
	want("type", "lost");
	assert_true(matches_loss_of(VIGIL_EVENT_IMAGE_LOAD));
}

static void keys_are_joined_values_are_alternatives(void **state)
{
	(void)state;
	want("image", "make");
	want("image", "/nowhere/*sh");
	want("user", "root");
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.start->euid = 0;
	assert_true(matches());
	m.process.image = TEXT("/nowhere/dash");
	m.process.name = TEXT("dash");
	m.process.filename = TEXT("dash");
	assert_true(matches());
	m.process.image = TEXT("/usr/bin/dash");
	assert_false(matches());
	m.process.image = TEXT("/usr/bin/make");
	m.start->euid = 1;
	assert_false(matches());
	make_event(&m, VIGIL_EVENT_LOST);
	assert_true(matches());
	make_event(&m, VIGIL_EVENT_STATUS);
	assert_true(matches());
	make_event(&m, VIGIL_EVENT_SNAPSHOT_END);
	assert_true(matches());
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC); /* process unknown */
	assert_false(matches());
}

/* A folder "us*r" with the file "ls", and the link "bin" to it. */
static char linked[64] = "/tmp/vigil-filter-XXXXXX";

static void make_linked(void)
{
	char path[128];
	int fd;

	assert_non_null(mkdtemp(linked));
	snprintf(path, sizeof(path), "%s/us*r", linked);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/us*r/ls", linked);
	fd = open(path, O_WRONLY | O_CREAT, 0700);
	assert_true(fd >= 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/bin", linked);
	assert_int_equal(symlink("us*r", path), 0);
}

static bool image_matches(const char *pattern, const char *image)
{
	struct vigil_filter *only = vigil_filter_new();
	char path[128], text[128];
	bool yes;

	snprintf(path, sizeof(path), "%s%s", linked, pattern);
	snprintf(text, sizeof(text), "%s%s", linked, image);
	assert_int_equal(vigil_filter_add(only, "image", path, NULL), VIGIL_OK);
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.image = (struct vigil_string){ text, (uint32_t)strlen(text), 0 };
	yes = vigil_filter_match(only, &m.event);
	vigil_filter_free(only);
	return yes;
}

/* A path through a link matches the real path: of a file, of one that does not exist yet, of a
 * pattern. */
static void a_path_through_a_link(void **state)
{
	char command[80];

	(void)state;
	make_linked();
	assert_true(image_matches("/bin/ls", "/us*r/ls"));
	assert_true(image_matches("/bin/ls", "/bin/ls"));
	assert_false(image_matches("/bin/ls", "/usXr/ls"));
	assert_true(image_matches("/bin/new", "/us*r/new"));
	assert_true(image_matches("/bin/l*", "/us*r/ls"));
	assert_false(image_matches("/bin/l*", "/usXr/ls"));
	assert_false(image_matches("/bin/l*", "/us*r/cat"));
	assert_true(image_matches("/us\\*r/ls", "/us*r/ls"));
	assert_true(image_matches("/nowhere/x*", "/nowhere/xy"));
	snprintf(command, sizeof(command), "rm -r '%s'", linked);
	assert_int_equal(system(command), 0);
}

/* A script matches by the name that views show, also by the end of a longer name. */
static void a_script_by_its_name(void **state)
{
	(void)state;
	want("image", "deploy-the-w*.sh");
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.image = TEXT("/usr/bin/dash");
	assert_false(matches());
	m.process.filename = TEXT("./deploy-the-whole.sh");
	m.process.name = TEXT("deploy-the-whol");
	assert_true(matches());
	want("image", "deploy-the-whol");
	m.process.filename = TEXT("");
	assert_true(matches());
}

static void commands_and_containers(void **state)
{
	(void)state;
	want("command", "-j[0-9] a*l");
	want("container", "any");
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.command = TEXT("make -j2 all");
	m.process.container = TEXT("0123456789ab");
	assert_true(matches());
	m.process.container = TEXT("");
	assert_false(matches());
	m.process.container = TEXT("x");
	m.process.command = TEXT("make -j all");
	assert_false(matches());
	m.process.command = TEXT("");
	m.process.args = TEXT("make\0-j2\0a l\0");
	assert_true(matches());
}

static void a_container_by_its_beginning(void **state)
{
	(void)state;
	want("container", "0123");
	make_event(&m, VIGIL_EVENT_PROCESS_EXIT);
	make_known(&m);
	m.process.container = TEXT("0123456789ab");
	assert_true(matches());
	m.process.container = TEXT("012");
	assert_false(matches());
	m.process.machine = TEXT("0123"); /* a machine by its whole name */
	assert_true(matches());
	m.process.machine = TEXT("01234");
	assert_false(matches());
	m.process.container_info = TEXT("name=0123\0image=x\0"); /* a container by its name */
	assert_true(matches());
	m.process.container_info = TEXT("image=0123\0\0name=0123\0");
	assert_false(matches());
	m.event.process = NULL;
	assert_false(matches());
}

static void windows(void **state)
{
	(void)state;
	want("image", "NOTEPAD.exe");
	want("image", "c:\\Temp\\*");
	want("user", "S-1-5-18");
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
	make_known(&m);
	m.header->encoding = VIGIL_UTF16LE;
	m.process.image = TEXT("C:\\Windows\\notepad.exe");
	m.process.user = TEXT("S-1-5-18");
	assert_true(matches());
	m.process.image = TEXT("C:\\temp\\x.exe");
	assert_true(matches());
	m.process.user = TEXT("S-1-5-19");
	assert_false(matches());
}

/* A backslash is a separator if it precedes a character that needs no escape. */
static void windows_patterns(void **state)
{
	static const struct {
		const char *key, *pattern, *value;
		bool matches;
	} CASES[] = {
		{ "image", "*\\temp\\*.exe", "C:\\Users\\me\\Temp\\a\\b.EXE", true },
		{ "image", "*\\temp\\*.exe", "C:\\Users\\me\\Tempo\\b.exe", false },
		{ "image", "C:\\*\\x.exe", "c:\\a\\b\\X.exe", true },
		{ "image", "\\Device\\*", "\\device\\x", true },
		{ "image", "\\\\server\\*", "\\\\SERVER\\share\\x.exe", true },
		{ "image", "what\\?", "what?", true }, /* an escape */
		{ "image", "what\\?", "what\\x", false },
		{ "command", "D:\\new\\tool", "cmd /c d:\\NEW\\tool.exe", true },
		{ "command", "/c *\\tool", "CMD /C d:\\new\\TOOL", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct vigil_filter *one = vigil_filter_new();
		struct vigil_string value = { CASES[i].value, (uint32_t)strlen(CASES[i].value), 0 };

		assert_int_equal(vigil_filter_add(one, CASES[i].key, CASES[i].pattern, NULL),
				 VIGIL_OK);
		make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
		make_known(&m);
		m.header->encoding = VIGIL_UTF16LE;
		m.process.image = m.process.command = value;
		if (vigil_filter_match(one, &m.event) != CASES[i].matches)
			fail_msg("%s %s", CASES[i].pattern, CASES[i].value);
		vigil_filter_free(one);
	}
}

static void wrong_words_are_refused(void **state)
{
	static const char *const WRONG[][2] = {
		{ "nonsense", "x" },
		{ "", "" },
		{ "type", "nonsense" },
		{ "pid", "" },
		{ "pid", "0" },
		{ "pid", "-1" },
		{ "pid", "12x" },
		{ "pid", "4294967295" },
		{ "pid", "99999999999999999999" },
		{ "children-of", "x" },
		{ "user", "no such user" },
		{ "user", "" },
		{ "image", "" },
		{ "image", "bin/ls" },
		{ "image", "/usr/bin/" },
		{ "image", "*/bin/" },
		{ "command", "" },
		{ "container", "" },
	};
	struct vigil_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		memset(&error, 0, sizeof(error));
		assert_int_equal(vigil_filter_add(filter, WRONG[i][0], WRONG[i][1], &error),
				 VIGIL_ERROR_USAGE);
		assert_int_equal(error.code, VIGIL_ERROR_USAGE);
		assert_true(error.text[0] != '\0');
		assert_int_equal(vigil_filter_add(filter, WRONG[i][0], WRONG[i][1], NULL),
				 VIGIL_ERROR_USAGE);
	}
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC); /* a rejected condition had no effect */
	assert_true(matches());
}

static void exclude(const char *name, const char *expression)
{
	struct vigil_error error;

	if (vigil_filter_exclude(filter, name, expression, &error) != VIGIL_OK)
		fail_msg("%s", error.text);
}

static uint64_t excluded(size_t index, const char *expected)
{
	const char *name;
	uint64_t count = vigil_filter_excluded(filter, index, &name);

	if (expected)
		assert_string_equal(name, expected);
	else
		assert_null(name);
	return count;
}

/* An event that matches is removed, and counted once, for the first exclusion that matches. */
static void exclusions_are_counted(void **state)
{
	(void)state;
	want("type", "exec");
	exclude("one", "image=/usr/bin/make user=0");
	exclude("two", "command=\"make -j2\"");
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.start->euid = 0;
	assert_false(matches());
	m.start->euid = 7;
	assert_false(matches());
	m.process.command = TEXT("make -j3");
	assert_true(matches());
	make_event(&m, VIGIL_EVENT_PROCESS_EXIT); /* not included: not counted */
	make_known(&m);
	assert_false(matches());
	assert_int_equal(excluded(0, "one"), 1);
	assert_int_equal(excluded(1, "two"), 1);
	assert_int_equal(excluded(2, NULL), 0);
}

/* What the sensor says about itself is never excluded. */
static void losses_are_not_excluded(void **state)
{
	(void)state;
	exclude("all", "type=all");
	make_event(&m, VIGIL_EVENT_LOST);
	m.lost->type = VIGIL_EVENT_PROCESS_EXEC;
	assert_true(matches());
	make_event(&m, VIGIL_EVENT_STATUS);
	assert_true(matches());
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	assert_false(matches());
	assert_int_equal(excluded(0, "all"), 1);
}

/* An exclusion of descendants follows them, whatever else the filter has. */
static void descendants_are_excluded(void **state)
{
	(void)state;
	want("type", "exec");
	exclude("children", "children-of=4712");
	assert_true(vigil_filter_types(filter) & VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE));
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
	make_known(&m);
	m.start->process = m.process.id;
	m.start->parent = m.parent.id;
	assert_false(matches());
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.start->process = m.process.id;
	assert_false(matches());
	assert_int_equal(excluded(0, "children"), 1);
}

static void bad_exclusions(void **state)
{
	static const char *const BAD[] = { "",      "  ",          "make",      "colour=red",
					   "pid=x", "command=\"a", "image=/a b" };
	struct vigil_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (vigil_filter_exclude(filter, "bad", BAD[i], &error) != VIGIL_ERROR_USAGE)
			fail_msg("`%s` is accepted", BAD[i]);
	assert_int_equal(excluded(0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_filter_matches_all),
		TEST(types),
		TEST(losses_of_what_was_asked_for),
		TEST(keys_are_joined_values_are_alternatives),
		TEST(a_path_through_a_link),
		TEST(a_script_by_its_name),
		TEST(commands_and_containers),
		TEST(a_container_by_its_beginning),
		TEST(windows),
		TEST(windows_patterns),
		TEST(wrong_words_are_refused),
		TEST(exclusions_are_counted),
		TEST(losses_are_not_excluded),
		TEST(descendants_are_excluded),
		TEST(bad_exclusions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
