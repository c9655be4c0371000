/* SPDX-License-Identifier: MIT */
/*
 * queue.h - the bounded queue: one ring of bytes, allocated at load.
 *
 * A producer reserves space under a short spin lock, fills it in place outside the
 * lock, and commits it, all at DISPATCH_LEVEL: readers wait for a reserved record, so
 * its producer must not be preempted. Readers are streams: each has its own position
 * in the ring and receives every record from there on, so reading removes nothing.
 * Records are removed only to make space, the oldest first; a stream that had not read
 * them receives LOST records.
 *
 * Lock order: a reader's lock, then the queue's. No lock is acquired under the queue's
 * lock, and only record heads are copied under it.
 */
#ifndef VIGIL_QUEUE_H
#define VIGIL_QUEUE_H

#include "nt.h"

#include <vigil/control.h>

/* A position in the ring, and the number of records of each type before it. */
struct queue_mark {
	UINT64 number;                   /* of the record after it, LOST records included */
	UINT64 position;                 /* in bytes */
	UINT64 seq;                      /* of the last record before it */
	UINT64 passed[VIGIL_TYPE_MAX];   /* records before it */
	UINT64 reported[VIGIL_TYPE_MAX]; /* refused, reported by the LOST records before it */
};

/* Space for one record, reserved and not yet committed. */
struct queue_slot {
	PVOID record;
	struct slot *slot;
	UINT64 seq;
	ULONG flags; /* for vigil_header.flags */
	BOOLEAN wake;
};

/* The position of one reader. Owned by reader.c; only the queue accesses its members. */
struct stream {
	LIST_ENTRY link;
	struct queue_mark at;
	UINT64 pin;                                /* the record that is being copied, or none */
	UINT64 lost[2][VIGIL_TYPE_MAX];            /* not yet reported: overwritten, refused */
	UINT64 delivered_count, lost_count, begin; /* counters; begin: records before the first */
	ULONG wanted;     /* bytes that the next record needs, if the buffer was too small */
	BOOLEAN attached; /* has a position */
	BOOLEAN greeted;  /* has received the STATUS record that begins a stream */
};

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS QueueStart(VOID);

/* No producer and no stream may exist any more. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID QueueStop(VOID);

/* Reserves the next sequence number and space for a record of `size` bytes, a
 * multiple of 8. FALSE: the ring is full, the record is counted as refused.
 * After TRUE the caller stays at DISPATCH_LEVEL until QueueCommit. */
_IRQL_requires_(DISPATCH_LEVEL)
_Must_inspect_result_
BOOLEAN QueueReserve(_In_ UINT16 type, _In_ ULONG size, _In_ UINT64 time, _In_ UINT64 mono,
		     _Out_ struct queue_slot *slot);

_IRQL_requires_(DISPATCH_LEVEL)
VOID QueueCommit(_In_ const struct queue_slot *slot);

/* Streams begin at the first record that no stream has received. */
VOID StreamStart(_Out_ struct stream *stream);

_IRQL_requires_max_(DISPATCH_LEVEL)
VOID StreamStop(_Inout_ struct stream *stream);

_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
NTSTATUS StreamSeek(_Inout_ struct stream *stream, _In_ ULONG to);

/*
 * Copies whole records into the buffer, as many as are available and fit. 0 bytes
 * with success: there are none. STATUS_BUFFER_TOO_SMALL: the next one does not
 * fit, stream->wanted is its size, nothing is lost. One caller at a time for each
 * stream.
 */
_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
NTSTATUS StreamTake(_Inout_ struct stream *stream,
		    _Out_writes_bytes_to_(room, *taken) PUCHAR buffer, _In_ ULONG room,
		    _Out_ ULONG *taken);

/* Time until a read of `room` bytes should be answered, in 100 ns: 0 now,
 * STREAM_IDLE if there are no records. *fill: the position in the ring at which it
 * should be answered regardless of the time. */
#define STREAM_IDLE (~0ull)
_IRQL_requires_max_(DISPATCH_LEVEL)
UINT64 StreamDelay(_Inout_ struct stream *stream, _In_ ULONG room, _Out_ UINT64 *fill);

_IRQL_requires_max_(DISPATCH_LEVEL)
VOID StreamLedger(_In_ const struct stream *stream, _Inout_ struct vigil_reader *reply);

/* The queue's part of the statistics, all of the same moment. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID QueueLedger(_Inout_ struct vigil_driver_statistics *reply);

/* Calls `wake` once when the ring has been filled up to this position. FALSE:
 * it is already, and there is no call. STREAM_IDLE: never. */
_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
BOOLEAN QueueWakeAt(_In_ UINT64 position);

/* Called to wake the thread that completes reads. Set once, before any producer. */
VOID QueueWakeCall(_In_ VOID(NTAPI *wake)(VOID));

/* Policy or number of readers has changed. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID QueueSettle(VOID);

/* Identifies this boot: see vigil_status_body.machine. Set once at load. */
extern UINT64 queue_machine;

#endif /* VIGIL_QUEUE_H */
