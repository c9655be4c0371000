/* SPDX-License-Identifier: MIT */
/* look_version.h - the version information of a program or library. */
#ifndef VIGIL_LOOK_VERSION_H
#define VIGIL_LOOK_VERSION_H

#include "look.h"
#include "os_windows.h"

/* Adds "KEY=VALUE" items to an empty text; none: the file has no such thing. False: it
 * cannot be read. */
bool version_read(const wchar_t *path, struct look_text *out);

#endif /* VIGIL_LOOK_VERSION_H */
