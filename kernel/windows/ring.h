/* SPDX-License-Identifier: MIT */
/*
 * ring.h - what queue.c (producers) and stream.c (readers) share.
 *
 * Positions are bytes since the beginning of time; a place in memory is the
 * position modulo the ring's size, a power of two. Records never wrap: what is
 * left at the end of the ring is padded.
 *
 *	tail <= every stream's pin <= head,   head - tail <= size
 */
#ifndef VIGIL_RING_H
#define VIGIL_RING_H

#include "queue.h"

/* Each record in the ring lies behind a slot. */
struct slot {
	volatile LONG state; /* enum slot_state */
	ULONG size;          /* with this head; a multiple of 8 */
};

enum slot_state {
	SLOT_RESERVED = 1, /* being filled */
	SLOT_READY = 2,
	SLOT_READ = 3, /* and at least one stream has been given it */
	SLOT_PAD = 4   /* no record: the end of the ring */
};

#define NO_PIN (~0ull)

struct queue {
	KSPIN_LOCK lock;
	PUCHAR ring;
	ULONG size;
	_Guarded_by_(lock) UINT64 head, tail;
	_Guarded_by_(lock) UINT64 seq; /* of the newest record */
	_Guarded_by_(lock) UINT64 last_mono;
	_Guarded_by_(lock) UINT64 wake_at; /* position at which to wake the readers */
	/* The ledger: produced = delivered + overwritten + refused + queued, where
	 * delivered and queued change together when a stream is done copying. */
	_Guarded_by_(lock) UINT64 produced[VIGIL_TYPE_MAX];
	_Guarded_by_(lock) UINT64 delivered[VIGIL_TYPE_MAX];
	_Guarded_by_(lock) UINT64 overwritten[VIGIL_TYPE_MAX];
	_Guarded_by_(lock) UINT64 refused[VIGIL_TYPE_MAX];
	_Guarded_by_(lock) UINT64 queued;
	_Guarded_by_(lock) UINT64 written;                   /* records that found room */
	_Guarded_by_(lock) UINT64 untold[VIGIL_TYPE_MAX];    /* refused since the last record */
	_Guarded_by_(lock) ULONG untold_types;
	_Guarded_by_(lock) struct queue_mark back;  /* at the tail; its position is not kept */
	_Guarded_by_(lock) struct queue_mark front; /* the foremost any stream has been */
	_Guarded_by_(lock) LIST_ENTRY streams;      /* that hold a place */
	_Guarded_by_(lock) UINT64 pinned;           /* the least of the streams' pins */
	_Guarded_by_(lock) UINT64 unread;           /* the least of their places */
	VOID(NTAPI *wake)(VOID);
};

extern struct queue queue;

static inline struct slot *SlotAt(UINT64 position)
{
	return (struct slot *)(queue.ring + ((SIZE_T)position & (queue.size - 1)));
}

/* Recomputes `pinned` and `unread` after a stream has moved. */
_Requires_lock_held_(queue.lock)
VOID RingSettle(VOID);

#endif /* VIGIL_RING_H */
