/* SPDX-License-Identifier: MIT */
/*
 * threads.h - what is kept of every living thread for the record of its end.
 *
 * When a thread ends, Windows says its number and no more. Where it began, who made it
 * and when are known when it is created, or when a snapshot reports it. One hash table
 * under a spin lock; the state ends with the thread. It is kept only while ends of
 * threads are recorded.
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

/* No notification may be left. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsStop(VOID);

/* A thread has been created by `creator`, now. Replaces one with the same number whose
 * end was not seen. Without memory it is counted. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsAdd(_In_ const struct vigil_id *id, _In_ const struct vigil_id *creator,
		_In_ UINT64 start_address);

/* The same for one that was there before, created at a time in 100 ns since 1601. A
 * thread that is known already stays as it is. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsAddExisting(_In_ const struct vigil_id *id, _In_ UINT64 start_address,
			_In_ UINT64 created);

/* A thread has ended; *state is what was known of it, zeroed when nothing was. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsRemove(_In_ UINT32 tid, _Out_ struct thread_state *state);

/* Forgets all: their ends are recorded no more. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ThreadsClear(VOID);

/* Threads whose state found no memory. */
_IRQL_requires_max_(DISPATCH_LEVEL)
UINT64 ThreadsUntracked(VOID);

#endif /* VIGIL_THREADS_H */
