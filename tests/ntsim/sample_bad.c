/* SPDX-License-Identifier: MIT */
/* sample_bad.c - one function per fault: the smallest driver code that commits it. */
#include "sample_bad.h"
#include <fltKernel.h>
#include <wdmsec.h>

#define TAG 'daBS'

NTSTATUS sample_create_device(PDRIVER_OBJECT driver, PUNICODE_STRING name, PDEVICE_OBJECT *device)
{
	UNICODE_STRING sddl = RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)");
	static const GUID guid = { 1, 2, 3, { 4 } };

	return IoCreateDeviceSecure(driver, 0, name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
				    FALSE, &sddl, &guid, device);
}

/* ---- pool ---- */

static volatile UCHAR sink;

static VOID use_after_free(VOID)
{
	volatile UCHAR *p = ExAllocatePoolWithTag(NonPagedPoolNx, 24, TAG);

	ExFreePoolWithTag((PVOID)(ULONG_PTR)p, TAG);
	sink = p[3];
}

static VOID double_free(VOID)
{
	PVOID p = ExAllocatePoolWithTag(NonPagedPoolNx, 24, TAG);

	ExFreePoolWithTag(p, TAG);
	ExFreePoolWithTag(p, TAG);
}

static VOID wrong_tag(VOID)
{
	ExFreePoolWithTag(ExAllocatePoolWithTag(NonPagedPoolNx, 24, TAG), 'xxxx');
}

static VOID zero_tag(VOID)
{
	ExFreePool(ExAllocatePoolWithTag(NonPagedPoolNx, 24, 0));
}

static VOID zero_size(VOID)
{
	ExFreePool(ExAllocatePoolWithTag(NonPagedPoolNx, 0, TAG));
}

/* 21 bytes: the end is not the end of a page, so the pattern must reveal it. */
static VOID overrun(VOID)
{
	volatile UCHAR *p = ExAllocatePoolWithTag(NonPagedPoolNx, 21, TAG);

	p[21] = 1;
	ExFreePoolWithTag((PVOID)(ULONG_PTR)p, TAG);
}

static VOID underrun(VOID)
{
	volatile UCHAR *p = ExAllocatePoolWithTag(NonPagedPoolNx, 24, TAG);

	p[-1] = 1;
	ExFreePoolWithTag((PVOID)(ULONG_PTR)p, TAG);
}

static VOID overrun_read(VOID)
{
	volatile UCHAR *p = ExAllocatePoolWithTag(NonPagedPoolNx, 32, TAG);

	sink = p[32];
	ExFreePoolWithTag((PVOID)(ULONG_PTR)p, TAG);
}

static VOID paged_at_dispatch(VOID)
{
	KIRQL irql;

	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	ExFreePoolWithTag(ExAllocatePoolWithTag(PagedPool, 24, TAG), TAG);
	KeLowerIrql(irql);
}

static VOID paged_touched(VOID)
{
	volatile UCHAR *p = ExAllocatePoolWithTag(PagedPool, 24, TAG);
	KIRQL irql;

	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	sink = p[0];
	KeLowerIrql(irql);
	ExFreePoolWithTag((PVOID)(ULONG_PTR)p, TAG);
}

static VOID free_held_lock(VOID)
{
	PFAST_MUTEX mutex = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*mutex), TAG);

	ExInitializeFastMutex(mutex);
	ExAcquireFastMutex(mutex);
	ExFreePoolWithTag(mutex, TAG);
}

static VOID free_set_timer(VOID)
{
	PKTIMER timer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*timer), TAG);
	LARGE_INTEGER due = { .QuadPart = -10000000 };

	KeInitializeTimer(timer);
	KeSetTimer(timer, due, NULL);
	ExFreePoolWithTag(timer, TAG);
}

/* ---- IRQL ---- */

static VOID paged_code(VOID)
{
	KIRQL irql;

	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	PAGED_CODE();
	KeLowerIrql(irql);
}

static VOID wait_at_dispatch(VOID)
{
	KIRQL irql;

	KeInitializeEvent(&sample.event, NotificationEvent, TRUE);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	KeWaitForSingleObject(&sample.event, Executive, KernelMode, FALSE, NULL);
	KeLowerIrql(irql);
}

static VOID registry_at_dispatch(VOID)
{
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Registry\\Machine");
	OBJECT_ATTRIBUTES attributes;
	HANDLE key;
	KIRQL irql;

	InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, NULL, NULL);
	KeRaiseIrql(APC_LEVEL, &irql);
	ZwOpenKey(&key, KEY_READ, &attributes);
	KeLowerIrql(irql);
}

static VOID unicode_print(VOID)
{
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"x");
	KIRQL irql;

	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	DbgPrint("%wZ\n", &name);
	KeLowerIrql(irql);
}

static VOID irql_left_raised(VOID)
{
	KIRQL irql;

	KeRaiseIrql(APC_LEVEL, &irql);
}

/* ---- locks ---- */

static VOID spin_lock_held(VOID)
{
	KIRQL irql;

	KeInitializeSpinLock(&sample.second);
	KeAcquireSpinLock(&sample.second, &irql);
}

static VOID spin_lock_recursion(VOID)
{
	KIRQL irql;

	KeInitializeSpinLock(&sample.second);
	KeAcquireSpinLock(&sample.second, &irql);
	KeAcquireSpinLockAtDpcLevel(&sample.second);
}

static VOID spin_lock_owner(VOID)
{
	KIRQL irql;

	KeInitializeSpinLock(&sample.second);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	KeReleaseSpinLock(&sample.second, irql);
}

static VOID spin_lock_wrong_irql(VOID)
{
	KIRQL irql;

	KeInitializeSpinLock(&sample.second);
	KeAcquireSpinLock(&sample.second, &irql);
	KeReleaseSpinLock(&sample.second, APC_LEVEL);
}

static VOID fast_mutex_recursion(VOID)
{
	ExInitializeFastMutex(&sample.mutex);
	ExAcquireFastMutex(&sample.mutex);
	ExAcquireFastMutex(&sample.mutex);
}

static VOID fast_mutex_at_dispatch(VOID)
{
	KIRQL irql;

	ExInitializeFastMutex(&sample.mutex);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	ExAcquireFastMutex(&sample.mutex);
}

static VOID fast_mutex_held(VOID)
{
	ExInitializeFastMutex(&sample.mutex);
	ExAcquireFastMutex(&sample.mutex);
}

static VOID lock_order(VOID)
{
	KeInitializeGuardedMutex(&sample.mutex);
	ExInitializePushLock(&sample.push);
	KeAcquireGuardedMutex(&sample.mutex);
	ExAcquirePushLockExclusive(&sample.push);
	ExReleasePushLockExclusive(&sample.push);
	KeReleaseGuardedMutex(&sample.mutex);
	ExAcquirePushLockExclusive(&sample.push);
	KeAcquireGuardedMutex(&sample.mutex);
}

static VOID region_unbalanced(VOID)
{
	KeEnterCriticalRegion();
}

static VOID event_uninitialized(VOID)
{
	RtlZeroMemory(&sample.event, sizeof(sample.event));
	KeSetEvent(&sample.event, 0, FALSE);
}

static VOID deadlock(VOID)
{
	KeInitializeEvent(&sample.event, NotificationEvent, FALSE);
	KeWaitForSingleObject(&sample.event, Executive, KernelMode, FALSE, NULL);
}

static VOID rundown_twice(VOID)
{
	EX_RUNDOWN_REF ref;

	ExInitializeRundownProtection(&ref);
	ExReleaseRundownProtection(&ref);
}

static VOID bad_list(VOID)
{
	LIST_ENTRY head, entry;

	InitializeListHead(&head);
	InsertTailList(&head, &entry);
	head.Flink = &head;
	RemoveEntryList(&entry);
}

/* ---- objects ---- */

static VOID user_handle(VOID)
{
	HANDLE handle;
	PROCESS_BASIC_INFORMATION basic;
	ULONG needed;

	ObOpenObjectByPointer(PsGetCurrentProcess(), 0, NULL, PROCESS_ALL_ACCESS, NULL, KernelMode,
			      &handle);
	ZwQueryInformationProcess(handle, ProcessBasicInformation, &basic, sizeof(basic), &needed);
	ZwClose(handle);
}

static VOID close_twice(VOID)
{
	HANDLE handle;

	ObOpenObjectByPointer(PsGetCurrentProcess(), OBJ_KERNEL_HANDLE, NULL, PROCESS_ALL_ACCESS,
			      NULL, KernelMode, &handle);
	ZwClose(handle);
	ZwClose(handle);
}

static VOID too_new_routine(VOID)
{
	PVOID p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG);

	ExFreePoolWithTag(p, TAG);
}

static VOID do_remove(PEPROCESS process, HANDLE id, PPS_CREATE_NOTIFY_INFO info);

static VOID remove_in_callback(VOID)
{
	PsSetCreateProcessNotifyRoutineEx(do_remove, FALSE);
}

static VOID do_remove(PEPROCESS process, HANDLE id, PPS_CREATE_NOTIFY_INFO info)
{
	UNREFERENCED_PARAMETER(process);
	UNREFERENCED_PARAMETER(id);
	UNREFERENCED_PARAMETER(info);
	PsSetCreateProcessNotifyRoutineEx(do_remove, TRUE);
}

static const struct {
	enum sample_fault fault;
	VOID (*commit)(VOID);
} simple[] = {
	{ USE_AFTER_FREE, use_after_free },
	{ DOUBLE_FREE, double_free },
	{ WRONG_TAG, wrong_tag },
	{ ZERO_TAG, zero_tag },
	{ ZERO_SIZE, zero_size },
	{ OVERRUN, overrun },
	{ UNDERRUN, underrun },
	{ OVERRUN_READ, overrun_read },
	{ PAGED_AT_DISPATCH, paged_at_dispatch },
	{ PAGED_TOUCHED, paged_touched },
	{ PAGED_CODE_AT_DISPATCH, paged_code },
	{ WAIT_AT_DISPATCH, wait_at_dispatch },
	{ REGISTRY_AT_DISPATCH, registry_at_dispatch },
	{ SPIN_LOCK_HELD, spin_lock_held },
	{ SPIN_LOCK_RECURSION, spin_lock_recursion },
	{ SPIN_LOCK_OWNER, spin_lock_owner },
	{ SPIN_LOCK_WRONG_IRQL, spin_lock_wrong_irql },
	{ FAST_MUTEX_RECURSION, fast_mutex_recursion },
	{ FAST_MUTEX_AT_DISPATCH, fast_mutex_at_dispatch },
	{ FAST_MUTEX_HELD, fast_mutex_held },
	{ LOCK_ORDER, lock_order },
	{ REGION_UNBALANCED, region_unbalanced },
	{ IRQL_LEFT_RAISED, irql_left_raised },
	{ EVENT_UNINITIALIZED, event_uninitialized },
	{ FREE_HELD_LOCK, free_held_lock },
	{ FREE_SET_TIMER, free_set_timer },
	{ USER_HANDLE, user_handle },
	{ CLOSE_TWICE, close_twice },
	{ REMOVE_IN_CALLBACK, remove_in_callback },
	{ UNICODE_PRINT_AT_DISPATCH, unicode_print },
	{ TOO_NEW_ROUTINE, too_new_routine },
	{ BAD_LIST, bad_list },
	{ RUNDOWN_TWICE, rundown_twice },
	{ DEADLOCK, deadlock },
};

static VOID string_overread(PCUNICODE_STRING name)
{
	sink = (UCHAR)wcslen(name->Buffer); /* counted, not terminated */
}

static VOID leak_in_callback(PEPROCESS process)
{
	PEPROCESS found;
	HANDLE handle;

	if (bad(LEAK_REFERENCE))
		PsLookupProcessByProcessId(PsGetProcessId(process), &found);
	if (bad(LEAK_TOKEN))
		PsReferencePrimaryToken(process);
	if (bad(LEAK_HANDLE))
		ObOpenObjectByPointer(process, OBJ_KERNEL_HANDLE, NULL, PROCESS_ALL_ACCESS, NULL,
				      KernelMode, &handle);
}

VOID sample_plant_in_callback(PEPROCESS process, PPS_CREATE_NOTIFY_INFO info)
{
	if (bad(SAMPLE_CORRECT))
		return;
	for (size_t i = 0; i < ARRAYSIZE(simple); i++) {
		if (bad(simple[i].fault))
			simple[i].commit();
	}
	if (info)
		leak_in_callback(process);
	if (bad(OVER_DEREFERENCE))
		ObDereferenceObject(process);
	if (bad(STRING_OVERREAD) && info)
		string_overread(info->CommandLine);
	if (bad(DENIAL_UNDONE) && info)
		info->CreationStatus = STATUS_SUCCESS;
}

VOID sample_plant_in_image(PIMAGE_INFO info)
{
	PFLT_FILE_NAME_INFORMATION name;
	PFILE_OBJECT file;

	if (bad(NAME_QUERY_IN_IO) && info->ExtendedInfoPresent) {
		file = CONTAINING_RECORD(info, IMAGE_INFO_EX, ImageInfo)->FileObject;
		FltGetFileNameInformationUnsafe(file, NULL, FLT_FILE_NAME_NORMALIZED, &name);
	}
}

/* ---- at unload ---- */

static VOID wait_forever(PVOID context)
{
	UNREFERENCED_PARAMETER(context);
	deadlock();
}

static VOID plant_thread(VOID)
{
	OBJECT_ATTRIBUTES attributes;
	HANDLE handle;

	InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
	PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, &attributes, NULL, NULL, wait_forever,
			     NULL);
	ZwClose(handle);
}

static VOID plant_timer(VOID)
{
	LARGE_INTEGER due = { .QuadPart = -600000000 };

	KeInitializeTimer(&sample.timer);
	KeSetTimer(&sample.timer, due, NULL);
}

VOID sample_plant_at_unload(PDRIVER_OBJECT driver)
{
	static LOOKASIDE_LIST_EX list;

	UNREFERENCED_PARAMETER(driver);
	if (bad(LEAK_TIMER))
		plant_timer();
	if (bad(LEAK_THREAD))
		plant_thread();
	if (bad(LEAK_WORK_ITEM))
		IoAllocateWorkItem(sample.device);
	if (bad(LEAK_RESOURCE))
		ExInitializeResourceLite(&sample.resource);
	if (bad(LEAK_LOOKASIDE))
		ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 0, 32, TAG, 0);
	if (bad(RESOURCE_WITHOUT_REGION)) {
		ExInitializeResourceLite(&sample.resource);
		ExAcquireResourceExclusiveLite(&sample.resource, TRUE);
	}
	if (bad(PUSH_LOCK_WITHOUT_REGION)) {
		ExInitializePushLock(&sample.push);
		ExAcquirePushLockExclusive(&sample.push);
	}
}

/* ---- requests ---- */

static VOID never_canceled(PDEVICE_OBJECT device, PIRP irp)
{
	UNREFERENCED_PARAMETER(device);
	UNREFERENCED_PARAMETER(irp);
}

NTSTATUS sample_bad_read(PIRP irp)
{
	ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;

	switch (sample_fault) {
	case COMPLETE_TWICE:
		sample_complete(irp, STATUS_SUCCESS, 0);
		IoCompleteRequest(irp, IO_NO_INCREMENT);
		return STATUS_SUCCESS;
	case TOUCH_COMPLETED:
		sample_complete(irp, STATUS_UNSUCCESSFUL, 0);
		return irp->IoStatus.Status;
	case NOT_MARKED_PENDING:
		sample_complete(irp, STATUS_SUCCESS, 0);
		return STATUS_PENDING;
	case MARKED_NOT_PENDING:
		IoMarkIrpPending(irp);
		return sample_complete(irp, STATUS_SUCCESS, 0);
	case STATUS_MISMATCH:
		sample_complete(irp, STATUS_SUCCESS, 0);
		return STATUS_UNSUCCESSFUL;
	case COMPLETED_PENDING:
		return sample_complete(irp, STATUS_PENDING, 0);
	case NOT_COMPLETED:
		return STATUS_SUCCESS;
	case TOO_MUCH_INFORMATION:
		return sample_complete(irp, STATUS_SUCCESS, length + 1);
	case COMPLETED_WITH_CANCEL:
		IoSetCancelRoutine(irp, never_canceled);
		return sample_complete(irp, STATUS_SUCCESS, 0);
	default:
		return sample_complete(irp, STATUS_SUCCESS, 0);
	}
}

NTSTATUS sample_bad_mdl(PIRP irp)
{
	ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;
	volatile UCHAR *p = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

	if (bad(DIRECT_OVERRUN))
		p[length] = 1;
	sample_complete(irp, STATUS_SUCCESS, length);
	if (bad(TOUCH_MAPPING))
		p[0] = 1;
	return STATUS_SUCCESS;
}

/* A fixed array of names, of which only the first is written (the book's fault). */
NTSTATUS sample_bad_names(PIRP irp)
{
	struct names {
		ULONG count;
		WCHAR name[100];
	} * names, local;
	PVOID out = irp->AssociatedIrp.SystemBuffer;

	if (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength <
	    sizeof(local))
		return sample_complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
	if (bad(UNINITIALIZED_BUFFER)) {
		*(ULONG *)out = 1;
		return sample_complete(irp, STATUS_SUCCESS, sizeof(local));
	}
	names = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*names), TAG);
	if (!names)
		return sample_complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
	if (!bad(UNINITIALIZED_POOL))
		RtlZeroMemory(names, sizeof(*names));
	names->count = 1;
	names->name[0] = 'a';
	if (bad(UNINITIALIZED_STACK)) {
		local.count = names->count;
		RtlCopyMemory(local.name, L"ab", 6);
		RtlCopyMemory(out, &local, sizeof(local));
	} else {
		RtlCopyMemory(out, names, sizeof(*names));
	}
	if (bad(TOUCH_BUFFER)) {
		sample_complete(irp, STATUS_SUCCESS, sizeof(*names));
		*(volatile ULONG *)out = 2;
		return STATUS_SUCCESS;
	}
	ExFreePoolWithTag(names, TAG);
	return sample_complete(irp, STATUS_SUCCESS, sizeof(*names));
}
