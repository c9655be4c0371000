/* SPDX-License-Identifier: MIT */
/* identity.c - identity of a process: start key, times, user, integrity, session, image. */
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

	if (process == PsGetCurrentProcess())
		return ZwCurrentProcess();
	if (!NT_SUCCESS(ObOpenObjectByPointer(process, OBJ_KERNEL_HANDLE, NULL,
					      PROCESS_QUERY_INFORMATION, NULL, KernelMode,
					      &handle)))
		return NULL;
	return handle;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID IdentityClose(HANDLE handle)
{
	PAGED_CODE();

	if (handle != NULL && handle != ZwCurrentProcess())
		ZwClose(handle);
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
BOOLEAN IdentityDebugged(PEPROCESS process)
{
	HANDLE handle = IdentityOpen(process);
	ULONG_PTR port;
	BOOLEAN debugged =
	    Query(handle, PROCESS_DEBUG_PORT_CLASS, &port, sizeof(port)) && port != 0;

	PAGED_CODE();

	IdentityClose(handle);
	return debugged;
}

_Use_decl_annotations_
VIGIL_PAGE
PUNICODE_STRING IdentityImage(PEPROCESS process)
{
	PUNICODE_STRING image = NULL;

	PAGED_CODE();

	if (!NT_SUCCESS(SeLocateProcessImageName(process, &image)) || image == NULL)
		return NULL;
	if (image->Buffer != NULL && image->Length >= sizeof(WCHAR))
		return image;
	ExFreePool(image);
	return NULL;
}

/* Session and integrity come as numbers, not as pointers to them (WDK:
 * SeQueryInformationToken). */
VIGIL_PAGE
static ULONG TokenNumber(_In_ PACCESS_TOKEN token, _In_ TOKEN_INFORMATION_CLASS kind)
{
	union {
		PVOID pointer;
		ULONG number;
	} found = { NULL };

	PAGED_CODE();

	return NT_SUCCESS(SeQueryInformationToken(token, kind, &found.pointer)) ? found.number
										: VIGIL_UNKNOWN;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID IdentityUser(PEPROCESS process, struct process_user *user)
{
	PACCESS_TOKEN token = PsReferencePrimaryToken(process);
	PVOID found = NULL;
	ULONG length;

	PAGED_CODE();

	RtlZeroMemory(user, sizeof(*user));
	user->session = user->integrity = VIGIL_UNKNOWN;
	if (token == NULL)
		return;
	if (NT_SUCCESS(SeQueryInformationToken(token, TokenUser, &found)) && found != NULL) {
		const SID *sid = ((PTOKEN_USER)found)->User.Sid;

		length = 8u + 4u * sid->SubAuthorityCount;
		if (length <= IDENTITY_SID_MAX) {
			RtlCopyMemory(user->sid, sid, length);
			user->sid_length = length;
		}
		ExFreePool(found);
	}
	user->integrity = TokenNumber(token, TokenIntegrityLevel);
	user->session = TokenNumber(token, TokenSessionId);
	PsDereferencePrimaryToken(token);
}

_Use_decl_annotations_
UINT64 IdentityCreated(PEPROCESS process)
{
	return (UINT64)PsGetProcessCreateTimeQuadPart(process);
}

_Use_decl_annotations_
UINT64 IdentityStartKey(PEPROCESS process)
{
	return nt.PsGetProcessStartKey != NULL ? nt.PsGetProcessStartKey(process)
					       : IdentityCreated(process);
}

_Use_decl_annotations_
VIGIL_PAGE
VOID IdentityLookUp(UINT32 pid, UINT64 *start_key, UINT64 *create_time)
{
	PEPROCESS process;

	PAGED_CODE();

	*start_key = *create_time = 0;
	if (!NT_SUCCESS(PsLookupProcessByProcessId((HANDLE)(ULONG_PTR)pid, &process)))
		return;
	*create_time = IdentityCreated(process);
	*start_key = IdentityStartKey(process);
	ObDereferenceObject(process);
}

/* -- reasons ------------------------------------------------------------------ */

/* Accounts S-1-5-... that services of Windows run as. */
#define SYSTEM_RID          18u
#define NETWORK_SERVICE_RID 20u /* and 19, LOCAL SERVICE */

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

/* Whether it is a disk volume followed by exactly this path. */
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
UINT8 IdentityReasonOf(PEPROCESS process)
{
	PUNICODE_STRING image = IdentityImage(process);
	struct process_user user;
	UINT8 reason;

	PAGED_CODE();

	if (image == NULL)
		return VIGIL_REASON_NONE;
	IdentityUser(process, &user);
	reason = IdentityReason(image, &user);
	ExFreePool(image);
	return reason;
}
