/* SPDX-License-Identifier: MIT */
/*
 * enforce.h - the system-specific operations on rules: resolving the names in them, hashing
 * programs, and putting a set of rules in force.
 *
 * All but rules_read() are implemented in enforce/linux or enforce/windows. The functions can
 * be called from any thread; they do not lock the rules that they are given.
 */
#ifndef VIGIL_ENFORCE_ENFORCE_H
#define VIGIL_ENFORCE_ENFORCE_H

#include "rules/set.h"

/* Reads a rules file whole, up to 16 MiB. The caller frees *text. */
enum vigil_code rules_read(const char *path, char **text, size_t *length,
			   struct vigil_error *error);

/* Resolves the names in the rules: adds the targets of links and the inode numbers of files as
 * keys, and indexes the set again. VIGIL_ERROR_MEMORY is the only error. */
enum vigil_code rules_resolve(struct vigil_rules *rules, struct vigil_error *error);

/* Finds the file that running `path` would execute: its resolved path, which has at most `size`
 * bytes with its NUL, and its device and inode. Returns 1 if found; 0 if there is no such file
 * (`to` is unchanged); -1 if memory is exhausted. */
int rules_locate(const char *path, char *to, size_t size, struct rules_file *file);

/* Computes the SHA-256 of a program's content for vigil_rules_match(). Reads the file in the
 * calling thread. Returns false if the file cannot be read, or if this system has no hash=
 * rules. */
bool rules_hash_file(const char *path, uint8_t hash[RULES_HASH_BYTES]);

#endif /* VIGIL_ENFORCE_ENFORCE_H */
