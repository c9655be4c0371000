/* SPDX-License-Identifier: MIT */
/*
 * ring.h - data shared by queue.c (producers) and stream.c (readers).
 *
 * Records are in a ring of bytes and never wrap. A second ring of slots has the offset
 * and state of each record. Only slots and counters are accessed under the lock, never
 * the records, each of which would cost a cache miss: those are accessed by their
 * current owner.
 *
 * Positions count bytes and numbers count records since the driver was loaded; an index
 * is either of them modulo the size of its ring, a power of two.
 *
 *	tail <= every stream's pin <= head,   head - tail <= size
 */
#ifndef VIGIL_RING_H
#define VIGIL_RING_H

#include "queue.h"

struct slot {
	volatile LONG state; /* enum slot_state */
	ULONG size;          /* bytes of the ring, including unused bytes at its end */
	ULONG at;            /* offset of the record */
	UINT16 type, zero;
};

enum slot_state {
	SLOT_RESERVED = 1, /* being filled */
	SLOT_READY = 2,
	SLOT_READ = 3 /* and at least one stream has received it */
};

#define NO_PIN         (~0ull)
#define BYTES_PER_SLOT 128u /* of the ring; the smallest records are smaller */
#define CACHE_LINE     64u

/* All counts of one type, in one cache line. `passed` and `reported` are those of the tail,
 * see struct queue_mark. */
struct type_counts {
	UINT64 produced, delivered, overwritten, refused;
	UINT64 passed, reported;
	UINT64 unreported; /* refused since the last record that fit */
	UINT64 zero;
};
VIGIL_STATIC_ASSERT(type_counts_size, sizeof(struct type_counts) == CACHE_LINE);

struct queue {
	KSPIN_LOCK lock;
	/* In other cache lines than the lock (and the lines prefetched with it), so that
	 * waiting for the lock does not slow down its owner. */
	UCHAR apart[2 * CACHE_LINE - sizeof(KSPIN_LOCK)];
	_Guarded_by_(lock) UINT64 head, tail;               /* positions */
	_Guarded_by_(lock) UINT64 head_number, tail_number; /* and numbers of records */
	_Guarded_by_(lock) UINT64 seq;                      /* of the newest record */
	_Guarded_by_(lock) UINT64 last_mono;
	_Guarded_by_(lock) UINT64 wake_at; /* position at which to wake the readers */
	_Guarded_by_(lock) UINT64 queued;  /* records that no stream has received */
	_Guarded_by_(lock) UINT64 pinned;  /* the smallest pin of the streams */
	_Guarded_by_(lock) UINT64 unread;  /* the smallest of their positions */
	_Guarded_by_(lock) ULONG unreported_types;
	/* Constant while the queue exists. */
	ULONG size, slots; /* powers of two */
	PUCHAR ring;
	struct slot *slot;
	VOID(NTAPI *wake)(VOID);
	/* At every moment, for each type and in all:
	 *	produced = delivered + overwritten + refused + queued */
	_Guarded_by_(lock) struct type_counts type[VIGIL_TYPE_MAX];
	_Guarded_by_(
	    lock) struct queue_mark front; /* the highest position that any stream has reached */
	_Guarded_by_(lock) LIST_ENTRY streams; /* that have a position */
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
