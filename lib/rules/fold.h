/* SPDX-License-Identifier: MIT */
/* fold.h - letters of one case, for systems whose names have no case. */
#ifndef VIGIL_RULES_FOLD_H
#define VIGIL_RULES_FOLD_H

#include <stddef.h>

/* Raises letters in place: on Windows those that its kernel raises, as far as
 * they keep their length in UTF-8; elsewhere those of ASCII. */
void fold_text(char *text, size_t length);

#endif /* VIGIL_RULES_FOLD_H */
