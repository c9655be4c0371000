/* SPDX-License-Identifier: MIT */
/* string.c - counted strings, case, wild cards, and the C library's wide functions. */
#include "sim.h"

/* ---- case: the C locale's simple mapping of the Basic Multilingual Plane's
 * first blocks is what tests of a driver need; the rest maps to itself. ---- */

WCHAR RtlUpcaseUnicodeChar(WCHAR c)
{
	if (c >= 'a' && c <= 'z')
		return (WCHAR)(c - 32);
	if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) ||
	    (c >= 0x430 && c <= 0x44f))
		return (WCHAR)(c - 32);
	if (c >= 0x450 && c <= 0x45f)
		return (WCHAR)(c - 80);
	if (c == 0xff)
		return 0x178;
	if ((c >= 0x100 && c <= 0x12f) || (c >= 0x14a && c <= 0x177))
		return (WCHAR)(c & ~1u);
	return c;
}

WCHAR RtlDowncaseUnicodeChar(WCHAR c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
	    (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return (WCHAR)(c + 32);
	if (c >= 0x400 && c <= 0x40f)
		return (WCHAR)(c + 80);
	return c;
}

/* The tables of the case are pageable. */
static void need_passive(const char *routine, BOOLEAN ignore_case)
{
	need_irql(routine, PASSIVE_LEVEL, ignore_case ? PASSIVE_LEVEL : DISPATCH_LEVEL);
}

static size_t count_of(PCUNICODE_STRING s)
{
	return s->Length / sizeof(WCHAR);
}

/* ---- making ---- */

VOID RtlInitUnicodeString(PUNICODE_STRING destination, PCWSTR source)
{
	size_t bytes = source ? wcslen(source) * sizeof(WCHAR) : 0;

	if (bytes > 0xfffc)
		bytes = 0xfffc;
	*destination = (UNICODE_STRING){ (USHORT)bytes, source ? (USHORT)(bytes + 2) : 0,
					 (PWCH)(uintptr_t)source };
}

NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING destination, PCWSTR source)
{
	if (source && wcslen(source) > 0x7ffe)
		return STATUS_INVALID_PARAMETER;
	RtlInitUnicodeString(destination, source);
	return STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeStringInitEx(PUNICODE_STRING destination, PCWSTR source, ULONG flags)
{
	(void)flags;
	return RtlUnicodeStringInit(destination, source);
}

VOID RtlInitEmptyUnicodeString(PUNICODE_STRING destination, PWCHAR buffer, USHORT size)
{
	*destination = (UNICODE_STRING){ 0, size, buffer };
}

VOID RtlInitAnsiString(PANSI_STRING destination, PCSZ source)
{
	size_t bytes = source ? strlen(source) : 0;

	*destination = (ANSI_STRING){ (USHORT)bytes, source ? (USHORT)(bytes + 1) : 0,
				      (PCHAR)(uintptr_t)source };
}

NTSTATUS RtlUnicodeStringValidate(PCUNICODE_STRING s)
{
	if (!s)
		return STATUS_SUCCESS;
	if (s->Length % 2 || s->MaximumLength % 2 || s->Length > s->MaximumLength ||
	    (!s->Buffer && s->MaximumLength))
		return STATUS_INVALID_PARAMETER;
	return STATUS_SUCCESS;
}

VOID RtlCopyUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source)
{
	USHORT bytes = source ? min(source->Length, destination->MaximumLength) : 0;

	if (bytes)
		memmove(destination->Buffer, source->Buffer, bytes);
	destination->Length = bytes;
	if (bytes + 1 < destination->MaximumLength)
		destination->Buffer[bytes / 2] = 0;
}

NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING destination, PCUNICODE_STRING source)
{
	if (source->Length + destination->Length > destination->MaximumLength)
		return STATUS_BUFFER_TOO_SMALL;
	memmove((char *)destination->Buffer + destination->Length, source->Buffer, source->Length);
	destination->Length = (USHORT)(destination->Length + source->Length);
	if (destination->Length + 1 < destination->MaximumLength)
		destination->Buffer[destination->Length / 2] = 0;
	return STATUS_SUCCESS;
}

NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING destination, PCWSTR source)
{
	UNICODE_STRING s;

	RtlInitUnicodeString(&s, source);
	return RtlAppendUnicodeStringToString(destination, &s);
}

NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING destination, PCUNICODE_STRING source)
{
	RtlCopyUnicodeString(destination, source);
	return source->Length > destination->MaximumLength ? STATUS_BUFFER_OVERFLOW
							   : STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING destination, PCWSTR source)
{
	UNICODE_STRING s;

	RtlInitUnicodeString(&s, source);
	return RtlUnicodeStringCopy(destination, &s);
}

NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING destination, PCUNICODE_STRING source)
{
	NTSTATUS status = RtlAppendUnicodeStringToString(destination, source);

	return status == STATUS_BUFFER_TOO_SMALL ? STATUS_BUFFER_OVERFLOW : status;
}

NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING destination, PCWSTR source)
{
	UNICODE_STRING s;

	RtlInitUnicodeString(&s, source);
	return RtlUnicodeStringCat(destination, &s);
}

NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING destination, PCWSTR format, ...)
{
	va_list arguments;
	int count;

	va_start(arguments, format);
	count =
	    format_wide(destination->Buffer, destination->MaximumLength / 2u, format, arguments);
	va_end(arguments);
	destination->Length =
	    (USHORT)(ntsim_wcsnlen(destination->Buffer, destination->MaximumLength / 2u) * 2);
	return count < 0 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

VOID RtlFreeUnicodeString(PUNICODE_STRING s)
{
	need_irql("RtlFreeUnicodeString", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (s->Buffer)
		ExFreePool(s->Buffer);
	*s = (UNICODE_STRING){ 0, 0, NULL };
}

VOID RtlFreeAnsiString(PANSI_STRING s)
{
	if (s->Buffer)
		ExFreePool(s->Buffer);
	*s = (ANSI_STRING){ 0, 0, NULL };
}

/* ---- comparing ---- */

static WCHAR fold(WCHAR c, BOOLEAN ignore_case)
{
	return ignore_case ? RtlUpcaseUnicodeChar(c) : c;
}

static LONG compare(PCWSTR a, size_t m, PCWSTR b, size_t n, BOOLEAN ignore_case)
{
	for (size_t i = 0; i < m && i < n; i++) {
		LONG difference = (LONG)fold(a[i], ignore_case) - (LONG)fold(b[i], ignore_case);

		if (difference)
			return difference;
	}
	return m < n ? -1 : m > n;
}

LONG RtlCompareUnicodeString(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN ignore_case)
{
	need_passive("RtlCompareUnicodeString", ignore_case);
	return compare(a->Buffer, count_of(a), b->Buffer, count_of(b), ignore_case);
}

BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN ignore_case)
{
	need_passive("RtlEqualUnicodeString", ignore_case);
	return a->Length == b->Length &&
	       compare(a->Buffer, count_of(a), b->Buffer, count_of(b), ignore_case) == 0;
}

BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING prefix, PCUNICODE_STRING s, BOOLEAN ignore_case)
{
	need_passive("RtlPrefixUnicodeString", ignore_case);
	return prefix->Length <= s->Length && compare(prefix->Buffer, count_of(prefix), s->Buffer,
						      count_of(prefix), ignore_case) == 0;
}

BOOLEAN RtlSuffixUnicodeString(PCUNICODE_STRING suffix, PCUNICODE_STRING s, BOOLEAN ignore_case)
{
	need_passive("RtlSuffixUnicodeString", ignore_case);
	return suffix->Length <= s->Length && compare(suffix->Buffer, count_of(suffix),
						      s->Buffer + (count_of(s) - count_of(suffix)),
						      count_of(suffix), ignore_case) == 0;
}

static NTSTATUS change_case(const char *routine, PUNICODE_STRING destination,
			    PCUNICODE_STRING source, BOOLEAN allocate, WCHAR (*change)(WCHAR))
{
	need_irql(routine, PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (allocate) {
		if (fault(routine))
			return STATUS_NO_MEMORY;
		destination->MaximumLength = source->Length;
		destination->Buffer =
		    source->Length ? pool_special(source->Length, true, 0x67727453, routine) : NULL;
	} else if (destination->MaximumLength < source->Length) {
		return STATUS_BUFFER_OVERFLOW;
	}
	destination->Length = source->Length;
	for (size_t i = 0; i < count_of(source); i++)
		destination->Buffer[i] = change(source->Buffer[i]);
	return STATUS_SUCCESS;
}

NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source,
				BOOLEAN allocate)
{
	return change_case("RtlUpcaseUnicodeString", destination, source, allocate,
			   RtlUpcaseUnicodeChar);
}

NTSTATUS RtlDowncaseUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source,
				  BOOLEAN allocate)
{
	return change_case("RtlDowncaseUnicodeString", destination, source, allocate,
			   RtlDowncaseUnicodeChar);
}

NTSTATUS RtlHashUnicodeString(PCUNICODE_STRING s, BOOLEAN ignore_case, ULONG algorithm, PULONG hash)
{
	(void)algorithm;
	need_passive("RtlHashUnicodeString", ignore_case);
	*hash = 0;
	for (size_t i = 0; i < count_of(s); i++)
		*hash = *hash * 65599u + fold(s->Buffer[i], ignore_case);
	return STATUS_SUCCESS;
}

/* ---- wild cards (DDI FsRtlIsNameInExpression): * ? and DOS_STAR < DOS_QM > DOS_DOT " ---- */

BOOLEAN FsRtlDoesNameContainWildCards(PUNICODE_STRING name)
{
	for (size_t i = 0; i < count_of(name); i++) {
		WCHAR c = name->Buffer[i];

		if (c == '*' || c == '?' || c == '<' || c == '>' || c == '"')
			return TRUE;
	}
	return FALSE;
}

static bool in_expression(PCWSTR e, size_t m, PCWSTR s, size_t n, BOOLEAN ignore_case)
{
	while (m && *e != '*') {
		if (n == 0 || (*e != '?' && *e != fold(*s, ignore_case)))
			return false;
		e++, m--, s++, n--;
	}
	if (m == 0)
		return n == 0;
	for (size_t skip = 0; skip <= n; skip++) {
		if (in_expression(e + 1, m - 1, s + skip, n - skip, ignore_case))
			return true;
	}
	return false;
}

BOOLEAN FsRtlIsNameInExpression(PUNICODE_STRING expression, PUNICODE_STRING name,
				BOOLEAN ignore_case, PWCH upcase_table)
{
	(void)upcase_table;
	need_irql("FsRtlIsNameInExpression", PASSIVE_LEVEL, PASSIVE_LEVEL);
	for (size_t i = 0; ignore_case && i < count_of(expression); i++) {
		if (RtlUpcaseUnicodeChar(expression->Buffer[i]) != expression->Buffer[i])
			ntsim_bugcheck(NTSIM_MISUSE, "FsRtlIsNameInExpression: the expression must "
						     "be upper case when case is ignored");
	}
	return in_expression(expression->Buffer, count_of(expression), name->Buffer, count_of(name),
			     ignore_case);
}

/* ---- numbers ---- */

NTSTATUS RtlInt64ToUnicodeString(ULONGLONG value, ULONG base, PUNICODE_STRING s)
{
	char digits[65];
	size_t count = 0;

	base = base ? base : 10;
	do {
		digits[count++] = "0123456789ABCDEF"[value % base];
		value /= base;
	} while (value);
	if (count * 2 > s->MaximumLength)
		return STATUS_BUFFER_OVERFLOW;
	for (size_t i = 0; i < count; i++)
		s->Buffer[i] = (WCHAR)digits[count - 1 - i];
	s->Length = (USHORT)(count * 2);
	return STATUS_SUCCESS;
}

NTSTATUS RtlIntegerToUnicodeString(ULONG value, ULONG base, PUNICODE_STRING s)
{
	return RtlInt64ToUnicodeString(value, base, s);
}

NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING s, ULONG base, PULONG value)
{
	char text[32];
	size_t i, count = count_of(s) < sizeof(text) - 1 ? count_of(s) : sizeof(text) - 1;

	for (i = 0; i < count; i++)
		text[i] = (char)s->Buffer[i];
	text[i] = 0;
	*value = (ULONG)strtoul(text, NULL, (int)base);
	return STATUS_SUCCESS;
}

/* ---- the C library on WCHARs ---- */

size_t ntsim_wcslen(PCWSTR s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t ntsim_wcsnlen(PCWSTR s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

PWSTR ntsim_wcschr(PCWSTR s, WCHAR c)
{
	for (; *s; s++) {
		if (*s == c)
			return (PWSTR)(uintptr_t)s;
	}
	return c ? NULL : (PWSTR)(uintptr_t)s;
}

PWSTR ntsim_wcsrchr(PCWSTR s, WCHAR c)
{
	PCWSTR found = NULL;

	for (; *s; s++) {
		if (*s == c)
			found = s;
	}
	return (PWSTR)(uintptr_t)(c ? found : s);
}

int ntsim_wcsncmp(PCWSTR a, PCWSTR b, size_t n)
{
	for (; n; a++, b++, n--) {
		if (*a != *b || !*a)
			return *a - *b;
	}
	return 0;
}

int ntsim_wcscmp(PCWSTR a, PCWSTR b)
{
	return ntsim_wcsncmp(a, b, SIZE_MAX);
}

int ntsim_wcsnicmp(PCWSTR a, PCWSTR b, size_t n)
{
	for (; n; a++, b++, n--) {
		int difference = RtlDowncaseUnicodeChar(*a) - RtlDowncaseUnicodeChar(*b);

		if (difference || !*a)
			return difference;
	}
	return 0;
}

int ntsim_wcsicmp(PCWSTR a, PCWSTR b)
{
	return ntsim_wcsnicmp(a, b, SIZE_MAX);
}

PWSTR ntsim_wcsstr(PCWSTR s, PCWSTR t)
{
	for (; *s; s++) {
		if (ntsim_wcsncmp(s, t, ntsim_wcslen(t)) == 0)
			return (PWSTR)(uintptr_t)s;
	}
	return NULL;
}
