/* SPDX-License-Identifier: MIT */
/*
 * routines.h - kernel routines that not every Windows exports.
 *
 * Each is looked up by name when the driver loads; NULL: not available. These routines
 * are documented as newer than Windows 7, or as routines to be linked at run time (the
 * Zw queries, whose classes may change).
 */
#ifndef VIGIL_ROUTINES_H
#define VIGIL_ROUTINES_H

#include "nt.h"

typedef VOID(NTAPI *image_routine)(PUNICODE_STRING name, HANDLE pid, PIMAGE_INFO image);

/* X(type of the result, name, parameters) */
#define VIGIL_ROUTINES(X) \
	X(PVOID, ExAllocatePool2, (ULONG64 flags, SIZE_T bytes, ULONG tag)) \
	X(ULONG64, KeQueryInterruptTimePrecise, (PULONG64 counter)) \
	X(ULONG, KeGetCurrentProcessorNumberEx, (PVOID number)) \
	X(ULONGLONG, PsGetProcessStartKey, (PEPROCESS process)) \
	X(NTSTATUS, PsGetProcessExitStatus, (PEPROCESS process)) \
	X(NTSTATUS, PsGetThreadExitStatus, (PETHREAD thread)) \
	X(NTSTATUS, PsSetCreateProcessNotifyRoutineEx2, \
	  (ULONG kind, PVOID routine, BOOLEAN remove)) \
	X(NTSTATUS, PsSetCreateThreadNotifyRoutineEx, (ULONG kind, PVOID routine)) \
	X(NTSTATUS, PsSetLoadImageNotifyRoutineEx, (image_routine routine, ULONG_PTR flags)) \
	X(NTSTATUS, ZwQuerySystemInformation, (ULONG kind, PVOID buffer, ULONG size, PULONG used)) \
	X(NTSTATUS, ZwQueryInformationProcess, \
	  (HANDLE process, ULONG kind, PVOID buffer, ULONG size, PULONG used)) \
	X(NTSTATUS, ZwQueryInformationThread, \
	  (HANDLE thread, ULONG kind, PVOID buffer, ULONG size, PULONG used))

#define VIGIL_ROUTINE_POINTER(type, name, parameters) type(NTAPI *name) parameters;
struct routines {
	VIGIL_ROUTINES(VIGIL_ROUTINE_POINTER)
	POOL_TYPE nonpaged; /* NonPagedPoolNx if available */
	ULONG mapping;      /* priority, and no execution, for mapped buffers */
	BOOLEAN signatures; /* IMAGE_INFO has signature levels: Windows 8.1 */
};

/* Written only by RoutinesStart. */
extern struct routines nt;

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID RoutinesStart(VOID);

/* Zeroed, non-executable, nonpaged memory. NULL: no memory. */
_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
PVOID PoolNonPaged(_In_ SIZE_T bytes, _In_ ULONG tag);

/* Zeroed memory that may be paged out. */
_IRQL_requires_max_(APC_LEVEL)
_Must_inspect_result_
PVOID PoolPaged(_In_ SIZE_T bytes, _In_ ULONG tag);

/* Wall clock in 100 ns since 1601, and time since boot, sleep included, in 100 ns.
 * Precise on Windows 8.1 and later. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID TimeNow(_Out_ PLARGE_INTEGER wall, _Out_ UINT64 *mono);

/* The number of the current processor, 0xffff if unknown. */
_IRQL_requires_max_(DISPATCH_LEVEL)
UINT16 ProcessorNow(VOID);

/* 100 ns since 1601 to ns since 1970; 0 for times before that. */
UINT64 TimeUnix(_In_ LONGLONG wall);

#endif /* VIGIL_ROUTINES_H */
