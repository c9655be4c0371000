/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - what ran before: a record for each process and its threads.
 *
 * Taken at load, after the notifications have begun, and on request. Between
 * what it tells and what they tell there is no hole: a process is either in the
 * snapshot, or created in the stream, or ended before it came to be told, and
 * then its EXISTING record stands right before its exit.
 */
#ifndef VIGIL_SNAPSHOT_H
#define VIGIL_SNAPSHOT_H

#include "nt.h"

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SnapshotStart(VOID);

/* No notification may be left. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID SnapshotStop(VOID);

/* Call before the notifications begin; SnapshotTake after it. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SnapshotPrepare(VOID);

/* Tells everything, ending with SNAPSHOT_END. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SnapshotTake(VOID);

/* Around the removal of an ended process and its records: any number of exits at once,
 * but none while a snapshot begins, ends, or tells a process. */
_IRQL_requires_max_(APC_LEVEL)
VOID SnapshotEnter(VOID);
VOID SnapshotLeave(VOID);

/* An EXISTING record for a process that ends before the snapshot came to it. */
_IRQL_requires_max_(APC_LEVEL)
VOID SnapshotTellEarly(_In_ const struct vigil_exit *exit);

#endif /* VIGIL_SNAPSHOT_H */
