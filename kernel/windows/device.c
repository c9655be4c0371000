/* SPDX-License-Identifier: MIT */
/* device.c - the devices, their names and protection, and the dispatch routines. */
#include "device.h"

#include "control.h"
#include "reader.h"
#include "routines.h"
#include "seeds.h"
#include "settings.h"

static const struct {
	PCWSTR name, link;
} table[DEVICE_KINDS] = {
	[DEVICE_VIGIL] = { L"\\Device\\Vigil", L"\\??\\Vigil" },
	[DEVICE_SYSMON] = { L"\\Device\\SysMon", L"\\??\\SysMon" },
	[DEVICE_KDETECTOR] = { L"\\Device\\KDetector", L"\\??\\KDetector" },
};

/* Full access (FILE_ALL_ACCESS) for SYSTEM and administrators, nothing for others:
 * D:P(A;;FA;;;SY)(A;;FA;;;BA), self-relative. IoCreateDeviceSecure is not used: it is
 * in a library (wdmsec.lib), not in the kernel. */
static const struct {
	UCHAR revision, zero0;
	USHORT control; /* self-relative, DACL present and protected */
	ULONG owner, group, sacl, dacl;
	UCHAR acl_revision, zero1;
	USHORT acl_size, aces, zero2;
	struct {
		UCHAR type, flags;
		USHORT size;
		ULONG mask;
		UCHAR sid_revision, authorities, authority[6];
		ULONG sub;
	} system;
	struct {
		UCHAR type, flags;
		USHORT size;
		ULONG mask;
		UCHAR sid_revision, authorities, authority[6];
		ULONG sub[2];
	} administrators;
} descriptor = {
	1,
	0,
	0x9004,
	0,
	0,
	0,
	20,
	2,
	0,
	52,
	2,
	0,
	{ 0, 0, 20, 0x001f01ff, 1, 1, { 0, 0, 0, 0, 0, 5 }, 18 },
	{ 0, 0, 24, 0x001f01ff, 1, 2, { 0, 0, 0, 0, 0, 5 }, { 32, 544 } },
};
VIGIL_STATIC_ASSERT(descriptor_size, sizeof(descriptor) == 72);

static PDEVICE_OBJECT devices[DEVICE_KINDS];

/* -- dispatch -------------------------------------------------------------- */

_Dispatch_type_(IRP_MJ_CREATE)
static DRIVER_DISPATCH OnCreate;
_Dispatch_type_(IRP_MJ_CLEANUP)
static DRIVER_DISPATCH OnCleanup;
_Dispatch_type_(IRP_MJ_CLOSE)
static DRIVER_DISPATCH OnClose;
_Dispatch_type_(IRP_MJ_READ)
static DRIVER_DISPATCH OnRead;
_Dispatch_type_(IRP_MJ_DEVICE_CONTROL)
static DRIVER_DISPATCH OnControl;

static enum device_kind KindOf(_In_ PDEVICE_OBJECT device)
{
	return *(enum device_kind *)device->DeviceExtension;
}

_Use_decl_annotations_
VIGIL_PAGE
static NTSTATUS NTAPI OnCreate(PDEVICE_OBJECT device, PIRP irp)
{
	PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
	struct reader *reader;
	NTSTATUS status;

	PAGED_CODE();

	/* There is no lower device. */
	if (stack->FileObject->FileName.Length != 0)
		return IrpComplete(irp, STATUS_OBJECT_NAME_NOT_FOUND, 0);
	status = ReaderOpen(KindOf(device), &reader);
	if (NT_SUCCESS(status))
		stack->FileObject->FsContext = reader;
	return IrpComplete(irp, status, 0);
}

_Use_decl_annotations_
static NTSTATUS NTAPI OnCleanup(PDEVICE_OBJECT device, PIRP irp)
{
	UNREFERENCED_PARAMETER(device);
	ReaderCleanup(IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext);
	return IrpComplete(irp, STATUS_SUCCESS, 0);
}

_Use_decl_annotations_
static NTSTATUS NTAPI OnClose(PDEVICE_OBJECT device, PIRP irp)
{
	PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;

	UNREFERENCED_PARAMETER(device);
	ReaderClose(file->FsContext);
	file->FsContext = NULL;
	return IrpComplete(irp, STATUS_SUCCESS, 0);
}

_Use_decl_annotations_
static NTSTATUS NTAPI OnRead(PDEVICE_OBJECT device, PIRP irp)
{
	PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
	struct reader *reader = stack->FileObject->FsContext;
	ULONG taken = 0;
	NTSTATUS status;
	PVOID buffer;

	UNREFERENCED_PARAMETER(device);
	/* Direct I/O: a read of no bytes has no MDL. */
	if (stack->Parameters.Read.Length == 0 || irp->MdlAddress == NULL)
		return IrpComplete(irp, STATUS_SUCCESS, 0);
	buffer = MmGetSystemAddressForMdlSafe(irp->MdlAddress, nt.mapping);
	if (buffer == NULL)
		return IrpComplete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
	if (reader->kind == DEVICE_VIGIL) {
		irp->Tail.Overlay.DriverContext[0] = buffer;
		return ReaderPend(reader, irp);
	}
	status = SeedRead(reader, buffer, stack->Parameters.Read.Length, &taken);
	return IrpComplete(irp, status, taken);
}

_Use_decl_annotations_
VIGIL_PAGE
static NTSTATUS NTAPI OnControl(PDEVICE_OBJECT device, PIRP irp)
{
	PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
	struct reader *reader = stack->FileObject->FsContext;
	NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;
	ULONG written = 0;

	PAGED_CODE();

	UNREFERENCED_PARAMETER(device);
	if (reader->kind == DEVICE_VIGIL)
		status =
		    ControlRequest(reader, stack->Parameters.DeviceIoControl.IoControlCode,
				   irp->AssociatedIrp.SystemBuffer,
				   stack->Parameters.DeviceIoControl.InputBufferLength,
				   stack->Parameters.DeviceIoControl.OutputBufferLength, &written);
	return IrpComplete(irp, status, written);
}

/* -- creation -------------------------------------------------------------- */

/* Creates a device and protects it before it can be opened, which is possible only after
 * DO_DEVICE_INITIALIZING is cleared. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_INIT
static NTSTATUS CreateAndProtect(_In_ PDRIVER_OBJECT driver, _In_ PUNICODE_STRING name,
				 _Out_ PDEVICE_OBJECT *device)
{
	HANDLE handle;
	NTSTATUS status;

	status = IoCreateDevice(driver, sizeof(enum device_kind), name, FILE_DEVICE_UNKNOWN,
				FILE_DEVICE_SECURE_OPEN, FALSE, device);
	if (!NT_SUCCESS(status))
		return status;
	status = ObOpenObjectByPointer(*device, OBJ_KERNEL_HANDLE, NULL, WRITE_DAC, NULL,
				       KernelMode, &handle);
	if (NT_SUCCESS(status)) {
		status = ZwSetSecurityObject(handle, DACL_SECURITY_INFORMATION,
					     (PSECURITY_DESCRIPTOR)(ULONG_PTR)&descriptor);
		ZwClose(handle);
	}
	if (!NT_SUCCESS(status))
		IoDeleteDevice(*device);
	return status;
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_INIT
static NTSTATUS CreateOne(_In_ PDRIVER_OBJECT driver, _In_ enum device_kind kind)
{
	UNICODE_STRING name, link;
	PDEVICE_OBJECT device = NULL;
	NTSTATUS status;

	RtlInitUnicodeString(&name, table[kind].name);
	RtlInitUnicodeString(&link, table[kind].link);
	status = CreateAndProtect(driver, &name, &device);
	if (!NT_SUCCESS(status))
		return status;
	*(enum device_kind *)device->DeviceExtension = kind;
	device->Flags |= DO_DIRECT_IO;
	status = IoCreateSymbolicLink(&link, &name);
	if (!NT_SUCCESS(status)) {
		IoDeleteDevice(device);
		return status;
	}
	devices[kind] = device;
	return STATUS_SUCCESS;
}

_Use_decl_annotations_
VIGIL_INIT
NTSTATUS DevicesStart(PDRIVER_OBJECT driver)
{
	ULONG kinds = SettingGet(VIGIL_SETTING_SEED_DEVICES) != 0 ? DEVICE_KINDS : 1, kind;
	NTSTATUS status;

	RtlZeroMemory(devices, sizeof(devices));
	driver->MajorFunction[IRP_MJ_CREATE] = OnCreate;
	driver->MajorFunction[IRP_MJ_CLEANUP] = OnCleanup;
	driver->MajorFunction[IRP_MJ_CLOSE] = OnClose;
	driver->MajorFunction[IRP_MJ_READ] = OnRead;
	driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = OnControl;
	for (kind = 0; kind < kinds; kind++) {
		status = CreateOne(driver, (enum device_kind)kind);
		if (!NT_SUCCESS(status)) {
			DevicesStop();
			return status;
		}
	}
	return STATUS_SUCCESS;
}

_Use_decl_annotations_
VIGIL_INIT
VOID DevicesOpen(VOID)
{
	ULONG kind;

	for (kind = 0; kind < DEVICE_KINDS; kind++)
		if (devices[kind] != NULL)
			devices[kind]->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID DevicesStop(VOID)
{
	ULONG kind;

	PAGED_CODE();

	for (kind = DEVICE_KINDS; kind-- > 0;) {
		UNICODE_STRING link;

		if (devices[kind] == NULL)
			continue;
		RtlInitUnicodeString(&link, table[kind].link);
		(VOID) IoDeleteSymbolicLink(&link);
		IoDeleteDevice(devices[kind]);
		devices[kind] = NULL;
	}
}
