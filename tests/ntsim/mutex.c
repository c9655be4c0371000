/* SPDX-License-Identifier: MIT */
/*
 * mutex.c - locks that may sleep: fast and guarded mutexes, executive resources,
 * push locks, with the IRQL and APC state that each asks for.
 */
#include "lock.h"

static void need_no_apcs(const char *routine)
{
	const struct host *me = self();

	if (me->critical == 0 && me->guarded == 0 && me->irql < APC_LEVEL)
		ntsim_bugcheck(NTSIM_CRITICAL_REGION,
			       "%s outside of a critical region: normal kernel APCs are enabled",
			       routine);
}

VOID ExInitializeFastMutex(PFAST_MUTEX mutex)
{
	need_irql("ExInitializeFastMutex", PASSIVE_LEVEL, DISPATCH_LEVEL);
	memset(mutex, 0, sizeof(*mutex));
	lock_init(mutex, LOCK_FAST);
}

VOID ExAcquireFastMutex(PFAST_MUTEX mutex)
{
	KIRQL old = self()->irql;

	need_irql("ExAcquireFastMutex", PASSIVE_LEVEL, APC_LEVEL);
	raise_irql(APC_LEVEL);
	lock_take(mutex, LOCK_FAST, true, true, old);
}

BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX mutex)
{
	KIRQL old = self()->irql;

	need_irql("ExTryToAcquireFastMutex", PASSIVE_LEVEL, APC_LEVEL);
	if (!lock_take(mutex, LOCK_FAST, true, false, old))
		return FALSE;
	raise_irql(APC_LEVEL);
	return TRUE;
}

VOID ExReleaseFastMutex(PFAST_MUTEX mutex)
{
	need_irql("ExReleaseFastMutex", APC_LEVEL, APC_LEVEL);
	lower_irql(lock_drop(mutex, LOCK_FAST, &lock_exclusive));
	ntsim_point();
}

VOID ExAcquireFastMutexUnsafe(PFAST_MUTEX mutex)
{
	need_irql("ExAcquireFastMutexUnsafe", PASSIVE_LEVEL, APC_LEVEL);
	need_no_apcs("ExAcquireFastMutexUnsafe");
	lock_take(mutex, LOCK_FAST, true, true, self()->irql);
}

VOID ExReleaseFastMutexUnsafe(PFAST_MUTEX mutex)
{
	need_irql("ExReleaseFastMutexUnsafe", PASSIVE_LEVEL, APC_LEVEL);
	need_no_apcs("ExReleaseFastMutexUnsafe");
	lock_drop(mutex, LOCK_FAST, &lock_exclusive);
	ntsim_point();
}

VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX mutex)
{
	memset(mutex, 0, sizeof(*mutex));
	lock_init(mutex, LOCK_GUARDED);
}

VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX mutex)
{
	need_irql("KeAcquireGuardedMutex", PASSIVE_LEVEL, APC_LEVEL);
	self()->guarded++;
	lock_take(mutex, LOCK_GUARDED, true, true, self()->irql);
}

BOOLEAN KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX mutex)
{
	need_irql("KeTryToAcquireGuardedMutex", PASSIVE_LEVEL, APC_LEVEL);
	if (!lock_take(mutex, LOCK_GUARDED, true, false, self()->irql))
		return FALSE;
	self()->guarded++;
	return TRUE;
}

VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX mutex)
{
	need_irql("KeReleaseGuardedMutex", PASSIVE_LEVEL, APC_LEVEL);
	lock_drop(mutex, LOCK_GUARDED, &lock_exclusive);
	self()->guarded--;
	ntsim_point();
}

/* ---- executive resources ---- */

NTSTATUS ExInitializeResourceLite(PERESOURCE resource)
{
	need_irql("ExInitializeResourceLite", PASSIVE_LEVEL, DISPATCH_LEVEL);
	memset(resource, 0, sizeof(*resource));
	lock_init(resource, LOCK_RESOURCE);
	return STATUS_SUCCESS;
}

NTSTATUS ExDeleteResourceLite(PERESOURCE resource)
{
	need_irql("ExDeleteResourceLite", PASSIVE_LEVEL, APC_LEVEL);
	lock_delete(resource, LOCK_RESOURCE);
	return STATUS_SUCCESS;
}

static BOOLEAN take_resource(const char *routine, PERESOURCE resource, bool exclusive, BOOLEAN wait)
{
	need_irql(routine, PASSIVE_LEVEL, APC_LEVEL);
	need_no_apcs(routine);
	return lock_take(resource, LOCK_RESOURCE, exclusive, wait, self()->irql);
}

BOOLEAN ExAcquireResourceExclusiveLite(PERESOURCE resource, BOOLEAN wait)
{
	return take_resource("ExAcquireResourceExclusiveLite", resource, true, wait);
}

BOOLEAN ExAcquireResourceSharedLite(PERESOURCE resource, BOOLEAN wait)
{
	return take_resource("ExAcquireResourceSharedLite", resource, false, wait);
}

VOID ExReleaseResourceLite(PERESOURCE resource)
{
	need_irql("ExReleaseResourceLite", PASSIVE_LEVEL, DISPATCH_LEVEL);
	need_no_apcs("ExReleaseResourceLite");
	lock_drop(resource, LOCK_RESOURCE, NULL);
	ntsim_point();
}

VOID ExConvertExclusiveToSharedLite(PERESOURCE resource)
{
	need_irql("ExConvertExclusiveToSharedLite", PASSIVE_LEVEL, DISPATCH_LEVEL);
	lock_share(resource, LOCK_RESOURCE);
}

BOOLEAN ExIsResourceAcquiredExclusiveLite(PERESOURCE resource)
{
	return lock_holds(resource, LOCK_RESOURCE, true);
}

ULONG ExIsResourceAcquiredSharedLite(PERESOURCE resource)
{
	return lock_holds(resource, LOCK_RESOURCE, false);
}

PVOID ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE resource)
{
	KeEnterCriticalRegion();
	ExAcquireResourceExclusiveLite(resource, TRUE);
	return self();
}

PVOID ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE resource)
{
	KeEnterCriticalRegion();
	ExAcquireResourceSharedLite(resource, TRUE);
	return self();
}

VOID ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE resource)
{
	ExReleaseResourceLite(resource);
	KeLeaveCriticalRegion();
}

/* ---- push locks ---- */

VOID ExInitializePushLock(PEX_PUSH_LOCK lock)
{
	*lock = 0;
	lock_init(lock, LOCK_PUSH);
}

static void take_push(const char *routine, PEX_PUSH_LOCK lock, bool exclusive)
{
	need_irql(routine, PASSIVE_LEVEL, APC_LEVEL);
	need_no_apcs(routine);
	lock_take(lock, LOCK_PUSH, exclusive, true, self()->irql);
}

VOID ExAcquirePushLockExclusive(PEX_PUSH_LOCK lock)
{
	take_push("ExAcquirePushLockExclusive", lock, true);
}

VOID ExAcquirePushLockShared(PEX_PUSH_LOCK lock)
{
	take_push("ExAcquirePushLockShared", lock, false);
}

static void drop_push(const char *routine, PEX_PUSH_LOCK lock, const bool *exclusive)
{
	need_irql(routine, PASSIVE_LEVEL, APC_LEVEL);
	need_no_apcs(routine);
	lock_drop(lock, LOCK_PUSH, exclusive);
	ntsim_point();
}

VOID ExReleasePushLockExclusive(PEX_PUSH_LOCK lock)
{
	drop_push("ExReleasePushLockExclusive", lock, &lock_exclusive);
}

VOID ExReleasePushLockShared(PEX_PUSH_LOCK lock)
{
	drop_push("ExReleasePushLockShared", lock, &lock_shared);
}

/* The filter manager's enter and leave the critical region themselves. */
VOID FltInitializePushLock(PEX_PUSH_LOCK lock)
{
	need_irql("FltInitializePushLock", PASSIVE_LEVEL, APC_LEVEL);
	*lock = 0;
	lock_init(lock, LOCK_FLT_PUSH);
}

VOID FltDeletePushLock(PEX_PUSH_LOCK lock)
{
	need_irql("FltDeletePushLock", PASSIVE_LEVEL, APC_LEVEL);
	lock_delete(lock, LOCK_FLT_PUSH);
}

static void take_flt(const char *routine, PEX_PUSH_LOCK lock, bool exclusive)
{
	need_irql(routine, PASSIVE_LEVEL, APC_LEVEL);
	self()->critical++;
	lock_take(lock, LOCK_FLT_PUSH, exclusive, true, self()->irql);
}

VOID FltAcquirePushLockExclusive(PEX_PUSH_LOCK lock)
{
	take_flt("FltAcquirePushLockExclusive", lock, true);
}

VOID FltAcquirePushLockShared(PEX_PUSH_LOCK lock)
{
	take_flt("FltAcquirePushLockShared", lock, false);
}

VOID FltReleasePushLock(PEX_PUSH_LOCK lock)
{
	need_irql("FltReleasePushLock", PASSIVE_LEVEL, APC_LEVEL);
	lock_drop(lock, LOCK_FLT_PUSH, NULL);
	self()->critical--;
	ntsim_point();
}
