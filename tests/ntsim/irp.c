/* SPDX-License-Identifier: MIT */
/*
 * irp.c - the life of an I/O request packet. The packet lives in a guarded block
 * that becomes inaccessible when it is completed; what the I/O manager must
 * remember is in struct ntsim_io, out of the driver's reach.
 */
#include "sim.h"

#define CANCEL_AT_ONCE 256

struct packet {
	IRP irp;
	IO_STACK_LOCATION stack;
};

static struct ntsim_io *requests; /* sent and not completed */

void irp_boot(void)
{
	requests = NULL;
}

/* ---- making ---- */

struct ntsim_io *irp_new(PFILE_OBJECT file, UCHAR major)
{
	struct ntsim_io *io = calloc(1, sizeof(*io));
	struct packet *p;

	if (!io)
		abort();
	io->block = block_new(BLOCK_IRP, sizeof(*p), "IRP");
	io->major = major;
	io->file = file;
	io->thread = current_thread();
	object_ref(file);
	object_ref(io->thread);
	p = (void *)io->block->data;
	memset(p, 0, sizeof(*p));
	p->irp.Type = 6;
	p->irp.Size = sizeof(*p);
	p->irp.StackCount = p->irp.CurrentLocation = 1;
	p->irp.RequestorMode = UserMode;
	p->irp.Tail.Overlay.Thread = io->thread;
	p->irp.Tail.Overlay.OriginalFileObject = file;
	p->irp.Tail.Overlay.CurrentStackLocation = &p->stack;
	p->stack.MajorFunction = major;
	p->stack.FileObject = file;
	p->stack.DeviceObject = file->DeviceObject;
	io->irp = &p->irp;
	return io;
}

static PIO_STACK_LOCATION stack_of(const struct ntsim_io *io)
{
	return io->irp->Tail.Overlay.CurrentStackLocation;
}

static void system_buffer(struct ntsim_io *io, const void *in, ULONG in_length, ULONG length)
{
	if (length == 0)
		return;
	io->buffer = block_new(BLOCK_BUFFER, length, "system buffer");
	if (in_length)
		memcpy(io->buffer->data, in, in_length);
	io->irp->AssociatedIrp.SystemBuffer = io->buffer->data;
}

static void *plain(const void *p)
{
	return (void *)(uintptr_t)p;
}

static void control_buffers(struct ntsim_io *io, const void *in, ULONG in_length, void *out,
			    ULONG out_length)
{
	switch (METHOD_FROM_CTL_CODE(io->code)) {
	case METHOD_BUFFERED:
		system_buffer(io, in, in_length, max(in_length, out_length));
		break;
	case METHOD_NEITHER:
		stack_of(io)->Parameters.DeviceIoControl.Type3InputBuffer = plain(in);
		io->irp->UserBuffer = out;
		break;
	default:
		system_buffer(io, in, in_length, in_length);
		if (out_length)
			io->irp->MdlAddress = mdl_for_user(io, out, out_length);
	}
}

static void transfer_buffers(struct ntsim_io *io, const void *in, ULONG in_length, void *out,
			     ULONG out_length)
{
	ULONG flags = io->file->DeviceObject->Flags, length = in_length + out_length;
	void *user = in_length ? plain(in) : out;

	/* A transfer of nothing has neither buffer nor MDL. */
	if (flags & DO_BUFFERED_IO)
		system_buffer(io, in, in_length, length);
	else if ((flags & DO_DIRECT_IO) && length)
		io->irp->MdlAddress = mdl_for_user(io, user, length);
	if (!(flags & DO_DIRECT_IO))
		io->irp->UserBuffer = user;
}

void irp_buffers(struct ntsim_io *io, const void *in, ULONG in_length, void *out, ULONG out_length)
{
	PIO_STACK_LOCATION stack = stack_of(io);

	io->out = out;
	io->out_length = out_length;
	if (io->major == IRP_MJ_DEVICE_CONTROL) {
		stack->Parameters.DeviceIoControl.IoControlCode = io->code;
		stack->Parameters.DeviceIoControl.InputBufferLength = in_length;
		stack->Parameters.DeviceIoControl.OutputBufferLength = out_length;
		control_buffers(io, in, in_length, out, out_length);
	} else {
		stack->Parameters.Read.Length = in_length + out_length;
		transfer_buffers(io, in, in_length, out, out_length);
	}
}

/* ---- sending ---- */

static void judge(const struct ntsim_io *io, NTSTATUS status)
{
	bool marked = io->completed ? io->marked : stack_of(io)->Control & SL_PENDING_RETURNED;

	if (status == STATUS_PENDING && !marked)
		ntsim_bugcheck(NTSIM_IRP_PENDING,
			       "dispatch %#x returned STATUS_PENDING without "
			       "IoMarkIrpPending",
			       io->major);
	if (status != STATUS_PENDING && marked)
		ntsim_bugcheck(NTSIM_IRP_PENDING,
			       "dispatch %#x marked the IRP pending and "
			       "returned %#x",
			       io->major, (unsigned)status);
	if (status != STATUS_PENDING && !io->completed)
		ntsim_bugcheck(NTSIM_IRP_LOST,
			       "dispatch %#x returned %#x without completing the "
			       "IRP",
			       io->major, (unsigned)status);
	if (status != STATUS_PENDING && status != io->status)
		ntsim_bugcheck(NTSIM_IRP_STATUS,
			       "dispatch %#x returned %#x, the IRP was completed "
			       "with %#x",
			       io->major, (unsigned)status, (unsigned)io->status);
}

static const char *major_name(UCHAR major)
{
	static const char *const names[] = { [IRP_MJ_CREATE] = "IRP_MJ_CREATE",
					     [IRP_MJ_CLOSE] = "IRP_MJ_CLOSE",
					     [IRP_MJ_READ] = "IRP_MJ_READ",
					     [IRP_MJ_WRITE] = "IRP_MJ_WRITE",
					     [IRP_MJ_DEVICE_CONTROL] = "IRP_MJ_DEVICE_CONTROL",
					     [IRP_MJ_CLEANUP] = "IRP_MJ_CLEANUP" };

	if (major < sizeof(names) / sizeof(names[0]) && names[major])
		return names[major];
	return "a dispatch routine";
}

void irp_send(struct ntsim_io *io)
{
	PDEVICE_OBJECT device = io->file->DeviceObject;
	PDRIVER_DISPATCH dispatch = device->DriverObject->MajorFunction[io->major];
	KPROCESSOR_MODE mode = self()->previous_mode;
	struct call call;
	NTSTATUS status;

	klock();
	FILE_(io->file)->requests++;
	io->next = requests;
	requests = io;
	kunlock();
	sync_acquire(device->DriverObject);
	sync_acquire(io->file);
	self()->previous_mode = UserMode;
	call_begin(&call, major_name(io->major));
	status = dispatch(device, io->irp);
	call_end(&call);
	self()->previous_mode = mode;
	sync_release(io->file);
	klock();
	judge(io, status);
	kunlock();
}

/* ---- completion ---- */

static struct ntsim_io *find_request(PIRP irp)
{
	struct ntsim_io *io;

	for (io = requests; io && io->irp != irp; io = io->next)
		;
	return io;
}

static void refuse_completion(PIRP irp)
{
	struct block *b = block_around(irp);

	if (b && b->kind == BLOCK_IRP)
		ntsim_bugcheck(NTSIM_IRP_COMPLETED_TWICE, "IoCompleteRequest of an IRP that was "
							  "completed");
	ntsim_bugcheck(NTSIM_MISUSE, "IoCompleteRequest of %p, which is no IRP", (void *)irp);
}

static bool copies_out(const struct ntsim_io *io)
{
	if (io->major == IRP_MJ_READ)
		return true;
	return io->major == IRP_MJ_DEVICE_CONTROL &&
	       METHOD_FROM_CTL_CODE(io->code) != METHOD_NEITHER;
}

static void check_completion(const struct ntsim_io *io)
{
	const IRP *irp = io->irp;

	if (irp->IoStatus.Status == STATUS_PENDING)
		ntsim_bugcheck(NTSIM_IRP_STATUS, "IRP completed with STATUS_PENDING");
	if (irp->CancelRoutine)
		ntsim_bugcheck(NTSIM_IRP_CANCEL, "IRP completed with a cancel routine set");
	if (copies_out(io) && !NT_ERROR(irp->IoStatus.Status) &&
	    irp->IoStatus.Information > io->out_length)
		ntsim_bugcheck(NTSIM_IRP_INFORMATION,
			       "%s completed with %llu bytes, the buffer "
			       "has %u",
			       major_name(io->major), (unsigned long long)irp->IoStatus.Information,
			       io->out_length);
}

/* What user mode sees: exactly Information bytes of a system buffer, and of a
 * direct buffer whatever was written. */
static void hand_out(struct ntsim_io *io)
{
	bool ok = !NT_ERROR(io->status) && copies_out(io);

	output_record("status", &io->status, sizeof(io->status));
	output_record("information", &io->information, sizeof(io->information));
	if (io->mapping && ok)
		output_record("direct", io->mapping->data, io->information);
	else if (io->buffer && ok && io->information)
		output_record("buffered", io->buffer->data, io->information);
	if (io->buffer && !io->mdl && ok && io->information)
		memcpy(io->out, io->buffer->data, io->information);
	mdl_release(io);
	if (io->buffer)
		block_free(io->buffer);
}

static void take_out(struct ntsim_io *io)
{
	struct ntsim_io **link = &requests;

	while (*link != io)
		link = &(*link)->next;
	*link = io->next;
}

VOID IoCompleteRequest(PIRP irp, CCHAR boost)
{
	struct ntsim_io *io;

	(void)boost;
	need_irql("IoCompleteRequest", PASSIVE_LEVEL, DISPATCH_LEVEL);
	klock();
	io = find_request(irp);
	if (!io)
		refuse_completion(irp);
	check_completion(io);
	io->status = irp->IoStatus.Status;
	io->information = irp->IoStatus.Information;
	io->marked = stack_of(io)->Control & SL_PENDING_RETURNED;
	hand_out(io);
	block_free(io->block);
	take_out(io);
	sync_release(io);
	io->completed = true;
	kwake();
	kunlock();
	ntsim_point();
}

static bool is_completed(void *argument)
{
	return ((struct ntsim_io *)argument)->completed;
}

NTSTATUS irp_finish(struct ntsim_io *io, ULONG_PTR *information)
{
	NTSTATUS status;

	klock();
	kwait(is_completed, io, FOREVER);
	kunlock();
	sync_acquire(io);
	status = io->status;
	if (information)
		*information = io->information;
	if (io->irp) {
		klock();
		FILE_(io->file)->requests--;
		kunlock();
		file_close_when_idle(io->file);
	}
	object_unref(io->file);
	object_unref(io->thread);
	free(io);
	return status;
}

/* ---- cancellation ---- */

VOID IoMarkIrpPending(PIRP irp)
{
	ntsim_point();
	irp->Tail.Overlay.CurrentStackLocation->Control |= SL_PENDING_RETURNED;
}

PDRIVER_CANCEL IoSetCancelRoutine(PIRP irp, PDRIVER_CANCEL routine)
{
	PDRIVER_CANCEL old;

	ntsim_point();
	sync_release(irp);
	klock();
	old = irp->CancelRoutine;
	irp->CancelRoutine = routine;
	kunlock();
	sync_acquire(irp);
	ntsim_point();
	return old;
}

/* Under the cancel spin lock, so that no completion slips between the look and
 * the call: a driver that clears its cancel routine first has won. */
static BOOLEAN cancel(struct ntsim_io *io, PIRP irp)
{
	PDRIVER_CANCEL routine = NULL;
	PDEVICE_OBJECT device = NULL;
	struct call call;
	KIRQL old = self()->irql;

	IoAcquireCancelSpinLock(&old);
	klock();
	if (find_request(irp) == io) {
		irp->Cancel = TRUE;
		irp->CancelIrql = old;
		routine = irp->CancelRoutine;
		irp->CancelRoutine = NULL;
		device = stack_of(io)->DeviceObject;
	}
	kunlock();
	if (!routine) {
		IoReleaseCancelSpinLock(old);
		return FALSE;
	}
	sync_acquire(irp);
	/* The routine releases the cancel spin lock (DDI IoCancelIrp). */
	call_begin(&call, "a cancel routine");
	call.irql = old;
	call.holds--;
	routine(device, irp);
	call_end(&call);
	return TRUE;
}

BOOLEAN IoCancelIrp(PIRP irp)
{
	struct ntsim_io *io;

	need_irql("IoCancelIrp", PASSIVE_LEVEL, DISPATCH_LEVEL);
	klock();
	io = find_request(irp);
	kunlock();
	return io ? cancel(io, irp) : FALSE;
}

void ntsim_io_cancel(struct ntsim_io *io)
{
	ntsim_point();
	if (!ntsim_io_done(io))
		cancel(io, io->irp);
}

bool ntsim_io_done(struct ntsim_io *io)
{
	bool done;

	klock();
	done = io->completed;
	kunlock();
	return done;
}

static bool matches(const struct ntsim_io *io, PFILE_OBJECT file, PETHREAD thread)
{
	return (!file || io->file == file) && (!thread || io->thread == thread);
}

struct match {
	PFILE_OBJECT file;
	PETHREAD thread;
};

static bool none_left(void *argument)
{
	const struct match *match = argument;

	for (const struct ntsim_io *io = requests; io; io = io->next) {
		if (matches(io, match->file, match->thread))
			return false;
	}
	return true;
}

void irp_cancel_matching(PFILE_OBJECT file, PETHREAD thread, bool wait)
{
	struct match match = { file, thread };
	PIRP found[CANCEL_AT_ONCE];
	unsigned count = 0;

	klock();
	for (struct ntsim_io *io = requests; io && count < CANCEL_AT_ONCE; io = io->next) {
		if (matches(io, file, thread))
			found[count++] = io->irp;
	}
	kunlock();
	for (unsigned i = 0; i < count; i++)
		IoCancelIrp(found[i]);
	if (wait) {
		klock();
		kwait(none_left, &match, FOREVER);
		kunlock();
	}
}

void irp_unload(void)
{
	if (requests)
		ntsim_bugcheck(NTSIM_IRP_LOST, "%s not completed at unload",
			       major_name(requests->major));
}

/* ---- who asks ---- */

ULONG IoGetRequestorProcessId(PIRP irp)
{
	return HandleToUlong(irp->Tail.Overlay.Thread->process->pid);
}

PEPROCESS IoGetRequestorProcess(PIRP irp)
{
	return irp->Tail.Overlay.Thread->process;
}

NTSTATUS IoGetRequestorSessionId(PIRP irp, PULONG session)
{
	*session = irp->Tail.Overlay.Thread->process->session;
	return STATUS_SUCCESS;
}

BOOLEAN IoIs32bitProcess(PIRP irp)
{
	return irp ? irp->Tail.Overlay.Thread->process->wow64 : FALSE;
}
