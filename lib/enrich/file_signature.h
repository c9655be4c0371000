/* SPDX-License-Identifier: MIT */
/*
 * file_signature.h - determines the signer of a file, from the file or a catalog of this
 * system, and whether the signature is trusted here. Uses no network: revocation is known only
 * if the system has the information already.
 */
#ifndef VIGIL_ENRICH_FILE_SIGNATURE_H
#define VIGIL_ENRICH_FILE_SIGNATURE_H

#include "enrich/file_inspect.h"
#include "os/os_windows.h"

struct signatures;

/* NULL: out of memory. */
struct signatures *signatures_open(void);
void signatures_close(struct signatures *signatures);

/* Adds status and signer to an empty text. */
void signatures_check(struct signatures *signatures, HANDLE file, const wchar_t *path,
		      struct lookup_text *out);

#endif /* VIGIL_ENRICH_FILE_SIGNATURE_H */
