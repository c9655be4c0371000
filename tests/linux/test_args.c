/* SPDX-License-Identifier: MIT */
/*
 * test_args.c - arguments some pages of which are not in memory. exec itself brings all of
 * them into memory just before the sensor reads them, so that no test can make one of its
 * pages absent at that moment. This process takes pages away from its own arguments, and runs
 * the code that reads them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "args.skel.h"
#include "shared.h"

#define ARGUMENTS 400 /* of 64 bytes with their NUL: 25,600 bytes */
#define BYTES     64
#define PAGE      4096u

static struct args_bpf *bpf;
static struct vigil_scratch *scratch;
static const char *first_argument;
static size_t argument_bytes;
static char *copy; /* of all arguments, made while they were there */

/* The part that is made of the arguments now. */
static const struct vigil_part *read_own_args(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	uint32_t key = 0;
	const struct vigil_header *h = (const void *)scratch;
	const struct vigil_part *part = (const void *)(scratch->record + sizeof(*h));

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(bpf->progs.put_own_args), &options),
			 0);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(bpf->maps.scratch), &key, scratch), 0);
	assert_int_equal(part->kind, VIGIL_PART_ARGS);
	assert_int_equal(part->original, argument_bytes);
	assert_int_equal(h->size, (sizeof(*h) + sizeof(*part) + part->length + 7) & ~7u);
	for (size_t i = sizeof(*h) + sizeof(*part) + part->length; i < h->size; i++)
		assert_int_equal(scratch->record[i], 0);
	assert_int_equal(h->flags,
			 part->flags & VIGIL_PART_FLAG_UNREADABLE ? VIGIL_RECORD_INCOMPLETE : 0);
	return part;
}

/* Whole pages of the arguments: bytes before the first, and the place of the n-th. */
static size_t bytes_before_pages(void)
{
	return PAGE - ((uintptr_t)first_argument & (PAGE - 1));
}

static void take_away(size_t page)
{
	char *at = (char *)(uintptr_t)first_argument + bytes_before_pages() + page * PAGE;

	assert_int_equal(madvise(at, PAGE, MADV_DONTNEED), 0);
	assert_int_equal(mprotect(at, PAGE, PROT_NONE), 0);
}

static void all_are_there(void **state)
{
	const struct vigil_part *part = read_own_args();

	(void)state;
	assert_int_equal(part->flags, 0);
	assert_int_equal(part->length, argument_bytes);
	assert_memory_equal(part + 1, copy, argument_bytes);
}

/* What is around a page that is not there is kept; a NUL ends the argument before it. */
static void a_page_is_missing(void **state)
{
	size_t before = bytes_before_pages() + PAGE, after = before + PAGE;
	const struct vigil_part *part;
	const char *value;
	size_t end;

	(void)state;
	take_away(1);
	part = read_own_args();
	value = (const char *)(part + 1);
	end = before + (copy[before - 1] != '\0');
	assert_int_equal(part->flags, VIGIL_PART_FLAG_UNREADABLE);
	assert_memory_equal(value, copy, before);
	assert_int_equal(value[end - 1], '\0');
	assert_int_equal(part->length, end + argument_bytes - after);
	assert_memory_equal(value + end, copy + after, argument_bytes - after);
}

/* The first page of all: the rest is there, from the middle of an argument on. */
static void the_first_page_is_missing(void **state)
{
	char *at = (char *)((uintptr_t)first_argument & ~(uintptr_t)(PAGE - 1));
	size_t begin = bytes_before_pages() + 2 * (size_t)PAGE;
	const struct vigil_part *part;

	(void)state;
	take_away(0);
	assert_int_equal(mprotect(at, PAGE, PROT_NONE), 0);
	part = read_own_args();
	assert_int_equal(part->flags, VIGIL_PART_FLAG_UNREADABLE);
	assert_int_equal(part->length, argument_bytes - begin);
	assert_memory_equal(part + 1, copy + begin, argument_bytes - begin);
	assert_int_equal(mprotect(at, PAGE, PROT_READ | PROT_WRITE), 0);
}

static int load(void **state)
{
	(void)state;
	bpf = args_bpf__open();
	scratch = malloc(sizeof(*scratch));
	if (!bpf || !scratch)
		return -1;
	return args_bpf__load(bpf);
}

static int unload(void **state)
{
	(void)state;
	args_bpf__destroy(bpf);
	free(scratch);
	free(copy);
	return 0;
}

/* Runs this program again with so many arguments. */
static void run_with_arguments(const char *program)
{
	static char text[ARGUMENTS][BYTES];
	char *args[ARGUMENTS + 1];

	for (int i = 0; i < ARGUMENTS; i++) {
		snprintf(text[i], BYTES, "argument %d of many that are long enough to fill it", i);
		memset(text[i] + strlen(text[i]), '.', BYTES - 1 - strlen(text[i]));
		args[i] = text[i];
	}
	args[ARGUMENTS] = NULL;
	execv(program, args);
	perror(program);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_there),
		cmocka_unit_test(a_page_is_missing),
		cmocka_unit_test(the_first_page_is_missing),
	};

	if (geteuid() != 0) {
		printf("1..0 # SKIP only root may load BPF programs\n");
		return 0;
	}
	if (argc != ARGUMENTS) {
		run_with_arguments("/proc/self/exe");
		return 1;
	}
	first_argument = argv[0];
	argument_bytes = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);
	copy = malloc(argument_bytes);
	if (!copy)
		return 1;
	memcpy(copy, first_argument, argument_bytes);
	return cmocka_run_group_tests(tests, load, unload);
}
