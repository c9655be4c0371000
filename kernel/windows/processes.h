/* SPDX-License-Identifier: MIT */
/*
 * processes.h - what is kept of every living process, from its start to its end.
 *
 * The start key that its records carry, whether its first thread has been seen
 * (all later ones made by others are remote), and whether the snapshot has told
 * it. One hash table under a spin lock; the state dies with the process.
 */
#ifndef VIGIL_PROCESSES_H
#define VIGIL_PROCESSES_H

#include "nt.h"

/* Whether the first thread of a process is still to come. */
enum first_thread {
	FIRST_SEEN,
	FIRST_AWAITED,
	FIRST_MAYBE /* created while thread notifications were off or being set up */
};

struct process_state {
	LIST_ENTRY link;
	struct vigil_id id, parent; /* id.pid is 0 when nothing is known */
	UINT64 start;               /* creation time, 100 ns since 1601 */
	UINT32 creator;             /* the process on whose thread its creation was told */
	UINT32 first_tid;           /* its first thread, once seen */
	ULONG told;                 /* the newest snapshot that has told it, or need not */
	UINT8 first;                /* enum first_thread */
	UINT8 reason;               /* enum vigil_reason, were it to make remote threads */
	BOOLEAN dead;               /* ended while a snapshot runs: kept until that is done */
	BOOLEAN refused;            /* its start was refused: it never runs */
};

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ProcessesStart(VOID);

_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ProcessesStop(VOID);

/* A process is born. `state` is copied. Replaces one with the same id whose end
 * was not seen. FALSE: no memory, counted. */
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesAdd(_In_ const struct process_state *state);

/* The start of a process that was added has been refused. Windows inserts and ends its
 * first thread, and ends it, all the same. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ProcessesRefuse(_In_ UINT32 pid);

/* Whether this is the first thread of a process whose start was refused. */
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesNeverRuns(_In_ UINT32 pid, _In_ UINT32 tid);

/*
 * A process has ended; *known is what was known of it, zeroed when nothing was.
 * TRUE: a snapshot is running and has not told it, and will not: the caller does.
 * Call between SnapshotEnter and SnapshotLeave.
 */
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesRemove(_In_ UINT32 pid, _Out_ struct process_state *known);

/* FALSE when it is not known; *state is a copy. */
_IRQL_requires_max_(DISPATCH_LEVEL)
BOOLEAN ProcessesFind(_In_ UINT32 pid, _Out_ struct process_state *state);

/* From the table, else from the process itself; 0 when that is gone. */
_IRQL_requires_max_(APC_LEVEL)
UINT64 ProcessesStartKey(_In_ UINT32 pid);

/*
 * The thread `tid` has been made in `pid` by `creator`: whose is it? Taking note that
 * the first one has come is one step with asking. The first thread is told on
 * the thread on which the process was told (both by the insertion of that
 * thread), so one that anybody else makes meanwhile is not taken for it.
 * *target is what is known of the process, zeroed when nothing is.
 */
_IRQL_requires_max_(APC_LEVEL)
enum vigil_origin ProcessesJudge(_In_ UINT32 pid, _In_ UINT32 tid, _In_ UINT32 creator,
				 _Out_ struct process_state *target);

/* Thread notifications arrive from now on: first threads are awaited for sure. */
VOID ProcessesArm(VOID);

/* They are ignored from now on. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID ProcessesDisarm(VOID);

/*
 * For the snapshot, alone (see SnapshotEnter). Begin gives its number; while it runs the dead are kept.
 * Claim: TRUE for exactly one caller per living process and snapshot, which then
 * tells it; a process that is not known is added.
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
