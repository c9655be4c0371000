/* SPDX-License-Identifier: MIT */
/*
 * rules.h - rules out of text, and what the source of this system adds to them.
 */
#ifndef VIGIL_RULES_RULES_H
#define VIGIL_RULES_RULES_H

#include "rules/set.h"

#ifdef _WIN32
#define RULES_WINDOWS true
#else
#define RULES_WINDOWS false
#endif

/* vigil_rules_parse, by the habits of either system. */
enum vigil_code rules_parse(struct vigil_rules **out, const char *text, size_t length,
			    const char *name, bool windows, struct vigil_error *error);

/* Reads a whole file of rules; *text is to be freed. */
enum vigil_code rules_read(const char *path, char **text, size_t *length,
			   struct vigil_error *error);

/* Adds keys for what this system makes of the names in the rules: where links
 * lead, which files they are. Indexed anew. (lib/source) */
enum vigil_code rules_resolve(struct vigil_rules *rules, struct vigil_error *error);

/* path as this system has it when it runs the program, in `room` bytes, and which file
 * that is. 1: found; 0: there is no such file, and then path stands as it is; -1: no memory.
 * (lib/source) */
int rules_locate(const char *path, char *to, size_t room, struct rules_file *file);

/* SHA-256 of a program's content, for vigil_rules_match. Reads the file in this thread.
 * False: it cannot be read, or this system has no hash= rules. (lib/source) */
bool rules_hash_file(const char *path, uint8_t hash[RULES_HASH_BYTES]);

/* Puts rules, which were read from path, in force: gives them to the driver (keep: for
 * the next start of the system too); on Linux has those who enforce the file read it
 * again, and waits until they have. VIGIL_ERROR_PEER: nobody enforces it. (lib/source) */
enum vigil_code rules_install(const char *path, const struct vigil_rules *rules, bool keep,
			      struct vigil_error *error);

/* Sets the counters to what those who enforce the file have counted. False: nobody
 * does, or it is not known. (lib/source) */
bool rules_count_hits(struct vigil_rules *rules, const char *path);

#endif /* VIGIL_RULES_RULES_H */
