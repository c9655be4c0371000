/* SPDX-License-Identifier: MIT */
/* spinlock.c - spin locks: what they do to the IRQL, and at which one they may be used. */
#include "lock.h"

KSPIN_LOCK lock_cancel;

VOID KeInitializeSpinLock(PKSPIN_LOCK lock)
{
	*lock = 0;
	lock_init(lock, LOCK_SPIN);
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock)
{
	KIRQL old = self()->irql;

	need_irql("KeAcquireSpinLock", PASSIVE_LEVEL, DISPATCH_LEVEL);
	raise_irql(DISPATCH_LEVEL);
	lock_take(lock, LOCK_SPIN, true, true, old);
	return old;
}

VOID KeAcquireSpinLock(PKSPIN_LOCK lock, PKIRQL old)
{
	*old = KeAcquireSpinLockRaiseToDpc(lock);
}

static void restore(const char *routine, KIRQL saved, KIRQL given)
{
	if (saved != given)
		ntsim_bugcheck(NTSIM_IRQL, "%s to IRQL %u, was acquired at %u", routine, given,
			       saved);
	lower_irql(given);
	ntsim_point();
}

VOID KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL old)
{
	need_irql("KeReleaseSpinLock", DISPATCH_LEVEL, DISPATCH_LEVEL);
	restore("KeReleaseSpinLock", lock_drop(lock, LOCK_SPIN, &lock_exclusive), old);
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock)
{
	need_irql("KeAcquireSpinLockAtDpcLevel", DISPATCH_LEVEL, HIGH_LEVEL);
	lock_take(lock, LOCK_SPIN, true, true, DISPATCH_LEVEL);
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK lock)
{
	need_irql("KeReleaseSpinLockFromDpcLevel", DISPATCH_LEVEL, HIGH_LEVEL);
	if (lock_drop(lock, LOCK_SPIN, &lock_exclusive) < DISPATCH_LEVEL)
		ntsim_bugcheck(NTSIM_IRQL, "spin lock %p was acquired below DISPATCH_LEVEL",
			       (void *)lock);
	ntsim_point();
}

BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock)
{
	need_irql("KeTryToAcquireSpinLockAtDpcLevel", DISPATCH_LEVEL, HIGH_LEVEL);
	return lock_take(lock, LOCK_SPIN, true, false, DISPATCH_LEVEL);
}

BOOLEAN KeTestSpinLock(PKSPIN_LOCK lock)
{
	bool is_free;

	need_irql("KeTestSpinLock", DISPATCH_LEVEL, HIGH_LEVEL);
	klock();
	is_free = lock_is_free(lock, LOCK_SPIN);
	kunlock();
	return is_free;
}

VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle)
{
	handle->LockQueue.Lock = lock;
	handle->OldIrql = KeAcquireSpinLockRaiseToDpc(lock);
}

VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE handle)
{
	KeReleaseSpinLock(handle->LockQueue.Lock, handle->OldIrql);
}

VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle)
{
	handle->LockQueue.Lock = lock;
	handle->OldIrql = DISPATCH_LEVEL;
	KeAcquireSpinLockAtDpcLevel(lock);
}

VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE handle)
{
	KeReleaseSpinLockFromDpcLevel(handle->LockQueue.Lock);
}

VOID IoAcquireCancelSpinLock(PKIRQL irql)
{
	KeAcquireSpinLock(&lock_cancel, irql);
}

VOID IoReleaseCancelSpinLock(KIRQL irql)
{
	KeReleaseSpinLock(&lock_cancel, irql);
}

/* ---- reader-writer spin locks ---- */

static KIRQL ex_take(PEX_SPIN_LOCK lock, bool exclusive)
{
	KIRQL old = self()->irql;

	need_irql("ExAcquireSpinLock", PASSIVE_LEVEL, DISPATCH_LEVEL);
	raise_irql(DISPATCH_LEVEL);
	lock_take(lock, LOCK_EX_SPIN, exclusive, true, old);
	return old;
}

KIRQL ExAcquireSpinLockExclusive(PEX_SPIN_LOCK lock)
{
	return ex_take(lock, true);
}

KIRQL ExAcquireSpinLockShared(PEX_SPIN_LOCK lock)
{
	return ex_take(lock, false);
}

VOID ExReleaseSpinLockExclusive(PEX_SPIN_LOCK lock, KIRQL old)
{
	need_irql("ExReleaseSpinLockExclusive", DISPATCH_LEVEL, DISPATCH_LEVEL);
	restore("ExReleaseSpinLockExclusive", lock_drop(lock, LOCK_EX_SPIN, &lock_exclusive), old);
}

VOID ExReleaseSpinLockShared(PEX_SPIN_LOCK lock, KIRQL old)
{
	need_irql("ExReleaseSpinLockShared", DISPATCH_LEVEL, DISPATCH_LEVEL);
	restore("ExReleaseSpinLockShared", lock_drop(lock, LOCK_EX_SPIN, &lock_shared), old);
}

VOID ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK lock)
{
	need_irql("ExAcquireSpinLockExclusiveAtDpcLevel", DISPATCH_LEVEL, HIGH_LEVEL);
	lock_take(lock, LOCK_EX_SPIN, true, true, DISPATCH_LEVEL);
}

VOID ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK lock)
{
	need_irql("ExAcquireSpinLockSharedAtDpcLevel", DISPATCH_LEVEL, HIGH_LEVEL);
	lock_take(lock, LOCK_EX_SPIN, false, true, DISPATCH_LEVEL);
}

VOID ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK lock)
{
	need_irql("ExReleaseSpinLockExclusiveFromDpcLevel", DISPATCH_LEVEL, HIGH_LEVEL);
	lock_drop(lock, LOCK_EX_SPIN, &lock_exclusive);
}

VOID ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK lock)
{
	need_irql("ExReleaseSpinLockSharedFromDpcLevel", DISPATCH_LEVEL, HIGH_LEVEL);
	lock_drop(lock, LOCK_EX_SPIN, &lock_shared);
}
