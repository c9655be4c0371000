/* SPDX-License-Identifier: MIT */
/* sample.c - the correct sample driver, with places where sample_bad.c plants faults. */
#include "sample_bad.h"

#define MAXIMUM 64

struct sample sample;
enum sample_fault sample_fault;

static DRIVER_CANCEL on_cancel;

/* ---- events ---- */

static PIRP take_reader(void)
{
	PLIST_ENTRY e;

	for (e = sample.readers.Flink; e != &sample.readers; e = e->Flink) {
		PIRP irp = CONTAINING_RECORD(e, IRP, Tail.Overlay.ListEntry);

		if (bad(CANCEL_RACE) || IoSetCancelRoutine(irp, NULL)) {
			RemoveEntryList(e);
			return irp;
		}
	}
	return NULL;
}

static ULONG fill(PIRP irp, ULONG length)
{
	struct sample_event *out =
	    MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
	ULONG used = 0;

	while (out && sample.count && used + sizeof(*out) <= length) {
		out[used / sizeof(*out)] = sample.ring[sample.first++ % MAXIMUM];
		used += (ULONG)sizeof(*out);
		sample.count--;
	}
	return used;
}

/* Serve readers while there are events; the lock is not held on completion. */
static VOID serve(VOID)
{
	for (;;) {
		PIRP irp = NULL;
		ULONG used = 0;
		KIRQL irql;

		KeAcquireSpinLock(&sample.lock, &irql);
		if (sample.count)
			irp = take_reader();
		if (irp)
			used = fill(irp, IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length);
		KeReleaseSpinLock(&sample.lock, irql);
		if (!irp)
			return;
		sample_complete(irp, used ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES, used);
	}
}

static VOID produce(ULONG type, HANDLE id)
{
	LARGE_INTEGER now;
	KIRQL irql;

	KeQuerySystemTime(&now);
	if (bad(RACE))
		sample.unguarded++;
	KeAcquireSpinLock(&sample.lock, &irql);
	if (sample.count == MAXIMUM) {
		sample.count--;
		sample.first++;
		sample.dropped++;
	}
	sample.ring[(sample.first + sample.count++) % MAXIMUM] =
	    (struct sample_event){ type, HandleToUlong(id), now.QuadPart };
	sample.produced++;
	KeReleaseSpinLock(&sample.lock, irql);
	serve();
}

static VOID on_process(PEPROCESS process, HANDLE id, PPS_CREATE_NOTIFY_INFO info)
{
	UNREFERENCED_PARAMETER(process);
	if (!ExAcquireRundownProtection(&sample.rundown))
		return;
	sample_plant_in_callback(process, info);
	produce(1, id);
	ExReleaseRundownProtection(&sample.rundown);
}

static VOID on_thread(HANDLE process, HANDLE thread, BOOLEAN create)
{
	UNREFERENCED_PARAMETER(process);
	UNREFERENCED_PARAMETER(create);
	produce(2, thread);
}

static VOID on_image(PUNICODE_STRING name, HANDLE process, PIMAGE_INFO info)
{
	UNREFERENCED_PARAMETER(name);
	sample_plant_in_image(info);
	produce(3, process);
}

/* ---- requests ---- */

NTSTATUS sample_complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
	return status;
}

static VOID on_cancel(PDEVICE_OBJECT device, PIRP irp)
{
	KIRQL irql;

	UNREFERENCED_PARAMETER(device);
	IoReleaseCancelSpinLock(irp->CancelIrql);
	KeAcquireSpinLock(&sample.lock, &irql);
	RemoveEntryList(&irp->Tail.Overlay.ListEntry);
	KeReleaseSpinLock(&sample.lock, irql);
	sample_complete(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS on_read(PDEVICE_OBJECT device, PIRP irp)
{
	ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;
	BOOLEAN canceled;
	KIRQL irql;

	UNREFERENCED_PARAMETER(device);
	if (length < sizeof(struct sample_event) && !bad(NO_MDL))
		return sample_complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
	if (sample_fault >= COMPLETE_TWICE && sample_fault <= COMPLETED_WITH_CANCEL)
		return sample_bad_read(irp);
	if (bad(NO_MDL) || bad(DIRECT_OVERRUN) || bad(TOUCH_MAPPING))
		return sample_bad_mdl(irp);
	KeAcquireSpinLock(&sample.lock, &irql);
	if (!bad(MARK_AFTER_INSERT))
		IoMarkIrpPending(irp);
	InsertTailList(&sample.readers, &irp->Tail.Overlay.ListEntry);
	IoSetCancelRoutine(irp, on_cancel);
	canceled = irp->Cancel && IoSetCancelRoutine(irp, NULL);
	if (canceled)
		RemoveEntryList(&irp->Tail.Overlay.ListEntry);
	KeReleaseSpinLock(&sample.lock, irql);
	if (canceled)
		sample_complete(irp, STATUS_CANCELLED, 0);
	serve();
	if (bad(MARK_AFTER_INSERT))
		IoMarkIrpPending(irp);
	return STATUS_PENDING;
}

static NTSTATUS on_control(PDEVICE_OBJECT device, PIRP irp)
{
	PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
	ULONG *out = irp->AssociatedIrp.SystemBuffer;

	UNREFERENCED_PARAMETER(device);
	if (stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_NAMES)
		return sample_bad_names(irp);
	if (stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_COUNT)
		return sample_complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
	if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(*out))
		return sample_complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
	*out = sample.produced;
	return sample_complete(irp, STATUS_SUCCESS, sizeof(*out));
}

static NTSTATUS on_cleanup(PDEVICE_OBJECT device, PIRP irp)
{
	PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
	PLIST_ENTRY e;
	PIRP found;
	KIRQL irql;

	UNREFERENCED_PARAMETER(device);
	do {
		found = NULL;
		KeAcquireSpinLock(&sample.lock, &irql);
		for (e = sample.readers.Flink; e != &sample.readers && !found; e = e->Flink) {
			PIRP each = CONTAINING_RECORD(e, IRP, Tail.Overlay.ListEntry);

			if (IoGetCurrentIrpStackLocation(each)->FileObject == file &&
			    IoSetCancelRoutine(each, NULL))
				found = each;
		}
		if (found)
			RemoveEntryList(&found->Tail.Overlay.ListEntry);
		KeReleaseSpinLock(&sample.lock, irql);
		if (found)
			sample_complete(found, STATUS_CANCELLED, 0);
	} while (found && !bad(LOST_ON_CLEANUP));
	return sample_complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS on_create_close(PDEVICE_OBJECT device, PIRP irp)
{
	UNREFERENCED_PARAMETER(device);
	return sample_complete(irp, STATUS_SUCCESS, 0);
}

/* ---- load and unload ---- */

static UNICODE_STRING device_name = RTL_CONSTANT_STRING(L"\\Device\\Sample");
static UNICODE_STRING link_name = RTL_CONSTANT_STRING(L"\\??\\Sample");

static VOID remove_callbacks(VOID)
{
	PsRemoveLoadImageNotifyRoutine(on_image);
	PsRemoveCreateThreadNotifyRoutine(on_thread);
	if (!bad(LEAK_CALLBACK))
		PsSetCreateProcessNotifyRoutineEx(on_process, TRUE);
}

static NTSTATUS set_callbacks(VOID)
{
	NTSTATUS status = PsSetCreateProcessNotifyRoutineEx(on_process, FALSE);

	if (!NT_SUCCESS(status))
		return status;
	status = PsSetCreateThreadNotifyRoutine(on_thread);
	if (NT_SUCCESS(status) && bad(REGISTERED_TWICE))
		PsSetCreateThreadNotifyRoutine(on_thread);
	if (!NT_SUCCESS(status))
		goto no_thread;
	status = PsSetLoadImageNotifyRoutine(on_image);
	if (NT_SUCCESS(status))
		return status;
	PsRemoveCreateThreadNotifyRoutine(on_thread);
no_thread:
	PsSetCreateProcessNotifyRoutineEx(on_process, TRUE);
	return status;
}

static VOID on_unload(PDRIVER_OBJECT driver)
{
	remove_callbacks();
	ExWaitForRundownProtectionRelease(&sample.rundown);
	sample_plant_at_unload(driver);
	if (!bad(LEAK_LINK))
		IoDeleteSymbolicLink(&link_name);
	if (!bad(LEAK_DEVICE))
		IoDeleteDevice(sample.device);
	if (!bad(LEAK_POOL))
		ExFreePoolWithTag(sample.ring, 'pmaS');
}

static NTSTATUS set_state(VOID)
{
	RtlZeroMemory(&sample, sizeof(sample));
	if (!bad(SPIN_LOCK_UNINITIALIZED))
		KeInitializeSpinLock(&sample.lock);
	InitializeListHead(&sample.readers);
	ExInitializeRundownProtection(&sample.rundown);
	sample.ring = ExAllocatePoolZero(NonPagedPoolNx, MAXIMUM * sizeof(*sample.ring), 'pmaS');
	return sample.ring ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static VOID set_dispatch(PDRIVER_OBJECT driver)
{
	driver->DriverUnload = on_unload;
	driver->MajorFunction[IRP_MJ_CREATE] = on_create_close;
	driver->MajorFunction[IRP_MJ_CLOSE] = on_create_close;
	driver->MajorFunction[IRP_MJ_CLEANUP] = on_cleanup;
	driver->MajorFunction[IRP_MJ_READ] = on_read;
	driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = on_control;
}

NTSTATUS sample_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
	NTSTATUS status = set_state();

	UNREFERENCED_PARAMETER(path);
	if (!NT_SUCCESS(status))
		return status;
	set_dispatch(driver);
	status = sample_create_device(driver, &device_name, &sample.device);
	if (!NT_SUCCESS(status))
		goto no_device;
	sample.device->Flags |= DO_DIRECT_IO;
	status = IoCreateSymbolicLink(&link_name, &device_name);
	if (!NT_SUCCESS(status))
		goto no_link;
	status = set_callbacks();
	if (NT_SUCCESS(status))
		return status;
	IoDeleteSymbolicLink(&link_name);
no_link:
	if (!bad(ENTRY_KEEPS_DEVICE))
		IoDeleteDevice(sample.device);
no_device:
	ExFreePoolWithTag(sample.ring, 'pmaS');
	return status;
}
