/* SPDX-License-Identifier: MIT */
/*
 * redact.h - replaces secrets in records, before anything else sees them: the process table, and
 * therefore every output.
 *
 * It looks at the parts ARGS, COMMAND_LINE and ENVIRONMENT. docs/security.md says what counts as a
 * secret. One pass over the text; the time is linear in its length, whatever it contains.
 */
#ifndef VIGIL_RECORD_REDACT_H
#define VIGIL_RECORD_REDACT_H

#include <stdint.h>

#include <vigil/vigil.h>

struct redactor;

/* names: more names of options and variables, separated by newlines, commas or blanks; may be NULL.
 * key: of the hash. Returns NULL if memory runs out. */
struct redactor *redactor_new(enum vigil_redact mode, const char *names, const uint64_t key[2]);
void redactor_free(struct redactor *redactor);

/* Returns the record without secrets: itself, or a copy that is valid until the next call. The
 * record is one that decode() would accept, or it is returned as it is. */
struct vigil_header *redact_record(struct redactor *redactor, struct vigil_header *record);

/* Makes a key of any text. */
void redact_make_key(const char *text, uint64_t key[2]);

#endif /* VIGIL_RECORD_REDACT_H */
