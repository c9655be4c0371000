/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - existing processes: a record for each process and its threads.
 *
 * Taken at load, after the notifications have started, and on request. There is no gap
 * between snapshot and notifications: a process is either in the snapshot, or created in
 * the stream, or ended before the snapshot reached it, and then its PROCESS_SNAPSHOT record is
 * directly before its exit.
 */
#ifndef VIGIL_SNAPSHOT_H
#define VIGIL_SNAPSHOT_H

#include "nt.h"

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SnapshotStart(VOID);

/* No notification may be running any more. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID SnapshotStop(VOID);

/* Call before the notifications start, and SnapshotTake after that. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SnapshotPrepare(VOID);

/* Reports all processes, then SNAPSHOT_END. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SnapshotTake(VOID);

/* Enclose the removal of an ended process and its records: any number of exits at the same
 * time, but none while a snapshot starts, ends, or reports a process. */
_IRQL_requires_max_(APC_LEVEL)
_Acquires_lock_(_Global_critical_region_) VOID SnapshotEnter(VOID);
_IRQL_requires_max_(APC_LEVEL)
_Releases_lock_(_Global_critical_region_) VOID SnapshotLeave(VOID);

/* Writes an PROCESS_SNAPSHOT record for a process that ends before the snapshot reached it. */
_IRQL_requires_max_(APC_LEVEL)
VOID SnapshotReportEarly(_In_ const struct vigil_exit_body *exit);

#endif /* VIGIL_SNAPSHOT_H */
