/* SPDX-License-Identifier: MIT */
/*
 * threads.h - state of every living thread, for the record of its end.
 *
 * When a thread ends, Windows supplies only its TID. Its start address, creator and
 * creation time are known when it is created, or when a snapshot reports it. One hash
 * table, whose buckets share a number of spin locks, so that threads that start and end on
 * several processors seldom wait for each other; the state is removed when the thread ends.
 * It is kept only while ends of threads are recorded.
 */
#ifndef VIGIL_THREADS_H
#define VIGIL_THREADS_H

#include "nt.h"

struct thread_state {
	LIST_ENTRY link;
	struct vigil_id id;
	struct vigil_id creator; /* zeros: unknown */
	UINT64 start_address;
	UINT64 created; /* 100 ns since boot; 0: unknown */
};

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ThreadsStart(VOID);

/* No notification may be running any more. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsStop(VOID);

/* Adds a thread created by `creator` at a time in 100 ns since boot; 0: now. Replaces one
 * with the same TID whose end was not reported. Without memory it is counted. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsAdd(_In_ const struct vigil_id *id, _In_ const struct vigil_id *creator,
		_In_ UINT64 start_address, _In_ UINT64 created);

/* The same for an existing thread, created at a time in 100 ns since 1601. The state of a
 * known thread does not change. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsAddExisting(_In_ const struct vigil_id *id, _In_ UINT64 start_address,
			_In_ UINT64 created);

/* Removes a thread that has ended; *state receives its state, zeros if there was none. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsRemove(_In_ UINT32 tid, _Out_ struct thread_state *state);

/* Removes all: their ends are no longer recorded. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsClear(VOID);

/* Number of threads without memory for their state. */
_IRQL_requires_max_(DISPATCH_LEVEL)
UINT64 ThreadsUntracked(VOID);

#endif /* VIGIL_THREADS_H */
