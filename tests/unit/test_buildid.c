/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "source/buildid.h"

static struct buildid_cache cache;
static char path[] = "/tmp/vigil-buildid-XXXXXX";

static int begin(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd) < 0 || buildid_open(&cache) < 0;
}

static int end(void **state)
{
	(void)state;
	buildid_close(&cache);
	return unlink(path);
}

/* The file as a mapping names it; no process has it mapped, so the path leads to it. */
static struct vigil_image image_of(const char *file)
{
	static uint64_t generation;
	struct vigil_image image = { .process = { .pid = 0xfffffff0u }, .base = 0x1000 };
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	image.inode = st.st_ino;
	image.device = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	image.generation = ++generation; /* never in the cache */
	return image;
}

static size_t length_of(const void *bytes, size_t size)
{
	struct vigil_image image;
	size_t length = 99;
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	image = image_of(path);
	buildid_find(&cache, &image, path, &length);
	assert_true(length <= BUILDID_MAX);
	return length;
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
	memset(elf.id, 0xab, sizeof elf.id);
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
	assert_int_equal(length_of(&elf, sizeof elf), 20);
}

static void sizes_of_the_id(void **state)
{
	struct elf elf = make_elf();

	(void)state;
	elf.program.p_filesz = sizeof elf - offsetof(struct elf, note);
	for (uint32_t size = 0; size <= 64; size++) {
		elf.note.n_descsz = size;
		assert_int_equal(length_of(&elf, sizeof elf), size <= BUILDID_MAX ? size : 0);
	}
}

static void wrong_numbers(void **state)
{
	static const uint32_t sizes[] = { 0x7fffffff, 0xfffffff0, 0xfffffffc, 0xfffffffd,
					  0xffffffff };
	struct elf elf = make_elf();

	(void)state;
	elf.header.e_phnum = 65535; /* behind the one there is rubbish, then nothing */
	assert_int_equal(length_of(&elf, sizeof elf), 20);
	elf.header.e_phnum = 0;
	assert_int_equal(length_of(&elf, sizeof elf), 0);
	elf = make_elf();
	elf.header.e_phoff = UINT64_MAX;
	assert_int_equal(length_of(&elf, sizeof elf), 0);
	elf.header.e_phoff = INT64_MAX;
	assert_int_equal(length_of(&elf, sizeof elf), 0);
	elf = make_elf();
	elf.header.e_phentsize = 1;
	assert_int_equal(length_of(&elf, sizeof elf), 0);
	elf = make_elf();
	elf.header.e_ident[EI_CLASS] ^= 3;
	assert_int_equal(length_of(&elf, sizeof elf), 0);
	elf = make_elf();
	elf.program.p_offset = UINT64_MAX - 3;
	assert_int_equal(length_of(&elf, sizeof elf), 0);
	elf = make_elf();
	elf.program.p_filesz = UINT64_MAX;
	assert_int_equal(length_of(&elf, sizeof elf), 20);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		elf = make_elf();
		elf.note.n_descsz = sizes[i];
		assert_int_equal(length_of(&elf, sizeof elf), 0);
		elf = make_elf();
		elf.note.n_namesz = sizes[i];
		assert_int_equal(length_of(&elf, sizeof elf), 0);
	}
	elf = make_elf();
	elf.note.n_type = NT_GNU_ABI_TAG;
	assert_int_equal(length_of(&elf, sizeof elf), 0);
	elf = make_elf();
	elf.name[0] = 'X';
	assert_int_equal(length_of(&elf, sizeof elf), 0);
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
		found += length_of(&elf, sizeof elf) == 20;
	}
	assert_in_range(found, 100, 4900);
}

/* readelf is the judge, of the shell's and the C library's file. */
static void the_same_as_readelf(void **state)
{
	static const char *const files[] = { "/bin/sh", "/bin/ls", "/proc/self/exe" };
	unsigned judged = 0;

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char command[4096 + 64], real[4096], expected[200] = "",
						     got[2 * BUILDID_MAX + 1] = "";
		struct vigil_image image;
		const uint8_t *id;
		size_t length;
		FILE *f;

		assert_non_null(realpath(files[i], real));
		snprintf(command, sizeof command, "readelf -n '%s' | sed -n 's/.*Build ID: //p'",
			 real);
		f = popen(command, "r");
		assert_non_null(f);
		if (fgets(expected, sizeof expected, f))
			expected[strcspn(expected, "\n")] = '\0';
		pclose(f);
		image = image_of(real);
		id = buildid_find(&cache, &image, real, &length);
		/* overlayfs and btrfs tell two device numbers: a path proves nothing there. */
		if (!length)
			continue;
		for (size_t k = 0; k < length; k++)
			snprintf(got + 2 * k, 3, "%02x", id[k]);
		assert_string_equal(got, expected);
		judged++;
	}
	if (!judged)
		skip();
}

static void another_file_by_now(void **state)
{
	struct elf elf = make_elf();
	struct vigil_image image;
	size_t length;

	(void)state;
	assert_int_equal(length_of(&elf, sizeof elf), 20);
	image = image_of(path);
	image.inode++;
	buildid_find(&cache, &image, path, &length);
	assert_int_equal(length, 0);
	image = image_of(path);
	image.device++;
	buildid_find(&cache, &image, path, &length);
	assert_int_equal(length, 0);
	image = image_of(path);
	buildid_find(&cache, &image, "/no/such/file", &length);
	assert_int_equal(length, 0);
	buildid_find(&cache, &image, path, &length); /* may go better next time */
	assert_int_equal(length, 20);
	buildid_find(&cache, &image, "/no/such/file", &length); /* known by now */
	assert_int_equal(length, 20);
}

/* A FIFO must not be waited for, a device not be read. */
static void no_files(void **state)
{
	static const char *const names[] = { "/dev/zero", "/dev", "/proc/self/mem" };
	char fifo[] = "/tmp/vigil-fifo-XXXXXX";
	struct vigil_image image;
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		image = image_of(names[i]);
		buildid_find(&cache, &image, names[i], &length);
		assert_int_equal(length, 0);
	}
	assert_int_equal(close(mkstemp(fifo)), 0);
	assert_int_equal(unlink(fifo), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	image = image_of(fifo);
	buildid_find(&cache, &image, fifo, &length);
	assert_int_equal(length, 0);
	unlink(fifo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(sizes_of_the_id),
		cmocka_unit_test(wrong_numbers),
		cmocka_unit_test(random_damage),
		cmocka_unit_test(the_same_as_readelf),
		cmocka_unit_test(another_file_by_now),
		cmocka_unit_test(no_files),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
