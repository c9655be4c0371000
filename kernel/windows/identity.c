/* SPDX-License-Identifier: MIT */
/* identity.c - who a process is: start key, times, user, integrity, session. */
#include "identity.h"

#include "routines.h"

/* Classes of ZwQueryInformationProcess (WDK: ZwQueryInformationProcess). */
#define PROCESS_BASIC_CLASS      0
#define PROCESS_TIMES_CLASS      4
#define PROCESS_DEBUG_PORT_CLASS 7

struct basic_information {
	NTSTATUS exit_status;
	PVOID peb;
	ULONG_PTR affinity;
	LONG priority;
	ULONG_PTR pid, parent_pid;
};

struct times_information {
	LARGE_INTEGER create, exit, kernel, user;
};

_Use_decl_annotations_
VIGIL_PAGE
HANDLE IdentityOpen(PEPROCESS process)
{
	HANDLE handle;

	PAGED_CODE();

	if (!NT_SUCCESS(ObOpenObjectByPointer(process, OBJ_KERNEL_HANDLE, NULL,
					      PROCESS_QUERY_INFORMATION, NULL, KernelMode,
					      &handle)))
		return NULL;
	return handle;
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static BOOLEAN Query(_In_opt_ HANDLE handle, _In_ ULONG kind, _Out_writes_bytes_(size) PVOID buffer,
		     _In_ ULONG size)
{
	ULONG used;

	PAGED_CODE();

	RtlZeroMemory(buffer, size);
	return handle != NULL && nt.ZwQueryInformationProcess != NULL &&
	       NT_SUCCESS(nt.ZwQueryInformationProcess(handle, kind, buffer, size, &used));
}

_Use_decl_annotations_
VIGIL_PAGE
VOID IdentityTimes(HANDLE handle, struct process_times *times)
{
	struct times_information found;

	PAGED_CODE();

	RtlZeroMemory(times, sizeof(*times));
	if (!Query(handle, PROCESS_TIMES_CLASS, &found, sizeof(found)))
		return;
	times->create = (UINT64)found.create.QuadPart;
	times->user = (UINT64)found.user.QuadPart;
	times->kernel = (UINT64)found.kernel.QuadPart;
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS IdentityExitStatus(HANDLE handle)
{
	struct basic_information found;

	PAGED_CODE();

	if (!Query(handle, PROCESS_BASIC_CLASS, &found, sizeof(found)))
		return STATUS_PENDING;
	return found.exit_status;
}

_Use_decl_annotations_
VIGIL_PAGE
BOOLEAN IdentityDebugged(HANDLE handle)
{
	ULONG_PTR port;

	PAGED_CODE();

	return Query(handle, PROCESS_DEBUG_PORT_CLASS, &port, sizeof(port)) && port != 0;
}

/* A SID as a token query has put it behind its head, if it is whole. */
VIGIL_PAGE
static const SID *CheckedSid(_In_reads_bytes_(size) const UCHAR *buffer, _In_ ULONG size,
			     _In_opt_ PSID pointer, _Out_ ULONG *length)
{
	const SID *sid = pointer;
	SIZE_T left;

	PAGED_CODE();

	*length = 0;
	if ((const UCHAR *)sid < buffer || (const UCHAR *)sid >= buffer + size)
		return NULL;
	left = (SIZE_T)(buffer + size - (const UCHAR *)sid);
	if (left < 8 || left < 8u + 4u * sid->SubAuthorityCount)
		return NULL;
	*length = 8u + 4u * sid->SubAuthorityCount;
	return sid;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID IdentityUser(HANDLE handle, struct process_user *user)
{
	union {
		TOKEN_USER user;
		SID_AND_ATTRIBUTES label; /* TOKEN_MANDATORY_LABEL is one */
		UCHAR bytes[sizeof(SID_AND_ATTRIBUTES) + IDENTITY_SID_MAX];
	} found;
	const SID *sid;
	HANDLE token;
	ULONG length, used;

	PAGED_CODE();

	RtlZeroMemory(user, sizeof(*user));
	user->session = user->integrity = VIGIL_UNKNOWN;
	if (handle == NULL ||
	    !NT_SUCCESS(ZwOpenProcessTokenEx(handle, TOKEN_QUERY, OBJ_KERNEL_HANDLE, &token)))
		return;
	RtlZeroMemory(&found, sizeof(found));
	if (NT_SUCCESS(ZwQueryInformationToken(token, TokenUser, &found, sizeof(found), &used))) {
		sid = CheckedSid(found.bytes, sizeof(found), found.user.User.Sid, &length);
		if (sid != NULL && length <= IDENTITY_SID_MAX) {
			RtlCopyMemory(user->sid, sid, length);
			user->sid_length = length;
		}
	}
	RtlZeroMemory(&found, sizeof(found));
	if (NT_SUCCESS(ZwQueryInformationToken(token, TokenIntegrityLevel, &found, sizeof(found),
					       &used))) {
		sid = CheckedSid(found.bytes, sizeof(found), found.label.Sid, &length);
		if (sid != NULL && sid->SubAuthorityCount != 0)
			user->integrity = sid->SubAuthority[sid->SubAuthorityCount - 1];
	}
	if (!NT_SUCCESS(ZwQueryInformationToken(token, TokenSessionId, &user->session,
						sizeof(user->session), &used)))
		user->session = VIGIL_UNKNOWN;
	ZwClose(token);
}

_Use_decl_annotations_
UINT64 IdentityStartKey(PEPROCESS process, UINT64 create_time)
{
	return nt.PsGetProcessStartKey != NULL ? nt.PsGetProcessStartKey(process) : create_time;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID IdentityLookUp(UINT32 pid, UINT64 *start_key, UINT64 *create_time)
{
	struct process_times times;
	PEPROCESS process;
	HANDLE handle;

	PAGED_CODE();

	*start_key = *create_time = 0;
	if (!NT_SUCCESS(PsLookupProcessByProcessId((HANDLE)(ULONG_PTR)pid, &process)))
		return;
	/* At APC_LEVEL, where thread notifications may arrive, there are no Zw calls. */
	if (!KeAreAllApcsDisabled()) {
		handle = IdentityOpen(process);
		IdentityTimes(handle, &times);
		if (handle != NULL)
			ZwClose(handle);
		*create_time = times.create;
	}
	*start_key = IdentityStartKey(process, *create_time);
	ObDereferenceObject(process);
}

/* Whether a path ends so; the ending is in upper case. */
VIGIL_PAGE
static BOOLEAN EndsIn(_In_ PCUNICODE_STRING path, _In_ PCWSTR ending)
{
	UNICODE_STRING tail;
	USHORT count, i;

	PAGED_CODE();

	RtlInitUnicodeString(&tail, ending);
	if (path->Length < tail.Length)
		return FALSE;
	count = tail.Length / sizeof(WCHAR);
	for (i = 0; i < count; i++)
		if (RtlUpcaseUnicodeChar(path->Buffer[path->Length / sizeof(WCHAR) - count + i]) !=
		    tail.Buffer[i])
			return FALSE;
	return TRUE;
}

_Use_decl_annotations_
VIGIL_PAGE
UINT8 IdentityReason(PCUNICODE_STRING image)
{
	PAGED_CODE();

	if (image == NULL || image->Buffer == NULL)
		return VIGIL_REASON_NONE;
	if (EndsIn(image, L"\\WINDOWS\\SYSTEM32\\CSRSS.EXE"))
		return VIGIL_REASON_CSRSS;
	if (EndsIn(image, L"\\WINDOWS\\SYSTEM32\\SERVICES.EXE"))
		return VIGIL_REASON_SERVICES;
	if (EndsIn(image, L"\\WINDOWS\\SYSTEM32\\WBEM\\WMIPRVSE.EXE"))
		return VIGIL_REASON_WMI;
	return VIGIL_REASON_NONE;
}
