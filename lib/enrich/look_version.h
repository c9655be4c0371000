/* SPDX-License-Identifier: MIT */
/* look_version.h - the version information of a program or library. */
#ifndef VIGIL_ENRICH_LOOK_VERSION_H
#define VIGIL_ENRICH_LOOK_VERSION_H

#include "enrich/look.h"
#include "os/os_windows.h"

/* Adds "KEY=VALUE" items to an empty text; none: the file has no such thing. False: it
 * cannot be read. */
bool version_read(const wchar_t *path, struct look_text *out);

#endif /* VIGIL_ENRICH_LOOK_VERSION_H */
