/* SPDX-License-Identifier: MIT */
/* correlate_texts.h - values of an event as texts that are kept after the event. */
#ifndef VIGIL_DETECT_CORRELATE_TEXTS_H
#define VIGIL_DETECT_CORRELATE_TEXTS_H

#include "detect/correlate_group.h"

/* Longer texts are kept as their beginning and their length, "...[5000 bytes]": those in which
 * both are the same are equal. */
#define TEXTS_VALUE_MAX 4096u

/* A hash of texts or other bytes. */
uint64_t texts_hash(const void *data, size_t length);

enum texts_result {
	TEXTS_OK,
	TEXTS_NO_VALUE, /* absent, null, not known, or an empty list */
	TEXTS_NO_MEMORY
};

/* Appends the text of a value. The values of a list are joined by ", ". */
enum texts_result texts_add(struct correlate_texts *texts, const struct detect_value *value);

/* Appends "no text": texts_get returns NULL for it. */
enum texts_result texts_add_none(struct correlate_texts *texts);

/* Returns the text with an index below the number of texts, or NULL, and sets *length. */
const char *texts_get(const struct correlate_texts *texts, uint32_t index, uint32_t *length);

/* Copies texts; of none, *out is empty. Returns false if out of memory. */
bool texts_copy(struct correlate_texts *out, const struct correlate_texts *in);

/* Reads a decimal number ("-1.5e3"), the whole of a text. Does not depend on the locale. */
bool texts_number(const struct detect_value *value, double *number);

#endif /* VIGIL_DETECT_CORRELATE_TEXTS_H */
