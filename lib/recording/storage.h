/* SPDX-License-Identifier: MIT */
/* storage.h - the system-specific operations on the file of a recording. */
#ifndef VIGIL_RECORDING_STORAGE_H
#define VIGIL_RECORDING_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

/* Checks that path is a regular file that can be read. */
enum vigil_code store_check_file(const char *path, struct vigil_error *error);

/* Whether SQLite's log or journal exists next to the file and is not empty: the file was not
 * closed properly, or is open. */
bool store_has_log(const char *path);

/* A lock that allows one recorder per file. It ends with its process. */
struct store_lock;

/* The path must be trusted: output_file.h. VIGIL_ERROR_USAGE: another recorder has it. */
enum vigil_code store_lock(struct store_lock **out, const char *path, struct vigil_error *error);
void store_unlock(struct store_lock *lock); /* may be NULL */

/* Space on the disk after the end of the recording's log (-wal), so that some data can be
 * written when the disk is full. */
struct store_reserve;

/* NULL: memory is exhausted, or the log cannot be opened; then no space is reserved. */
struct store_reserve *store_reserve(const char *path);
void store_release(struct store_reserve *reserve);

/* Reserves `bytes` in the log after `end`. Returns false if the disk, a quota or RLIMIT_FSIZE
 * does not allow it. Also true if the file system does not support it. reserve may be NULL. */
bool store_reserve_space(struct store_reserve *reserve, uint64_t end, uint64_t bytes);

#endif /* VIGIL_RECORDING_STORAGE_H */
