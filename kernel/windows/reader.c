/* SPDX-License-Identifier: MIT */
/* reader.c - open handles, their pended reads, and the thread that answers them. */
#include "reader.h"

#include "pooltags.h"
#include "routines.h"
#include "settings.h"

static DRIVER_CANCEL OnCancel;
static KSTART_ROUTINE ReaderThread;

static struct {
	KSPIN_LOCK lock;
	_Guarded_by_(lock) LIST_ENTRY list;
	_Guarded_by_(lock) ULONG count;
	KEVENT wake;
	volatile LONG stop;
	PVOID thread;
} readers;

_Use_decl_annotations_
NTSTATUS IrpComplete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
	irp->IoStatus.Status = status;
	irp->IoStatus.Information = information;
	IoCompleteRequest(irp, NT_SUCCESS(status) && information != 0 ? IO_DISK_INCREMENT
								      : IO_NO_INCREMENT);
	return status;
}

_Use_decl_annotations_
VOID ReadersWake(VOID)
{
	KeSetEvent(&readers.wake, IO_NO_INCREMENT, FALSE);
}

_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID NTAPI WakeFromQueue(VOID)
{
	ReadersWake();
}

_Use_decl_annotations_
ULONG ReadersOpen(VOID)
{
	ULONG count;
	KIRQL irql;

	KeAcquireSpinLock(&readers.lock, &irql);
	count = readers.count;
	KeReleaseSpinLock(&readers.lock, irql);
	return count;
}

/* -- one handle ------------------------------------------------------------ */

_Use_decl_annotations_
NTSTATUS ReaderOpen(enum device_kind kind, struct reader **opened)
{
	struct reader *reader;
	BOOLEAN room;
	KIRQL irql;

	*opened = NULL;
	reader = PoolNonPaged(sizeof(*reader), TAG_READER);
	if (reader == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	if (kind != DEVICE_VIGIL) {
		reader->scratch = PoolNonPaged(VIGIL_RECORD_MAX, TAG_SCRATCH);
		if (reader->scratch == NULL) {
			ExFreePoolWithTag(reader, TAG_READER);
			return STATUS_INSUFFICIENT_RESOURCES;
		}
	}
	reader->kind = kind;
	reader->references = 1;
	StreamStart(&reader->stream);
	KeInitializeSpinLock(&reader->lock);
	InitializeListHead(&reader->irps);

	KeAcquireSpinLock(&readers.lock, &irql);
	room = readers.count < SettingGet(VIGIL_SETTING_READERS);
	if (room) {
		InsertTailList(&readers.list, &reader->link);
		readers.count++;
	}
	KeReleaseSpinLock(&readers.lock, irql);
	if (!room) {
		if (reader->scratch != NULL)
			ExFreePoolWithTag(reader->scratch, TAG_SCRATCH);
		ExFreePoolWithTag(reader, TAG_READER);
		return STATUS_TOO_MANY_OPENED_FILES;
	}
	*opened = reader;
	return STATUS_SUCCESS;
}

_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID Release(_In_ struct reader *reader)
{
	if (InterlockedDecrement(&reader->references) != 0)
		return;
	StreamStop(&reader->stream);
	if (reader->scratch != NULL)
		ExFreePoolWithTag(reader->scratch, TAG_SCRATCH);
	ExFreePoolWithTag(reader, TAG_READER);
}

_Use_decl_annotations_
VOID ReaderClose(struct reader *reader)
{
	KIRQL irql;

	/* For Wine, which delivers no IRP_MJ_CLEANUP; elsewhere this has no effect. */
	ReaderCleanup(reader);
	KeAcquireSpinLock(&readers.lock, &irql);
	RemoveEntryList(&reader->link);
	readers.count--;
	KeReleaseSpinLock(&readers.lock, irql);
	Release(reader);
	/* The thread walks the list by index, so it may have skipped one. */
	ReadersWake();
}

/* -- the cancel-safe list ---------------------------------------------------- */

/* The result of IoSetCancelRoutine decides ownership of an IRP: the caller that finds the
 * routine still set owns it, the other does not touch it (WDK: "Synchronizing IRP
 * Cancellation"). */
_Use_decl_annotations_
static VOID NTAPI OnCancel(PDEVICE_OBJECT device, PIRP irp)
{
	struct reader *reader = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;
	KIRQL irql;

	UNREFERENCED_PARAMETER(device);
	IoReleaseCancelSpinLock(irp->CancelIrql);
	KeAcquireSpinLock(&reader->lock, &irql);
	RemoveEntryList(&irp->Tail.Overlay.ListEntry);
	KeReleaseSpinLock(&reader->lock, irql);
	IrpComplete(irp, STATUS_CANCELLED, 0);
}

/* The oldest read that is not being canceled. With `take`, the caller owns it. */
_Requires_lock_held_(reader->lock)
static PIRP FirstIrp(_Inout_ struct reader *reader, _In_ BOOLEAN take)
{
	PLIST_ENTRY entry, next;

	for (entry = reader->irps.Flink; entry != &reader->irps; entry = next) {
		PIRP irp = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);

		next = entry->Flink;
		if (!take)
			return irp;
		/* Its cancel routine has started and waits for the lock: it owns the IRP. */
		if (IoSetCancelRoutine(irp, NULL) == NULL)
			continue;
		RemoveEntryList(entry);
		return irp;
	}
	return NULL;
}

_Use_decl_annotations_
VOID ReaderCleanup(struct reader *reader)
{
	PIRP irp;
	KIRQL irql;

	KeAcquireSpinLock(&reader->lock, &irql);
	reader->closing = TRUE;
	while ((irp = FirstIrp(reader, TRUE)) != NULL) {
		KeReleaseSpinLock(&reader->lock, irql);
		IrpComplete(irp, STATUS_CANCELLED, 0);
		KeAcquireSpinLock(&reader->lock, &irql);
	}
	KeReleaseSpinLock(&reader->lock, irql);
}

/* -- answering ------------------------------------------------------------- */

/*
 * A thread that holds a stream must not be suspended: its position pins the ring, and
 * once the ring is full all new records would be refused until a debugger resumes the
 * client. A critical region prevents suspension by an APC.
 */
_Use_decl_annotations_
BOOLEAN ReaderHold(struct reader *reader)
{
	BOOLEAN held;
	KIRQL irql;

	KeEnterCriticalRegion();
	KeAcquireSpinLock(&reader->lock, &irql);
	held = !reader->serving;
	reader->serving = TRUE;
	KeReleaseSpinLock(&reader->lock, irql);
	if (!held)
		KeLeaveCriticalRegion();
	return held;
}

static ULONG IrpLength(_In_ PIRP irp)
{
	return IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;
}

_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID Answer(_Inout_ struct reader *reader, _Inout_ PIRP irp)
{
	NTSTATUS status;
	ULONG taken;

	status =
	    StreamTake(&reader->stream, irp->Tail.Overlay.DriverContext[0], IrpLength(irp), &taken);
	IrpComplete(irp, status, taken);
}

/*
 * Answers the reads that are due, oldest first. The stream is held by one thread at a
 * time, so batches are in the order of the reads. A read that arrives meanwhile is found,
 * because the stream is released under the lock of the last check.
 * *fill and the result are those of StreamDelay for the next read; both are STREAM_IDLE
 * if no read waits or another thread holds the stream. The caller is in a critical
 * region, as after ReaderHold.
 */
_IRQL_requires_max_(APC_LEVEL)
static UINT64 Serve(_Inout_ struct reader *reader, _Out_ UINT64 *fill)
{
	UINT64 delay = STREAM_IDLE;
	KIRQL irql;
	PIRP irp;

	*fill = STREAM_IDLE;
	KeAcquireSpinLock(&reader->lock, &irql);
	if (reader->serving || IsListEmpty(&reader->irps)) {
		KeReleaseSpinLock(&reader->lock, irql);
		return STREAM_IDLE;
	}
	reader->serving = TRUE;
	for (;;) {
		irp = FirstIrp(reader, FALSE);
		delay = STREAM_IDLE;
		*fill = STREAM_IDLE;
		if (irp != NULL)
			delay = StreamDelay(&reader->stream, IrpLength(irp), fill);
		irp = delay == 0 ? FirstIrp(reader, TRUE) : NULL;
		if (irp == NULL)
			break;
		KeReleaseSpinLock(&reader->lock, irql);
		Answer(reader, irp);
		KeAcquireSpinLock(&reader->lock, &irql);
	}
	reader->serving = FALSE;
	KeReleaseSpinLock(&reader->lock, irql);
	if (delay == 0) /* due, but every waiting read is being canceled */
		*fill = delay = STREAM_IDLE;
	return delay;
}

_Use_decl_annotations_
VOID ReaderRelease(struct reader *reader)
{
	KIRQL irql;

	KeAcquireSpinLock(&reader->lock, &irql);
	reader->serving = FALSE;
	KeReleaseSpinLock(&reader->lock, irql);
	/* A read may have arrived meanwhile and found the stream in use. */
	ReadersWake();
	KeLeaveCriticalRegion();
}

_Use_decl_annotations_
NTSTATUS ReaderPend(struct reader *reader, PIRP irp)
{
	BOOLEAN refused = FALSE;
	NTSTATUS status = STATUS_PENDING;
	UINT64 fill;
	KIRQL irql;

	KeAcquireSpinLock(&reader->lock, &irql);
	if (reader->closing) {
		refused = TRUE;
		status = STATUS_FILE_CLOSED;
	} else {
		(VOID) IoSetCancelRoutine(irp, OnCancel);
		if (irp->Cancel && IoSetCancelRoutine(irp, NULL) != NULL) {
			refused = TRUE;
			status = STATUS_CANCELLED;
		} else {
			/* Must not be accessed after the lock is released. */
			IoMarkIrpPending(irp);
			InsertTailList(&reader->irps, &irp->Tail.Overlay.ListEntry);
			InterlockedIncrement(&reader->references);
		}
	}
	KeReleaseSpinLock(&reader->lock, irql);
	if (refused)
		return IrpComplete(irp, status, 0);

	KeEnterCriticalRegion();
	if (Serve(reader, &fill) != STREAM_IDLE || fill != STREAM_IDLE)
		ReadersWake();
	KeLeaveCriticalRegion();
	Release(reader);
	return STATUS_PENDING;
}

/* -- the thread ------------------------------------------------------------ */

/* The next reader of the list after `last`, with a reference; the reference of `last` is
 * released. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VIGIL_RESIDENT
static struct reader *NextReader(_In_opt_ struct reader *last, _In_ ULONG number)
{
	struct reader *reader = NULL;
	const LIST_ENTRY *entry;
	KIRQL irql;

	KeAcquireSpinLock(&readers.lock, &irql);
	for (entry = readers.list.Flink; entry != &readers.list; entry = entry->Flink) {
		if (number-- != 0)
			continue;
		reader = CONTAINING_RECORD(entry, struct reader, link);
		InterlockedIncrement(&reader->references);
		break;
	}
	KeReleaseSpinLock(&readers.lock, irql);
	if (last != NULL)
		Release(last);
	return reader;
}

/* Serves all readers. Returns the time to sleep; STREAM_IDLE: until woken. */
_IRQL_requires_max_(APC_LEVEL)
static UINT64 ServeAll(VOID)
{
	UINT64 soonest = STREAM_IDLE, least = STREAM_IDLE, delay, fill;
	struct reader *reader = NULL;
	ULONG number = 0;

	while ((reader = NextReader(reader, number)) != NULL) {
		number++;
		if (reader->kind != DEVICE_VIGIL)
			continue;
		delay = Serve(reader, &fill);
		soonest = delay < soonest ? delay : soonest;
		least = fill < least ? fill : least;
	}
	return QueueWakeAt(least) ? soonest : 0;
}

_Use_decl_annotations_
static VOID NTAPI ReaderThread(PVOID context)
{
	LARGE_INTEGER timeout;
	UINT64 delay;

	UNREFERENCED_PARAMETER(context);
	while (LoadAcquire(&readers.stop) == 0) {
		delay = ServeAll();
		if (delay == 0)
			continue;
		timeout.QuadPart = delay == STREAM_IDLE ? 0 : -(LONGLONG)delay;
		(VOID) KeWaitForSingleObject(&readers.wake, Executive, KernelMode, FALSE,
					     delay == STREAM_IDLE ? NULL : &timeout);
	}
	PsTerminateSystemThread(STATUS_SUCCESS);
}

_Use_decl_annotations_
VIGIL_INIT
NTSTATUS ReadersStart(VOID)
{
	OBJECT_ATTRIBUTES attributes;
	HANDLE handle;
	NTSTATUS status;

	RtlZeroMemory(&readers, sizeof(readers));
	KeInitializeSpinLock(&readers.lock);
	InitializeListHead(&readers.list);
	KeInitializeEvent(&readers.wake, SynchronizationEvent, FALSE);
	QueueWakeCall(WakeFromQueue);

	InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
	status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, &attributes, NULL, NULL,
				      ReaderThread, NULL);
	if (!NT_SUCCESS(status))
		return status;
	status =
	    ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL, KernelMode, &readers.thread, NULL);
	if (!NT_SUCCESS(status)) {
		/* The handle is sufficient to wait for it. */
		StoreRelease(&readers.stop, 1);
		ReadersWake();
		(VOID) ZwWaitForSingleObject(handle, FALSE, NULL);
	}
	ZwClose(handle);
	return status;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID ReadersStop(VOID)
{
	struct reader *reader;

	PAGED_CODE();

	StoreRelease(&readers.stop, 1);
	ReadersWake();
	(VOID) KeWaitForSingleObject(readers.thread, Executive, KernelMode, FALSE, NULL);
	ObDereferenceObject(readers.thread);

	/* Windows does not unload with a handle open; Wine does. */
	while ((reader = NextReader(NULL, 0)) != NULL) {
		Release(reader);
		ReaderClose(reader);
	}
}
