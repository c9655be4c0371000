/* SPDX-License-Identifier: MIT */
/* json_string.h - writes any bytes as a JSON string. */
#ifndef VIGIL_CORE_JSON_STRING_H
#define VIGIL_CORE_JSON_STRING_H

#include "core/bytes.h"

/* Appends bytes as a quoted JSON string. Returns false if some bytes were not UTF-8; each of
 * them is written as U+FFFD. */
bool vigil_put_json(struct vigil_buffer *b, const char *from, size_t length);

#endif /* VIGIL_CORE_JSON_STRING_H */
