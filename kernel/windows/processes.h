/* SPDX-License-Identifier: MIT */
/*
 * processes.h - state of every living process, from its start to its end.
 *
 * The start key of its records, whether its first thread has been reported (later ones
 * created by other processes are remote), and whether the snapshot has reported it. One
 * hash table under a spin lock; the state is removed when the process ends.
 */
#ifndef VIGIL_PROCESSES_H
#define VIGIL_PROCESSES_H

#include "nt.h"

/* Whether the first thread of a process is still expected. */
enum first_thread {
	FIRST_SEEN,
	FIRST_AWAITED,
	FIRST_MAYBE /* created while thread notifications were off or being set up */
};

struct process_state {
	LIST_ENTRY link;
	struct vigil_id id, parent; /* id.pid is 0 if nothing is known */
	UINT64 start;               /* creation time, 100 ns since 1601 */
	UINT32 creator;             /* the process in whose context its creation was reported */
	UINT32 first_tid;           /* its first thread, once reported */
	ULONG reported;             /* the newest snapshot that has reported it, or need not */
	UINT8 first;                /* enum first_thread */
	UINT8 reason;               /* enum vigil_reason for remote threads that it creates */
	BOOLEAN dead;    /* ended during a snapshot: kept until the snapshot is complete */
	BOOLEAN refused; /* its start was refused: it never runs */
};

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ProcessesStart(VOID);

_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ProcessesStop(VOID);

/* Adds a new process. `state` is copied. Replaces one with the same id whose end was not
 * reported. FALSE: no memory, counted. */
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesAdd(_In_ const struct process_state *state);

/* Marks a process whose start was refused after it was added. Windows still inserts and
 * ends its first thread, and ends the process. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ProcessesRefuse(_In_ UINT32 pid);

/* Whether this is the first thread of a process whose start was refused. */
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesNeverRuns(_In_ UINT32 pid, _In_ UINT32 tid);

/*
 * Removes a process that has ended; *known receives its state, zeros if there was none.
 * TRUE: a snapshot is running, has not reported it, and will not: the caller reports it.
 * Call between SnapshotEnter and SnapshotLeave.
 */
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesRemove(_In_ UINT32 pid, _Out_ struct process_state *known);

/* FALSE if it is not known; *state is a copy. */
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesFind(_In_ UINT32 pid, _Out_ struct process_state *state);

/* From the table, otherwise from the process object; 0 if that is gone. */
_IRQL_requires_max_(APC_LEVEL)
UINT64 ProcessesStartKey(_In_ UINT32 pid);

/*
 * Determines the origin of the thread `tid`, created in `pid` by `creator`, and records in
 * the same step whether it was the first one. The first thread is reported in the same
 * context as the process (both when that thread is inserted), so a thread that another
 * process creates meanwhile is not mistaken for it.
 * *target receives the state of the process, zeros if there is none, and for a process that
 * creates a thread in itself possibly its id alone.
 */
_IRQL_requires_max_(APC_LEVEL)
enum vigil_origin ProcessesJudge(_In_ UINT32 pid, _In_ UINT32 tid, _In_ UINT32 creator,
				 _Out_ struct process_state *target);

/* Thread notifications arrive from now on: first threads are expected. */
VOID ProcessesArm(VOID);

/* They are ignored from now on. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ProcessesDisarm(VOID);

/*
 * Only for the snapshot (see SnapshotEnter). Begin returns its number; while it runs, ended
 * processes are kept. Claim: TRUE for exactly one caller for each living process and
 * snapshot, which then reports it; an unknown process is added.
 */
_IRQL_requires_max_(DISPATCH_LEVEL)
ULONG ProcessesSnapshotBegin(VOID);
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesSnapshotClaim(_In_ ULONG snapshot, _In_ const struct process_state *state);
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ProcessesSnapshotEnd(VOID);

_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ProcessesCount(_Out_ UINT32 *tracked, _Out_ UINT64 *untracked);

#endif /* VIGIL_PROCESSES_H */
