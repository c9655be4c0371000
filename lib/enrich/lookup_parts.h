/* SPDX-License-Identifier: MIT */
/* lookup_parts.h - converts results to parts of a record. */
#ifndef VIGIL_ENRICH_LOOKUP_PARTS_H
#define VIGIL_ENRICH_LOOKUP_PARTS_H

#include <stddef.h>

#include "enrich/file_inspect.h"

/* Returns the maximum size in bytes of the parts for these VIGIL_INSPECT_..., LOOKUP_.... */
size_t lookup_parts_size(uint32_t what);

/* Writes the requested parts to `to`, aligned like the end of a record. Unknown values are
 * marked VIGIL_PART_FLAG_UNREADABLE, except a build-id. Returns the number of bytes written. */
size_t lookup_parts(void *to, uint32_t what, const struct lookup_result *result);

/* The same for a result that is late: VIGIL_PART_FLAG_LATE. */
size_t lookup_parts_late(void *to, uint32_t what);

/* Adds an item "KEY=VALUE", or only VALUE if key is "". Long values are truncated. */
void lookup_text_add(struct lookup_text *text, const char *key, const uint16_t *value,
		     size_t units);

/* Adds the first item, in ASCII. */
void lookup_text_add_word(struct lookup_text *text, const char *word);

/* Returns the word for WinVerifyTrust's result for a file. */
const char *signature_status(uint32_t verdict);

#endif /* VIGIL_ENRICH_LOOKUP_PARTS_H */
