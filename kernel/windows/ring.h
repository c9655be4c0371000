/* SPDX-License-Identifier: MIT */
/*
 * ring.h - what queue.c (producers) and stream.c (readers) share.
 *
 * Records lie in a ring of bytes and never wrap; beside it, a ring of slots says
 * of each record where it lies and whether it is complete. Under the lock only
 * slots and counters are touched, never the records: those are written and read
 * by whoever owns them at the time, and would cost a cache miss each.
 *
 * Positions are bytes since the beginning of time, numbers count records since
 * then; a place in memory is either modulo the size of its ring, powers of two.
 *
 *	tail <= every stream's pin <= head,   head - tail <= size
 */
#ifndef VIGIL_RING_H
#define VIGIL_RING_H

#include "queue.h"

struct slot {
	volatile LONG state; /* enum slot_state */
	ULONG size;          /* bytes it holds of the ring, with what is left unused at its end */
	ULONG at;            /* where the record lies */
	UINT16 type, zero;
};

enum slot_state {
	SLOT_RESERVED = 1, /* being filled */
	SLOT_READY = 2,
	SLOT_READ = 3 /* and at least one stream has been given it */
};

#define NO_PIN         (~0ull)
#define BYTES_PER_SLOT 128u /* of the ring; the smallest records take less */
#define CACHE_LINE     64u

/* All counts of one type: one cache line. `passed` and `told` are those of the
 * tail, see struct queue_mark. */
struct type_counts {
	UINT64 produced, delivered, overwritten, refused;
	UINT64 passed, told;
	UINT64 untold; /* refused since the last record found room */
	UINT64 zero;
};
VIGIL_STATIC_ASSERT(type_counts_size, sizeof(struct type_counts) == CACHE_LINE);

struct queue {
	KSPIN_LOCK lock;
	/* Who waits for the lock must not slow down who works under it: what follows
	 * is in other cache lines (and in the neighbors that are fetched with them). */
	UCHAR apart[2 * CACHE_LINE - sizeof(KSPIN_LOCK)];
	_Guarded_by_(lock) UINT64 head, tail;               /* positions */
	_Guarded_by_(lock) UINT64 head_number, tail_number; /* and numbers of records */
	_Guarded_by_(lock) UINT64 seq;                      /* of the newest record */
	_Guarded_by_(lock) UINT64 last_mono;
	_Guarded_by_(lock) UINT64 wake_at; /* position at which to wake the readers */
	_Guarded_by_(lock) UINT64 queued;  /* records not yet given to any stream */
	_Guarded_by_(lock) UINT64 pinned;  /* the least of the streams' pins */
	_Guarded_by_(lock) UINT64 unread;  /* the least of their places */
	_Guarded_by_(lock) ULONG untold_types;
	/* Do not change while the queue is there. */
	ULONG size, slots; /* powers of two */
	PUCHAR ring;
	struct slot *slot;
	VOID(NTAPI *wake)(VOID);
	/* At every moment, of each type and in all:
	 *	produced = delivered + overwritten + refused + queued */
	_Guarded_by_(lock) struct type_counts type[VIGIL_TYPE_MAX];
	_Guarded_by_(lock) struct queue_mark front; /* the foremost any stream has been */
	_Guarded_by_(lock) LIST_ENTRY streams;      /* that hold a place */
};

extern struct queue queue;

static inline struct slot *SlotAt(UINT64 number)
{
	return &queue.slot[(SIZE_T)number & (queue.slots - 1)];
}

static inline struct vigil_header *RecordAt(const struct slot *slot)
{
	return (struct vigil_header *)(queue.ring + slot->at);
}

/* Recomputes `pinned` and `unread` after a stream has moved. */
_Requires_lock_held_(queue.lock)
VOID RingSettle(VOID);

#endif /* VIGIL_RING_H */
