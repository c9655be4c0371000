/* SPDX-License-Identifier: MIT */
/*
 * csq.c - cancel-safe IRP queues (WDD cancel-safe-irp-queues). The queue's
 * owner locks and links. The caller that clears the cancel routine first may
 * remove the IRP.
 */
#include "sim.h"

#define CSQ_PLAIN   1
#define CSQ_EX      3
#define CSQ_CONTEXT 2

NTSTATUS IoCsqInitialize(PIO_CSQ csq, PIO_CSQ_INSERT_IRP insert, PIO_CSQ_REMOVE_IRP remove,
			 PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire,
			 PIO_CSQ_RELEASE_LOCK release, PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
	need_irql("IoCsqInitialize", PASSIVE_LEVEL, DISPATCH_LEVEL);
	*csq = (IO_CSQ){ CSQ_PLAIN, insert, remove, peek, acquire, release, complete, NULL };
	return STATUS_SUCCESS;
}

NTSTATUS IoCsqInitializeEx(PIO_CSQ csq, PIO_CSQ_INSERT_IRP_EX insert, PIO_CSQ_REMOVE_IRP remove,
			   PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire,
			   PIO_CSQ_RELEASE_LOCK release, PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
	IoCsqInitialize(csq, (PIO_CSQ_INSERT_IRP)(void (*)(void))insert, remove, peek, acquire,
			release, complete);
	csq->Type = CSQ_EX;
	return STATUS_SUCCESS;
}

static void check(PIO_CSQ csq)
{
	if (csq->Type != CSQ_PLAIN && csq->Type != CSQ_EX)
		ntsim_bugcheck(NTSIM_LOCK_UNINITIALIZED, "IO_CSQ %p is not initialized",
			       (void *)csq);
}

/* The queue, from an IRP in it: DriverContext[3] is the queue's or the context's. */
static PIO_CSQ csq_of(PIRP irp)
{
	PIO_CSQ_IRP_CONTEXT context = irp->Tail.Overlay.DriverContext[3];

	if (context->Type != CSQ_CONTEXT)
		return (PIO_CSQ)(void *)context;
	return context->Csq;
}

static void forget_context(PIRP irp)
{
	PIO_CSQ_IRP_CONTEXT context = irp->Tail.Overlay.DriverContext[3];

	if (context && context->Type == CSQ_CONTEXT)
		context->Irp = NULL;
	irp->Tail.Overlay.DriverContext[3] = NULL;
}

static void on_cancel(PDEVICE_OBJECT device, PIRP irp)
{
	PIO_CSQ csq = csq_of(irp);
	KIRQL irql;

	(void)device;
	IoReleaseCancelSpinLock(irp->CancelIrql);
	csq->CsqAcquireLock(csq, &irql);
	csq->CsqRemoveIrp(csq, irp);
	forget_context(irp);
	csq->CsqReleaseLock(csq, irql);
	csq->CsqCompleteCanceledIrp(csq, irp);
}

static NTSTATUS call_insert(PIO_CSQ csq, PIRP irp, PVOID context)
{
	if (csq->Type == CSQ_EX)
		return ((PIO_CSQ_INSERT_IRP_EX)(void (*)(void))csq->CsqInsertIrp)(csq, irp,
										  context);
	csq->CsqInsertIrp(csq, irp);
	return STATUS_SUCCESS;
}

/* Set the cancel routine; true when the IRP was canceled before, and is ours to complete. */
static bool canceled_before(PIRP irp)
{
	IoSetCancelRoutine(irp, on_cancel);
	return irp->Cancel && IoSetCancelRoutine(irp, NULL);
}

NTSTATUS IoCsqInsertIrpEx(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context, PVOID insert_context)
{
	NTSTATUS status;
	bool canceled = false;
	KIRQL irql;

	need_irql("IoCsqInsertIrpEx", PASSIVE_LEVEL, DISPATCH_LEVEL);
	check(csq);
	if (context)
		*context = (IO_CSQ_IRP_CONTEXT){ CSQ_CONTEXT, irp, csq };
	irp->Tail.Overlay.DriverContext[3] = context ? (PVOID)context : csq;
	csq->CsqAcquireLock(csq, &irql);
	status = call_insert(csq, irp, insert_context);
	if (NT_SUCCESS(status)) {
		IoMarkIrpPending(irp);
		canceled = canceled_before(irp);
	}
	if (canceled)
		csq->CsqRemoveIrp(csq, irp);
	if (canceled || !NT_SUCCESS(status))
		forget_context(irp);
	csq->CsqReleaseLock(csq, irql);
	ntsim_point();
	if (canceled)
		csq->CsqCompleteCanceledIrp(csq, irp);
	return status;
}

VOID IoCsqInsertIrp(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context)
{
	IoCsqInsertIrpEx(csq, irp, context, NULL);
}

PIRP IoCsqRemoveNextIrp(PIO_CSQ csq, PVOID peek_context)
{
	PIRP irp;
	KIRQL irql;

	need_irql("IoCsqRemoveNextIrp", PASSIVE_LEVEL, DISPATCH_LEVEL);
	check(csq);
	csq->CsqAcquireLock(csq, &irql);
	irp = csq->CsqPeekNextIrp(csq, NULL, peek_context);
	while (irp && !IoSetCancelRoutine(irp, NULL))
		irp = csq->CsqPeekNextIrp(csq, irp, peek_context);
	if (irp) {
		csq->CsqRemoveIrp(csq, irp);
		forget_context(irp);
	}
	csq->CsqReleaseLock(csq, irql);
	return irp;
}

PIRP IoCsqRemoveIrp(PIO_CSQ csq, PIO_CSQ_IRP_CONTEXT context)
{
	PIRP irp;
	KIRQL irql;

	need_irql("IoCsqRemoveIrp", PASSIVE_LEVEL, DISPATCH_LEVEL);
	check(csq);
	csq->CsqAcquireLock(csq, &irql);
	irp = context->Irp;
	if (irp && !IoSetCancelRoutine(irp, NULL))
		irp = NULL;
	if (irp) {
		csq->CsqRemoveIrp(csq, irp);
		forget_context(irp);
	}
	csq->CsqReleaseLock(csq, irql);
	return irp;
}
