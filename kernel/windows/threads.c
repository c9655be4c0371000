/* SPDX-License-Identifier: MIT */
/* threads.c - state of every living thread, for the record of its end. */
#include "threads.h"

#include "pooltags.h"
#include "routines.h"
#include "settings.h"

#define BUCKETS 4096u /* a power of two; a busy machine runs some thousand threads */

#define STRIPES    64u /* locks, each for every 64th bucket; a power of two */
#define CACHE_LINE 64u

/* A lock in a separate cache line. */
struct stripe {
	KSPIN_LOCK lock;
	UCHAR apart[CACHE_LINE - sizeof(KSPIN_LOCK)];
};

static struct {
	struct stripe stripe[STRIPES];
	LIST_ENTRY bucket[BUCKETS]; /* guarded by the lock of its stripe */
	volatile LONG untracked;
} threads;

_Use_decl_annotations_
VIGIL_INIT
VOID ThreadsStart(VOID)
{
	ULONG i;

	RtlZeroMemory(&threads, sizeof(threads));
	for (i = 0; i < STRIPES; i++)
		KeInitializeSpinLock(&threads.stripe[i].lock);
	for (i = 0; i < BUCKETS; i++)
		InitializeListHead(&threads.bucket[i]);
}

_Use_decl_annotations_
VOID ThreadsStop(VOID)
{
	ThreadsClear();
}

_Use_decl_annotations_
VOID ThreadsClear(VOID)
{
	KLOCK_QUEUE_HANDLE held;
	LIST_ENTRY all;
	ULONG stripe, i;

	InitializeListHead(&all);
	for (stripe = 0; stripe < STRIPES; stripe++) {
		KeAcquireInStackQueuedSpinLock(&threads.stripe[stripe].lock, &held);
		for (i = stripe; i < BUCKETS; i += STRIPES)
			while (!IsListEmpty(&threads.bucket[i]))
				InsertTailList(&all, RemoveHeadList(&threads.bucket[i]));
		KeReleaseInStackQueuedSpinLock(&held);
	}
	while (!IsListEmpty(&all))
		ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&all), struct thread_state,
						    link),
				  TAG_THREAD);
}

/* Thread ids are multiples of four. */
static PLIST_ENTRY Bucket(_In_ UINT32 tid)
{
	return &threads.bucket[(tid >> 2) & (BUCKETS - 1)];
}

static PKSPIN_LOCK Lock(_In_ UINT32 tid)
{
	return &threads.stripe[(tid >> 2) & (STRIPES - 1)].lock;
}

/* Under Lock(tid). */
static struct thread_state *Find(_In_ UINT32 tid)
{
	PLIST_ENTRY head = Bucket(tid), entry;

	for (entry = head->Flink; entry != head; entry = entry->Flink) {
		struct thread_state *state = CONTAINING_RECORD(entry, struct thread_state, link);

		if (state->id.tid == tid)
			return state;
	}
	return NULL;
}

/* `state` is copied. With `replace` it replaces one with the same TID. */
_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID Add(_In_ const struct thread_state *state, _In_ BOOLEAN replace)
{
	struct thread_state *fresh, *old;
	KLOCK_QUEUE_HANDLE held;

	if (!SettingRecords(VIGIL_EVENT_THREAD_EXIT))
		return;
	fresh = PoolNonPaged(sizeof(*fresh), TAG_THREAD);
	if (fresh == NULL)
		InterlockedIncrement(&threads.untracked);
	else
		*fresh = *state;
	KeAcquireInStackQueuedSpinLock(Lock(state->id.tid), &held);
	old = Find(state->id.tid);
	if (old != NULL && replace) {
		RemoveEntryList(&old->link);
	} else if (old != NULL) {
		old = fresh; /* not needed */
		fresh = NULL;
	}
	if (fresh != NULL)
		InsertHeadList(Bucket(fresh->id.tid), &fresh->link);
	KeReleaseInStackQueuedSpinLock(&held);
	if (old != NULL)
		ExFreePoolWithTag(old, TAG_THREAD);
}

_Use_decl_annotations_
VOID ThreadsAdd(const struct vigil_id *id, const struct vigil_id *creator, UINT64 start_address,
		UINT64 created)
{
	struct thread_state state;
	LARGE_INTEGER wall;

	RtlZeroMemory(&state, sizeof(state));
	state.id = *id;
	state.creator = *creator;
	state.start_address = start_address;
	state.created = created;
	if (created == 0)
		TimeNow(&wall, &state.created);
	Add(&state, TRUE);
}

_Use_decl_annotations_
VOID ThreadsAddExisting(const struct vigil_id *id, UINT64 start_address, UINT64 created)
{
	struct thread_state state;
	LARGE_INTEGER wall;
	UINT64 mono, age;

	RtlZeroMemory(&state, sizeof(state));
	state.id = *id;
	state.start_address = start_address;
	TimeNow(&wall, &mono);
	age = (UINT64)wall.QuadPart - created;
	if (created != 0 && (UINT64)wall.QuadPart > created && age < mono)
		state.created = mono - age;
	Add(&state, FALSE);
}

_Use_decl_annotations_
VOID ThreadsRemove(UINT32 tid, struct thread_state *state)
{
	struct thread_state *found;
	KLOCK_QUEUE_HANDLE held;

	RtlZeroMemory(state, sizeof(*state));
	KeAcquireInStackQueuedSpinLock(Lock(tid), &held);
	found = Find(tid);
	if (found != NULL)
		RemoveEntryList(&found->link);
	KeReleaseInStackQueuedSpinLock(&held);
	if (found == NULL)
		return;
	*state = *found;
	ExFreePoolWithTag(found, TAG_THREAD);
}

_Use_decl_annotations_
UINT64 ThreadsUntracked(VOID)
{
	return (ULONG)LoadAcquire(&threads.untracked);
}
