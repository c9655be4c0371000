/* SPDX-License-Identifier: MIT */
/* file_version.h - the version information of a program or library. */
#ifndef VIGIL_ENRICH_FILE_VERSION_H
#define VIGIL_ENRICH_FILE_VERSION_H

#include "enrich/file_inspect.h"
#include "os/os_windows.h"

/* Adds "KEY=VALUE" items to an empty text, none if the file has no version information. Returns
 * false if it cannot be read. */
bool version_read(const wchar_t *path, struct lookup_text *out);

#endif /* VIGIL_ENRICH_FILE_VERSION_H */
