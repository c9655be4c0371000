/* SPDX-License-Identifier: MIT */
/*
 * look_signature.h - who signed a file, in itself or in a catalog of this Windows, and
 * whether that is trusted here. No network: revocation is known where the system has it
 * already.
 */
#ifndef VIGIL_ENRICH_LOOK_SIGNATURE_H
#define VIGIL_ENRICH_LOOK_SIGNATURE_H

#include "enrich/look.h"
#include "os/os_windows.h"

struct signatures;

/* NULL: no memory. */
struct signatures *signatures_open(void);
void signatures_close(struct signatures *signatures);

/* Puts status and signer into an empty text. */
void signatures_check(struct signatures *signatures, HANDLE file, const wchar_t *path,
		      struct look_text *out);

#endif /* VIGIL_ENRICH_LOOK_SIGNATURE_H */
