/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <time.h>

#include "core/wildcard.h"
#include "record/names.h"

static struct maker m;
static struct vigil_filter *filter;

static int new_filter(void **state)
{
	(void)state;
	filter = vigil_filter_new();
	return !filter;
}

static int free_filter(void **state)
{
	(void)state;
	vigil_filter_free(filter);
	return 0;
}

static void want(const char *key, const char *value)
{
	struct vigil_error error;

	if (vigil_filter_add(filter, key, value, &error) != VIGIL_OK)
		fail_msg("%s", error.text);
}

static bool matches(void)
{
	return vigil_filter_match(filter, &m.event);
}

/* ---- wildcards ---- */

static bool glob(const char *pattern, const char *text, bool anywhere, bool fold)
{
	bool too_long, result;
	struct vigil_wildcard *w = vigil_wildcard_new(pattern, anywhere, &too_long);

	assert_non_null(w);
	result = vigil_wildcard_match(w, text, strlen(text), fold);
	vigil_wildcard_free(w);
	return result;
}

static void wildcards(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool expected;
	} CASES[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "a", true },
		{ "a", "", false },
		{ "a", "ab", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "a*", "a", true },
		{ "a*", "abc", true },
		{ "*c", "abc", true },
		{ "*c", "abcd", false },
		{ "a*c", "ac", true },
		{ "a*b*c", "aXbYc", true },
		{ "a*b*c", "aXcYb", false },
		{ "**a**", "bab", true },
		{ "?", "a", true },
		{ "?", "", false },
		{ "?", "ab", false },
		{ "?", "\xc3\xa9", true },
		{ "a?c",
		  "a\xf0\x9f\x92\xa9"
		  "c",
		  true },
		{ "[abc]", "b", true },
		{ "[abc]", "d", false },
		{ "[a-c]x", "bx", true },
		{ "[!a-c]", "d", true },
		{ "[^a-c]", "b", false },
		{ "[!a]", "\xc3\xa9", true },
		{ "[]]", "]", true },
		{ "[!]]", "]", false },
		{ "[a-]", "-", true },
		{ "[", "[", true },
		{ "[a", "[a", true },
		{ "a\\*", "a*", true },
		{ "a\\*", "ab", false },
		{ "\\", "\\", true },
		{ "[\\]]", "]", true },
		{ "/usr/*/gcc*", "/usr/bin/x/gcc-12", true },
		{ "/usr/bin/[a-c]*", "/usr/bin/dash", false },
		{ "*.so.[0-9]", "/lib/libc.so.6", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		if (glob(CASES[i].pattern, CASES[i].text, false, false) != CASES[i].expected)
			fail_msg("%s on %s", CASES[i].pattern, CASES[i].text);
	assert_true(glob("needle", "hay needle hay", true, false));
	assert_false(glob("needle", "hay needl hay", true, false));
	assert_true(glob("n*le", "hay needle", true, false));
	assert_true(glob("NoTePad.*", "notepad.EXE", false, true));
	assert_false(glob("NoTePad.*", "notepad.EXE", false, false));
	assert_true(glob("[A-C]\xc3\xa9", "b\xc3\xa9", false, true));
}

/* More elements than a word has bits. */
static void long_patterns(void **state)
{
	char pattern[400], text[400];

	(void)state;
	for (size_t length = 64; length < sizeof(text); length++) {
		for (size_t i = 0; i < length; i++)
			pattern[i] = text[i] = (char)('a' + i % 26);
		pattern[length] = text[length] = '\0';
		assert_true(glob(pattern, text, false, false));
		text[length - 1] = '!';
		assert_false(glob(pattern, text, false, false));
		pattern[length - 1] = '*';
		assert_true(glob(pattern, text, false, false));
		text[62] = '!';
		assert_false(glob(pattern, text, false, false));
	}
}

/* A slow and simple matcher, to check the fast one. */
static bool simple(const char *p, const char *t)
{
	if (*p == '\0')
		return *t == '\0';
	if (*p == '*')
		return simple(p + 1, t) || (*t != '\0' && simple(p, t + 1));
	return *t != '\0' && (*p == '?' || *p == *t) && simple(p + 1, t + 1);
}

static void wildcards_by_chance(void **state)
{
	uint64_t seed = 1181783497276652981u;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char pattern[12] = "", text[16] = "";
		size_t p = make_random(&seed) % 10, t = make_random(&seed) % 14;

		for (size_t k = 0; k < p; k++)
			pattern[k] = "ab*?"[make_random(&seed) % 4];
		for (size_t k = 0; k < t; k++)
			text[k] = "ab"[make_random(&seed) % 2];
		if (glob(pattern, text, false, false) != simple(pattern, text))
			fail_msg("%s on %s", pattern, text);
	}
}

/* A pattern that takes exponential time with backtracking: 64 KiB must be fast. */
static void a_bad_pattern_is_not_slow(void **state)
{
	static char pattern[4001], text[65536];
	clock_t begin = clock();

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 0; i < 4000; i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[3999] = 'b';
	assert_false(glob(pattern, text, true, false));
	assert_true(clock() - begin < CLOCKS_PER_SEC);
}

/* ---- keys ---- */

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

/* ---- children-of ---- */

static bool see(uint32_t type, uint32_t pid, uint64_t key, uint32_t parent, uint64_t parent_key)
{
	const struct vigil_id id = { .pid = pid, .start_key = key };
	const struct vigil_id up = { .pid = parent, .start_key = parent_key };

	make_event(&m, type);
	m.header->actor = type == VIGIL_EVENT_PROCESS_CREATE ? up : id;
	if (type == VIGIL_EVENT_PROCESS_EXIT) {
		m.exit->process = id;
		m.exit->parent = up;
	} else if (type == VIGIL_EVENT_IMAGE_LOAD) {
		m.image->process = id;
	} else {
		m.start->process = id;
		m.start->parent = up;
	}
	return matches();
}

#define CREATES(...) see(VIGIL_EVENT_PROCESS_CREATE, __VA_ARGS__)
#define EXECS(...)   see(VIGIL_EVENT_PROCESS_EXEC, __VA_ARGS__)
#define ENDS(...)    see(VIGIL_EVENT_PROCESS_EXIT, __VA_ARGS__)
#define LOADS(...)   see(VIGIL_EVENT_IMAGE_LOAD, __VA_ARGS__, 0, 0)
#define RAN(...)     see(VIGIL_EVENT_PROCESS_SNAPSHOT, __VA_ARGS__)

static void descendants(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_false(CREATES(50, 5, 1, 1));
	assert_true(EXECS(100, 10, 1, 1));
	assert_true(CREATES(101, 11, 100, 10));
	assert_true(EXECS(101, 11, 100, 10));
	assert_true(CREATES(102, 12, 101, 11));
	assert_true(ENDS(101, 11, 100, 10));
	assert_true(EXECS(102, 12, 1, 1)); /* its parent is init now: still a descendant */
	assert_true(CREATES(103, 13, 102, 12));
	assert_true(LOADS(103, 13));
	assert_true(LOADS(101, 11)); /* late: it has ended */
	assert_false(LOADS(50, 5));
	assert_false(CREATES(51, 14, 50, 5));
}

static void a_pid_that_is_used_again_is_a_stranger(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	assert_true(CREATES(101, 11, 100, 10));
	assert_true(ENDS(101, 11, 100, 10));
	assert_false(CREATES(101, 20, 1, 1));
	assert_false(EXECS(101, 20, 1, 1));
	assert_false(LOADS(101, 0)); /* without a key: the process that has the PID now */
	assert_true(LOADS(101, 11)); /* with the old key: the ended process */
	assert_false(CREATES(102, 21, 101, 20));
	assert_true(ENDS(100, 10, 1, 1));
	assert_false(CREATES(100, 30, 1, 1)); /* the root's PID */
	assert_false(CREATES(110, 31, 100, 30));
	assert_true(CREATES(101, 32, 100, 10)); /* late, by its key */
}

static void the_root_is_learned_from_its_child(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(CREATES(101, 11, 100, 10));
	assert_true(EXECS(100, 10, 1, 1));
	assert_false(CREATES(100, 99, 1, 1));
}

static void what_ran_before(void **state)
{
	(void)state;
	want("children-of", "100");
	/* The grandchild is reported first: PIDs start again from low numbers after the highest. */
	assert_false(RAN(30, 30, 90, 90));
	assert_false(RAN(40, 40, 1, 1));
	(void)RAN(90, 90, 100, 10);
	assert_true(RAN(100, 10, 1, 1));
	make_event(&m, VIGIL_EVENT_SNAPSHOT_END);
	assert_true(matches());
	assert_true(CREATES(31, 31, 30, 30));
	assert_true(EXECS(90, 90, 100, 10));
	assert_false(EXECS(40, 40, 1, 1));
	assert_true(vigil_filter_types(filter) & VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE));
}

static void the_roots_of_children_of(void **state)
{
	const uint32_t *pids;

	(void)state;
	assert_int_equal(vigil_filter_roots(filter, &pids), 0);
	want("pid", "7");
	assert_int_equal(vigil_filter_roots(filter, &pids), 0);
	want("children-of", "100");
	want("children-of", "200");
	assert_int_equal(vigil_filter_roots(filter, &pids), 2);
	assert_int_equal(pids[0], 100);
	assert_int_equal(pids[1], 200);
}

/* A chain of five generations, reported in every order. */
static void what_ran_before_in_any_order(void **state)
{
	(void)state;
	free_filter(NULL);
	for (unsigned order = 0; order < 120; order++) {
		unsigned left[] = { 1, 2, 3, 4, 5 }, count = 5, rest = order;

		new_filter(NULL);
		want("children-of", "100");
		for (; count > 0; count--) {
			unsigned pick = rest % count, id = left[pick];

			rest /= count;
			left[pick] = left[count - 1];
			(void)RAN(100 + id, 10 + id, 99 + id, 9 + id);
		}
		for (unsigned id = 1; id <= 5; id++)
			assert_true(LOADS(100 + id, 10 + id));
		assert_false(LOADS(106, 16));
		free_filter(NULL);
	}
	new_filter(NULL);
}

static void a_creator_that_is_not_the_parent(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE); /* as clone(CLONE_PARENT) reports it */
	m.header->actor = (struct vigil_id){ .pid = 100, .start_key = 10 };
	m.start->process = (struct vigil_id){ .pid = 105, .start_key = 15 };
	m.start->parent = (struct vigil_id){ .pid = 1, .start_key = 1 };
	assert_true(matches());
	assert_true(EXECS(105, 15, 1, 1));
}

/* A million generations: memory stays bounded, and no process is forgotten too early or kept too
 * long. */
static void many_short_lives(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	for (uint32_t i = 0; i < 300000; i++) {
		uint32_t pid = 200 + i % 30000;
		uint64_t key = 1000 + i;

		assert_true(CREATES(pid, key, 100, 10));
		assert_true(ENDS(pid, key, 100, 10));
		if (i > 100)
			assert_true(LOADS(200 + (i - 100) % 30000, key - 100));
		if (i > 10000)
			assert_false(LOADS(200 + (i - 10000) % 30000, key - 10000));
	}
}

/* Random starts and ends, compared with a plain list of the living. */
static void births_and_deaths_by_chance(void **state)
{
	static uint64_t keys[60000]; /* 0: no such process, odd: a member */
	uint64_t seed = 5573589319906701683u, next = 2;

	(void)state;
	memset(keys, 0, sizeof(keys));
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	for (int i = 0; i < 400000; i++) {
		uint32_t slot = (uint32_t)(make_random(&seed) % 60000), pid = 200 + slot * 7;
		bool member = make_random(&seed) % 2 == 0;

		if (keys[slot] == 0) {
			next += 2;
			keys[slot] = next + member;
			assert_int_equal(CREATES(pid, keys[slot], member ? 100 : 50,
						 member ? 10 : 5),
					 member);
		} else if (i % 3 == 0) {
			assert_int_equal(ENDS(pid, keys[slot], 1, 1), keys[slot] % 2);
			keys[slot] = 0;
		} else {
			assert_int_equal(LOADS(pid, keys[slot]), keys[slot] % 2);
			assert_int_equal(LOADS(pid, 0), keys[slot] % 2);
		}
	}
}

static void many_at_once(void **state)
{
	(void)state;
	want("children-of", "100");
	assert_true(EXECS(100, 10, 1, 1));
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(
		    CREATES(1000 + i, 1000 + i, i == 0 ? 100 : 999 + i, i == 0 ? 10 : 999 + i));
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(LOADS(1000 + i, 1000 + i));
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(ENDS(1000 + i, 1000 + i, 1, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_filter, free_filter)

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
		TEST(wildcards),
		TEST(long_patterns),
		TEST(wildcards_by_chance),
		TEST(a_bad_pattern_is_not_slow),
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
		TEST(descendants),
		TEST(a_pid_that_is_used_again_is_a_stranger),
		TEST(the_root_is_learned_from_its_child),
		TEST(the_roots_of_children_of),
		TEST(what_ran_before),
		TEST(what_ran_before_in_any_order),
		TEST(a_creator_that_is_not_the_parent),
		TEST(many_short_lives),
		TEST(births_and_deaths_by_chance),
		TEST(many_at_once),
		TEST(exclusions_are_counted),
		TEST(losses_are_not_excluded),
		TEST(descendants_are_excluded),
		TEST(bad_exclusions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
