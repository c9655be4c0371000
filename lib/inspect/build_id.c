/* SPDX-License-Identifier: MIT */
/* build_id.c - reads the GNU build-id of an ELF file. The file may contain anything that a user
 * mapped as executable, so every number in it is checked before it is used. */
#include <elf.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "inspect/worker.h"

#define PROGRAM_MAX 64   /* program headers that are read */
#define NOTE_MAX    4096 /* bytes of notes that are read */

/* Returns the length of the build-id; 0: these notes have none. */
static size_t find_note(const uint8_t *notes, size_t size, uint8_t to[INSPECT_BUILD_ID_MAX])
{
	size_t at = 0;

	while (size - at >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name, value;

		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		value = ((size_t)note.n_descsz + 3) & ~(size_t)3;
		if (name > size - at || value > size - at - name)
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(notes + at, "GNU", 4) == 0 && note.n_descsz <= INSPECT_BUILD_ID_MAX) {
			memcpy(to, notes + at + name, note.n_descsz);
			return note.n_descsz;
		}
		at += name + value;
	}
	return 0;
}

size_t inspect_read_build_id(int fd, uint8_t to[INSPECT_BUILD_ID_MAX])
{
	ElfW(Ehdr) elf;
	ElfW(Phdr) program[PROGRAM_MAX];
	uint8_t notes[NOTE_MAX];
	size_t length = 0;
	ssize_t n;

	if (pread(fd, &elf, sizeof(elf), 0) != sizeof(elf) ||
	    memcmp(elf.e_ident, ELFMAG, SELFMAG) ||
	    elf.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    elf.e_phentsize != sizeof(program[0]))
		return 0;
	n = pread(fd, program, sizeof(program), (off_t)elf.e_phoff);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(program[0]) && i < elf.e_phnum; i++) {
		size_t size = program[i].p_filesz < NOTE_MAX ? program[i].p_filesz : NOTE_MAX;
		ssize_t got;

		if (program[i].p_type != PT_NOTE || length)
			continue;
		got = pread(fd, notes, size, (off_t)program[i].p_offset);
		if (got > 0)
			length = find_note(notes, (size_t)got, to);
	}
	return length;
}
