/* SPDX-License-Identifier: MIT */
/* storage.h - a recording as a file: what SQLite leaves to the operating system. */
#ifndef VIGIL_RECORDING_STORAGE_H
#define VIGIL_RECORDING_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

/* Whether path can be a recording to read: not a directory, not another kind of file. */
enum vigil_code store_check_file(const char *path, struct vigil_error *error);

/* Whether SQLite's log or journal is beside the file and has something in it: the file was
 * not closed well, or is open. */
bool store_has_log(const char *path);

/* One recorder a file: a lock that ends with its process, however that ends. */
struct store_lock;

/* The path must be trusted: output_file.h. VIGIL_ERROR_USAGE: another recorder has it. */
enum vigil_code store_lock(struct store_lock **out, const char *path, struct vigil_error *error);
void store_unlock(struct store_lock *lock); /* may be NULL */

/* Room on the disk behind the end of the recording's log (-wal), so that little can be written
 * when the disk is full. */
struct store_reserve;

/* NULL: no memory, or the log cannot be opened; then no room is taken. */
struct store_reserve *store_reserve(const char *path);
void store_release(struct store_reserve *reserve);

/* Takes `bytes` behind what the log holds, at `end`. False: the disk, a quota or RLIMIT_FSIZE does
 * not have as much. True also where the file system cannot tell. reserve may be NULL. */
bool store_take_room(struct store_reserve *reserve, uint64_t end, uint64_t bytes);

#endif /* VIGIL_RECORDING_STORAGE_H */
