/* SPDX-License-Identifier: MIT */
/* tell.h - output of the test programs: one JSON object a line, ASCII only. */
#ifndef VIGIL_TEST_TELL_H
#define VIGIL_TEST_TELL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <wchar.h>

/* To this file, appended; NULL: to standard output. */
int tell_to(const wchar_t *path);

void tell_begin(const char *what);
void tell_number(const char *name, uint64_t value);
/* UTF-16, as ill-formed as it may be. */
void tell_text(const char *name, const void *text, size_t bytes);
void tell_wide(const char *name, const wchar_t *text);
void tell_end(void);

#endif /* VIGIL_TEST_TELL_H */
