/* SPDX-License-Identifier: MIT */
/*
 * identity.h - who a process is: start key, times, user, integrity, session, image.
 *
 * Asked of the process object where a documented routine takes one: every handle that
 * is opened to a process also runs the object callbacks of other drivers. The rest is
 * asked by a Zw query. No user memory is touched.
 */
#ifndef VIGIL_IDENTITY_H
#define VIGIL_IDENTITY_H

#include "nt.h"

#define IDENTITY_SID_MAX 68 /* SECURITY_MAX_SID_SIZE */

struct process_times {
	UINT64 create, exit; /* 100 ns since 1601; exit is 0 while it runs */
	UINT64 user, kernel;
};

struct process_user {
	ULONG session, integrity; /* VIGIL_UNKNOWN */
	ULONG sid_length;         /* 0: unknown */
	UCHAR sid[IDENTITY_SID_MAX];
};

/* For the Zw queries below; the caller closes it with IdentityClose. NULL: none.
 * The process that the thread runs in needs no handle. */
_IRQL_requires_max_(PASSIVE_LEVEL)
HANDLE IdentityOpen(_In_ PEPROCESS process);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID IdentityClose(_In_opt_ HANDLE handle);

/* Zeroed when it cannot be said. `handle` may be NULL. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID IdentityTimes(_In_opt_ HANDLE handle, _Out_ struct process_times *times);

/* Creation time in 100 ns since 1601. */
_IRQL_requires_max_(APC_LEVEL)
UINT64 IdentityCreated(_In_ PEPROCESS process);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID IdentityUser(_In_ PEPROCESS process, _Out_ struct process_user *user);

/* Unique for each process of a boot: PsGetProcessStartKey, or where there is none
 * (before Windows 10 1703) the creation time. */
_IRQL_requires_max_(APC_LEVEL)
UINT64 IdentityStartKey(_In_ PEPROCESS process);

/* Key and creation time of a process by its number. Zeros when it is gone. */
_IRQL_requires_max_(APC_LEVEL)
VOID IdentityLookUp(_In_ UINT32 pid, _Out_ UINT64 *start_key, _Out_ UINT64 *create_time);

/*
 * Path of the image that a process runs, by which the file was opened: with its volume,
 * but a short 8.3 name stays short. NULL when it cannot be said, else the caller frees
 * it with ExFreePool.
 */
_IRQL_requires_max_(PASSIVE_LEVEL)
PUNICODE_STRING IdentityImage(_In_ PEPROCESS process);

/* STATUS_PENDING while it runs. */
_IRQL_requires_max_(PASSIVE_LEVEL)
NTSTATUS IdentityExitStatus(_In_opt_ HANDLE handle);

_IRQL_requires_max_(PASSIVE_LEVEL)
BOOLEAN IdentityDebugged(_In_ PEPROCESS process);

/*
 * Why threads that such a process makes elsewhere may be legitimate: its image is
 * Windows' own, below \Windows\System32 of a disk's volume, and it runs as one of
 * the accounts that Windows runs it as. A name alone is no reason: anybody can
 * give his program that of csrss.exe.
 */
_IRQL_requires_max_(APC_LEVEL)
UINT8 IdentityReason(_In_opt_ PCUNICODE_STRING image, _In_ const struct process_user *user);

/* The same, asked of the process itself. */
_IRQL_requires_max_(PASSIVE_LEVEL)
UINT8 IdentityReasonOf(_In_ PEPROCESS process);

#endif /* VIGIL_IDENTITY_H */
