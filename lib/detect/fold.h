/* SPDX-License-Identifier: MIT */
/* fold.h - folds the case of text, so that comparing bytes ignores case. */
#ifndef VIGIL_DETECT_FOLD_H
#define VIGIL_DETECT_FOLD_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that `length` bytes need when folded: U+023A grows from 2 to 3 bytes. */
#define FOLD_BYTES(length) ((length) + (length) / 2 + 4)

/* Writes the text to out with every character replaced by its simple case folding; bytes that
 * are not UTF-8 stay. Returns the number of bytes. */
size_t fold_case(char *out, const char *text, size_t length);

/* Sets the characters that fold to the same as `code`, itself included. Returns their number. */
#define FOLD_MEMBERS_MAX 4
unsigned fold_members(uint32_t code, uint32_t member[FOLD_MEMBERS_MAX]);

#endif /* VIGIL_DETECT_FOLD_H */
