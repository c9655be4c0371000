/* SPDX-License-Identifier: MIT */
/* queue.c - the bounded queue for producers: reserve, fill, commit. */
#include "ring.h"

#include "pooltags.h"
#include "routines.h"
#include "settings.h"

#define LOST_RECORD (sizeof(struct vigil_header) + sizeof(struct vigil_lost_body))

struct queue queue;
UINT64 queue_machine;

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
	queue.slots = queue.size / BYTES_PER_SLOT;
	queue.ring = PoolNonPaged(queue.size, TAG_QUEUE);
	queue.slot = PoolNonPaged(queue.slots * sizeof(struct slot), TAG_QUEUE);
	if (queue.ring != NULL && queue.slot != NULL)
		return STATUS_SUCCESS;
	QueueStop();
	return STATUS_INSUFFICIENT_RESOURCES;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID QueueStop(VOID)
{
	PAGED_CODE();

	if (queue.slot != NULL)
		ExFreePoolWithTag(queue.slot, TAG_QUEUE);
	if (queue.ring != NULL)
		ExFreePoolWithTag(queue.ring, TAG_QUEUE);
	queue.slot = NULL;
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
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	later = position == STREAM_IDLE || queue.head < position;
	queue.wake_at = later ? position : STREAM_IDLE;
	KeReleaseInStackQueuedSpinLock(&held);
	return later;
}

_Use_decl_annotations_
VOID RingSettle(VOID)
{
	const LIST_ENTRY *entry;

	queue.pinned = NO_PIN;
	queue.unread = IsListEmpty(&queue.streams) ? queue.front.number : NO_PIN;
	for (entry = queue.streams.Flink; entry != &queue.streams; entry = entry->Flink) {
		const struct stream *stream = CONTAINING_RECORD(entry, struct stream, link);

		if (stream->pin < queue.pinned)
			queue.pinned = stream->pin;
		if (stream->at.number < queue.unread)
			queue.unread = stream->at.number;
	}
}

/* Removes a LOST record from the ring: the records it reported are now counted at the tail. */
_Requires_lock_held_(queue.lock)
static VOID RemoveLost(_In_ const struct slot *slot)
{
	const struct vigil_lost_body *lost = (const struct vigil_lost_body *)(RecordAt(slot) + 1);

	queue.type[lost->type].reported += lost->count;
}

/*
 * Removes the oldest record. FALSE if it must stay: it is being filled, a
 * stream is copying it, or the policy keeps it for a stream that has not read it.
 */
_Requires_lock_held_(queue.lock)
static BOOLEAN RemoveOldest(_In_ ULONG policy)
{
	const struct slot *slot = SlotAt(queue.tail_number);
	struct type_counts *counts;
	LONG state;

	if (queue.tail_number == queue.head_number || queue.tail_number >= queue.pinned)
		return FALSE;
	if (policy == VIGIL_DROP_NEWEST && queue.tail_number >= queue.unread)
		return FALSE;
	state = LoadAcquire(&slot->state);
	if (state == SLOT_RESERVED)
		return FALSE;
	counts = &queue.type[slot->type];
	if (slot->type == VIGIL_EVENT_LOST) {
		RemoveLost(slot);
	} else {
		counts->passed++;
		if (state == SLOT_READY) {
			counts->overwritten++;
			queue.queued--;
		}
	}
	queue.tail += slot->size;
	queue.tail_number++;
	return TRUE;
}

/* Makes space for `records` records of `size` contiguous bytes in all. Returns the number
 * of bytes at the end of the ring that stay unused; ~0: there is no space. */
_Requires_lock_held_(queue.lock)
static ULONG MakeRoom(_In_ ULONG size, _In_ ULONG records)
{
	ULONG policy = SettingGet(VIGIL_SETTING_POLICY);
	ULONG left = queue.size - ((ULONG)queue.head & (queue.size - 1));
	ULONG pad = left < size ? left : 0;

	while (queue.head + pad + size - queue.tail > queue.size ||
	       queue.head_number + records - queue.tail_number > queue.slots)
		if (!RemoveOldest(policy))
			return ~0u;
	return pad;
}

/* The next slot, for a record after `pad` unused bytes. */
_Requires_lock_held_(queue.lock)
static struct slot *PutSlot(_In_ UINT16 type, _In_ ULONG pad, _In_ ULONG size)
{
	struct slot *slot = SlotAt(queue.head_number);

	StoreRelease(&slot->state, SLOT_RESERVED);
	slot->size = pad + size;
	slot->at = (ULONG)(queue.head + pad) & (queue.size - 1);
	slot->type = type;
	queue.head += pad + size;
	queue.head_number++;
	return slot;
}

/*
 * Reports, at the place of the gap, the records refused since the last one that fit.
 * Each LOST record has the sequence number of one of the missing records.
 */
_Requires_lock_held_(queue.lock)
static VOID PutLost(_Inout_ ULONG *pad, _In_ UINT64 time, _In_ UINT64 mono)
{
	UINT64 seq = queue.seq - queue.unreported_types; /* the next record has queue.seq */
	UINT16 type;

	for (type = 0; queue.unreported_types != 0; type++) {
		struct vigil_header *header;
		struct vigil_lost_body *lost;
		struct slot *slot;

		if (queue.type[type].unreported == 0)
			continue;
		slot = PutSlot(VIGIL_EVENT_LOST, *pad, LOST_RECORD);
		*pad = 0;
		header = RecordAt(slot);
		lost = (struct vigil_lost_body *)(header + 1);
		RtlZeroMemory(header, LOST_RECORD);
		header->size = LOST_RECORD;
		header->type = VIGIL_EVENT_LOST;
		header->fixed = LOST_RECORD;
		header->version = VIGIL_RECORD_VERSION;
		header->encoding = VIGIL_UTF16LE;
		header->cpu = 0xffff;
		header->seq = seq++;
		header->time = time;
		header->mono = mono;
		lost->count = queue.type[type].unreported;
		lost->type = type;
		lost->reason = VIGIL_LOSS_QUEUE_FULL;
		queue.type[type].unreported = 0;
		queue.unreported_types--;
		StoreRelease(&slot->state, SLOT_READY);
	}
}

_Requires_lock_held_(queue.lock)
static BOOLEAN Reserve(_In_ UINT16 type, _In_ ULONG size, _In_ UINT64 time, _In_ UINT64 mono,
		       _Inout_ struct queue_slot *slot)
{
	struct type_counts *counts = &queue.type[type];
	ULONG pad;

	slot->seq = ++queue.seq;
	counts->produced++;
	pad = MakeRoom(size + queue.unreported_types * (ULONG)LOST_RECORD,
		       1 + queue.unreported_types);
	if (pad == ~0u) {
		counts->refused++;
		if (counts->unreported++ == 0)
			queue.unreported_types++;
		return FALSE;
	}
	if (queue.unreported_types != 0)
		PutLost(&pad, time, mono);
	slot->slot = PutSlot(type, pad, size);
	slot->record = RecordAt(slot->slot);
	queue.queued++;
	if (mono < queue.last_mono)
		slot->flags = VIGIL_RECORD_LATE;
	else
		queue.last_mono = mono;
	return TRUE;
}

_Use_decl_annotations_
BOOLEAN QueueReserve(UINT16 type, ULONG size, UINT64 time, UINT64 mono, struct queue_slot *slot)
{
	KLOCK_QUEUE_HANDLE held;
	BOOLEAN room;

	NT_ASSERT(KeGetCurrentIrql() == DISPATCH_LEVEL);

	slot->wake = FALSE;
	slot->flags = 0;
	slot->record = NULL;
	KeAcquireInStackQueuedSpinLockAtDpcLevel(&queue.lock, &held);
	room = Reserve(type, size, time, mono, slot);
	if (queue.head >= queue.wake_at) {
		queue.wake_at = STREAM_IDLE;
		slot->wake = TRUE;
	}
	KeReleaseInStackQueuedSpinLockFromDpcLevel(&held);
	if (!room && slot->wake)
		queue.wake();
	return room;
}

_Use_decl_annotations_
VOID QueueCommit(const struct queue_slot *slot)
{
	StoreRelease(&slot->slot->state, SLOT_READY);
	if (slot->wake)
		queue.wake();
}

_Use_decl_annotations_
VOID QueueLedger(struct vigil_driver_statistics *reply)
{
	KLOCK_QUEUE_HANDLE held;
	ULONG i;

	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	for (i = 0; i < VIGIL_DRIVER_TYPES; i++) {
		reply->produced_by[i] = queue.type[i].produced;
		reply->delivered_by[i] = queue.type[i].delivered;
		reply->overwritten_by[i] = queue.type[i].overwritten;
		reply->refused_by[i] = queue.type[i].refused;
	}
	reply->produced = queue.seq;
	reply->queued = queue.queued;
	reply->queue_bytes = queue.size;
	reply->queue_used = queue.head - queue.tail;
	KeReleaseInStackQueuedSpinLock(&held);

	reply->delivered = reply->dropped = 0;
	for (i = 0; i < VIGIL_DRIVER_TYPES; i++) {
		reply->delivered += reply->delivered_by[i];
		reply->dropped += reply->overwritten_by[i] + reply->refused_by[i];
	}
}

_Use_decl_annotations_
VOID QueueSettle(VOID)
{
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	RingSettle();
	KeReleaseInStackQueuedSpinLock(&held);
}
