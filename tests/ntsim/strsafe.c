/* SPDX-License-Identifier: MIT */
/* strsafe.c - copies and concatenations that know the size of their destination. */
#include "sim.h"
#include <ntstrsafe.h>

/* The core, per character type: append at most n characters of s to d[used]. */
static NTSTATUS append_narrow(PSTR d, size_t size, size_t used, PCSTR s, size_t n)
{
	if (size == 0 || used >= size)
		return STATUS_INVALID_PARAMETER;
	for (; n && *s; n--) {
		if (used + 1 == size) {
			d[used] = 0;
			return STATUS_BUFFER_OVERFLOW;
		}
		d[used++] = *s++;
	}
	d[used] = 0;
	return STATUS_SUCCESS;
}

static NTSTATUS append_wide(PWSTR d, size_t size, size_t used, PCWSTR s, size_t n)
{
	if (size == 0 || used >= size)
		return STATUS_INVALID_PARAMETER;
	for (; n && *s; n--) {
		if (used + 1 == size) {
			d[used] = 0;
			return STATUS_BUFFER_OVERFLOW;
		}
		d[used++] = *s++;
	}
	d[used] = 0;
	return STATUS_SUCCESS;
}

NTSTATUS RtlStringCbCopyA(PSTR d, size_t bytes, PCSTR s)
{
	return append_narrow(d, bytes, 0, s, SIZE_MAX);
}

NTSTATUS RtlStringCchCopyA(PSTR d, size_t count, PCSTR s)
{
	return append_narrow(d, count, 0, s, SIZE_MAX);
}

NTSTATUS RtlStringCbCopyNA(PSTR d, size_t bytes, PCSTR s, size_t n)
{
	return append_narrow(d, bytes, 0, s, n);
}

NTSTATUS RtlStringCbCatA(PSTR d, size_t bytes, PCSTR s)
{
	return append_narrow(d, bytes, strnlen(d, bytes), s, SIZE_MAX);
}

NTSTATUS RtlStringCchCatA(PSTR d, size_t count, PCSTR s)
{
	return RtlStringCbCatA(d, count, s);
}

NTSTATUS RtlStringCchCopyW(PWSTR d, size_t count, PCWSTR s)
{
	return append_wide(d, count, 0, s, SIZE_MAX);
}

NTSTATUS RtlStringCbCopyW(PWSTR d, size_t bytes, PCWSTR s)
{
	return append_wide(d, bytes / 2, 0, s, SIZE_MAX);
}

NTSTATUS RtlStringCbCopyNW(PWSTR d, size_t bytes, PCWSTR s, size_t n)
{
	return append_wide(d, bytes / 2, 0, s, n / 2);
}

NTSTATUS RtlStringCchCatW(PWSTR d, size_t count, PCWSTR s)
{
	return append_wide(d, count, ntsim_wcsnlen(d, count), s, SIZE_MAX);
}

NTSTATUS RtlStringCbCatW(PWSTR d, size_t bytes, PCWSTR s)
{
	return RtlStringCchCatW(d, bytes / 2, s);
}

/* Counted: a NUL inside is a character like others. */
NTSTATUS RtlStringCchCopyUnicodeString(PWSTR d, size_t count, PCUNICODE_STRING s)
{
	size_t n = s->Length / 2u, fits;

	if (count == 0)
		return STATUS_INVALID_PARAMETER;
	fits = n < count - 1 ? n : count - 1;
	if (fits)
		memcpy(d, s->Buffer, fits * 2);
	d[fits] = 0;
	return fits < n ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS RtlStringCbCopyUnicodeString(PWSTR d, size_t bytes, PCUNICODE_STRING s)
{
	return RtlStringCchCopyUnicodeString(d, bytes / 2, s);
}

NTSTATUS RtlStringCbLengthA(PCSTR s, size_t max, size_t *length)
{
	size_t n = strnlen(s, max);

	if (length)
		*length = n < max ? n : 0;
	return n < max ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS RtlStringCchLengthA(PCSTR s, size_t max, size_t *length)
{
	return RtlStringCbLengthA(s, max, length);
}

NTSTATUS RtlStringCchLengthW(PCWSTR s, size_t max, size_t *length)
{
	size_t n = ntsim_wcsnlen(s, max);

	if (length)
		*length = n < max ? n : 0;
	return n < max ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS RtlStringCbLengthW(PCWSTR s, size_t max, size_t *length)
{
	NTSTATUS status = RtlStringCchLengthW(s, max / 2, length);

	if (length)
		*length *= 2;
	return status;
}

/* The C library's _s functions end the program when the destination is too small. */
static int strict(NTSTATUS status, const char *routine)
{
	if (!NT_SUCCESS(status))
		ntsim_bugcheck(NTSIM_MISUSE, "%s: the destination is too small", routine);
	return 0;
}

int ntsim_wcscpy_s(PWSTR d, size_t size, PCWSTR s)
{
	return strict(RtlStringCchCopyW(d, size, s), "wcscpy_s");
}

int ntsim_wcscat_s(PWSTR d, size_t size, PCWSTR s)
{
	return strict(RtlStringCchCatW(d, size, s), "wcscat_s");
}

int ntsim_wcsncpy_s(PWSTR d, size_t size, PCWSTR s, size_t n)
{
	NTSTATUS status = append_wide(d, size, 0, s, n);

	return n == SIZE_MAX ? 80 : strict(status, "wcsncpy_s"); /* _TRUNCATE: STRUNCATE */
}

int ntsim_strcpy_s(PSTR d, size_t size, PCSTR s)
{
	return strict(RtlStringCbCopyA(d, size, s), "strcpy_s");
}
