/* SPDX-License-Identifier: MIT */
#include "fail_alloc.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#pragma GCC visibility push(default) /* libraries are to find these, too */

#define FRAMES_MAX 24

/* glibc's allocator under its other names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static struct fail_alloc_report own;
struct fail_alloc_report *fail_alloc = &own;

static bool armed, lists_sites, fails_on;
static uint64_t fail_nth, fail_site, frames = 8;
static __thread bool inside;

void fail_alloc_set(uint64_t nth, int on)
{
	__atomic_store_n(&fail_nth, 0, __ATOMIC_SEQ_CST);
	fails_on = on;
	lists_sites = false;
	fail_alloc->allocations = fail_alloc->failed = 0;
	armed = true;
	__atomic_store_n(&fail_nth, nth, __ATOMIC_SEQ_CST);
}

void fail_alloc_list(void)
{
	void *frame[4];

	backtrace(frame, 4); /* loads what it needs */
	fail_alloc_set(0, 0);
	memset(fail_alloc->site, 0, sizeof(fail_alloc->site));
	lists_sites = true;
}

void fail_alloc_stop(void)
{
	armed = false;
}

/* ---- call stacks ---- */

static uint64_t hash_stack(void)
{
	void *frame[FRAMES_MAX];
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	int count = backtrace(frame, (int)frames + 3);

	for (int i = 3; i < count; i++)
		hash = (hash ^ (uintptr_t)frame[i]) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

/* Returns whether the call stack is met for the first time. */
static bool add_site(uint64_t hash, uint64_t number)
{
	for (uint32_t i = 0; i < FAIL_ALLOC_SITES; i++) {
		uint64_t *site = &fail_alloc->site[(hash + i) % FAIL_ALLOC_SITES], none = 0;

		if (__atomic_compare_exchange_n(site, &none, hash, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			fail_alloc->first[(hash + i) % FAIL_ALLOC_SITES] = number;
			return true;
		}
		if (none == hash)
			return false;
	}
	return false;
}

/* ---- which one fails ---- */

static bool must_fail(void)
{
	uint64_t number, nth, hash;
	bool fail;

	if (!armed || inside)
		return false;
	number = __atomic_add_fetch(&fail_alloc->allocations, 1, __ATOMIC_RELAXED);
	nth = __atomic_load_n(&fail_nth, __ATOMIC_RELAXED);
	fail = nth && (number == nth || (fails_on && number > nth));
	if (lists_sites) {
		inside = true; /* backtrace() may allocate */
		hash = hash_stack();
		inside = false;
		fail |= add_site(hash, number) && hash == fail_site;
	}
	if (fail) {
		__atomic_add_fetch(&fail_alloc->failed, 1, __ATOMIC_RELAXED);
		errno = ENOMEM;
	}
	return fail;
}

static void *count_block(void *block)
{
	if (block)
		__atomic_add_fetch(&fail_alloc->live, 1, __ATOMIC_RELAXED);
	return block;
}

void *malloc(size_t size)
{
	return must_fail() ? NULL : count_block(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : count_block(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
	void *grown = must_fail() ? NULL : __libc_realloc(block, size);

	return block ? grown : count_block(grown);
}

void *memalign(size_t alignment, size_t size)
{
	return must_fail() ? NULL : count_block(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *block = memalign(alignment, size);

	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

void free(void *block)
{
	if (block)
		__atomic_sub_fetch(&fail_alloc->live, 1, __ATOMIC_RELAXED);
	__libc_free(block);
}

/* ---- as a preloaded library ---- */

static uint64_t number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : 0;
}

static void map_report(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *mapped;
	void *frame[4];

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(own), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped == MAP_FAILED)
		return;
	backtrace(frame, 4); /* loads what it needs */
	fail_alloc = mapped;
	lists_sites = true;
}

__attribute__((constructor)) static void read_environment(void)
{
	const char *program = getenv("FAIL_ALLOC_PROGRAM"), *file = getenv("FAIL_ALLOC_FILE");

	if (!program || !file || strcmp(program, program_invocation_short_name) != 0)
		return;
	if (number_of("FAIL_ALLOC_FRAMES"))
		frames = number_of("FAIL_ALLOC_FRAMES");
	fail_site = number_of("FAIL_ALLOC_SITE");
	fail_nth = number_of("FAIL_ALLOC_NTH");
	fails_on = number_of("FAIL_ALLOC_ON") != 0;
	map_report(file);
	/* What it starts is left alone. */
	unsetenv("LD_PRELOAD");
	unsetenv("FAIL_ALLOC_PROGRAM");
	armed = true;
}
