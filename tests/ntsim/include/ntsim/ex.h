/* SPDX-License-Identifier: MIT */
/* ex.h - the executive: pool, lookaside lists, locks that may sleep, rundown, work items. */
#ifndef NTSIM_EX_H
#define NTSIM_EX_H

#include "interlocked.h"
#include "ke.h"

typedef enum _POOL_TYPE {
	NonPagedPool = 0,
	NonPagedPoolExecute = 0,
	PagedPool = 1,
	NonPagedPoolCacheAligned = 4,
	PagedPoolCacheAligned = 5,
	NonPagedPoolNx = 512,
	NonPagedPoolNxCacheAligned = 516
} POOL_TYPE;
#define POOL_NX_OPTIN                    0x200
#define POOL_RAISE_IF_ALLOCATION_FAILURE 16

typedef ULONG64 POOL_FLAGS;
#define POOL_FLAG_USE_QUOTA         0x0000000000000001ull
#define POOL_FLAG_UNINITIALIZED     0x0000000000000002ull
#define POOL_FLAG_SESSION           0x0000000000000004ull
#define POOL_FLAG_CACHE_ALIGNED     0x0000000000000008ull
#define POOL_FLAG_RAISE_ON_FAILURE  0x0000000000000020ull
#define POOL_FLAG_NON_PAGED         0x0000000000000040ull
#define POOL_FLAG_NON_PAGED_EXECUTE 0x0000000000000080ull
#define POOL_FLAG_PAGED             0x0000000000000100ull

typedef struct _FAST_MUTEX {
	LONG Count;
	PVOID Owner;
	ULONG Contention;
	KEVENT Event;
	ULONG OldIrql;
} FAST_MUTEX, *PFAST_MUTEX, KGUARDED_MUTEX, *PKGUARDED_MUTEX;

typedef struct _ERESOURCE {
	PVOID Reserved[13];
} ERESOURCE, *PERESOURCE;
C_ASSERT(sizeof(ERESOURCE) == 104);

typedef ULONG_PTR EX_PUSH_LOCK, *PEX_PUSH_LOCK;
typedef ULONG_PTR ERESOURCE_THREAD;

typedef struct _EX_RUNDOWN_REF {
	union {
		ULONG_PTR Count;
		PVOID Ptr;
	};
} EX_RUNDOWN_REF, *PEX_RUNDOWN_REF;
typedef struct _EX_RUNDOWN_REF_CACHE_AWARE *PEX_RUNDOWN_REF_CACHE_AWARE;

typedef struct DECLSPEC_ALIGN(16) _SLIST_ENTRY {
	struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

typedef struct DECLSPEC_ALIGN(16) _SLIST_HEADER {
	PSLIST_ENTRY Head;
	USHORT Depth;
	USHORT Reserved[3];
} SLIST_HEADER, *PSLIST_HEADER;

struct _LOOKASIDE_LIST_EX;
typedef PVOID ALLOCATE_FUNCTION(POOL_TYPE type, SIZE_T size, ULONG tag);
typedef ALLOCATE_FUNCTION *PALLOCATE_FUNCTION;
typedef VOID FREE_FUNCTION(PVOID block);
typedef FREE_FUNCTION *PFREE_FUNCTION;
typedef PVOID ALLOCATE_FUNCTION_EX(POOL_TYPE type, SIZE_T size, ULONG tag,
				   struct _LOOKASIDE_LIST_EX *list);
typedef ALLOCATE_FUNCTION_EX *PALLOCATE_FUNCTION_EX;
typedef VOID FREE_FUNCTION_EX(PVOID block, struct _LOOKASIDE_LIST_EX *list);
typedef FREE_FUNCTION_EX *PFREE_FUNCTION_EX;

/* One layout for the three kinds: nothing in it is a driver's to read. */
typedef struct DECLSPEC_ALIGN(16) _LOOKASIDE_LIST_EX {
	POOL_TYPE Type;
	ULONG Tag;
	SIZE_T Size;
	PALLOCATE_FUNCTION Allocate;
	PFREE_FUNCTION Free;
	PALLOCATE_FUNCTION_EX AllocateEx;
	PFREE_FUNCTION_EX FreeEx;
	PVOID Reserved[8];
} LOOKASIDE_LIST_EX, *PLOOKASIDE_LIST_EX, NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST,
    PAGED_LOOKASIDE_LIST, *PPAGED_LOOKASIDE_LIST;

typedef VOID WORKER_THREAD_ROUTINE(PVOID parameter);
typedef WORKER_THREAD_ROUTINE *PWORKER_THREAD_ROUTINE;
typedef enum _WORK_QUEUE_TYPE {
	CriticalWorkQueue,
	DelayedWorkQueue,
	HyperCriticalWorkQueue,
	NormalWorkQueue
} WORK_QUEUE_TYPE;
typedef struct _WORK_QUEUE_ITEM {
	LIST_ENTRY List;
	PWORKER_THREAD_ROUTINE WorkerRoutine;
	PVOID Parameter;
} WORK_QUEUE_ITEM, *PWORK_QUEUE_ITEM;

NTSIM_BEGIN
PVOID ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T size, ULONG tag);
PVOID ExAllocatePool(POOL_TYPE type, SIZE_T size);
PVOID ExAllocatePoolZero(POOL_TYPE type, SIZE_T size, ULONG tag);
PVOID ExAllocatePoolUninitialized(POOL_TYPE type, SIZE_T size, ULONG tag);
PVOID ExAllocatePoolQuotaZero(POOL_TYPE type, SIZE_T size, ULONG tag);
PVOID ExAllocatePool2(POOL_FLAGS flags, SIZE_T size, ULONG tag);
VOID ExFreePoolWithTag(PVOID block, ULONG tag);
VOID ExFreePool(PVOID block);
#define ExInitializeDriverRuntime(flags) ((void)(flags))
#define DrvRtPoolNxOptIn                 1

NTSTATUS ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX list, PALLOCATE_FUNCTION_EX allocate,
				     PFREE_FUNCTION_EX free, POOL_TYPE type, ULONG flags,
				     SIZE_T size, ULONG tag, USHORT depth);
PVOID ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX list);
VOID ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX list, PVOID block);
VOID ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX list);
VOID ExFlushLookasideListEx(PLOOKASIDE_LIST_EX list);
VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
				     PFREE_FUNCTION free, ULONG flags, SIZE_T size, ULONG tag,
				     USHORT depth);
PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list);
VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PVOID block);
VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list);
VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
				    PFREE_FUNCTION free, ULONG flags, SIZE_T size, ULONG tag,
				    USHORT depth);
PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST list);
VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST list, PVOID block);
VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST list);

VOID ExInitializeFastMutex(PFAST_MUTEX mutex);
VOID ExAcquireFastMutex(PFAST_MUTEX mutex);
VOID ExReleaseFastMutex(PFAST_MUTEX mutex);
BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX mutex);
VOID ExAcquireFastMutexUnsafe(PFAST_MUTEX mutex);
VOID ExReleaseFastMutexUnsafe(PFAST_MUTEX mutex);
VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX mutex);
VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX mutex);
VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX mutex);
BOOLEAN KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX mutex);

NTSTATUS ExInitializeResourceLite(PERESOURCE resource);
NTSTATUS ExDeleteResourceLite(PERESOURCE resource);
BOOLEAN ExAcquireResourceExclusiveLite(PERESOURCE resource, BOOLEAN wait);
BOOLEAN ExAcquireResourceSharedLite(PERESOURCE resource, BOOLEAN wait);
VOID ExReleaseResourceLite(PERESOURCE resource);
VOID ExConvertExclusiveToSharedLite(PERESOURCE resource);
BOOLEAN ExIsResourceAcquiredExclusiveLite(PERESOURCE resource);
ULONG ExIsResourceAcquiredSharedLite(PERESOURCE resource);
#define ExIsResourceAcquiredLite ExIsResourceAcquiredSharedLite
PVOID ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE resource);
PVOID ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE resource);
VOID ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE resource);

/* Push locks: the caller is in a critical region (DDI ExAcquirePushLockExclusive);
 * the filter manager's enter it themselves. */
VOID ExInitializePushLock(PEX_PUSH_LOCK lock);
VOID ExAcquirePushLockExclusive(PEX_PUSH_LOCK lock);
VOID ExAcquirePushLockShared(PEX_PUSH_LOCK lock);
VOID ExReleasePushLockExclusive(PEX_PUSH_LOCK lock);
VOID ExReleasePushLockShared(PEX_PUSH_LOCK lock);

KIRQL ExAcquireSpinLockExclusive(PEX_SPIN_LOCK lock);
KIRQL ExAcquireSpinLockShared(PEX_SPIN_LOCK lock);
VOID ExReleaseSpinLockExclusive(PEX_SPIN_LOCK lock, KIRQL old);
VOID ExReleaseSpinLockShared(PEX_SPIN_LOCK lock, KIRQL old);
VOID ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK lock);
VOID ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK lock);
VOID ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK lock);
VOID ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK lock);

VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF ref);
VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF ref);
BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF ref);
BOOLEAN ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF ref, ULONG count);
VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF ref);
VOID ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF ref, ULONG count);
VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF ref);
VOID ExRundownCompleted(PEX_RUNDOWN_REF ref);

VOID InitializeSListHead(PSLIST_HEADER head);
VOID ExInitializeSListHead(PSLIST_HEADER head);
PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER head, PSLIST_ENTRY entry);
PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER head);
PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER head);
USHORT QueryDepthSList(PSLIST_HEADER head);
#define ExQueryDepthSList                              QueryDepthSList
#define ExInterlockedFlushSList                        InterlockedFlushSList
#define ExInterlockedPushEntrySList(head, entry, lock) InterlockedPushEntrySList(head, entry)
#define ExInterlockedPopEntrySList(head, lock)         InterlockedPopEntrySList(head)
PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock);
PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock);
PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY head, PKSPIN_LOCK lock);

VOID ntsim_work_item_init(PWORK_QUEUE_ITEM item, PWORKER_THREAD_ROUTINE routine, PVOID parameter);
#define ExInitializeWorkItem(item, routine, parameter) \
	ntsim_work_item_init(item, routine, parameter)
VOID ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE type);

KPROCESSOR_MODE ExGetPreviousMode(VOID);
NTSTATUS ExUuidCreate(GUID *guid);
ULONG ExSetTimerResolution(ULONG time, BOOLEAN set);
VOID ExRaiseStatus(NTSTATUS status) DECLSPEC_NORETURN;
VOID ExSystemTimeToLocalTime(PLARGE_INTEGER system, PLARGE_INTEGER local);
NTSIM_END

#endif
