/* SPDX-License-Identifier: MIT */
/* files.h - reads the rules files of a path. */
#ifndef VIGIL_DETECT_FILES_H
#define VIGIL_DETECT_FILES_H

#include "detect/load.h"

extern const char files_too_large[];

/* Reads a file, or the *.yml and *.yaml files of a folder and its subfolders, in the order of
 * names. A file in a folder that cannot be read gets a note. Links to folders are not followed.
 * Returns VIGIL_OK or VIGIL_ERROR_USAGE: the path is no file or folder that can be read. */
enum vigil_code files_read(struct load *load, const char *path, struct vigil_error *error);

#endif /* VIGIL_DETECT_FILES_H */
