/* SPDX-License-Identifier: MIT */
/*
 * rig.c - rig.sys, a driver for tests under Wine: the device and its requests.
 *
 * It is started before the driver under test, in the same load-order group, and
 * so is in the same process.
 *
 *	rig_loader.c  drivers loaded later get the rig's routines for some of Wine's
 *	rig_supply.c  these routines
 *	rig_notify.c  who has registered for notifications, and the calls
 */
#include "rig_parts.h"

#define TAG_JOB 0x6a676972u /* "rigj" */

DRIVER_INITIALIZE DriverEntry;

static PDEVICE_OBJECT the_device;
static volatile LONG jobs;

/* A notification may wait, and Wine has one thread for all requests: each is
 * fired by a worker. */
struct job {
	PIO_WORKITEM item;
	PIRP irp;
	HANDLE pid, tid; /* of the caller */
};

static NTSTATUS Complete(PIRP irp, NTSTATUS status, ULONG bytes)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = bytes;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
	return status;
}

static VOID NTAPI Work(PDEVICE_OBJECT device, PVOID context)
{
	struct job *job = context;
	struct rig_fire *fire = job->irp->AssociatedIrp.SystemBuffer;
	struct rig_answer answer = { 0, 0 };
	NTSTATUS status;

	UNREFERENCED_PARAMETER(device);
	status = NotifyFire(fire, (PWCH)(fire + 1), job->pid, job->tid, &answer);
	RtlCopyMemory(fire, &answer, sizeof(answer));
	Complete(job->irp, status, NT_SUCCESS(status) ? sizeof(answer) : 0);
	IoFreeWorkItem(job->item);
	ExFreePoolWithTag(job, TAG_JOB);
	InterlockedDecrement(&jobs);
}

static BOOLEAN IsWhole(const struct rig_fire *fire, ULONG bytes)
{
	ULONG64 text;

	if (bytes < sizeof(*fire) || fire->event >= RIG_EVENTS)
		return FALSE;
	text = (ULONG64)fire->opened_bytes + fire->device_bytes + fire->command_bytes;
	return text == bytes - sizeof(*fire) && fire->opened_bytes <= 0xfffe &&
	       fire->device_bytes <= 0xfffe && fire->command_bytes <= 0xfffe &&
	       ((fire->opened_bytes | fire->device_bytes | fire->command_bytes) & 1) == 0;
}

static NTSTATUS OnFire(PIRP irp, const IO_STACK_LOCATION *stack)
{
	struct job *job;

	if (!IsWhole(irp->AssociatedIrp.SystemBuffer,
		     stack->Parameters.DeviceIoControl.InputBufferLength) ||
	    stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(struct rig_answer))
		return Complete(irp, STATUS_INVALID_PARAMETER, 0);
	job = ExAllocatePoolWithTag(NonPagedPool, sizeof(*job), TAG_JOB);
	if (job == NULL)
		return Complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
	job->item = IoAllocateWorkItem(the_device);
	if (job->item == NULL) {
		ExFreePoolWithTag(job, TAG_JOB);
		return Complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
	}
	job->irp = irp;
	job->pid = PsGetCurrentProcessId();
	job->tid = PsGetCurrentThreadId();
	InterlockedIncrement(&jobs);
	IoMarkIrpPending(irp);
	IoQueueWorkItem(job->item, Work, DelayedWorkQueue, job);
	return STATUS_PENDING;
}

static NTSTATUS OnCounts(PIRP irp, const IO_STACK_LOCATION *stack)
{
	struct rig_counts counts;

	if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(counts))
		return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
	RtlZeroMemory(&counts, sizeof(counts));
	LoaderCount(&counts);
	SupplyCount(&counts);
	NotifyCount(&counts);
	RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, &counts, sizeof(counts));
	return Complete(irp, STATUS_SUCCESS, sizeof(counts));
}

static NTSTATUS NTAPI OnControl(PDEVICE_OBJECT device, PIRP irp)
{
	const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

	UNREFERENCED_PARAMETER(device);
	switch (stack->Parameters.DeviceIoControl.IoControlCode) {
	case RIG_FIRE:
		return OnFire(irp, stack);
	case RIG_COUNTS:
		return OnCounts(irp, stack);
	default:
		return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
	}
}

static NTSTATUS NTAPI OnOpenClose(PDEVICE_OBJECT device, PIRP irp)
{
	UNREFERENCED_PARAMETER(device);
	return Complete(irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
	UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\VigilRig");
	LARGE_INTEGER moment = { .QuadPart = -10000 };

	UNREFERENCED_PARAMETER(driver);
	while (InterlockedCompareExchange(&jobs, 0, 0) != 0)
		KeDelayExecutionThread(KernelMode, FALSE, &moment);
	LoaderStop();
	NotifyStop();
	IoDeleteSymbolicLink(&link);
	IoDeleteDevice(the_device);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\VigilRig");
	UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\VigilRig");
	NTSTATUS status;

	UNREFERENCED_PARAMETER(registry_path);
	SupplyStart();
	NotifyStart();
	status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &the_device);
	if (!NT_SUCCESS(status))
		goto notify;
	status = IoCreateSymbolicLink(&link, &name);
	if (!NT_SUCCESS(status))
		goto device;
	status = LoaderStart();
	if (!NT_SUCCESS(status))
		goto link;
	driver->MajorFunction[IRP_MJ_CREATE] = OnOpenClose;
	driver->MajorFunction[IRP_MJ_CLOSE] = OnOpenClose;
	driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = OnControl;
	driver->DriverUnload = Unload;
	the_device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
	return STATUS_SUCCESS;

link:
	IoDeleteSymbolicLink(&link);
device:
	IoDeleteDevice(the_device);
notify:
	NotifyStop();
	return status;
}
