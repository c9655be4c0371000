/* SPDX-License-Identifier: MIT */
/* file.h - a recording as a file: what SQLite leaves to the operating system. */
#ifndef VIGIL_STORE_FILE_H
#define VIGIL_STORE_FILE_H

#include <stdbool.h>

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

#endif /* VIGIL_STORE_FILE_H */
