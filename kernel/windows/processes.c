/* SPDX-License-Identifier: MIT */
/* processes.c - state of every living process, from its start to its end. */
#include "processes.h"

#include "identity.h"
#include "pooltags.h"
#include "routines.h"

#define SYSTEM_PID 4u
#define BUCKETS    1024u /* a power of two; a busy machine runs a few hundred processes */

/* A process that was created this much before the driver certainly has its first thread.
 * In 100 ns. */
#define SURELY_OLD (10000000ull)

/*
 * Cache of start keys: a copy of the newest entry of each bucket, read without the lock,
 * because every record needs start keys, most of them of a few processes. `turn` is odd
 * while the copy is being written; if it is even and unchanged after reading, the copy is
 * consistent.
 */
struct key_line {
	volatile LONG turn, pid;
	volatile LONG64 key;
};

static struct {
	KSPIN_LOCK lock;
	struct key_line line[BUCKETS];
	_Guarded_by_(lock) LIST_ENTRY bucket[BUCKETS];
	_Guarded_by_(lock) ULONG count, snapshot;
	_Guarded_by_(lock) UINT64 untracked;
	volatile LONG running; /* a snapshot; see SnapshotEnter */
	UINT64 loaded;         /* when: 100 ns since 1601 */
	volatile LONG armed;
	volatile LONG refused; /* states of refused processes; changed under the lock */
} processes;

_Use_decl_annotations_
VIGIL_INIT
VOID ProcessesStart(VOID)
{
	LARGE_INTEGER wall;
	UINT64 mono;
	ULONG i;

	RtlZeroMemory(&processes, sizeof(processes));
	KeInitializeSpinLock(&processes.lock);
	for (i = 0; i < BUCKETS; i++)
		InitializeListHead(&processes.bucket[i]);
	TimeNow(&wall, &mono);
	processes.loaded = (UINT64)wall.QuadPart;
}

_Use_decl_annotations_
VOID ProcessesStop(VOID)
{
	ULONG i;

	for (i = 0; i < BUCKETS; i++) {
		while (!IsListEmpty(&processes.bucket[i])) {
			PLIST_ENTRY entry = RemoveHeadList(&processes.bucket[i]);

			ExFreePoolWithTag(CONTAINING_RECORD(entry, struct process_state, link),
					  TAG_PROCESS);
		}
	}
	processes.count = 0;
}

/* Process ids are multiples of four. */
static ULONG Hash(_In_ UINT32 pid)
{
	return (pid >> 2) & (BUCKETS - 1);
}

static PLIST_ENTRY Bucket(_In_ UINT32 pid)
{
	return &processes.bucket[Hash(pid)];
}

_Requires_lock_held_(processes.lock)
static VOID SetLine(_In_ UINT32 pid, _In_ UINT64 key)
{
	struct key_line *line = &processes.line[Hash(pid)];
	LONG turn = line->turn;

	StoreRelease(&line->turn, turn + 1);
	StoreRelease(&line->pid, (LONG)pid);
	StoreRelease64(&line->key, (LONG64)key);
	StoreRelease(&line->turn, turn + 2);
}

/* 0: not found. */
static UINT64 LineKey(_In_ UINT32 pid)
{
	struct key_line *line = &processes.line[Hash(pid)];
	LONG turn = LoadAcquire(&line->turn);
	BOOLEAN same = LoadAcquire(&line->pid) == (LONG)pid;
	UINT64 key = (UINT64)LoadAcquire64(&line->key);

	return same && (turn & 1) == 0 && LoadAcquire(&line->turn) == turn ? key : 0;
}

_Requires_lock_held_(processes.lock)
static struct process_state *Find(_In_ UINT32 pid)
{
	PLIST_ENTRY head = Bucket(pid), entry;

	for (entry = head->Flink; entry != head; entry = entry->Flink) {
		struct process_state *state = CONTAINING_RECORD(entry, struct process_state, link);

		if (state->id.pid == pid)
			return state;
	}
	return NULL;
}

_Requires_lock_held_(processes.lock)
static VOID Forget(_Inout_ struct process_state *state)
{
	RemoveEntryList(&state->link);
	processes.count--;
	if (state->refused)
		StoreRelease(&processes.refused, processes.refused - 1);
	if (LineKey(state->id.pid) != 0)
		SetLine(state->id.pid, 0);
}

/* Replaces the state of that id by `fresh`. Returns the old state, for the caller to free. */
_Requires_lock_held_(processes.lock)
static struct process_state *Replace(_Inout_ struct process_state *fresh)
{
	struct process_state *old = Find(fresh->id.pid);

	if (old != NULL)
		Forget(old);
	InsertHeadList(Bucket(fresh->id.pid), &fresh->link);
	SetLine(fresh->id.pid, fresh->id.start_key);
	processes.count++;
	return old;
}

_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID Free(_In_opt_ struct process_state *state)
{
	if (state != NULL)
		ExFreePoolWithTag(state, TAG_PROCESS);
}

_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
static struct process_state *Copy(_In_ const struct process_state *state)
{
	struct process_state *fresh = PoolNonPaged(sizeof(*fresh), TAG_PROCESS);

	if (fresh != NULL)
		*fresh = *state;
	return fresh;
}

_Use_decl_annotations_
BOOLEAN ProcessesAdd(const struct process_state *state)
{
	struct process_state *fresh = Copy(state), *old = NULL;
	KLOCK_QUEUE_HANDLE held;

	if (fresh != NULL) {
		fresh->first = LoadAcquire(&processes.armed) != 0 ? FIRST_AWAITED : FIRST_MAYBE;
		fresh->creator = IdOf(PsGetCurrentProcessId());
	}
	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	if (fresh != NULL) {
		fresh->reported = processes.snapshot;
		old = Replace(fresh);
	} else {
		/* The state of this id belongs to an earlier process. */
		old = Find(state->id.pid);
		if (old != NULL)
			Forget(old);
		processes.untracked++;
	}
	KeReleaseInStackQueuedSpinLock(&held);
	Free(old);
	return fresh != NULL;
}

_Use_decl_annotations_
VOID ProcessesRefuse(UINT32 pid)
{
	struct process_state *state;
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	state = Find(pid);
	if (state != NULL && !state->refused) {
		state->refused = TRUE;
		StoreRelease(&processes.refused, processes.refused + 1);
	}
	KeReleaseInStackQueuedSpinLock(&held);
}

/* Called for every thread that ends; the lock is taken only while such a process exists. */
_Use_decl_annotations_
BOOLEAN ProcessesNeverRuns(UINT32 pid, UINT32 tid)
{
	struct process_state state;

	return LoadAcquire(&processes.refused) != 0 && ProcessesFind(pid, &state) &&
	       state.refused && state.first_tid == tid;
}

_Use_decl_annotations_
BOOLEAN ProcessesRemove(UINT32 pid, struct process_state *known)
{
	struct process_state *state, *stone = NULL, *gone = NULL;
	BOOLEAN early;
	KLOCK_QUEUE_HANDLE held;

	RtlZeroMemory(known, sizeof(*known));
	if (LoadAcquire(&processes.running) != 0) {
		/* In case the snapshot does not include it. */
		known->id.pid = pid;
		stone = Copy(known);
		known->id.pid = 0;
	}

	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	state = Find(pid);
	early = processes.running && (state == NULL || state->reported != processes.snapshot);
	if (state != NULL)
		*known = *state;
	if (processes.running && state != NULL) {
		state->dead = TRUE;
		state->reported = processes.snapshot;
	} else if (processes.running && stone != NULL) {
		stone->dead = TRUE;
		stone->reported = processes.snapshot;
		gone = Replace(stone);
		stone = NULL;
	} else if (state != NULL) {
		Forget(state);
		gone = state;
	}
	KeReleaseInStackQueuedSpinLock(&held);
	Free(gone);
	Free(stone);
	return early;
}

_Use_decl_annotations_
BOOLEAN ProcessesFind(UINT32 pid, struct process_state *state)
{
	const struct process_state *found;
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	found = Find(pid);
	if (found != NULL && found->id.start_key != 0)
		*state = *found;
	else
		RtlZeroMemory(state, sizeof(*state));
	KeReleaseInStackQueuedSpinLock(&held);
	return state->id.pid != 0;
}

_Use_decl_annotations_
UINT64 ProcessesStartKey(UINT32 pid)
{
	struct process_state state;
	UINT64 key = LineKey(pid), created;

	if (key != 0)
		return key;
	if (ProcessesFind(pid, &state))
		return state.id.start_key;
	IdentityLookUp(pid, &key, &created);
	return key;
}

_Use_decl_annotations_
VOID ProcessesArm(VOID)
{
	StoreRelease(&processes.armed, 1);
}

_Use_decl_annotations_
VOID ProcessesDisarm(VOID)
{
	KLOCK_QUEUE_HANDLE held;
	ULONG i;

	StoreRelease(&processes.armed, 0);
	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	for (i = 0; i < BUCKETS; i++) {
		PLIST_ENTRY head = &processes.bucket[i], entry;

		for (entry = head->Flink; entry != head; entry = entry->Flink) {
			struct process_state *state =
			    CONTAINING_RECORD(entry, struct process_state, link);

			if (state->first == FIRST_AWAITED)
				state->first = FIRST_MAYBE;
		}
	}
	KeReleaseInStackQueuedSpinLock(&held);
}

/* Whether a process of unknown history is so old that it must have its first thread. */
static BOOLEAN SurelyOld(_In_ UINT64 created, _In_ UINT64 now)
{
	return created != 0 && created + SURELY_OLD < now;
}

/* Records a new thread; *target is the state before that. After a thread that was not
 * created by the process's creator, the first one is still expected. */
_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID TakeFirst(_In_ UINT32 pid, _In_ UINT32 tid, _In_ UINT32 creator,
		      _Out_ struct process_state *target)
{
	struct process_state *state;
	KLOCK_QUEUE_HANDLE held;
	LARGE_INTEGER wall;
	UINT64 mono;

	RtlZeroMemory(target, sizeof(*target));
	TimeNow(&wall, &mono);
	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	state = Find(pid);
	if (state != NULL && !state->dead) {
		if (state->first == FIRST_MAYBE && SurelyOld(state->start, (UINT64)wall.QuadPart))
			state->first = FIRST_SEEN;
		*target = *state;
		if (state->creator != creator) {
			target->first = FIRST_SEEN;
		} else if (state->first != FIRST_SEEN) {
			state->first = FIRST_SEEN;
			state->first_tid = tid;
		}
	}
	KeReleaseInStackQueuedSpinLock(&held);
}

_Use_decl_annotations_
enum vigil_origin ProcessesJudge(UINT32 pid, UINT32 tid, UINT32 creator,
				 struct process_state *target)
{
	UINT64 key = pid == creator ? LineKey(pid) : 0, created;

	/* A process is not its own creator, so this is not its first thread. Most threads are
	 * of this kind: they need no lock. */
	if (key != 0) {
		RtlZeroMemory(target, sizeof(*target));
		target->id.pid = pid;
		target->id.start_key = key;
		return pid == SYSTEM_PID ? VIGIL_ORIGIN_SYSTEM : VIGIL_ORIGIN_LOCAL;
	}
	TakeFirst(pid, tid, creator, target);
	if (target->id.pid != 0 && target->first == FIRST_AWAITED)
		return VIGIL_ORIGIN_FIRST;
	if (pid == creator)
		return pid == SYSTEM_PID ? VIGIL_ORIGIN_SYSTEM : VIGIL_ORIGIN_LOCAL;
	if (pid == SYSTEM_PID || creator == SYSTEM_PID)
		return VIGIL_ORIGIN_SYSTEM;
	if (target->id.pid != 0)
		return target->first == FIRST_SEEN ? VIGIL_ORIGIN_REMOTE : VIGIL_ORIGIN_UNKNOWN;

	/* Unknown: either older than the driver, so that it has its first thread, or there
	 * was no memory for its state, so that this may be its first. */
	IdentityLookUp(pid, &key, &created);
	target->id.start_key = key;
	if (SurelyOld(created, processes.loaded))
		return VIGIL_ORIGIN_REMOTE;
	return VIGIL_ORIGIN_UNKNOWN;
}

_Use_decl_annotations_
ULONG ProcessesSnapshotBegin(VOID)
{
	ULONG snapshot;
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	snapshot = ++processes.snapshot;
	StoreRelease(&processes.running, 1);
	KeReleaseInStackQueuedSpinLock(&held);
	return snapshot;
}

_Use_decl_annotations_
BOOLEAN ProcessesSnapshotClaim(ULONG snapshot, const struct process_state *state)
{
	struct process_state *fresh = Copy(state), *known;
	BOOLEAN claimed = FALSE;
	KLOCK_QUEUE_HANDLE held;

	if (fresh != NULL)
		fresh->reported = snapshot;
	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	known = Find(state->id.pid);
	if (known == NULL) {
		claimed = TRUE;
		if (fresh != NULL) {
			(VOID) Replace(fresh);
			fresh = NULL;
		} else {
			processes.untracked++;
		}
	} else if (!known->dead && !known->refused && known->reported != snapshot &&
		   known->id.start_key == state->id.start_key) {
		known->reported = snapshot;
		claimed = TRUE;
	}
	KeReleaseInStackQueuedSpinLock(&held);
	Free(fresh);
	return claimed;
}

_Use_decl_annotations_
VOID ProcessesSnapshotEnd(VOID)
{
	LIST_ENTRY dead;
	KLOCK_QUEUE_HANDLE held;
	ULONG i;

	InitializeListHead(&dead);
	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	StoreRelease(&processes.running, 0);
	for (i = 0; i < BUCKETS; i++) {
		PLIST_ENTRY head = &processes.bucket[i], entry, next;

		for (entry = head->Flink; entry != head; entry = next) {
			next = entry->Flink;
			if (!CONTAINING_RECORD(entry, struct process_state, link)->dead)
				continue;
			Forget(CONTAINING_RECORD(entry, struct process_state, link));
			InsertTailList(&dead, entry);
		}
	}
	KeReleaseInStackQueuedSpinLock(&held);
	while (!IsListEmpty(&dead))
		Free(CONTAINING_RECORD(RemoveHeadList(&dead), struct process_state, link));
}

_Use_decl_annotations_
VOID ProcessesCount(UINT32 *tracked, UINT64 *untracked)
{
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&processes.lock, &held);
	*tracked = processes.count;
	*untracked = processes.untracked;
	KeReleaseInStackQueuedSpinLock(&held);
}
