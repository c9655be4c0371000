/* SPDX-License-Identifier: MIT */
/* queue.c - the bounded queue, producers' side: reserve, fill, commit. */
#include "ring.h"

#include "pooltags.h"
#include "routines.h"
#include "settings.h"

#define LOST_RECORD (sizeof(struct vigil_header) + sizeof(struct vigil_lost))
#define LOST_SLOT   (sizeof(struct slot) + LOST_RECORD)

struct queue queue;
UINT64 queue_machine;

VIGIL_STATIC_ASSERT(slot_keeps_alignment, sizeof(struct slot) % 8 == 0);
VIGIL_STATIC_ASSERT(lost_is_aligned, LOST_RECORD % 8 == 0);

_Use_decl_annotations_
VIGIL_INIT
NTSTATUS QueueStart(VOID)
{
	ULONG wanted = SettingGet(VIGIL_SETTING_QUEUE_BYTES);

	RtlZeroMemory(&queue, sizeof(queue));
	KeInitializeSpinLock(&queue.lock);
	InitializeListHead(&queue.streams);
	queue.pinned = NO_PIN;
	queue.wake_at = STREAM_IDLE;
	for (queue.size = PAGE_SIZE; queue.size < wanted;)
		queue.size *= 2;
	queue.ring = PoolNonPaged(queue.size, TAG_QUEUE);
	return queue.ring != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID QueueStop(VOID)
{
	PAGED_CODE();

	ExFreePoolWithTag(queue.ring, TAG_QUEUE);
	queue.ring = NULL;
}

_Use_decl_annotations_
VOID QueueWakeCall(VOID(NTAPI *wake)(VOID))
{
	queue.wake = wake;
}

_Use_decl_annotations_
BOOLEAN QueueWakeAt(UINT64 position)
{
	BOOLEAN later;
	KIRQL irql;

	KeAcquireSpinLock(&queue.lock, &irql);
	later = position == STREAM_IDLE || queue.head < position;
	queue.wake_at = later ? position : STREAM_IDLE;
	KeReleaseSpinLock(&queue.lock, irql);
	return later;
}

_Use_decl_annotations_
VOID RingSettle(VOID)
{
	const LIST_ENTRY *entry;

	queue.pinned = NO_PIN;
	queue.unread = IsListEmpty(&queue.streams) ? queue.front.position : NO_PIN;
	for (entry = queue.streams.Flink; entry != &queue.streams; entry = entry->Flink) {
		const struct stream *stream = CONTAINING_RECORD(entry, struct stream, link);

		if (stream->pin < queue.pinned)
			queue.pinned = stream->pin;
		if (stream->at.position < queue.unread)
			queue.unread = stream->at.position;
	}
}

/*
 * Removes the oldest record. FALSE when it must stay: it is being filled, a
 * stream is copying it, or the policy keeps it for a stream that has not read it.
 */
_Requires_lock_held_(queue.lock)
static BOOLEAN RemoveOldest(VOID)
{
	const struct vigil_header *header;
	const struct slot *slot;
	LONG state;

	if (queue.tail == queue.head || queue.tail >= queue.pinned)
		return FALSE;
	if (queue.tail >= queue.unread && SettingGet(VIGIL_SETTING_POLICY) == VIGIL_DROP_NEWEST)
		return FALSE;
	slot = SlotAt(queue.tail);
	state = LoadAcquire(&slot->state);
	if (state == SLOT_RESERVED)
		return FALSE;

	header = (const struct vigil_header *)(slot + 1);
	if (state != SLOT_PAD) {
		queue.back.seq = header->seq;
		if (header->type == VIGIL_LOST) {
			const struct vigil_lost *lost = (const struct vigil_lost *)(header + 1);

			queue.back.told[lost->type] += lost->count;
		} else {
			queue.back.passed[header->type]++;
			if (state == SLOT_READY) {
				queue.overwritten[header->type]++;
				queue.queued--;
			}
		}
	}
	queue.tail += slot->size;
	return TRUE;
}

/* Makes room for `size` contiguous bytes behind the head and a pad before them. */
_Requires_lock_held_(queue.lock)
static BOOLEAN MakeRoom(_In_ ULONG size)
{
	ULONG left = queue.size - ((ULONG)queue.head & (queue.size - 1));
	ULONG pad = left < size ? left : 0;

	while (queue.head + pad + size - queue.tail > queue.size)
		if (!RemoveOldest())
			return FALSE;
	if (pad != 0) {
		struct slot *slot = SlotAt(queue.head);

		slot->size = pad;
		StoreRelease(&slot->state, SLOT_PAD);
		queue.head += pad;
	}
	return TRUE;
}

_Requires_lock_held_(queue.lock)
static struct slot *PutSlot(_In_ ULONG size)
{
	struct slot *slot = SlotAt(queue.head);

	slot->size = size;
	StoreRelease(&slot->state, SLOT_RESERVED);
	queue.head += size;
	return slot;
}

/*
 * Tells, where the gap is, what was refused since the last record found room.
 * Each LOST record carries the sequence number of one of the missing ones.
 */
_Requires_lock_held_(queue.lock)
static VOID PutLost(_In_ UINT64 time, _In_ UINT64 mono)
{
	UINT64 seq = queue.seq - queue.untold_types; /* the record to come has queue.seq */
	UINT16 type;

	for (type = 0; queue.untold_types != 0; type++) {
		struct vigil_header *header;
		struct vigil_lost *lost;
		struct slot *slot;

		if (queue.untold[type] == 0)
			continue;
		slot = PutSlot(LOST_SLOT);
		header = (struct vigil_header *)(slot + 1);
		lost = (struct vigil_lost *)(header + 1);
		RtlZeroMemory(header, LOST_RECORD);
		header->size = LOST_RECORD;
		header->type = VIGIL_LOST;
		header->fixed = LOST_RECORD;
		header->version = VIGIL_RECORD_VERSION;
		header->encoding = VIGIL_UTF16LE;
		header->cpu = 0xffff;
		header->seq = seq++;
		header->time = time;
		header->mono = mono;
		lost->count = queue.untold[type];
		lost->type = type;
		lost->reason = VIGIL_LOSS_QUEUE_FULL;
		queue.untold[type] = 0;
		queue.untold_types--;
		StoreRelease(&slot->state, SLOT_READY);
	}
}

_Requires_lock_held_(queue.lock)
static VOID Refuse(_In_ UINT16 type)
{
	queue.refused[type]++;
	if (queue.untold[type]++ == 0)
		queue.untold_types++;
}

_Use_decl_annotations_
BOOLEAN QueueReserve(UINT16 type, ULONG size, UINT64 time, UINT64 mono, struct queue_slot *slot)
{
	ULONG needed = (ULONG)sizeof(struct slot) + size;
	BOOLEAN room;
	KIRQL irql;

	slot->wake = FALSE;
	slot->flags = 0;
	slot->record = NULL;
	KeAcquireSpinLock(&queue.lock, &irql);
	slot->seq = ++queue.seq;
	queue.produced[type]++;
	room = MakeRoom(needed + queue.untold_types * (ULONG)LOST_SLOT);
	if (room) {
		if (queue.untold_types != 0)
			PutLost(time, mono);
		slot->record = PutSlot(needed) + 1;
		queue.written++;
		queue.queued++;
		if (mono < queue.last_mono)
			slot->flags = VIGIL_RECORD_LATE;
		else
			queue.last_mono = mono;
	} else {
		Refuse(type);
	}
	if (queue.head >= queue.wake_at) {
		queue.wake_at = STREAM_IDLE;
		slot->wake = TRUE;
	}
	KeReleaseSpinLock(&queue.lock, irql);
	if (!room && slot->wake)
		queue.wake();
	return room;
}

_Use_decl_annotations_
VOID QueueCommit(const struct queue_slot *slot)
{
	struct slot *place = (struct slot *)slot->record - 1;

	StoreRelease(&place->state, SLOT_READY);
	if (slot->wake)
		queue.wake();
}

static UINT64 Sum(_In_reads_(VIGIL_TYPE_MAX) const UINT64 *counts)
{
	UINT64 sum = 0;
	ULONG i;

	for (i = 0; i < VIGIL_TYPE_MAX; i++)
		sum += counts[i];
	return sum;
}

_Use_decl_annotations_
VOID QueueLedger(struct vigil_statistics *reply)
{
	KIRQL irql;

	KeAcquireSpinLock(&queue.lock, &irql);
	RtlCopyMemory(reply->produced_by, queue.produced, sizeof(queue.produced));
	RtlCopyMemory(reply->delivered_by, queue.delivered, sizeof(queue.delivered));
	RtlCopyMemory(reply->overwritten_by, queue.overwritten, sizeof(queue.overwritten));
	RtlCopyMemory(reply->refused_by, queue.refused, sizeof(queue.refused));
	reply->queued = queue.queued;
	reply->queue_bytes = queue.size;
	reply->queue_used = queue.head - queue.tail;
	KeReleaseSpinLock(&queue.lock, irql);

	reply->produced = Sum(reply->produced_by);
	reply->delivered = Sum(reply->delivered_by);
	reply->dropped = Sum(reply->overwritten_by) + Sum(reply->refused_by);
}

_Use_decl_annotations_
VOID QueueSettle(VOID)
{
	KIRQL irql;

	KeAcquireSpinLock(&queue.lock, &irql);
	RingSettle();
	KeReleaseSpinLock(&queue.lock, irql);
}
