/* SPDX-License-Identifier: MIT */
/*
 * file.h - what a log asks of the system's files beyond os.h: one file that grows at
 * its end, for its owner's eyes alone, and can be renamed while it is open. Failures
 * leave their reason in errno.
 */
#ifndef VIGIL_FILE_H
#define VIGIL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

/* Opens a regular file for appending, mode 0600 (Windows: SYSTEM and administrators) where
 * it is made, as output_file.h says, and locks it: EBUSY, another writes to it. only_new:
 * it must not be there yet (EEXIST). trust_path: --trust-path. Returns a descriptor; -1:
 * why->code and why->text have the reason, without the path, and errno is set. */
int file_open_log(const char *path, bool only_new, bool trust_path, struct vigil_error *why);

/* Bytes written, or -1. */
long file_write(int fd, const char *data, size_t length);

/* Reads bytes at a place, as many as there are. */
long file_read_at(int fd, uint64_t at, char *to, size_t length);

/* Size, and whether the file still has a name. */
bool file_look(int fd, uint64_t *size, bool *named);

/* Which file has the path, and whether it still is the one behind fd. On Windows, where nothing
 * asks a command to open its files again, all are the same one. False: there is none. */
bool file_identity(const char *path, uint64_t file[2]);
bool file_is_at(int fd, const char *path);

bool file_is_regular(int fd);

bool file_truncate(int fd, uint64_t size);

/* Bytes up to and with the last newline. */
size_t file_whole_lines(const char *data, size_t length);

/* How many of these bytes, in whole lines, have room behind `end` with `reserve` bytes left;
 * errno says why not all. */
size_t file_fits(int fd, uint64_t end, const char *data, size_t length, uint64_t reserve);

/* Windows: a security descriptor for SYSTEM and administrators alone, to be freed by LocalFree;
 * NULL: GetLastError. */
void *file_private(void);

#endif /* VIGIL_FILE_H */
