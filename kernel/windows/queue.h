/* SPDX-License-Identifier: MIT */
/*
 * queue.h - the bounded queue: one ring of bytes, taken at load.
 *
 * A producer reserves room under a short spin lock, fills it outside the lock
 * where it lies, and commits it, all of it at DISPATCH_LEVEL: readers wait for a
 * record that is reserved, so its producer must not be preempted. Readers are streams: each has a place of its
 * own in the ring and sees every record from there on, so nothing is removed
 * by reading. Only the need for room removes, oldest first; what a stream had
 * not read by then it is told to have lost.
 *
 * Lock order: a reader's lock, then the queue's. Nothing is acquired under the
 * queue's lock and nothing is copied under it but heads.
 */
#ifndef VIGIL_QUEUE_H
#define VIGIL_QUEUE_H

#include "nt.h"

#include <vigil/control.h>

/* A place in the ring, and how many records of each type lie before it. */
struct queue_mark {
	UINT64 number;                 /* of the record behind it, LOST records counted */
	UINT64 position;               /* in bytes, for how much there is to read */
	UINT64 seq;                    /* of the last record before it */
	UINT64 passed[VIGIL_TYPE_MAX]; /* records before it */
	UINT64 told[VIGIL_TYPE_MAX];   /* refused ones, by the LOST records before it */
};

/* Room for one record, reserved and not yet committed. */
struct queue_slot {
	PVOID record;
	struct slot *slot;
	UINT64 seq;
	ULONG flags; /* for vigil_header.flags */
	BOOLEAN wake;
};

/* One reader's place. Owned by reader.c; its fields are the queue's. */
struct stream {
	LIST_ENTRY link;
	struct queue_mark at;
	UINT64 pin;                                /* the record it copies from; or none */
	UINT64 lost[2][VIGIL_TYPE_MAX];            /* not yet told: overwritten, refused */
	UINT64 delivered_count, lost_count, begin; /* ledger; begin: records before the first */
	ULONG wanted;                              /* bytes the next record takes, when too small */
	BOOLEAN attached;                          /* holds a place */
	BOOLEAN greeted; /* has been given the STATUS record a stream begins with */
};

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS QueueStart(VOID);

/* No producer and no stream may be left. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID QueueStop(VOID);

/* Takes the next sequence number and room for a record of `size` bytes, a
 * multiple of 8. FALSE: there was no room, the record is counted as refused.
 * After TRUE the caller stays at DISPATCH_LEVEL until QueueCommit. */
_IRQL_requires_(DISPATCH_LEVEL)
_Must_inspect_result_
BOOLEAN QueueReserve(_In_ UINT16 type, _In_ ULONG size, _In_ UINT64 time, _In_ UINT64 mono,
		     _Out_ struct queue_slot *slot);

_IRQL_requires_(DISPATCH_LEVEL)
VOID QueueCommit(_In_ const struct queue_slot *slot);

/* Streams begin at the first record that no stream has been given. */
VOID StreamStart(_Out_ struct stream *stream);

_IRQL_requires_max_(DISPATCH_LEVEL)
VOID StreamStop(_Inout_ struct stream *stream);

_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
NTSTATUS StreamSeek(_Inout_ struct stream *stream, _In_ ULONG to);

/*
 * Copies whole records into the buffer, as many as are there and fit. 0 bytes
 * with success: there are none. STATUS_BUFFER_TOO_SMALL: the next one does not
 * fit, stream->wanted says what it takes, nothing is lost. One caller at a time
 * for one stream.
 */
_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
NTSTATUS StreamTake(_Inout_ struct stream *stream,
		    _Out_writes_bytes_to_(room, *taken) PUCHAR buffer, _In_ ULONG room,
		    _Out_ ULONG *taken);

/* How long until a read of `room` bytes is worth answering, in 100 ns: 0 now,
 * STREAM_IDLE when nothing waits at all. *fill: the position in the ring from
 * which on it is worth it whatever the time. */
#define STREAM_IDLE (~0ull)
_IRQL_requires_max_(DISPATCH_LEVEL)
UINT64 StreamDelay(_Inout_ struct stream *stream, _In_ ULONG room, _Out_ UINT64 *fill);

_IRQL_requires_max_(DISPATCH_LEVEL)
VOID StreamLedger(_In_ const struct stream *stream, _Inout_ struct vigil_reader *reply);

/* The queue's part of the statistics, one consistent moment of it. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID QueueLedger(_Inout_ struct vigil_driver_statistics *reply);

/* Calls `wake` once when the ring has been filled up to this position. FALSE:
 * it is already, no call comes. STREAM_IDLE: never. */
_IRQL_requires_max_(DISPATCH_LEVEL)
_Must_inspect_result_
BOOLEAN QueueWakeAt(_In_ UINT64 position);

/* How the queue wakes who completes reads. Set once, before any producer. */
VOID QueueWakeCall(_In_ VOID(NTAPI *wake)(VOID));

/* Policy or number of readers has changed. */
_IRQL_requires_max_(DISPATCH_LEVEL)
VOID QueueSettle(VOID);

/* Names this boot: see vigil_status.machine. Set once at load. */
extern UINT64 queue_machine;

#endif /* VIGIL_QUEUE_H */
