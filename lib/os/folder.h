/* SPDX-License-Identifier: MIT */
/* folder.h - the names in a folder. */
#ifndef VIGIL_OS_FOLDER_H
#define VIGIL_OS_FOLDER_H

#include <stdbool.h>

/* Calls add() for each name in a folder, in no particular order, until add() returns false. folder:
 * the name is a folder and not a link to one. Returns 0; -1: the folder cannot be read, see errno;
 * ENOTDIR if it is a file. Thread-safe. */
int folder_list(const char *path, bool (*add)(void *user, const char *name, bool folder),
		void *user);

#endif /* VIGIL_OS_FOLDER_H */
