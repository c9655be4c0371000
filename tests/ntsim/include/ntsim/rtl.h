/* SPDX-License-Identifier: MIT */
/* rtl.h - run-time library: lists, memory, counted strings, bitmaps of use to a driver. */
#ifndef NTSIM_RTL_H
#define NTSIM_RTL_H

#include "def.h"

#define RtlCopyMemory(d, s, n)    memcpy((d), (s), (n))
#define RtlMoveMemory(d, s, n)    memmove((d), (s), (n))
#define RtlZeroMemory(d, n)       memset((d), 0, (n))
#define RtlFillMemory(d, n, c)    memset((d), (c), (n))
#define RtlEqualMemory(a, b, n)   (memcmp((a), (b), (n)) == 0)
#define RtlSecureZeroMemory(d, n) ntsim_secure_zero((d), (n))

static inline PVOID ntsim_secure_zero(PVOID destination, SIZE_T size)
{
	memset(destination, 0, size);
	__asm__ __volatile__("" : : "r"(destination) : "memory");
	return destination;
}

FORCEINLINE SIZE_T RtlCompareMemory(const VOID *a, const VOID *b, SIZE_T n)
{
	SIZE_T i = 0;

	while (i < n && ((const UCHAR *)a)[i] == ((const UCHAR *)b)[i])
		i++;
	return i;
}

FORCEINLINE VOID InitializeListHead(PLIST_ENTRY head)
{
	head->Flink = head->Blink = head;
}

FORCEINLINE BOOLEAN IsListEmpty(const LIST_ENTRY *head)
{
	return (BOOLEAN)(head->Flink == head);
}

/* Like RtlFailFast(FAST_FAIL_CORRUPT_LIST_ENTRY): a list whose links disagree stops the system. */
FORCEINLINE VOID ntsim_list_check(const LIST_ENTRY *entry)
{
	if (entry->Flink->Blink != entry || entry->Blink->Flink != entry)
		KeBugCheckEx(0x139, 3, (ULONG_PTR)entry, 0, 0);
}

FORCEINLINE BOOLEAN RemoveEntryList(PLIST_ENTRY entry)
{
	PLIST_ENTRY next = entry->Flink, previous = entry->Blink;

	ntsim_list_check(entry);
	previous->Flink = next;
	next->Blink = previous;
	return (BOOLEAN)(next == previous);
}

FORCEINLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY head)
{
	PLIST_ENTRY entry = head->Flink;

	RemoveEntryList(entry);
	return entry;
}

FORCEINLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY head)
{
	PLIST_ENTRY entry = head->Blink;

	RemoveEntryList(entry);
	return entry;
}

FORCEINLINE VOID InsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
	ntsim_list_check(head);
	entry->Flink = head->Flink;
	entry->Blink = head;
	head->Flink->Blink = entry;
	head->Flink = entry;
}

FORCEINLINE VOID InsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
	ntsim_list_check(head);
	entry->Flink = head;
	entry->Blink = head->Blink;
	head->Blink->Flink = entry;
	head->Blink = entry;
}

FORCEINLINE VOID AppendTailList(PLIST_ENTRY head, PLIST_ENTRY other)
{
	PLIST_ENTRY tail = head->Blink;

	head->Blink->Flink = other;
	head->Blink = other->Blink;
	other->Blink->Flink = head;
	other->Blink = tail;
}

FORCEINLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY head)
{
	PSINGLE_LIST_ENTRY entry = head->Next;

	if (entry)
		head->Next = entry->Next;
	return entry;
}

FORCEINLINE VOID PushEntryList(PSINGLE_LIST_ENTRY head, PSINGLE_LIST_ENTRY entry)
{
	entry->Next = head->Next;
	head->Next = entry;
}

NTSIM_BEGIN
/* Counted strings. Those that compare or change case without regard to case
 * need PASSIVE_LEVEL: the tables of the case are pageable. */
VOID RtlInitUnicodeString(PUNICODE_STRING destination, PCWSTR source);
NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING destination, PCWSTR source);
NTSTATUS RtlUnicodeStringInitEx(PUNICODE_STRING destination, PCWSTR source, ULONG flags);
NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING destination, PCUNICODE_STRING source);
NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING destination, PCUNICODE_STRING source);
NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING destination, PCWSTR source);
NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING destination, PCWSTR source);
NTSTATUS RtlUnicodeStringValidate(PCUNICODE_STRING source);
NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING destination, PCWSTR format, ...);
VOID RtlInitAnsiString(PANSI_STRING destination, PCSZ source);
VOID RtlInitEmptyUnicodeString(PUNICODE_STRING destination, PWCHAR buffer, USHORT size);
VOID RtlCopyUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source);
NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING destination, PCUNICODE_STRING source);
NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING destination, PCWSTR source);
LONG RtlCompareUnicodeString(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN ignore_case);
BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN ignore_case);
BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING prefix, PCUNICODE_STRING s, BOOLEAN ignore_case);
BOOLEAN RtlSuffixUnicodeString(PCUNICODE_STRING suffix, PCUNICODE_STRING s, BOOLEAN ignore_case);
NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source,
				BOOLEAN allocate);
NTSTATUS RtlDowncaseUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source,
				  BOOLEAN allocate);
WCHAR RtlUpcaseUnicodeChar(WCHAR c);
WCHAR RtlDowncaseUnicodeChar(WCHAR c);
NTSTATUS RtlHashUnicodeString(PCUNICODE_STRING s, BOOLEAN ignore_case, ULONG algorithm,
			      PULONG hash);
VOID RtlFreeUnicodeString(PUNICODE_STRING s);
VOID RtlFreeAnsiString(PANSI_STRING s);
NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING s, ULONG base, PULONG value);
NTSTATUS RtlIntegerToUnicodeString(ULONG value, ULONG base, PUNICODE_STRING s);
NTSTATUS RtlInt64ToUnicodeString(ULONGLONG value, ULONG base, PUNICODE_STRING s);
NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING destination, PCUNICODE_STRING source,
				      BOOLEAN allocate);
NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING destination, PCANSI_STRING source,
				      BOOLEAN allocate);
NTSTATUS RtlUnicodeToUTF8N(PCHAR destination, ULONG size, PULONG written, PCWCH source,
			   ULONG source_bytes);
NTSTATUS RtlUTF8ToUnicodeN(PWSTR destination, ULONG size, PULONG written, PCCH source,
			   ULONG source_bytes);
NTSTATUS RtlStringFromGUID(const GUID *guid, PUNICODE_STRING s);
BOOLEAN FsRtlIsNameInExpression(PUNICODE_STRING expression, PUNICODE_STRING name,
				BOOLEAN ignore_case, PWCH upcase_table);
BOOLEAN FsRtlDoesNameContainWildCards(PUNICODE_STRING name);

typedef struct _OSVERSIONINFOW {
	ULONG dwOSVersionInfoSize;
	ULONG dwMajorVersion;
	ULONG dwMinorVersion;
	ULONG dwBuildNumber;
	ULONG dwPlatformId;
	WCHAR szCSDVersion[128];
} RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW version);
BOOLEAN RtlIsNtDdiVersionAvailable(ULONG version);
ULONG RtlRandomEx(PULONG seed);
USHORT RtlCaptureStackBackTrace(ULONG skip, ULONG count, PVOID *frames, PULONG hash);

typedef struct _TIME_FIELDS {
	CSHORT Year, Month, Day, Hour, Minute, Second, Milliseconds, Weekday;
} TIME_FIELDS, *PTIME_FIELDS;
VOID RtlTimeToTimeFields(PLARGE_INTEGER time, PTIME_FIELDS fields);

#define DPFLTR_DEFAULT_ID    101
#define DPFLTR_IHVDRIVER_ID  77
#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3
/* The Unicode formats need PASSIVE_LEVEL, and one call carries 512 bytes (DDI DbgPrint). */
ULONG DbgPrint(PCSTR format, ...);
ULONG DbgPrintEx(ULONG component, ULONG level, PCSTR format, ...);
ULONG vDbgPrintEx(ULONG component, ULONG level, PCSTR format, va_list arguments);
#define KdPrint(x)   DbgPrint x
#define KdPrintEx(x) DbgPrintEx x
VOID DbgBreakPoint(VOID);
#define KdBreakPoint() DbgBreakPoint()

/* The C library's wide functions on WCHARs of 16 bits. */
size_t ntsim_wcslen(PCWSTR s);
size_t ntsim_wcsnlen(PCWSTR s, size_t n);
PWSTR ntsim_wcschr(PCWSTR s, WCHAR c);
PWSTR ntsim_wcsrchr(PCWSTR s, WCHAR c);
PWSTR ntsim_wcsstr(PCWSTR s, PCWSTR t);
int ntsim_wcscmp(PCWSTR a, PCWSTR b);
int ntsim_wcsncmp(PCWSTR a, PCWSTR b, size_t n);
int ntsim_wcsicmp(PCWSTR a, PCWSTR b);
int ntsim_wcsnicmp(PCWSTR a, PCWSTR b, size_t n);
int ntsim_wcscpy_s(PWSTR d, size_t size, PCWSTR s);
int ntsim_wcscat_s(PWSTR d, size_t size, PCWSTR s);
int ntsim_wcsncpy_s(PWSTR d, size_t size, PCWSTR s, size_t n);
int ntsim_swprintf_s(PWSTR d, size_t size, PCWSTR format, ...);
int ntsim_strcpy_s(PSTR d, size_t size, PCSTR s);
NTSIM_END

#ifdef __cplusplus /* the C library's forms for arrays, whose size they find themselves */
template <size_t SIZE> int ntsim_wcscpy_s(WCHAR (&d)[SIZE], PCWSTR s)
{
	return ntsim_wcscpy_s(d, SIZE, s);
}

template <size_t SIZE> int ntsim_wcscat_s(WCHAR (&d)[SIZE], PCWSTR s)
{
	return ntsim_wcscat_s(d, SIZE, s);
}

template <size_t SIZE> int ntsim_wcsncpy_s(WCHAR (&d)[SIZE], PCWSTR s, size_t n)
{
	return ntsim_wcsncpy_s(d, SIZE, s, n);
}

template <size_t SIZE, class... T> int ntsim_swprintf_s(WCHAR (&d)[SIZE], PCWSTR format, T... rest)
{
	return ntsim_swprintf_s(d, SIZE, format, rest...);
}

template <size_t SIZE> int ntsim_strcpy_s(char (&d)[SIZE], PCSTR s)
{
	return ntsim_strcpy_s(d, SIZE, s);
}
#endif

#define wcslen     ntsim_wcslen
#define wcsnlen    ntsim_wcsnlen
#define wcschr     ntsim_wcschr
#define wcsrchr    ntsim_wcsrchr
#define wcsstr     ntsim_wcsstr
#define wcscmp     ntsim_wcscmp
#define wcsncmp    ntsim_wcsncmp
#define _wcsicmp   ntsim_wcsicmp
#define _wcsnicmp  ntsim_wcsnicmp
#define wcscpy_s   ntsim_wcscpy_s
#define wcscat_s   ntsim_wcscat_s
#define wcsncpy_s  ntsim_wcsncpy_s
#define swprintf_s ntsim_swprintf_s
#define strcpy_s   ntsim_strcpy_s

#endif
