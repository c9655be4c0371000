/* SPDX-License-Identifier: MIT */
/* identity.c - who a process is: start key, times, user, integrity, session. */
#include "identity.h"

#include "routines.h"

/* Classes of ZwQueryInformationProcess (WDK: ZwQueryInformationProcess). */
#define PROCESS_BASIC_CLASS      0
#define PROCESS_TIMES_CLASS      4
#define PROCESS_DEBUG_PORT_CLASS 7
#define PROCESS_IMAGE_NAME_CLASS 27

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
	times->exit = (UINT64)found.exit.QuadPart;
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

_Use_decl_annotations_
VIGIL_PAGE
VOID IdentityImage(UINT32 pid, PVOID memory, PUNICODE_STRING image)
{
	PEPROCESS process;
	HANDLE handle;

	PAGED_CODE();

	RtlZeroMemory(image, sizeof(*image));
	if (!NT_SUCCESS(PsLookupProcessByProcessId((HANDLE)(ULONG_PTR)pid, &process)))
		return;
	handle = IdentityOpen(process);
	ObDereferenceObject(process);
	if (Query(handle, PROCESS_IMAGE_NAME_CLASS, memory, IDENTITY_IMAGE_BYTES))
		*image = *(PUNICODE_STRING)memory;
	if (handle != NULL)
		ZwClose(handle);
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
HANDLE IdentityOpenId(UINT32 pid)
{
	PEPROCESS process;
	HANDLE handle;

	PAGED_CODE();

	if (KeAreAllApcsDisabled() ||
	    !NT_SUCCESS(PsLookupProcessByProcessId((HANDLE)(ULONG_PTR)pid, &process)))
		return NULL;
	handle = IdentityOpen(process);
	ObDereferenceObject(process);
	return handle;
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

/* -- reasons ------------------------------------------------------------------ */

/* Accounts S-1-5-... that services of Windows run as. */
#define SYSTEM_RID          18u
#define NETWORK_SERVICE_RID 20u /* and 19, LOCAL SERVICE */

/* Characters: long enough for every path of the table, of a longer one nothing is
 * asked. */
#define IMAGE_NAME_MAX 192u

static const struct {
	PCWSTR path;       /* below the volume, in upper case */
	ULONG first, last; /* accounts */
	UINT8 reason;
} natural[] = {
	{ L"\\WINDOWS\\SYSTEM32\\CSRSS.EXE", SYSTEM_RID, SYSTEM_RID, VIGIL_REASON_CSRSS },
	{ L"\\WINDOWS\\SYSTEM32\\SERVICES.EXE", SYSTEM_RID, SYSTEM_RID, VIGIL_REASON_SERVICES },
	{ L"\\WINDOWS\\SYSTEM32\\WBEM\\WMIPRVSE.EXE", SYSTEM_RID, NETWORK_SERVICE_RID,
	  VIGIL_REASON_WMI },
};

/* Whether it is a volume of a disk and then this path and nothing else. */
VIGIL_PAGE
static BOOLEAN LiesAt(_In_ PCUNICODE_STRING image, _In_ PCWSTR path)
{
	static const WCHAR volume[] = L"\\DEVICE\\HARDDISKVOLUME";
	ULONG count = image->Length / sizeof(WCHAR), at, i;

	PAGED_CODE();

	for (at = 0; volume[at] != 0; at++)
		if (at >= count || RtlUpcaseUnicodeChar(image->Buffer[at]) != volume[at])
			return FALSE;
	while (at < count && image->Buffer[at] != L'\\')
		at++;
	for (i = 0; path[i] != 0; i++, at++)
		if (at >= count || RtlUpcaseUnicodeChar(image->Buffer[at]) != path[i])
			return FALSE;
	return at == count;
}

/* The last part of an S-1-5-x; 0 for any other user. */
VIGIL_PAGE
static ULONG Account(_In_ const struct process_user *user)
{
	static const UCHAR nt_authority[8] = { 1, 1, 0, 0, 0, 0, 0, 5 };
	ULONG rid, i;

	PAGED_CODE();

	if (user->sid_length != sizeof(nt_authority) + sizeof(rid))
		return 0;
	for (i = 0; i < sizeof(nt_authority); i++)
		if (user->sid[i] != nt_authority[i])
			return 0;
	RtlCopyMemory(&rid, user->sid + sizeof(nt_authority), sizeof(rid));
	return rid;
}

_Use_decl_annotations_
VIGIL_PAGE
UINT8 IdentityReason(PCUNICODE_STRING image, const struct process_user *user)
{
	ULONG account = Account(user), i;

	PAGED_CODE();

	if (image == NULL || image->Buffer == NULL)
		return VIGIL_REASON_NONE;
	for (i = 0; i < RTL_NUMBER_OF(natural); i++)
		if (account >= natural[i].first && account <= natural[i].last &&
		    LiesAt(image, natural[i].path))
			return natural[i].reason;
	return VIGIL_REASON_NONE;
}

_Use_decl_annotations_
VIGIL_PAGE
UINT8 IdentityReasonOf(HANDLE handle)
{
	struct {
		UNICODE_STRING name;
		WCHAR characters[IMAGE_NAME_MAX];
	} image;
	struct process_user user;

	PAGED_CODE();

	if (!Query(handle, PROCESS_IMAGE_NAME_CLASS, &image, sizeof(image)))
		return VIGIL_REASON_NONE;
	IdentityUser(handle, &user);
	return IdentityReason(&image.name, &user);
}
