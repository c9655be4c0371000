/* SPDX-License-Identifier: MIT */
/* The helper processes: what they find, what they must not open, how they end. */
#include "make_event.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inspect/inspect.h"
#include "os/os.h"

#define WORKERS 5 /* of the opened classes, at the start */

static struct inspect *client;
static char folder[] = "/tmp/vigil-inspect-XXXXXX";
static char path[64];

static int open_client(void **state)
{
	(void)state;
	return inspect_open(&client,
			    INSPECT_CLASS(INSPECT_QUICK) | INSPECT_CLASS(INSPECT_HASHES) |
				INSPECT_CLASS(INSPECT_NAMES),
			    NULL);
}

static bool have_ended(void);

/* Closes the client, so that the next test finds none of this one's helpers. */
static int close_client(void **state)
{
	(void)state;
	inspect_close(client);
	return have_ended() ? 0 : -1;
}

static void write_file(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* No process has the file mapped, so it is found by its path. */
static struct inspect_request request_of(const char *file, uint32_t what)
{
	struct inspect_request request = { .what = what,
					   .pid = 0xfffffff0u,
					   .base = 0x1000,
					   .path = file,
					   .time = os_wall_ns() + 1000000000,
					   .bytes_max = 1 << 20 };
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	request.inode = st.st_ino;
	request.device = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	return request;
}

static bool is_hash_of(const struct inspect_answer *answer, const char *text)
{
	uint8_t wanted[32];

	SHA256((const unsigned char *)text, strlen(text), wanted);
	return answer && answer->known & INSPECT_SHA256 &&
	       memcmp(answer->sha256, wanted, sizeof(wanted)) == 0;
}

/* Asks once; NULL: unknown. */
static const struct inspect_answer *ask(const struct inspect_request *request)
{
	return inspect_wait(client, request, -1, 3000);
}

/* Asks repeatedly, until the result is known. */
static const struct inspect_answer *ask_until_known(const struct inspect_request *request)
{
	int64_t until = os_now_ms() + 15000;
	const struct inspect_answer *answer;

	while (!(answer = ask(request)) && os_now_ms() < until)
		os_sleep_ms(50);
	return answer;
}

static void files(void **state)
{
	struct inspect_request request;

	(void)state;
	write_file("one");
	request = request_of(path, INSPECT_SHA256 | INSPECT_BUILD_ID);
	assert_true(is_hash_of(ask_until_known(&request), "one"));
	os_sleep_ms(20);
	assert_true(is_hash_of(ask_until_known(&request), "one")); /* cached by now */
	assert_true(is_hash_of(ask_until_known(&request), "one"));
	write_file("two"); /* in place: the same inode and size */
	assert_true(is_hash_of(ask_until_known(&request), "two"));
	request.inode++;
	assert_null(ask(&request));
	request = request_of(path, INSPECT_SHA256);
	request.device++;
	assert_null(ask(&request));
	request = request_of(path, INSPECT_SHA256);
	request.bytes_max = 2;
	assert_null(ask(&request));
}

/* A descriptor that the kernel opened for us: the path does not matter. */
static void a_descriptor(void **state)
{
	struct inspect_request request;
	const struct inspect_answer *answer;
	int fd;

	(void)state;
	write_file("three");
	request = request_of(path, INSPECT_SHA256);
	request.path = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	answer = inspect_wait(client, &request, fd, 3000);
	close(fd);
	assert_true(is_hash_of(answer, "three"));
}

/* What a subject puts in the place of its file is not opened, and links are not followed. */
static void left_behind(void **state)
{
	struct inspect_request request;
	char target[80], link[80];
	int fifo;

	(void)state;
	write_file("secret");
	snprintf(target, sizeof(target), "%s/other", folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, link), 0);
	request = request_of(link, INSPECT_SHA256); /* with the target's inode */
	assert_null(ask(&request));
	assert_int_equal(symlink(folder, path), 0);
	snprintf(link, sizeof(link), "%s/other", path);
	request = request_of(link, INSPECT_SHA256);
	assert_null(ask(&request));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	request = request_of(path, INSPECT_SHA256 | INSPECT_BUILD_ID);
	assert_null(ask(&request));
	/* No process has opened it to read. */
	fifo = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(fifo, -1);
	assert_int_equal(errno, ENXIO);
	unlink(path);
	unlink(target);
	snprintf(link, sizeof(link), "%s/link", folder);
	unlink(link);
	request = request_of("/dev/null", INSPECT_SHA256);
	assert_null(ask(&request));
}

/* A request for the arguments of a process. */
static struct inspect_request ask_args_of(pid_t pid)
{
	struct inspect_request request = { .what = INSPECT_ARGS, .pid = (uint32_t)pid };
	unsigned long long ticks = 0;
	char stat[1024], *at;
	FILE *f;

	snprintf(stat, sizeof(stat), "/proc/%d/stat", pid);
	f = fopen(stat, "re");
	assert_non_null(f);
	stat[fread(stat, 1, sizeof(stat) - 1, f)] = '\0';
	fclose(f);
	at = strrchr(stat, ')');
	for (int field = 2; field < 22; field++)
		at = strchr(at + 1, ' ');
	assert_int_equal(sscanf(at, "%llu", &ticks), 1);
	request.start_key = ticks * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
	return request;
}

/* A child with these arguments, which waits; a title is written over them, and the rest of them
 * is filled with NULs. */
static pid_t start_with_args(char *const *args, const char *title)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ready[1], 1);
		if (title)
			setenv("VIGIL_TEST_TITLE", title, 1);
		execv("/proc/self/exe", args);
		_exit(127);
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

/* What such a child does; see main(). */
static void wait_with_args(int argc, char **argv)
{
	const char *title = getenv("VIGIL_TEST_TITLE");
	char *end = argv[argc - 1] + strlen(argv[argc - 1]);

	if (title) {
		memset(argv[0], 0, (size_t)(end - argv[0]));
		memcpy(argv[0], title, strlen(title));
	}
	if (write(1, "r", 1) != 1)
		_exit(1);
	pause();
}

static void assert_args_are(char *const *args, const char *title, const char *want, uint32_t length)
{
	pid_t pid = start_with_args(args, title);
	struct inspect_request request = ask_args_of(pid);
	const struct inspect_answer *answer = ask_until_known(&request);

	assert_non_null(answer);
	assert_int_equal(answer->args_length, length);
	assert_memory_equal(answer->text, want, length);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Empty arguments are arguments; the NULs after a title are not. */
static void empty_arguments(void **state)
{
	char *args[] = { "wait-with-args", "a", "", "", NULL };

	(void)state;
	assert_args_are(args, NULL, "wait-with-args\0a\0\0", 19);
	args[1] = "a long argument";
	assert_args_are(args, "title", "title", 6);
}

static void arguments(void **state)
{
	struct inspect_request request = ask_args_of(getpid());
	const struct inspect_answer *answer;

	(void)state;
	answer = ask_until_known(&request);
	assert_non_null(answer);
	assert_non_null(memmem(answer->text, answer->args_length, "test_inspect", 13));
	assert_int_equal(answer->cut, 0);
	request.start_key -= 1000000000;
	assert_null(ask(&request)); /* another process with that PID */
}

/* Makes `count` nested folders with names of 250 letters, and stays in the last. */
static void enter_folders(int count)
{
	char name[251];

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < count; i++) {
		assert_int_equal(mkdir(name, 0700), 0);
		assert_int_equal(chdir(name), 0);
	}
}

static void leave_folders(int count, const char *file)
{
	char name[251];

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	unlink(file);
	for (int i = 0; i < count; i++) {
		assert_int_equal(chdir(".."), 0);
		assert_int_equal(rmdir(name), 0);
	}
}

/* Asks for a mapping of this new file, which starts at its second page. */
static const struct inspect_answer *ask_mapping(const char *file, uint64_t wrong, struct stat *st)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct inspect_request request = { .what = INSPECT_MAPPING, .pid = (uint32_t)getpid() };
	const struct inspect_answer *answer;
	void *mapped;

	assert_int_equal(ftruncate(fd, (off_t)page * 2), 0);
	mapped = mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, (off_t)page);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	assert_int_equal(fstat(fd, st), 0);
	request.base = (uintptr_t)mapped;
	request.size = page;
	request.offset = page + wrong;
	answer = wrong ? ask(&request) : ask_until_known(&request);
	munmap(mapped, page);
	close(fd);
	return answer;
}

static bool has_end(const struct inspect_answer *answer, const char *end)
{
	size_t length = strlen(end);

	return answer->args_length > length &&
	       memcmp(answer->text + answer->args_length - length, end, length) == 0;
}

/* A path that is longer than PATH_MAX, and one that is longer than an answer. */
static void mappings(void **state)
{
	const struct inspect_answer *answer;
	struct stat st;
	int back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(chdir(folder), 0);
	enter_folders(20);
	answer = ask_mapping("a\nb\\c", 0, &st);
	assert_non_null(answer);
	assert_int_equal(answer->args_length, strlen(folder) + 20 * 251 + strlen("/a\nb\\c"));
	assert_memory_equal(answer->text, folder, strlen(folder));
	assert_true(has_end(answer, "d/a\nb\\c"));
	assert_false(answer->cut);
	assert_int_equal(answer->inode, st.st_ino);
	assert_int_equal(answer->device, (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev));
	assert_null(ask_mapping("a\nb\\c", 4096, &st)); /* another file is mapped there now */
	leave_folders(20, "a\nb\\c");
	enter_folders(270);
	answer = ask_mapping("code", 0, &st);
	assert_non_null(answer);
	assert_true(answer->cut);
	assert_true(has_end(answer, "d/code"));
	leave_folders(270, "code");
	assert_int_equal(fchdir(back), 0);
	close(back);
}

static void names(void **state)
{
	struct inspect_request request = { .what = INSPECT_USER_NAME, .id = 0 };
	const struct inspect_answer *answer = ask_until_known(&request);

	(void)state;
	assert_non_null(answer);
	assert_int_equal(answer->name_length, 4);
	assert_memory_equal(answer->text, "root", 4);
	request = (struct inspect_request){ .what = INSPECT_GROUP_NAME, .id = 0 };
	answer = ask_until_known(&request);
	assert_non_null(answer);
	assert_memory_equal(answer->text, "root", 4);
	request = (struct inspect_request){ .what = INSPECT_USER_ID, .path = "root" };
	answer = ask_until_known(&request);
	assert_non_null(answer);
	assert_int_equal(answer->id, 0);
	request.path = "no-such-name";
	answer = ask_until_known(&request);
	assert_non_null(answer); /* the answer is: it has none */
	assert_int_equal(answer->name_length, 0);
}

/* ---- the processes ---- */

/* Whether the process runs this program, as its helpers do. */
static bool runs_this_program(pid_t pid)
{
	struct stat own, other;
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/exe", (int)pid);
	return stat("/proc/self/exe", &own) == 0 && stat(name, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

/* Finds helpers of this program: the spawner leads a separate session. */
static unsigned find_helpers(pid_t *pids, unsigned max, bool spawner)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	unsigned count = 0;

	while ((entry = readdir(proc)) != NULL && count < max) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (pid > 0 && pid != getpid() && runs_this_program(pid) &&
		    (getsid(pid) == pid) == spawner)
			pids[count++] = pid;
	}
	closedir(proc);
	return count;
}

/* Returns the workers when all have been started. */
static void wait_for_workers(pid_t pids[16])
{
	int64_t until = os_now_ms() + 5000;

	while (find_helpers(pids, 16, true) != 1 || find_helpers(pids, 16, false) != WORKERS) {
		assert_true(os_now_ms() < until);
		os_sleep_ms(5);
	}
}

static bool have_ended(void)
{
	int64_t until = os_now_ms() + 15000;
	pid_t pids[16];

	while (find_helpers(pids, 16, true) + find_helpers(pids, 16, false) > 0) {
		if (os_now_ms() > until)
			return false;
		os_sleep_ms(10);
	}
	return true;
}

/* A worker that has just started may still open files. */
static bool has_descriptor(pid_t pid, int fd)
{
	int64_t until = os_now_ms() + 2000;
	char name[64], link[64];

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)pid, fd);
	while (readlink(name, link, sizeof(link)) >= 0) {
		if (os_now_ms() > until)
			return true;
		os_sleep_ms(5);
	}
	return false;
}

static void no_child_of_ours(void **state)
{
	pid_t pids[16];
	char name[64], link[64];

	(void)state;
	wait_for_workers(pids);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	/* They have none of our descriptors. */
	for (unsigned i = 0; i < WORKERS; i++) {
		ssize_t length;

		assert_false(has_descriptor(pids[i], 4));
		snprintf(name, sizeof(name), "/proc/%d/fd/0", (int)pids[i]);
		length = readlink(name, link, sizeof(link) - 1);
		assert_int_equal(length, 9);
		assert_memory_equal(link, "/dev/null", 9);
	}
	inspect_close(client);
	client = NULL;
	assert_true(have_ended());
}

/* A stopped worker does not answer, and is replaced. */
static void stopped(void **state)
{
	struct inspect_request request;
	pid_t pids[16];

	(void)state;
	write_file("four");
	request = request_of(path, INSPECT_BUILD_ID);
	wait_for_workers(pids);
	for (unsigned i = 0; i < WORKERS; i++)
		kill(pids[i], SIGSTOP);
	assert_null(ask(&request));
	os_sleep_ms(1100); /* its file system is no longer avoided */
	for (unsigned i = 0; i < WORKERS; i++)
		kill(pids[i], SIGCONT);
	assert_non_null(ask_until_known(&request));
}

static void killed(void **state)
{
	struct inspect_request request;
	pid_t pids[16];

	(void)state;
	write_file("five");
	request = request_of(path, INSPECT_SHA256);
	wait_for_workers(pids);
	for (unsigned i = 0; i < WORKERS; i++)
		kill(pids[i], SIGKILL);
	os_sleep_ms(50);
	inspect_next(client);
	os_sleep_ms(150);
	assert_true(is_hash_of(ask_until_known(&request), "five"));
	assert_int_equal(find_helpers(pids, 16, true), 1);
	kill(pids[0], SIGKILL); /* the spawner, and so its workers */
	os_sleep_ms(50);
	inspect_next(client);
	os_sleep_ms(1200);
	inspect_next(client);
	assert_true(is_hash_of(ask_until_known(&request), "five"));
}

/* The helpers end with the program, however it ends. */
static void orphaned(void **state)
{
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		struct inspect *other;

		inspect_open(&other, INSPECT_CLASS(INSPECT_QUICK), NULL);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(have_ended());
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files, open_client, close_client),
		cmocka_unit_test_setup_teardown(a_descriptor, open_client, close_client),
		cmocka_unit_test_setup_teardown(left_behind, open_client, close_client),
		cmocka_unit_test_setup_teardown(empty_arguments, open_client, close_client),
		cmocka_unit_test_setup_teardown(arguments, open_client, close_client),
		cmocka_unit_test_setup_teardown(mappings, open_client, close_client),
		cmocka_unit_test_setup_teardown(names, open_client, close_client),
		cmocka_unit_test_setup_teardown(no_child_of_ours, open_client, close_client),
		cmocka_unit_test_setup_teardown(stopped, open_client, close_client),
		cmocka_unit_test_setup_teardown(killed, open_client, close_client),
		cmocka_unit_test(orphaned),
	};

	if (strcmp(argv[0], "wait-with-args") == 0)
		wait_with_args(argc, argv);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
