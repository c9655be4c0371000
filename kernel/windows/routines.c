/* SPDX-License-Identifier: MIT */
/* routines.c - kernel routines that not every Windows exports. */
#include "routines.h"

#define POOL2_NON_PAGED 0x40ull
#define POOL2_PAGED     0x100ull

#define NON_PAGED_POOL_NX      512 /* NonPagedPoolNx: Windows 8 */
#define MDL_MAPPING_NO_EXECUTE 0x40000000u

#define UNIX_EPOCH 116444736000000000ll /* 1970-01-01 in 100 ns since 1601 */

struct routines nt;

/* Makes a wide literal of a macro's argument. */
#define WIDE(text)  WIDE_(text)
#define WIDE_(text) L##text

static const struct {
	PCWSTR name;
	SIZE_T place;
} table[] = {
#define VIGIL_ROUTINE_PLACE(type, name, parameters) \
	{ WIDE(#name), FIELD_OFFSET(struct routines, name) },
	VIGIL_ROUTINES(VIGIL_ROUTINE_PLACE)
};

/* Whether this Windows is 6.minor, or newer. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_INIT
static BOOLEAN IsAtLeast(_In_ ULONG minor)
{
	RTL_OSVERSIONINFOW version;

	RtlZeroMemory(&version, sizeof(version));
	version.dwOSVersionInfoSize = sizeof(version);
	return NT_SUCCESS(RtlGetVersion(&version)) &&
	       (version.dwMajorVersion > 6 ||
		(version.dwMajorVersion == 6 && version.dwMinorVersion >= minor));
}

_Use_decl_annotations_
VIGIL_INIT
VOID RoutinesStart(VOID)
{
	ULONG i;

	for (i = 0; i < RTL_NUMBER_OF(table); i++) {
		UNICODE_STRING name;
		PVOID routine;

		RtlInitUnicodeString(&name, table[i].name);
		routine = MmGetSystemRoutineAddress(&name);
		RtlCopyMemory((PUCHAR)&nt + table[i].place, &routine, sizeof(routine));
	}

	nt.signatures = IsAtLeast(3);
	/* Neither non-executable pool nor such mappings exist before Windows 8. */
	nt.nonpaged = NonPagedPool;
	nt.mapping = NormalPagePriority;
	if (IsAtLeast(2)) {
		nt.nonpaged = (POOL_TYPE)NON_PAGED_POOL_NX;
		nt.mapping = NormalPagePriority | MDL_MAPPING_NO_EXECUTE;
	}
}

_Use_decl_annotations_
PVOID PoolNonPaged(SIZE_T bytes, ULONG tag)
{
	PVOID memory;

	/* ExAllocatePool2 returns zeroed memory. */
	if (nt.ExAllocatePool2 != NULL)
		return nt.ExAllocatePool2(POOL2_NON_PAGED, bytes, tag);
	memory = ExAllocatePoolWithTag(nt.nonpaged, bytes, tag);
	if (memory != NULL)
		RtlZeroMemory(memory, bytes);
	return memory;
}

_Use_decl_annotations_
PVOID PoolPaged(SIZE_T bytes, ULONG tag)
{
	PVOID memory;

	if (nt.ExAllocatePool2 != NULL)
		return nt.ExAllocatePool2(POOL2_PAGED, bytes, tag);
	memory = ExAllocatePoolWithTag(PagedPool, bytes, tag);
	if (memory != NULL)
		RtlZeroMemory(memory, bytes);
	return memory;
}

/*
 * Only one precise clock is read, because each read costs as much as the rest of a
 * record's head. The other is computed from the difference of the two clocks at the last
 * tick, which are plain loads. The tick updates them one after the other: both are
 * compared with their previous values, and read again if a tick occurred in between.
 */
_Use_decl_annotations_
VOID TimeNow(PLARGE_INTEGER wall, UINT64 *mono)
{
	LARGE_INTEGER later = { .QuadPart = 0 };
	UINT64 tick = 0;
	ULONG64 counter;
	ULONG tries;

	for (tries = 0; tries < 3; tries++) {
		KeQuerySystemTime(wall);
		tick = KeQueryInterruptTime();
		*mono = nt.KeQueryInterruptTimePrecise != NULL
			    ? nt.KeQueryInterruptTimePrecise(&counter)
			    : tick;
		KeQuerySystemTime(&later);
		if (KeQueryInterruptTime() == tick && later.QuadPart == wall->QuadPart)
			break;
	}
	wall->QuadPart += (LONGLONG)(*mono - tick);
}

_Use_decl_annotations_
UINT16 ProcessorNow(VOID)
{
	if (nt.KeGetCurrentProcessorNumberEx == NULL)
		return 0xffff;
	return (UINT16)nt.KeGetCurrentProcessorNumberEx(NULL);
}

_Use_decl_annotations_
UINT64 TimeUnix(LONGLONG wall)
{
	return wall > UNIX_EPOCH ? (UINT64)(wall - UNIX_EPOCH) * 100 : 0;
}
