/* SPDX-License-Identifier: MIT */
/*
 * implied.h - which fields a line of JSON need not contain, because the rest of it implies them.
 *
 * The rules are SCHEMA_IMPLIED in schema.h; docs/record.md has them in words. The JSON writer leaves
 * a field out if its rule returns IMPLIED_VALUE; the JSON import (jsonl_implied.h) applies the same
 * rules in the other direction.
 */
#ifndef VIGIL_RECORD_IMPLIED_H
#define VIGIL_RECORD_IMPLIED_H

#include <vigil/vigil.h>

#include "record/fields.h"

/* The rules as of this version: vigil.format. */
#define IMPLIED_FORMAT 2

enum implied {
	IMPLIED_NOT,    /* absence means unknown; or the value is another one and must be written */
	IMPLIED_VALUE,  /* absence means the value that the event has */
	IMPLIED_UNKNOWN /* absence would mean a value, but the event has none: write null */
};

typedef enum implied implied_rule(const struct vigil_event *event);

/* Returns the rule of a field for a type of event, or NULL. It allocates nothing. */
implied_rule *implied_rule_of(uint16_t field, uint32_t type);

/* Returns the field whose value an absent field has in events of a type and system; FIELD_COUNT:
 * none. */
uint16_t implied_same_as(uint16_t field, uint32_t type, enum field_system system);

/* Returns the capabilities of most processes of an effective user. */
static inline uint64_t implied_capabilities_of(uint32_t euid)
{
	return euid == 0 ? UINT64_C(0x1ffffffffff) : 0;
}

/* Returns what the rules of the leaders depend on besides the leaders themselves: a bit for each
 * that the line names in another place. event->process must be set. */
uint32_t implied_leaders(const struct vigil_event *event);

/* Returns whether process.args follows from the command line: each NUL is a blank there, and the
 * last one is missing. *blanks: whether an argument contains a blank. */
bool implied_args(const struct vigil_event *event, bool *blanks);

#endif /* VIGIL_RECORD_IMPLIED_H */
