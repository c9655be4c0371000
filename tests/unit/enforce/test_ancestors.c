/* SPDX-License-Identifier: MIT */
/* test_ancestors.c - the images of a process and of its ancestors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "enforce/linux/ancestors.h"

static struct ancestors ancestors;
static struct rules_subject subject;
static struct exec_request caller;

static bool read_own(uint32_t most)
{
	return ancestors_read(&ancestors, (uint32_t)getpid(), most, &subject, &caller);
}

static bool is_own_image(uint32_t at)
{
	char own[4096] = "";

	return readlink("/proc/self/exe", own, sizeof(own) - 1) > 0 && at < subject.images &&
	       subject.image[at].path && strcmp(subject.image[at].path, own) == 0 &&
	       !subject.image[at].chosen;
}

static void reads_own_ancestors(void **state)
{
	(void)state;
	assert_true(read_own(RULES_IMAGES_MAX));
	assert_int_equal(caller.pid, getpid());
	assert_int_equal(caller.euid, geteuid());
	assert_true(is_own_image(0));
	assert_true(subject.images > 1);
	assert_true(subject.complete);
}

/* Runs ask() in a descendant `depth` generations down. Returns 0 if it returned true. */
static int ask_below(int depth, bool (*ask)(void))
{
	pid_t child = fork();
	int status = 1;

	if (child == 0)
		_exit(depth > 1 ? ask_below(depth - 1, ask) : !ask());
	waitpid(child, &status, 0);
	return status ? 1 : 0;
}

static bool asks_for_all(void)
{
	return read_own(RULES_IMAGES_MAX) && is_own_image(0) && is_own_image(10) &&
	       subject.complete;
}

static bool asks_for_two(void)
{
	return read_own(2) && subject.images == 2 && is_own_image(1) && !subject.complete;
}

static bool asks_for_too_many(void)
{
	return read_own(RULES_IMAGES_MAX) && subject.images == RULES_IMAGES_MAX &&
	       !subject.complete;
}

static void reads_descendants(void **state)
{
	(void)state;
	assert_int_equal(ask_below(10, asks_for_all), 0);
	assert_int_equal(ask_below(1, asks_for_two), 0);
	assert_int_equal(ask_below(RULES_IMAGES_MAX, asks_for_too_many), 0);
}

static void ended_process(void **state)
{
	const struct exec_mounts none = { 0 };
	pid_t gone = fork();

	(void)state;
	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	assert_false(ancestors_read(&ancestors, (uint32_t)gone, 2, &subject, &caller));
	assert_false(ancestors_read(&ancestors, 0, 2, &subject, &caller));
	assert_int_equal(subject.images, 0);
	assert_false(subject.complete);
	assert_true(ancestors_is_loader(&none, (uint32_t)gone)); /* not known */
	assert_false(ancestors_is_loader(&none, (uint32_t)getpid()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_own_ancestors),
		cmocka_unit_test(reads_descendants),
		cmocka_unit_test(ended_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
