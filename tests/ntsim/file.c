/* SPDX-License-Identifier: MIT */
/* file.c - user mode's calls on files: open, read, control, cancel, close. */
#include "sim.h"

static PFILE_OBJECT file_new(PDEVICE_OBJECT device)
{
	PFILE_OBJECT file = object_new(OBJECT_FILE, sizeof(struct file));

	file->Type = 5;
	file->Size = sizeof(*file);
	file->DeviceObject = device;
	return file;
}

/* A file of the file system, as notify routines get them. */
PFILE_OBJECT file_of_image(PCUNICODE_STRING name)
{
	PFILE_OBJECT file = file_new(NULL);
	struct file *f = FILE_(file);
	USHORT skip = 0, slashes = 0;

	f->image = string_copy(name);
	/* FileName is relative to the volume, \Device\HarddiskVolumeN. */
	while (skip < name->Length / 2 && (name->Buffer[skip] != '\\' || slashes++ < 2))
		skip++;
	if (skip >= name->Length / 2)
		skip = 0;
	file->FileName =
	    (UNICODE_STRING){ (USHORT)(f->image.Length - skip * 2),
			      (USHORT)(f->image.Length - skip * 2), f->image.Buffer + skip };
	return file;
}

static NTSTATUS simple_request(PFILE_OBJECT file, UCHAR major)
{
	struct ntsim_io *io = irp_new(file, major);

	irp_send(io);
	return irp_finish(io, NULL);
}

static void forget_open(PFILE_OBJECT file)
{
	klock();
	DEVICE(file->DeviceObject)->files--;
	file->DeviceObject->ReferenceCount--;
	kunlock();
}

void file_close_when_idle(PFILE_OBJECT file)
{
	struct file *f = FILE_(file);
	bool now;

	klock();
	now = f->cleaned && !f->closed && f->requests == 0;
	f->closed |= now;
	kunlock();
	if (!now)
		return;
	simple_request(file, IRP_MJ_CLOSE);
	forget_open(file);
	driver_file_gone();
}

void file_cleanup(PFILE_OBJECT file)
{
	if (!file->DeviceObject)
		return;
	simple_request(file, IRP_MJ_CLEANUP);
	klock();
	FILE_(file)->cleaned = true;
	kunlock();
	file_close_when_idle(file);
}

void file_destroy(void *body)
{
	PFILE_OBJECT file = body;

	free(FILE_(file)->image.Buffer);
	if (file->DeviceObject)
		object_unref(file->DeviceObject);
}

/* ---- open ---- */

static NTSTATUS send_create(PFILE_OBJECT file, ACCESS_MASK access)
{
	struct ntsim_io *io = irp_new(file, IRP_MJ_CREATE);
	PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(io->irp);
	ACCESS_STATE state = { 0, access, access };
	IO_SECURITY_CONTEXT context = { .AccessState = &state, .DesiredAccess = access };

	stack->Parameters.Create.SecurityContext = &context;
	stack->Parameters.Create.Options = (ULONG)FILE_OPEN << 24;
	stack->Parameters.Create.ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE;
	irp_send(io);
	return irp_finish(io, NULL);
}

static NTSTATUS may_open(PDEVICE_OBJECT device, PCWSTR rest, ACCESS_MASK access,
			 ACCESS_MASK *granted)
{
	struct device *d = DEVICE(device);
	bool named = *rest != 0;

	if (device->Flags & DO_DEVICE_INITIALIZING)
		return STATUS_NO_SUCH_DEVICE;
	if ((device->Flags & DO_EXCLUSIVE) && d->files > 0)
		return STATUS_ACCESS_DENIED;
	/* Names in the device's own namespace are its business, unless
	 * FILE_DEVICE_SECURE_OPEN (WDD controlling-device-namespace-access). */
	if (named && !(device->Characteristics & FILE_DEVICE_SECURE_OPEN)) {
		access_check(NULL, current_process()->token, access, granted);
		return STATUS_SUCCESS;
	}
	quiet_begin(); /* what orders this and the device's end is the simulator's own */
	named = access_check(d->acl, current_process()->token, access, granted);
	quiet_end();
	return named ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static PFILE_OBJECT make_file(PDEVICE_OBJECT device, PCWSTR rest, ACCESS_MASK granted)
{
	PFILE_OBJECT file = file_new(device);
	UNICODE_STRING name;

	RtlInitUnicodeString(&name, rest);
	FILE_(file)->access = granted;
	FILE_(file)->image = string_copy(&name);
	if (name.Length)
		file->FileName = FILE_(file)->image;
	file->ReadAccess = (granted & FILE_READ_DATA) != 0;
	file->WriteAccess = (granted & FILE_WRITE_DATA) != 0;
	klock();
	DEVICE(device)->files++;
	device->ReferenceCount++;
	kunlock();
	return file;
}

HANDLE ntsim_open(PCWSTR path, ACCESS_MASK access, NTSTATUS *status)
{
	PCWSTR rest = NULL;
	PDEVICE_OBJECT device;
	ACCESS_MASK granted = 0;
	PFILE_OBJECT file;
	NTSTATUS unused;
	HANDLE handle = NULL;

	status = status ? status : &unused;
	ntsim_point();
	access = access ? access : FILE_READ_ATTRIBUTES;
	device = device_by_link(path, &rest);
	if (!device) {
		*status = STATUS_OBJECT_NAME_NOT_FOUND;
		return NULL;
	}
	*status = may_open(device, rest, access, &granted);
	if (NT_SUCCESS(*status) && !driver_file_opened())
		*status = STATUS_NO_SUCH_DEVICE;
	if (!NT_SUCCESS(*status)) {
		object_unref(device);
		return NULL;
	}
	file = make_file(device, rest, granted); /* takes over the device's reference */
	*status = send_create(file, granted);
	if (NT_SUCCESS(*status))
		handle = handle_new(file, granted, current_process(), false);
	else
		driver_file_gone();
	if (!handle)
		forget_open(file);
	object_unref(file);
	return handle;
}

HANDLE ntsim_duplicate(HANDLE handle)
{
	ACCESS_MASK access = 0;
	PFILE_OBJECT file = handle_object(handle, OBJECT_FILE, &access);
	HANDLE copy;

	if (!file)
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_duplicate: %p is no file", handle);
	copy = handle_new(file, access, current_process(), false);
	object_unref(file);
	return copy;
}

/* The last handle: cleanup now, close when the requests under way are done. */
void ntsim_close(HANDLE handle)
{
	ntsim_point();
	if (!handle_close(handle))
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_close: %p is no handle", handle);
}

/* ---- requests ---- */

static struct ntsim_io *refused(PFILE_OBJECT file, NTSTATUS status)
{
	struct ntsim_io *io = calloc(1, sizeof(*io));

	if (!io)
		abort();
	io->file = file;
	io->thread = current_thread();
	object_ref(io->thread);
	io->completed = true;
	io->status = status;
	return io;
}

static PFILE_OBJECT need_file(HANDLE handle, ACCESS_MASK *access)
{
	PFILE_OBJECT file = handle_object(handle, OBJECT_FILE, access);

	if (!file)
		ntsim_bugcheck(NTSIM_MISUSE, "%p is no open file", handle);
	return file;
}

static struct ntsim_io *start(HANDLE handle, UCHAR major, ULONG code, ACCESS_MASK needed,
			      const void *in, ULONG in_length, void *out, ULONG out_length)
{
	ACCESS_MASK access = 0;
	PFILE_OBJECT file = need_file(handle, &access);
	struct ntsim_io *io;

	ntsim_point();
	if (needed & ~access)
		return refused(file, STATUS_ACCESS_DENIED);
	io = irp_new(file, major);
	object_unref(file);
	io->code = code;
	irp_buffers(io, in, in_length, out, out_length);
	irp_send(io);
	return io;
}

struct ntsim_io *ntsim_read_start(HANDLE file, void *buffer, ULONG length)
{
	return start(file, IRP_MJ_READ, 0, FILE_READ_DATA, NULL, 0, buffer, length);
}

struct ntsim_io *ntsim_write_start(HANDLE file, const void *buffer, ULONG length)
{
	return start(file, IRP_MJ_WRITE, 0, FILE_WRITE_DATA, buffer, length, NULL, 0);
}

struct ntsim_io *ntsim_ioctl_start(HANDLE file, ULONG code, const void *in, ULONG in_length,
				   void *out, ULONG out_length)
{
	ULONG rights = (code >> 14) & 3; /* as FILE_READ_DATA, FILE_WRITE_DATA */

	return start(file, IRP_MJ_DEVICE_CONTROL, code, rights, in, in_length, out, out_length);
}

NTSTATUS ntsim_io_wait(struct ntsim_io *io, ULONG_PTR *information)
{
	ntsim_point();
	return irp_finish(io, information);
}

NTSTATUS ntsim_read(HANDLE file, void *buffer, ULONG length, ULONG_PTR *information)
{
	return ntsim_io_wait(ntsim_read_start(file, buffer, length), information);
}

NTSTATUS ntsim_write(HANDLE file, const void *buffer, ULONG length, ULONG_PTR *information)
{
	return ntsim_io_wait(ntsim_write_start(file, buffer, length), information);
}

NTSTATUS ntsim_ioctl(HANDLE file, ULONG code, const void *in, ULONG in_length, void *out,
		     ULONG out_length, ULONG_PTR *information)
{
	return ntsim_io_wait(ntsim_ioctl_start(file, code, in, in_length, out, out_length),
			     information);
}

NTSTATUS ntsim_request(HANDLE handle, UCHAR major)
{
	PFILE_OBJECT file = need_file(handle, NULL);
	NTSTATUS status = simple_request(file, major);

	object_unref(file);
	return status;
}

void ntsim_cancel(HANDLE handle)
{
	PFILE_OBJECT file = need_file(handle, NULL);

	irp_cancel_matching(file, current_thread(), false);
	object_unref(file);
}

void ntsim_cancel_all(HANDLE handle)
{
	PFILE_OBJECT file = need_file(handle, NULL);

	irp_cancel_matching(file, NULL, false);
	object_unref(file);
}
