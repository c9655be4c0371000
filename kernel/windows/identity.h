/* SPDX-License-Identifier: MIT */
/*
 * identity.h - identity of a process: start key, times, user, integrity, session, image.
 *
 * Read from the process object where a documented routine accepts one: opening a handle
 * to a process also calls the object callbacks of other drivers. Everything else comes
 * from Zw queries. No user memory is accessed.
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

/* Zeroed if unknown. `handle` may be NULL. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID IdentityTimes(_In_opt_ HANDLE handle, _Out_ struct process_times *times);

/* Creation time in 100 ns since 1601. */
_IRQL_requires_max_(APC_LEVEL)
UINT64 IdentityCreated(_In_ PEPROCESS process);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID IdentityUser(_In_ PEPROCESS process, _Out_ struct process_user *user);

/* Unique for each process of a boot: PsGetProcessStartKey, or the creation time before
 * Windows 10 1703. */
_IRQL_requires_max_(APC_LEVEL)
UINT64 IdentityStartKey(_In_ PEPROCESS process);

/* Key and creation time of a process by its PID. Zeros if it has ended. */
_IRQL_requires_max_(APC_LEVEL)
VOID IdentityLookUp(_In_ UINT32 pid, _Out_ UINT64 *start_key, _Out_ UINT64 *create_time);

/*
 * Path of the image of a process, as the file was opened: with its volume, but a short
 * 8.3 name stays short. NULL if unknown; otherwise the caller frees it with ExFreePool.
 */
_IRQL_requires_max_(PASSIVE_LEVEL)
PUNICODE_STRING IdentityImage(_In_ PEPROCESS process);

/* STATUS_PENDING while it is running. */
_IRQL_requires_max_(PASSIVE_LEVEL)
NTSTATUS IdentityExitStatus(_In_opt_ HANDLE handle);

_IRQL_requires_max_(PASSIVE_LEVEL)
BOOLEAN IdentityDebugged(_In_ PEPROCESS process);

/*
 * The reason why threads that such a process creates in others may be legitimate: its
 * image is part of Windows, below \Windows\System32 of a disk volume, and it runs as one
 * of the accounts that Windows uses for it. The name alone is not a reason: any program
 * can be named csrss.exe.
 */
_IRQL_requires_max_(APC_LEVEL)
UINT8 IdentityReason(_In_opt_ PCUNICODE_STRING image, _In_ const struct process_user *user);

/* The same, for a process object. */
_IRQL_requires_max_(PASSIVE_LEVEL)
UINT8 IdentityReasonOf(_In_ PEPROCESS process);

#endif /* VIGIL_IDENTITY_H */
