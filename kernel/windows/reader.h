/* SPDX-License-Identifier: MIT */
/*
 * reader.h - open handles, their pended reads, and the thread that answers them.
 *
 * A read waits on a cancel-safe list (not the I/O manager's IoCsq, which Wine lacks)
 * until a batch is large enough or the oldest record has waited long enough. While no
 * read waits, or there are no events, the thread sleeps without a timer.
 */
#ifndef VIGIL_READER_H
#define VIGIL_READER_H

#include "nt.h"
#include "queue.h"

/* The format of a device; also the index of its name in device.c. */
enum device_kind {
	DEVICE_VIGIL,
	DEVICE_SYSMON,
	DEVICE_KDETECTOR,
	DEVICE_KINDS
};

struct reader {
	LIST_ENTRY link; /* in the list of all */
	volatile LONG references;
	enum device_kind kind;
	struct stream stream;
	KSPIN_LOCK lock;
	_Guarded_by_(lock) LIST_ENTRY irps; /* pended, oldest first */
	_Guarded_by_(lock) BOOLEAN closing; /* after IRP_MJ_CLEANUP: no new reads */
	_Guarded_by_(lock) BOOLEAN serving; /* the stream is in use */
	/* Seed devices: records taken from the stream and not yet converted. */
	PUCHAR scratch;
	ULONG scratch_at, scratch_end;
};

/* The thread and the list. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ReadersStart(VOID);

/* Cancels pending reads, stops the thread, frees every reader. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ReadersStop(VOID);

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ReaderOpen(_In_ enum device_kind kind, _Out_ struct reader **reader);

/* IRP_MJ_CLEANUP: cancels this handle's reads and refuses new ones. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ReaderCleanup(_Inout_ struct reader *reader);

/* IRP_MJ_CLOSE. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ReaderClose(_In_ struct reader *reader);

/* Accepts an IRP_MJ_READ with a mapped buffer in DriverContext[0] and returns the status
 * for the dispatch routine. The reader owns the IRP from here on. */
_IRQL_requires_max_(APC_LEVEL)
NTSTATUS ReaderPend(_Inout_ struct reader *reader, _Inout_ PIRP irp);

/* Acquires exclusive use of the stream. FALSE: it is in use. Until
 * ReaderRelease the caller is in a critical region. */
_IRQL_requires_max_(APC_LEVEL)
_When_(return != FALSE, _Acquires_lock_(_Global_critical_region_)) _Must_inspect_result_
BOOLEAN ReaderHold(_Inout_ struct reader *reader);

_IRQL_requires_max_(APC_LEVEL)
_Releases_lock_(_Global_critical_region_) VOID ReaderRelease(_Inout_ struct reader *reader);

/* Settings that reads depend on have changed. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ReadersWake(VOID);

_IRQL_requires_max_(DISPATCH_LEVEL)
ULONG ReadersOpen(VOID);

_IRQL_requires_max_(DISPATCH_LEVEL)
NTSTATUS IrpComplete(_Inout_ PIRP irp, _In_ NTSTATUS status, _In_ ULONG_PTR information);

#endif /* VIGIL_READER_H */
