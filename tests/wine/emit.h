/* SPDX-License-Identifier: MIT */
/* emit.h - output of the test programs: one JSON object a line, ASCII only. */
#ifndef VIGIL_TEST_EMIT_H
#define VIGIL_TEST_EMIT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <wchar.h>

/* To this file, appended; NULL: to standard output. */
int emit_to(const wchar_t *path);

void emit_begin(const char *what);
void emit_number(const char *name, uint64_t value);
/* UTF-16, as ill-formed as it may be. */
void emit_text(const char *name, const void *text, size_t bytes);
void emit_wide(const char *name, const wchar_t *text);
void emit_end(void);

#endif /* VIGIL_TEST_EMIT_H */
