/* SPDX-License-Identifier: MIT */
#include "buildid.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define ENTRIES     4096 /* a power of two */
#define PROGRAM_MAX 64   /* program headers that are looked at */
#define NOTE_MAX    4096 /* bytes of notes that are looked at */

int buildid_open(struct buildid_cache *cache)
{
	cache->entry = calloc(ENTRIES, sizeof *cache->entry);
	return cache->entry ? 0 : -ENOMEM;
}

void buildid_close(struct buildid_cache *cache)
{
	free(cache->entry);
	cache->entry = NULL;
}

/* The file may be anything that someone mapped executable: every number in it
 * is checked before it is used. */
static void find_note(struct buildid_entry *entry, const uint8_t *notes, size_t size)
{
	size_t at = 0;

	while (size - at >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name, value;

		memcpy(&note, notes + at, sizeof note);
		at += sizeof note;
		name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		value = ((size_t)note.n_descsz + 3) & ~(size_t)3;
		if (name > size - at || value > size - at - name)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(notes + at, "GNU", 4) == 0 && note.n_descsz <= BUILDID_MAX) {
			entry->length = (uint8_t)note.n_descsz;
			memcpy(entry->bytes, notes + at + name, note.n_descsz);
			return;
		}
		at += name + value;
	}
}

static void read_elf(struct buildid_entry *entry, int fd)
{
	ElfW(Ehdr) elf;
	ElfW(Phdr) program[PROGRAM_MAX];
	uint8_t notes[NOTE_MAX];
	ssize_t n;

	if (pread(fd, &elf, sizeof elf, 0) != sizeof elf || memcmp(elf.e_ident, ELFMAG, SELFMAG) ||
	    elf.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    elf.e_phentsize != sizeof program[0])
		return;
	n = pread(fd, program, sizeof program, (off_t)elf.e_phoff);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof program[0] && i < elf.e_phnum; i++) {
		size_t size = program[i].p_filesz < NOTE_MAX ? program[i].p_filesz : NOTE_MAX;
		ssize_t got;

		if (program[i].p_type != PT_NOTE || entry->length)
			continue;
		got = pread(fd, notes, size, (off_t)program[i].p_offset);
		if (got > 0)
			find_note(entry, notes, (size_t)got);
	}
}

/* Through map_files it is the mapped file itself; the path may lead elsewhere by
 * now. On file systems whose stat tells virtual device numbers (btrfs, overlayfs)
 * a path proves nothing. */
static bool is_mapped_file(int fd, const struct vigil_image *image, bool by_path)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	return !by_path || (st.st_ino == image->inode &&
			    (uint64_t)major(st.st_dev) << 20 == (image->device & ~0xfffffull) &&
			    minor(st.st_dev) == (image->device & 0xfffff));
}

/* False: the file could not be looked at, which may go better next time. */
static bool read_file(struct buildid_entry *entry, const struct vigil_image *image,
		      const char *path)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	bool by_path = false, same;
	char map[96];
	int fd;

	snprintf(map, sizeof map, "/proc/%u/map_files/%llx-%llx", image->process.pid,
		 (unsigned long long)image->base, (unsigned long long)(image->base + image->size));
	fd = open(map, flags);
	if (fd < 0) {
		fd = open(path, flags);
		by_path = true;
	}
	if (fd < 0)
		return false;
	same = is_mapped_file(fd, image, by_path);
	if (same)
		read_elf(entry, fd);
	close(fd);
	return same;
}

const uint8_t *buildid_find(struct buildid_cache *cache, const struct vigil_image *image,
			    const char *path, size_t *length)
{
	uint64_t hash =
	    image->inode * 0x9e3779b97f4a7c15ull ^ image->device ^ image->generation << 7;
	struct buildid_entry *entry = &cache->entry[(hash >> 20) & (ENTRIES - 1)];

	if (entry->inode != image->inode || entry->device != image->device ||
	    entry->generation != image->generation) {
		*entry = (struct buildid_entry){ .device = image->device,
						 .inode = image->inode,
						 .generation = image->generation };
		if (!read_file(entry, image, path))
			entry->inode = 0;
	}
	*length = entry->length;
	return entry->bytes;
}
