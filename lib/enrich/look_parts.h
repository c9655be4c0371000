/* SPDX-License-Identifier: MIT */
/* look_parts.h - what a look at a file found, as parts of a record. */
#ifndef VIGIL_ENRICH_LOOK_PARTS_H
#define VIGIL_ENRICH_LOOK_PARTS_H

#include <stddef.h>

#include "enrich/look.h"

/* Bytes that the parts for these VIGIL_LOOK_..., LOOK_... take at most. */
size_t look_parts_room(uint32_t what);

/* Puts the parts of what is wanted to `to`, aligned as a record's end; what is not known
 * is marked VIGIL_PART_UNREADABLE, except a build-id. Returns how many bytes they take. */
size_t look_parts(void *to, uint32_t what, const struct look_result *result);

/* The same of a result that is not there in time: VIGIL_PART_LATE. */
size_t look_parts_late(void *to, uint32_t what);

/* Adds an item "KEY=VALUE", or VALUE alone: key "". What is too long is cut. */
void look_text_add(struct look_text *text, const char *key, const uint16_t *value, size_t units);

/* An item in ASCII, the first one. */
void look_text_add_word(struct look_text *text, const char *word);

/* The word for what WinVerifyTrust says of a file that bears a signature, or not. */
const char *look_status(uint32_t verdict);

#endif /* VIGIL_ENRICH_LOOK_PARTS_H */
