/* SPDX-License-Identifier: MIT */
/* sid.h - converts Windows security identifiers (SIDs) to text. */
#ifndef VIGIL_CORE_SID_H
#define VIGIL_CORE_SID_H

#include <stddef.h>

/* "S-1-", an authority of 14 characters, 15 times "-4294967295" and a NUL: at most 184 bytes.
 * The rest is needed while a number is being written. */
#define SID_TEXT_MAX 208

/* Writes a SID as text ("S-1-5-18") with a NUL and returns its length. Returns 0 if it is
 * invalid: its revision is not 1, or length does not match its count of sub-authorities. */
size_t sid_text(char out[SID_TEXT_MAX], const void *sid, size_t length);

#endif /* VIGIL_CORE_SID_H */
