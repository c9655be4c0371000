/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/published.h"

#define WORDS  512
#define ROUNDS 20000

struct numbers {
	uint64_t word[WORDS]; /* all the same */
};

static char folder[] = "/tmp/vigil-published-XXXXXX";
static char path[64], other[64];

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/status", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(folder);
}

static void fill(struct numbers *numbers, uint64_t value)
{
	for (size_t i = 0; i < WORDS; i++)
		numbers->word[i] = value;
}

static void assert_whole(const struct numbers *numbers)
{
	for (size_t i = 1; i < WORDS; i++)
		assert_int_equal(numbers->word[i], numbers->word[0]);
}

static void a_file_for_its_owner_until_it_is_closed(void **state)
{
	struct published p;
	struct numbers numbers;
	struct vigil_error error;
	struct stat st;

	(void)state;
	assert_int_equal(published_open(&p, path, false, sizeof(numbers), &error), VIGIL_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* Nothing was published yet. */
	assert_int_equal(published_read(path, &numbers, sizeof(numbers), &error),
			 VIGIL_ERROR_FORMAT);
	fill(&numbers, 7);
	published_put(&p, &numbers);
	fill(&numbers, 0);
	assert_int_equal(published_read(path, &numbers, sizeof(numbers), &error), VIGIL_OK);
	assert_int_equal(numbers.word[WORDS - 1], 7);
	published_close(&p);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(published_read(path, &numbers, sizeof(numbers), &error),
			 VIGIL_ERROR_USAGE);
}

/* A second writer takes the name; the first must not remove its file. */
static void a_replaced_file_stays(void **state)
{
	struct published first, second;
	struct numbers numbers;
	struct vigil_error error;

	(void)state;
	assert_int_equal(published_open(&first, path, false, sizeof(numbers), &error), VIGIL_OK);
	assert_int_equal(published_open(&second, path, false, sizeof(numbers), &error), VIGIL_OK);
	fill(&numbers, 1);
	published_put(&first, &numbers);
	fill(&numbers, 2);
	published_put(&second, &numbers);
	published_close(&first);
	assert_int_equal(published_read(path, &numbers, sizeof(numbers), &error), VIGIL_OK);
	assert_int_equal(numbers.word[0], 2);
	published_close(&second);
}

static void what_is_no_such_file(void **state)
{
	struct numbers numbers;
	struct vigil_error error;
	char zeros[4096] = "not a status";
	FILE *f;

	(void)state;
	f = fopen(other, "we");
	assert_non_null(f);
	fwrite(zeros, 1, sizeof(zeros), f);
	fwrite(zeros, 1, 24, f); /* the size is right */
	assert_int_equal(fclose(f), 0);
	assert_int_equal(published_read(other, &numbers, sizeof(numbers), &error),
			 VIGIL_ERROR_FORMAT);
	assert_int_equal(truncate(other, 10), 0);
	assert_int_equal(published_read(other, &numbers, sizeof(numbers), &error),
			 VIGIL_ERROR_FORMAT);
	assert_int_equal(published_read(folder, &numbers, sizeof(numbers), &error),
			 VIGIL_ERROR_FORMAT);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(symlink("/dev/zero", other), 0);
	assert_int_equal(published_read(other, &numbers, sizeof(numbers), &error),
			 VIGIL_ERROR_FORMAT);
}

/* Neither a link in its place nor a folder of others is written to. */
static void only_where_others_cannot_write(void **state)
{
	struct published p;
	struct numbers numbers = { { 0 } };
	struct vigil_error error;
	char deep[80];
	struct stat st;

	(void)state;
	unlink(other);
	assert_int_equal(symlink(other, path), 0);
	if (published_open(&p, path, false, sizeof(numbers), &error) == VIGIL_OK)
		published_close(&p);
	assert_int_equal(stat(other, &st), -1);
	unlink(path);
	snprintf(deep, sizeof(deep), "%s/missing/status", folder);
	assert_true(published_open(&p, deep, false, sizeof(numbers), &error) < 0);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_true(published_open(&p, path, false, sizeof(numbers), &error) < 0);
	assert_int_equal(published_open(&p, path, true, sizeof(numbers), &error), VIGIL_OK);
	published_close(&p);
	assert_int_equal(chmod(folder, 0700), 0);
}

static atomic_bool done;

static void *read_until_done(void *context)
{
	struct published *p = context;
	struct numbers numbers;
	uint64_t last = 0, reads = 0;

	while (!atomic_load(&done)) {
		if (!published_get(p, &numbers))
			continue;
		assert_whole(&numbers);
		assert_true(numbers.word[0] >= last);
		last = numbers.word[0];
		reads++;
	}
	return (void *)(uintptr_t)reads;
}

static void readers_see_whole_structs(void **state)
{
	struct published p;
	struct numbers numbers;
	struct vigil_error error;
	pthread_t reader[2];
	void *reads;

	(void)state;
	assert_int_equal(published_open(&p, NULL, false, sizeof(numbers), &error), VIGIL_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&reader[i], NULL, read_until_done, &p), 0);
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		fill(&numbers, i);
		published_put(&p, &numbers);
		if (i % 100 == 0)
			usleep(100);
	}
	atomic_store(&done, true);
	for (int i = 0; i < 2; i++) {
		pthread_join(reader[i], &reads);
		assert_true((uintptr_t)reads > 100);
	}
	published_close(&p);
}

/* A reader that stops in the middle does not hold up the writer; a writer that is killed leaves what can be
 * read, or nothing. */
static void a_stopped_reader_and_a_killed_writer(void **state)
{
	struct published p;
	struct numbers numbers;
	struct vigil_error error;
	int64_t begun;
	pid_t child;

	(void)state;
	assert_int_equal(published_open(&p, NULL, false, sizeof(numbers), &error), VIGIL_OK);
	fill(&numbers, 1);
	published_put(&p, &numbers);
	child = fork();
	if (child == 0)
		for (;;)
			published_get(&p, &numbers);
	usleep(20000);
	assert_int_equal(kill(child, SIGSTOP), 0);
	begun = time(NULL);
	for (int i = 0; i < ROUNDS; i++)
		published_put(&p, &numbers);
	assert_true(time(NULL) - begun < 5);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	for (int i = 0; i < 20; i++) {
		child = fork();
		if (child == 0)
			for (uint64_t n = 2;; n++) {
				fill(&numbers, n);
				published_put(&p, &numbers);
			}
		usleep(5000);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		if (published_get(&p, &numbers))
			assert_whole(&numbers);
	}
	/* The next writer continues. */
	fill(&numbers, 3);
	published_put(&p, &numbers);
	published_put(&p, &numbers);
	fill(&numbers, 0);
	assert_true(published_get(&p, &numbers));
	assert_int_equal(numbers.word[0], 3);
	published_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_for_its_owner_until_it_is_closed),
		cmocka_unit_test(a_replaced_file_stays),
		cmocka_unit_test(what_is_no_such_file),
		cmocka_unit_test(only_where_others_cannot_write),
		cmocka_unit_test(readers_see_whole_structs),
		cmocka_unit_test(a_stopped_reader_and_a_killed_writer),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
