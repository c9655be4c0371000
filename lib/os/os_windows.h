/* SPDX-License-Identifier: MIT */
/* os_windows.h - functions that the library and the command share on Windows. */
#ifndef VIGIL_OS_OS_WINDOWS_H
#define VIGIL_OS_OS_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

/* Convert UTF-8 to UTF-16 and back; unpaired surrogates and their three bytes are preserved. The
 * caller frees the result; NULL: out of memory. */
wchar_t *os_widen(const char *text);
char *os_narrow(const wchar_t *text);

/* Opens a file to write, which is emptied unless append. A new file is accessible to its owner
 * and administrators only. Returns a descriptor of the C library, in binary mode; -1: see errno.
 * To open files that a user names: output_file.h. */
int os_create(const char *path, bool append);

/* For a file that appears only when it is complete: os_create_new makes it under another name,
 * which must not exist; os_replace writes it to the disk and renames it in one step. -1: see
 * errno. */
int os_create_new(const char *path);
int os_replace(int fd, const char *from, const char *to);

/* Whether os_replace can use this path: it does not exist, or is a file and not a device. */
bool os_is_replaceable(const char *path);

/* Returns the errno for a Windows error code. */
int os_errno(DWORD error);

/* Formats the system's text for an error in UTF-8, without the full stop, and returns `text`. */
const char *os_error_text(DWORD error, char *text, size_t size);

#endif /* VIGIL_OS_OS_WINDOWS_H */
