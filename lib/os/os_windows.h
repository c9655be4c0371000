/* SPDX-License-Identifier: MIT */
/* os_windows.h - what the Windows side of the library and the command share. */
#ifndef VIGIL_OS_OS_WINDOWS_H
#define VIGIL_OS_OS_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

/* UTF-8 as UTF-16 and back; unpaired surrogates and their three bytes survive. To be
 * freed by the caller; NULL: no memory. */
wchar_t *os_widen(const char *text);
char *os_narrow(const wchar_t *text);

/* A file to write, emptied unless append. One that is made here is for its owner's eyes
 * and the administrators' alone. A descriptor of the C library, in binary mode; -1: errno
 * says why. output_file.h opens files that somebody names. */
int os_create(const char *path, bool append);

/* For a file that appears only when it is complete: made under another name, which must
 * be free, then put in its place in one step, on the disk before. -1: errno. */
int os_create_new(const char *path);
int os_replace(int fd, const char *from, const char *to);

/* Whether a file can take that place: it is free, or a file's, and not a device's. */
bool os_is_replaceable(const char *path);

/* What errno would be for an error of Windows. */
int os_errno(DWORD error);

/* Windows' own words for an error, in UTF-8, without the full stop, in `text`. */
const char *os_error_text(DWORD error, char *text, size_t size);

#endif /* VIGIL_OS_OS_WINDOWS_H */
