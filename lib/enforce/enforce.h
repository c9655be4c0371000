/* SPDX-License-Identifier: MIT */
/*
 * enforce.h - what each system adds to the rules: resolving the names in them, hashing
 * programs, and putting a set of rules in force. All but rules_read() are implemented in
 * enforce/linux or enforce/windows.
 */
#ifndef VIGIL_ENFORCE_ENFORCE_H
#define VIGIL_ENFORCE_ENFORCE_H

#include "rules/set.h"

/* Reads a whole file of rules; the caller frees *text. */
enum vigil_code rules_read(const char *path, char **text, size_t *length,
			   struct vigil_error *error);

/* Resolves the names in the rules: adds as keys the targets of links and the numbers of
 * files, and indexes the set again. */
enum vigil_code rules_resolve(struct vigil_rules *rules, struct vigil_error *error);

/* Finds the file that running `path` would execute: its resolved path, in at most `size`
 * bytes, and its number. 1: found; 0: there is no such file, and `to` is unchanged; -1: no
 * memory. */
int rules_locate(const char *path, char *to, size_t size, struct rules_file *file);

/* SHA-256 of a program's content, for vigil_rules_match(). Reads the file in this thread.
 * False: it cannot be read, or this system has no hash= rules. */
bool rules_hash_file(const char *path, uint8_t hash[RULES_HASH_BYTES]);

/* Puts rules, which were read from path, in force. Windows: gives them to the driver (keep:
 * for the next start of the system too). Linux: has each process that enforces the file read
 * it again, and waits until it has. VIGIL_ERROR_PEER: no process enforces it. */
enum vigil_code rules_install(const char *path, const struct vigil_rules *rules, bool keep,
			      struct vigil_error *error);

/* Sets the counters of the rules to those of the processes that enforce the file. False: there
 * is none, or its counters cannot be read. */
bool rules_count_hits(struct vigil_rules *rules, const char *path);

#endif /* VIGIL_ENFORCE_ENFORCE_H */
