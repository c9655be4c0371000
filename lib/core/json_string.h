/* SPDX-License-Identifier: MIT */
/* json_string.h - any bytes as a string of JSON. */
#ifndef VIGIL_CORE_JSON_STRING_H
#define VIGIL_CORE_JSON_STRING_H

#include "core/bytes.h"

/* Appends bytes as a JSON string, with its quotes. False: not all were UTF-8; U+FFFD is
 * written for each that was not. */
bool vigil_put_json(struct vigil_buffer *b, const char *from, size_t length);

#endif /* VIGIL_CORE_JSON_STRING_H */
