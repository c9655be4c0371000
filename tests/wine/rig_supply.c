/* SPDX-License-Identifier: MIT */
/*
 * rig_supply.c - the routines that the rig puts in the place of Wine's.
 *
 * Wine 8 has some of them not at all, some as a stub that does nothing, and some
 * as one that ends the process. Pool is Wine's, with a ledger.
 */
#include "rig_parts.h"

#define TAG_NAME            0x6e676972u /* "rign" */
#define ALIVE               0x6576696cu
#define DEAD                0x64616564u
#define PROCESS_BASIC_CLASS 0
#define TOKEN_SID_BYTES     68
#define PROCESS_TIMES_CLASS 4
#define PROCESS_IMAGE_CLASS 27
#define THREAD_BASIC_CLASS  0

/* mingw-w64 does not declare it. */
NTSYSAPI NTSTATUS NTAPI ZwQueryInformationThread(HANDLE thread, ULONG kind, PVOID buffer,
						 ULONG size, PULONG used);

/* FLT_FILE_NAME_INFORMATION: mingw-w64 has no fltKernel.h. */
struct filter_name {
	USHORT size, parsed;
	ULONG format;
	UNICODE_STRING name, rest[6];
};

static struct {
	volatile LONG64 blocks, bytes, allocations;
	volatile LONG bad_frees, names, tokens;
} ledger;

static KSPIN_LOCK files_lock;
static LIST_ENTRY files;

/* -- pool: Wine's, counted --------------------------------------------------- */

struct block {
	SIZE_T bytes;
	ULONG tag, state;
};

static PVOID Allocate(SIZE_T bytes, ULONG tag, UCHAR filling)
{
	struct block *block = ExAllocatePoolWithTag(NonPagedPool, sizeof(*block) + bytes, tag);

	if (block == NULL)
		return NULL;
	block->bytes = bytes;
	block->tag = tag;
	block->state = ALIVE;
	RtlFillMemory(block + 1, bytes, filling);
	InterlockedIncrement64(&ledger.blocks);
	InterlockedIncrement64(&ledger.allocations);
	InterlockedExchangeAdd64(&ledger.bytes, (LONG64)bytes);
	return block + 1;
}

static PVOID NTAPI AllocateWithTag(POOL_TYPE type, SIZE_T bytes, ULONG tag)
{
	UNREFERENCED_PARAMETER(type);
	return Allocate(bytes, tag, 0xcd); /* what was not written shows */
}

static PVOID NTAPI Allocate2(ULONG64 flags, SIZE_T bytes, ULONG tag)
{
	UNREFERENCED_PARAMETER(flags);
	return Allocate(bytes, tag, 0);
}

static VOID NTAPI FreeWithTag(PVOID memory, ULONG tag)
{
	struct block *block = (struct block *)memory - 1;

	if (block->state != ALIVE || block->tag != tag) {
		InterlockedIncrement(&ledger.bad_frees);
		return;
	}
	block->state = DEAD;
	InterlockedDecrement64(&ledger.blocks);
	InterlockedExchangeAdd64(&ledger.bytes, -(LONG64)block->bytes);
	RtlFillMemory(memory, block->bytes, 0xdd);
	ExFreePoolWithTag(block, tag);
}

/* -- registration ----------------------------------------------------------- */

static NTSTATUS NTAPI SetProcessEx(PVOID routine, BOOLEAN remove)
{
	if (remove)
		return NotifyRemove(NOTIFY_PROCESS, routine);
	if (!LoaderIntegrity(routine))
		return STATUS_ACCESS_DENIED;
	return NotifyAdd(NOTIFY_PROCESS, routine);
}

static NTSTATUS NTAPI SetProcessEx2(ULONG kind, PVOID routine, BOOLEAN remove)
{
	return kind == 0 ? SetProcessEx(routine, remove) : STATUS_INVALID_PARAMETER;
}

static NTSTATUS NTAPI SetThread(PVOID routine)
{
	return NotifyAdd(NOTIFY_THREAD, routine);
}

static NTSTATUS NTAPI SetThreadEx(ULONG kind, PVOID routine)
{
	return kind == 1 ? SetThread(routine) : STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI RemoveThread(PVOID routine)
{
	return NotifyRemove(NOTIFY_THREAD, routine);
}

/* Wine does call these, for drivers that are loaded. */
static NTSTATUS NTAPI SetImage(PLOAD_IMAGE_NOTIFY_ROUTINE routine)
{
	NTSTATUS status = NotifyAdd(NOTIFY_IMAGE, (PVOID)(ULONG_PTR)routine);

	return NT_SUCCESS(status) ? PsSetLoadImageNotifyRoutine(routine) : status;
}

static NTSTATUS NTAPI SetImageEx(PLOAD_IMAGE_NOTIFY_ROUTINE routine, ULONG_PTR flags)
{
	return flags <= 1 ? SetImage(routine) : STATUS_INVALID_PARAMETER_2;
}

static NTSTATUS NTAPI RemoveImage(PLOAD_IMAGE_NOTIFY_ROUTINE routine)
{
	(VOID) PsRemoveLoadImageNotifyRoutine(routine);
	return NotifyRemove(NOTIFY_IMAGE, (PVOID)(ULONG_PTR)routine);
}

/* -- who and how it ended ------------------------------------------------------ */

static HANDLE NTAPI CurrentProcessId(VOID)
{
	CLIENT_ID actor;

	return NotifyActor(&actor) ? actor.UniqueProcess : PsGetCurrentProcessId();
}

static HANDLE NTAPI CurrentThreadId(VOID)
{
	CLIENT_ID actor;

	return NotifyActor(&actor) ? actor.UniqueThread : PsGetCurrentThreadId();
}

static HANDLE Open(PVOID object)
{
	HANDLE handle;

	if (!NT_SUCCESS(ObOpenObjectByPointer(object, OBJ_KERNEL_HANDLE, NULL, MAXIMUM_ALLOWED,
					      NULL, KernelMode, &handle)))
		return NULL;
	return handle;
}

static NTSTATUS NTAPI ProcessExitStatus(PEPROCESS process)
{
	PROCESS_BASIC_INFORMATION basic = { .ExitStatus = STATUS_PENDING };
	HANDLE handle = Open(process);
	ULONG used;

	if (handle != NULL) {
		ZwQueryInformationProcess(handle, PROCESS_BASIC_CLASS, &basic, sizeof(basic),
					  &used);
		ZwClose(handle);
	}
	return basic.ExitStatus;
}

static NTSTATUS NTAPI ThreadExitStatus(PETHREAD thread)
{
	struct {
		NTSTATUS exit_status;
		PVOID teb;
		CLIENT_ID id;
		ULONG_PTR affinity;
		LONG priority, base_priority;
	} basic = { .exit_status = STATUS_PENDING };
	HANDLE handle = Open(thread);
	ULONG used;

	if (handle != NULL) {
		ZwQueryInformationThread(handle, THREAD_BASIC_CLASS, &basic, sizeof(basic), &used);
		ZwClose(handle);
	}
	return basic.exit_status;
}

/* -- the process object: what a query of its handle says, for Wine has stubs ---- */

static BOOLEAN QueryProcess(PEPROCESS process, ULONG kind, PVOID buffer, ULONG size)
{
	HANDLE handle = Open(process);
	NTSTATUS status;
	ULONG used;

	if (handle == NULL)
		return FALSE;
	status = ZwQueryInformationProcess(handle, kind, buffer, size, &used);
	ZwClose(handle);
	return NT_SUCCESS(status);
}

static LONGLONG NTAPI ProcessCreateTime(PEPROCESS process)
{
	KERNEL_USER_TIMES times;

	return QueryProcess(process, PROCESS_TIMES_CLASS, &times, sizeof(times))
		   ? times.CreateTime.QuadPart
		   : 0;
}

static NTSTATUS NTAPI LocateImage(PEPROCESS process, PUNICODE_STRING *found)
{
	ULONG bytes = sizeof(UNICODE_STRING) + 65536u;

	*found = ExAllocatePoolWithTag(PagedPool, bytes, TAG_NAME);
	if (*found == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	if (QueryProcess(process, PROCESS_IMAGE_CLASS, *found, bytes)) {
		InterlockedIncrement(&ledger.names);
		return STATUS_SUCCESS;
	}
	ExFreePool(*found);
	*found = NULL;
	return STATUS_NOT_FOUND;
}

/* A process stands for its token. */
static PACCESS_TOKEN NTAPI ReferenceToken(PEPROCESS process)
{
	ObReferenceObject(process);
	InterlockedIncrement(&ledger.tokens);
	return process;
}

static VOID NTAPI DereferenceToken(PACCESS_TOKEN token)
{
	InterlockedDecrement(&ledger.tokens);
	ObDereferenceObject(token);
}

/* User, integrity and session; the latter two as numbers, as Windows has them. */
static NTSTATUS NTAPI QueryToken(PACCESS_TOKEN process, TOKEN_INFORMATION_CLASS kind, PVOID *found)
{
	ULONG bytes = sizeof(TOKEN_USER) + TOKEN_SID_BYTES, used;
	PVOID buffer = ExAllocatePoolWithTag(PagedPool, bytes, TAG_NAME);
	HANDLE handle = Open(process), token = NULL;
	NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

	if (handle != NULL && buffer != NULL)
		status = ZwOpenProcessTokenEx(handle, TOKEN_QUERY, OBJ_KERNEL_HANDLE, &token);
	if (NT_SUCCESS(status))
		status =
		    ZwQueryInformationToken(token, kind, buffer,
					    kind == TokenSessionId ? sizeof(ULONG) : bytes, &used);
	if (NT_SUCCESS(status) && kind == TokenUser) {
		InterlockedIncrement(&ledger.names);
		*found = buffer;
		buffer = NULL;
	} else if (NT_SUCCESS(status) && kind == TokenIntegrityLevel) {
		const SID *sid = ((PTOKEN_USER)buffer)->User.Sid;

		*(PULONG)found = sid->SubAuthority[sid->SubAuthorityCount - 1];
	} else if (NT_SUCCESS(status)) {
		*(PULONG)found = *(PULONG)buffer;
	}
	if (token != NULL)
		ZwClose(token);
	if (handle != NULL)
		ZwClose(handle);
	if (buffer != NULL)
		ExFreePool(buffer);
	return status;
}

/* What the two above have lent. */
static VOID NTAPI FreePool(PVOID memory)
{
	InterlockedDecrement(&ledger.names);
	ExFreePool(memory);
}

/* -- names ------------------------------------------------------------------- */

static PIRP NTAPI TopLevelIrp(VOID)
{
	return NULL;
}

VOID SupplyFile(struct rig_file *file, const UNICODE_STRING *opened, const UNICODE_STRING *device)
{
	KIRQL irql;

	file->object.Type = 5; /* IO_TYPE_FILE */
	file->object.Size = sizeof(file->object);
	file->object.FileName = *opened;
	file->device = *device;
	KeAcquireSpinLock(&files_lock, &irql);
	InsertTailList(&files, &file->link);
	KeReleaseSpinLock(&files_lock, irql);
}

VOID SupplyFileEnd(struct rig_file *file)
{
	KIRQL irql;

	KeAcquireSpinLock(&files_lock, &irql);
	RemoveEntryList(&file->link);
	KeReleaseSpinLock(&files_lock, irql);
}

/* Only of the rig's own file objects, and only while they are lent. */
static NTSTATUS NTAPI GetFileName(PFILE_OBJECT object, PVOID instance, ULONG options,
				  struct filter_name **found)
{
	UNICODE_STRING name = { 0, 0, NULL };
	const LIST_ENTRY *link;
	KIRQL irql;

	UNREFERENCED_PARAMETER(instance);
	UNREFERENCED_PARAMETER(options);
	KeAcquireSpinLock(&files_lock, &irql);
	for (link = files.Flink; link != &files; link = link->Flink) {
		struct rig_file *file = CONTAINING_RECORD(link, struct rig_file, link);

		if (&file->object == object)
			name = file->device;
	}
	KeReleaseSpinLock(&files_lock, irql);
	if (name.Length == 0)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	*found = ExAllocatePoolWithTag(PagedPool, sizeof(**found) + name.Length, TAG_NAME);
	if (*found == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	RtlZeroMemory(*found, sizeof(**found));
	(*found)->size = sizeof(**found);
	(*found)->name.Buffer = (PWCH)(*found + 1);
	(*found)->name.Length = (*found)->name.MaximumLength = name.Length;
	RtlCopyMemory(*found + 1, name.Buffer, name.Length);
	InterlockedIncrement(&ledger.names);
	return STATUS_SUCCESS;
}

static VOID NTAPI ReleaseFileName(struct filter_name *name)
{
	InterlockedDecrement(&ledger.names);
	ExFreePoolWithTag(name, TAG_NAME);
}

/* -- the table ---------------------------------------------------------------- */

static PVOID NTAPI SystemRoutine(PUNICODE_STRING name);

static const struct {
	const char *name;
	PVOID routine;
} table[] = {
	{ "ExFreePool", FreePool },
	{ "SeQueryInformationToken", QueryToken },
	{ "SeLocateProcessImageName", LocateImage },
	{ "PsGetProcessCreateTimeQuadPart", ProcessCreateTime },
	{ "PsReferencePrimaryToken", ReferenceToken },
	{ "PsDereferencePrimaryToken", DereferenceToken },
	{ "ExAllocatePool2", Allocate2 },
	{ "ExAllocatePoolWithTag", AllocateWithTag },
	{ "ExFreePoolWithTag", FreeWithTag },
	{ "FltGetFileNameInformationUnsafe", GetFileName },
	{ "FltReleaseFileNameInformation", ReleaseFileName },
	{ "IoGetTopLevelIrp", TopLevelIrp },
	{ "MmGetSystemRoutineAddress", SystemRoutine },
	{ "PsGetCurrentProcessId", CurrentProcessId },
	{ "PsGetCurrentThreadId", CurrentThreadId },
	{ "PsGetProcessExitStatus", ProcessExitStatus },
	{ "PsGetThreadExitStatus", ThreadExitStatus },
	{ "PsRemoveCreateThreadNotifyRoutine", RemoveThread },
	{ "PsRemoveLoadImageNotifyRoutine", RemoveImage },
	{ "PsSetCreateProcessNotifyRoutineEx", SetProcessEx },
	{ "PsSetCreateProcessNotifyRoutineEx2", SetProcessEx2 },
	{ "PsSetCreateThreadNotifyRoutine", SetThread },
	{ "PsSetCreateThreadNotifyRoutineEx", SetThreadEx },
	{ "PsSetLoadImageNotifyRoutine", SetImage },
	{ "PsSetLoadImageNotifyRoutineEx", SetImageEx },
};

PVOID SupplyFind(const char *name)
{
	ULONG i;

	for (i = 0; i < RTL_NUMBER_OF(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].routine;
	return NULL;
}

static PVOID NTAPI SystemRoutine(PUNICODE_STRING name)
{
	ULONG count = name->Length / sizeof(WCHAR), i;
	PVOID routine = NULL;
	char narrow[64];

	if (count < sizeof(narrow)) {
		for (i = 0; i < count; i++)
			narrow[i] = (char)name->Buffer[i];
		narrow[count] = 0;
		routine = SupplyFind(narrow);
	}
	return routine != NULL ? routine : MmGetSystemRoutineAddress(name);
}

VOID SupplyStart(VOID)
{
	KeInitializeSpinLock(&files_lock);
	InitializeListHead(&files);
}

VOID SupplyCount(struct rig_counts *counts)
{
	counts->blocks = (ULONG64)InterlockedCompareExchange64(&ledger.blocks, 0, 0);
	counts->bytes = (ULONG64)InterlockedCompareExchange64(&ledger.bytes, 0, 0);
	counts->allocations = (ULONG64)InterlockedCompareExchange64(&ledger.allocations, 0, 0);
	counts->bad_frees = (ULONG)ledger.bad_frees;
	counts->names = (ULONG)(ledger.names + ledger.tokens);
}
