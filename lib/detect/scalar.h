/* SPDX-License-Identifier: MIT */
/* scalar.h - the type of a YAML scalar that is written without quotes. */
#ifndef VIGIL_DETECT_SCALAR_H
#define VIGIL_DETECT_SCALAR_H

#include <stdbool.h>

#include "detect/doc.h"

/* Returns the type by the core schema of YAML 1.2. text ends with a NUL. */
enum doc_type scalar_type(const char *text, size_t length);

/* Converts a scalar of type DOC_INTEGER that fits. */
bool scalar_integer(const char *text, int64_t *value);

/* Converts a scalar of type DOC_INTEGER or DOC_FLOAT. */
double scalar_double(const char *text);

#endif /* VIGIL_DETECT_SCALAR_H */
