/* SPDX-License-Identifier: MIT */
/* ntstrsafe.h - string functions that know the size of their destination. */
#ifndef NTSIM_NTSTRSAFE_H
#define NTSIM_NTSTRSAFE_H

#include "wdm.h"

#define NTSTRSAFE_MAX_CCH                2147483647
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))

typedef char *NTSTRSAFE_PSTR;
typedef const char *NTSTRSAFE_PCSTR;
typedef wchar_t *NTSTRSAFE_PWSTR;
typedef const wchar_t *NTSTRSAFE_PCWSTR;

NTSIM_BEGIN
NTSTATUS RtlStringCbPrintfA(PSTR d, size_t bytes, PCSTR format, ...);
NTSTATUS RtlStringCbPrintfW(PWSTR d, size_t bytes, PCWSTR format, ...);
NTSTATUS RtlStringCchPrintfA(PSTR d, size_t count, PCSTR format, ...);
NTSTATUS RtlStringCchPrintfW(PWSTR d, size_t count, PCWSTR format, ...);
NTSTATUS RtlStringCbPrintfExA(PSTR d, size_t bytes, PSTR *end, size_t *left, ULONG flags,
			      PCSTR format, ...);
NTSTATUS RtlStringCbVPrintfA(PSTR d, size_t bytes, PCSTR format, va_list arguments);
NTSTATUS RtlStringCbVPrintfW(PWSTR d, size_t bytes, PCWSTR format, va_list arguments);
NTSTATUS RtlStringCchVPrintfA(PSTR d, size_t count, PCSTR format, va_list arguments);
NTSTATUS RtlStringCbCopyA(PSTR d, size_t bytes, PCSTR s);
NTSTATUS RtlStringCbCopyW(PWSTR d, size_t bytes, PCWSTR s);
NTSTATUS RtlStringCchCopyA(PSTR d, size_t count, PCSTR s);
NTSTATUS RtlStringCchCopyW(PWSTR d, size_t count, PCWSTR s);
NTSTATUS RtlStringCbCopyNA(PSTR d, size_t bytes, PCSTR s, size_t n);
NTSTATUS RtlStringCbCopyNW(PWSTR d, size_t bytes, PCWSTR s, size_t n);
NTSTATUS RtlStringCbCopyUnicodeString(PWSTR d, size_t bytes, PCUNICODE_STRING s);
NTSTATUS RtlStringCchCopyUnicodeString(PWSTR d, size_t count, PCUNICODE_STRING s);
NTSTATUS RtlStringCbCatA(PSTR d, size_t bytes, PCSTR s);
NTSTATUS RtlStringCbCatW(PWSTR d, size_t bytes, PCWSTR s);
NTSTATUS RtlStringCchCatA(PSTR d, size_t count, PCSTR s);
NTSTATUS RtlStringCchCatW(PWSTR d, size_t count, PCWSTR s);
NTSTATUS RtlStringCbLengthA(PCSTR s, size_t max, size_t *length);
NTSTATUS RtlStringCbLengthW(PCWSTR s, size_t max, size_t *length);
NTSTATUS RtlStringCchLengthA(PCSTR s, size_t max, size_t *length);
NTSTATUS RtlStringCchLengthW(PCWSTR s, size_t max, size_t *length);
NTSIM_END

#endif
