/* SPDX-License-Identifier: MIT */
/*
 * identity.h - who a process is: start key, times, user, integrity, session.
 *
 * By handle and Zw queries, which every Windows documents and Wine has too; no
 * user memory is touched.
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

/* A kernel handle for the queries below; the caller closes it. NULL: none. */
_IRQL_requires_max_(PASSIVE_LEVEL)
HANDLE IdentityOpen(_In_ PEPROCESS process);

/* The same for a process that is only a number. NULL: it is gone, or all APCs are
 * disabled: there are no Zw calls where thread notifications may arrive. */
_IRQL_requires_max_(APC_LEVEL)
HANDLE IdentityOpenId(_In_ UINT32 pid);

/* Zeroed when it cannot be said. `handle` may be NULL. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID IdentityTimes(_In_opt_ HANDLE handle, _Out_ struct process_times *times);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID IdentityUser(_In_opt_ HANDLE handle, _Out_ struct process_user *user);

/* What names a process for ever: PsGetProcessStartKey, or where there is none
 * (before Windows 10 1703) its creation time. */
_IRQL_requires_max_(APC_LEVEL)
UINT64 IdentityStartKey(_In_ PEPROCESS process, _In_ UINT64 create_time);

/* Key and creation time of a process that is only a number. Zeros when it is
 * gone; the time needs APCs enabled. */
_IRQL_requires_max_(APC_LEVEL)
VOID IdentityLookUp(_In_ UINT32 pid, _Out_ UINT64 *start_key, _Out_ UINT64 *create_time);

/* Path of the image that a process runs, as the file system has it, in memory of
 * the caller; empty when it cannot be said. */
#define IDENTITY_IMAGE_BYTES (sizeof(UNICODE_STRING) + 65536u)
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID IdentityImage(_In_ UINT32 pid, _Out_writes_bytes_(IDENTITY_IMAGE_BYTES) PVOID memory,
		   _Out_ PUNICODE_STRING image);

/* STATUS_PENDING while it runs. */
_IRQL_requires_max_(PASSIVE_LEVEL)
NTSTATUS IdentityExitStatus(_In_opt_ HANDLE handle);

_IRQL_requires_max_(PASSIVE_LEVEL)
BOOLEAN IdentityDebugged(_In_opt_ HANDLE handle);

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
UINT8 IdentityReasonOf(_In_ HANDLE handle);

#endif /* VIGIL_IDENTITY_H */
