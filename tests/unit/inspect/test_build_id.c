/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <unistd.h>

#include "inspect/worker.h"

static char path[] = "/tmp/vigil-build-id-XXXXXX";
static uint8_t id[INSPECT_BUILD_ID_MAX];

static int begin(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd) < 0;
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

static size_t read_id(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	size_t length;

	assert_true(fd >= 0);
	length = inspect_read_build_id(fd, id);
	assert_true(length <= INSPECT_BUILD_ID_MAX);
	close(fd);
	return length;
}

static size_t length_of(const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	return read_id(path);
}

/* A small ELF file with one segment of notes. */
struct elf {
	ElfW(Ehdr) header;
	ElfW(Phdr) program;
	ElfW(Nhdr) note;
	char name[4];
	uint8_t id[64];
};

static struct elf make_elf(void)
{
	struct elf elf = { .header = { .e_ident = { 0x7f, 'E', 'L', 'F' },
				       .e_phoff = offsetof(struct elf, program),
				       .e_phentsize = sizeof(ElfW(Phdr)),
				       .e_phnum = 1 },
			   .program = { .p_type = PT_NOTE,
					.p_offset = offsetof(struct elf, note),
					.p_filesz = sizeof(ElfW(Nhdr)) + 4 + 20 },
			   .note = { 4, 20, NT_GNU_BUILD_ID },
			   .name = "GNU" };

	elf.header.e_ident[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	memset(elf.id, 0xab, sizeof(elf.id));
	return elf;
}

static void every_truncation(void **state)
{
	struct elf elf = make_elf();
	size_t whole = offsetof(struct elf, id) + 20;

	(void)state;
	for (size_t size = 0; size < whole; size++)
		assert_int_equal(length_of(&elf, size), 0);
	assert_int_equal(length_of(&elf, whole), 20);
	assert_int_equal(length_of(&elf, sizeof(elf)), 20);
}

static void sizes_of_the_id(void **state)
{
	struct elf elf = make_elf();

	(void)state;
	elf.program.p_filesz = sizeof(elf) - offsetof(struct elf, note);
	for (uint32_t size = 0; size <= 64; size++) {
		elf.note.n_descsz = size;
		assert_int_equal(length_of(&elf, sizeof(elf)),
				 size <= INSPECT_BUILD_ID_MAX ? size : 0);
	}
}

static void wrong_numbers(void **state)
{
	static const uint32_t sizes[] = { 0x7fffffff, 0xfffffff0, 0xfffffffc, 0xfffffffd,
					  0xffffffff };
	struct elf elf = make_elf();

	(void)state;
	elf.header.e_phnum = 65535; /* invalid data after the first, then nothing */
	assert_int_equal(length_of(&elf, sizeof(elf)), 20);
	elf.header.e_phnum = 0;
	assert_int_equal(length_of(&elf, sizeof(elf)), 0);
	elf = make_elf();
	elf.header.e_phoff = UINT64_MAX;
	assert_int_equal(length_of(&elf, sizeof(elf)), 0);
	elf.header.e_phoff = INT64_MAX;
	assert_int_equal(length_of(&elf, sizeof(elf)), 0);
	elf = make_elf();
	elf.header.e_phentsize = 1;
	assert_int_equal(length_of(&elf, sizeof(elf)), 0);
	elf = make_elf();
	elf.header.e_ident[EI_CLASS] ^= 3;
	assert_int_equal(length_of(&elf, sizeof(elf)), 0);
	elf = make_elf();
	elf.program.p_offset = UINT64_MAX - 3;
	assert_int_equal(length_of(&elf, sizeof(elf)), 0);
	elf = make_elf();
	elf.program.p_filesz = UINT64_MAX;
	assert_int_equal(length_of(&elf, sizeof(elf)), 20);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		elf = make_elf();
		elf.note.n_descsz = sizes[i];
		assert_int_equal(length_of(&elf, sizeof(elf)), 0);
		elf = make_elf();
		elf.note.n_namesz = sizes[i];
		assert_int_equal(length_of(&elf, sizeof(elf)), 0);
	}
	elf = make_elf();
	elf.note.n_type = NT_GNU_ABI_TAG;
	assert_int_equal(length_of(&elf, sizeof(elf)), 0);
	elf = make_elf();
	elf.name[0] = 'X';
	assert_int_equal(length_of(&elf, sizeof(elf)), 0);
}

static void random_damage(void **state)
{
	uint64_t seed = 3;
	unsigned found = 0;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct elf elf = make_elf();

		for (uint64_t n = 1 + make_random(&seed) % 8; n > 0; n--) {
			uint64_t at = make_random(&seed) % offsetof(struct elf, id);

			((uint8_t *)&elf)[at] = (uint8_t)make_random(&seed);
		}
		found += length_of(&elf, sizeof(elf)) == 20;
	}
	assert_in_range(found, 100, 4900);
}

/* Compares with readelf, for the shell's and the C library's file. */
static void the_same_as_readelf(void **state)
{
	static const char *const files[] = { "/bin/sh", "/bin/ls", "/proc/self/exe" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char command[4096 + 64], real[4096], expected[200] = "",
						     got[2 * INSPECT_BUILD_ID_MAX + 1] = "";
		size_t length;
		FILE *f;

		assert_non_null(realpath(files[i], real));
		snprintf(command, sizeof(command), "readelf -n '%s' | sed -n 's/.*Build ID: //p'",
			 real);
		f = popen(command, "r");
		assert_non_null(f);
		if (fgets(expected, sizeof(expected), f))
			expected[strcspn(expected, "\n")] = '\0';
		pclose(f);
		length = read_id(real);
		for (size_t k = 0; k < length; k++)
			snprintf(got + 2 * k, 3, "%02x", id[k]);
		assert_string_equal(got, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_truncation),    cmocka_unit_test(sizes_of_the_id),
		cmocka_unit_test(wrong_numbers),       cmocka_unit_test(random_damage),
		cmocka_unit_test(the_same_as_readelf),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
