/* SPDX-License-Identifier: MIT */
/* sync.c - rundown protection, remove locks, interlocked lists: counting without waiting. */
#include "sim.h"

/* ---- rundown protection: bit 0 says that it is over, the rest counts by twos ---- */

#define RUNDOWN_ACTIVE ((ULONG_PTR)1)
#define RUNDOWN_LIMIT  ((ULONG_PTR)1 << 32)

static void check(PEX_RUNDOWN_REF ref, const char *routine)
{
	if (ref->Count > RUNDOWN_LIMIT)
		ntsim_bugcheck(NTSIM_LOCK_UNINITIALIZED, "%s: %p is not initialized", routine,
			       (void *)ref);
}

VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF ref)
{
	klock();
	ref->Count = 0;
	kunlock();
}

VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF ref)
{
	klock();
	if (!(ref->Count & RUNDOWN_ACTIVE))
		ntsim_bugcheck(NTSIM_RUNDOWN, "reinitialized while in use");
	ref->Count = 0;
	kunlock();
}

BOOLEAN ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF ref, ULONG count)
{
	bool ok;

	need_irql("ExAcquireRundownProtection", PASSIVE_LEVEL, DISPATCH_LEVEL);
	klock();
	check(ref, "ExAcquireRundownProtection");
	ok = !(ref->Count & RUNDOWN_ACTIVE);
	if (ok)
		ref->Count += 2ull * count;
	kunlock();
	ntsim_point();
	return ok;
}

BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF ref)
{
	return ExAcquireRundownProtectionEx(ref, 1);
}

VOID ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF ref, ULONG count)
{
	need_irql("ExReleaseRundownProtection", PASSIVE_LEVEL, DISPATCH_LEVEL);
	sync_release(ref);
	klock();
	check(ref, "ExReleaseRundownProtection");
	if (ref->Count / 2 < count)
		ntsim_bugcheck(NTSIM_RUNDOWN, "released more often than acquired");
	ref->Count -= 2ull * count;
	kwake();
	kunlock();
	ntsim_point();
}

VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF ref)
{
	ExReleaseRundownProtectionEx(ref, 1);
}

static bool run_down(void *argument)
{
	return ((PEX_RUNDOWN_REF)argument)->Count == RUNDOWN_ACTIVE;
}

VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF ref)
{
	need_irql("ExWaitForRundownProtectionRelease", PASSIVE_LEVEL, APC_LEVEL);
	klock();
	check(ref, "ExWaitForRundownProtectionRelease");
	ref->Count |= RUNDOWN_ACTIVE;
	kwait(run_down, ref, FOREVER);
	kunlock();
	sync_acquire(ref);
}

VOID ExRundownCompleted(PEX_RUNDOWN_REF ref)
{
	klock();
	ref->Count = RUNDOWN_ACTIVE;
	kunlock();
}

/* ---- remove locks ---- */

static int remove_locks; /* acquisitions not released */

void sync_boot(void)
{
	remove_locks = 0;
}

void sync_unload(void)
{
	if (remove_locks)
		ntsim_bugcheck(NTSIM_LEAK, "%d acquisitions of a remove lock not released",
			       remove_locks);
}

VOID ntsim_remove_lock_init(PIO_REMOVE_LOCK lock)
{
	lock->Removed = FALSE;
	lock->IoCount = 1;
	KeInitializeEvent(&lock->RemoveEvent, SynchronizationEvent, FALSE);
}

NTSTATUS IoAcquireRemoveLock(PIO_REMOVE_LOCK lock, PVOID tag)
{
	bool removed;

	(void)tag;
	need_irql("IoAcquireRemoveLock", PASSIVE_LEVEL, DISPATCH_LEVEL);
	klock();
	removed = lock->Removed;
	if (!removed) {
		lock->IoCount++;
		remove_locks++;
	}
	kunlock();
	ntsim_point();
	return removed ? STATUS_DELETE_PENDING : STATUS_SUCCESS;
}

VOID IoReleaseRemoveLock(PIO_REMOVE_LOCK lock, PVOID tag)
{
	bool last;

	(void)tag;
	need_irql("IoReleaseRemoveLock", PASSIVE_LEVEL, DISPATCH_LEVEL);
	sync_release(lock);
	klock();
	if (lock->IoCount <= (lock->Removed ? 0 : 1))
		ntsim_bugcheck(NTSIM_RUNDOWN, "a remove lock released more often than acquired");
	last = --lock->IoCount == 0;
	remove_locks--;
	kunlock();
	if (last)
		KeSetEvent(&lock->RemoveEvent, 0, FALSE);
}

VOID IoReleaseRemoveLockAndWait(PIO_REMOVE_LOCK lock, PVOID tag)
{
	bool wait;

	(void)tag;
	need_irql("IoReleaseRemoveLockAndWait", PASSIVE_LEVEL, PASSIVE_LEVEL);
	klock();
	lock->Removed = TRUE;
	lock->IoCount -= 2;
	remove_locks--;
	wait = lock->IoCount > 0;
	kunlock();
	if (wait)
		KeWaitForSingleObject(&lock->RemoveEvent, Executive, KernelMode, FALSE, NULL);
	sync_acquire(lock);
}

/* ---- lists ---- */

VOID InitializeSListHead(PSLIST_HEADER head)
{
	memset(head, 0, sizeof(*head));
}

VOID ExInitializeSListHead(PSLIST_HEADER head)
{
	InitializeSListHead(head);
}

static void check_slist(PSLIST_HEADER head)
{
	ntsim_point();
	if (((ULONG_PTR)head & 15) != 0)
		ntsim_bugcheck(NTSIM_LIST, "SLIST_HEADER %p is not aligned to 16", (void *)head);
}

PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER head, PSLIST_ENTRY entry)
{
	PSLIST_ENTRY old;

	check_slist(head);
	if (((ULONG_PTR)entry & 15) != 0)
		ntsim_bugcheck(NTSIM_LIST, "SLIST_ENTRY %p is not aligned to 16", (void *)entry);
	sync_release(head);
	klock();
	old = entry->Next = head->Head;
	head->Head = entry;
	head->Depth++;
	kunlock();
	return old;
}

PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER head)
{
	PSLIST_ENTRY entry;

	check_slist(head);
	klock();
	entry = head->Head;
	if (entry) {
		head->Head = entry->Next;
		head->Depth--;
	}
	kunlock();
	sync_acquire(head);
	return entry;
}

PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER head)
{
	PSLIST_ENTRY entry;

	check_slist(head);
	klock();
	entry = head->Head;
	head->Head = NULL;
	head->Depth = 0;
	kunlock();
	sync_acquire(head);
	return entry;
}

USHORT QueryDepthSList(PSLIST_HEADER head)
{
	USHORT depth;

	klock();
	depth = head->Depth;
	kunlock();
	return depth;
}

PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock)
{
	KIRQL old = KeAcquireSpinLockRaiseToDpc(lock);
	PLIST_ENTRY first = IsListEmpty(head) ? NULL : head->Flink;

	InsertHeadList(head, entry);
	KeReleaseSpinLock(lock, old);
	return first;
}

PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock)
{
	KIRQL old = KeAcquireSpinLockRaiseToDpc(lock);
	PLIST_ENTRY last = IsListEmpty(head) ? NULL : head->Blink;

	InsertTailList(head, entry);
	KeReleaseSpinLock(lock, old);
	return last;
}

PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY head, PKSPIN_LOCK lock)
{
	KIRQL old = KeAcquireSpinLockRaiseToDpc(lock);
	PLIST_ENTRY entry = IsListEmpty(head) ? NULL : RemoveHeadList(head);

	KeReleaseSpinLock(lock, old);
	return entry;
}

VOID KeMemoryBarrier(VOID)
{
#if SIM_TSAN
	/* TSan does not model fences: an exchange on one word orders no less. */
	static LONG word;

	(void)__atomic_fetch_add(&word, 1, __ATOMIC_SEQ_CST);
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
	ntsim_point();
}
