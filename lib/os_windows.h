/* SPDX-License-Identifier: MIT */
/* os_windows.h - what the Windows side of the library and the command share. */
#ifndef VIGIL_OS_WINDOWS_H
#define VIGIL_OS_WINDOWS_H

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

/* What errno would be for an error of Windows. */
int os_errno(DWORD error);

/* Windows' own words for an error, in UTF-8, without the full stop, in `text`. */
const char *os_error_text(DWORD error, char *text, size_t size);

#endif /* VIGIL_OS_WINDOWS_H */
