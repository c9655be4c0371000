/* SPDX-License-Identifier: MIT */
/*
 * file.h - operations on log files beyond os.h: an append-only file that only its owner can read,
 * and that can be renamed while it is open. Failures set errno.
 */
#ifndef VIGIL_FILE_H
#define VIGIL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

/* Opens a regular file for appending, as output_file.h describes, and locks it (EBUSY: another
 * process writes to it). A new file has mode 0600 (Windows: SYSTEM and administrators). only_new:
 * fail with EEXIST if it exists. trust_path: --trust-path. Returns a descriptor, or -1 with errno
 * set and the reason, without the path, in why->code and why->text. */
int file_open_log(const char *path, bool only_new, bool trust_path, struct vigil_error *why);

/* Returns the bytes written, or -1. */
long file_write(int fd, const char *data, size_t length);

/* Reads up to `length` bytes at an offset. */
long file_read_at(int fd, uint64_t at, char *to, size_t length);

/* Gets the size, and whether the file still has a name. */
bool file_look(int fd, uint64_t *size, bool *named);

/* Identifies the file at the path, to compare it with the file that fd refers to. On Windows, where
 * commands are never asked to reopen files, all files compare equal. Returns false if there is no
 * file. */
bool file_identity(const char *path, uint64_t file[2]);
bool file_is_at(int fd, const char *path);

bool file_is_regular(int fd);

bool file_truncate(int fd, uint64_t size);

/* Returns the bytes up to and including the last newline. */
size_t file_whole_lines(const char *data, size_t length);

/* Returns how many of these bytes, in whole lines, fit after `end` with `reserve` bytes left; errno
 * has the reason if not all fit. */
size_t file_fits(int fd, uint64_t end, const char *data, size_t length, uint64_t reserve);

/* Windows: returns a security descriptor for SYSTEM and administrators only, to be freed by
 * LocalFree; NULL: GetLastError. */
void *file_private(void);

#endif /* VIGIL_FILE_H */
