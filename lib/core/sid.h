/* SPDX-License-Identifier: MIT */
/* sid.h - Windows' security identifiers as text. */
#ifndef VIGIL_CORE_SID_H
#define VIGIL_CORE_SID_H

#include <stddef.h>

/* "S-1-", an authority of 14 characters, 15 times "-4294967295", NUL: no SID takes more
 * than 184 bytes. The rest is what a number needs while it is written. */
#define SID_TEXT_MAX 208

/* Writes "S-1-5-18" and returns its length; 0: sid is none (its revision is not 1, or
 * length is not what its count of sub-authorities makes). */
size_t sid_text(char out[SID_TEXT_MAX], const void *sid, size_t length);

#endif /* VIGIL_CORE_SID_H */
