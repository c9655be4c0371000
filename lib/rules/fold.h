/* SPDX-License-Identifier: MIT */
/* fold.h - folds letters to one case, for systems whose names ignore case. */
#ifndef VIGIL_RULES_FOLD_H
#define VIGIL_RULES_FOLD_H

#include <stddef.h>

/* Converts letters to upper case in place: on Windows as the kernel does, if their length in
 * UTF-8 stays the same; on other systems ASCII letters only. */
void fold_text(char *text, size_t length);

#endif /* VIGIL_RULES_FOLD_H */
