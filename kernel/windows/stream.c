/* SPDX-License-Identifier: MIT */
/*
 * stream.c - the bounded queue for readers: the position of each stream in the ring.
 *
 * A stream pins the ring where it reads, copies without the lock, and advances.
 * Only arithmetic is done under the lock.
 */
#include "ring.h"

#include "routines.h"
#include "settings.h"

/* Limit of one copy: the ring cannot overwrite pinned records meanwhile. */
#define COPY_AT_ONCE (128u << 10)

/* Delay until a record that is still being filled is checked again: one millisecond. */
#define LOOK_AGAIN 10000u

#define LOST_RECORD   (sizeof(struct vigil_header) + sizeof(struct vigil_lost_body))
#define STATUS_RECORD (sizeof(struct vigil_header) + sizeof(struct vigil_status_body))

/* What one pass over the ring has copied. */
struct copied {
	UINT64 number, position, seq;
	UINT64 records;
	ULONG bytes;
	ULONG wanted; /* of the record that did not fit; 0 */
	ULONG passed[VIGIL_TYPE_MAX], fresh[VIGIL_TYPE_MAX];
	UINT64 reported[VIGIL_TYPE_MAX];
};

_Use_decl_annotations_
VOID StreamStart(struct stream *stream)
{
	RtlZeroMemory(stream, sizeof(*stream));
	stream->pin = NO_PIN;
}

_Use_decl_annotations_
VOID StreamStop(struct stream *stream)
{
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	if (stream->attached) {
		RemoveEntryList(&stream->link);
		stream->attached = FALSE;
		RingSettle();
	}
	KeReleaseInStackQueuedSpinLock(&held);
}

static UINT64 SumMark(_In_ const struct queue_mark *mark)
{
	UINT64 sum = 0;
	ULONG i;

	for (i = 0; i < VIGIL_TYPE_MAX; i++)
		sum += mark->passed[i] + mark->reported[i];
	return sum;
}

/* Sets the position of a stream, and resets its counters. */
_Requires_lock_held_(queue.lock)
static VOID Place(_Inout_ struct stream *stream, _In_ const struct queue_mark *mark)
{
	stream->at = *mark;
	stream->begin = SumMark(mark);
	stream->delivered_count = stream->lost_count = 0;
	stream->wanted = 0;
	RtlZeroMemory(stream->lost, sizeof(stream->lost));
	if (!stream->attached) {
		InsertTailList(&queue.streams, &stream->link);
		stream->attached = TRUE;
	}
	RingSettle();
}

/* The position after the newest record. */
_Requires_lock_held_(queue.lock)
static VOID MarkNewest(_Out_ struct queue_mark *mark)
{
	ULONG i;

	mark->number = queue.head_number;
	mark->position = queue.head;
	mark->seq = queue.seq;
	for (i = 0; i < VIGIL_TYPE_MAX; i++) {
		const struct type_counts *counts = &queue.type[i];

		mark->passed[i] = counts->produced - counts->refused;
		mark->reported[i] = counts->refused - counts->unreported;
		mark->seq -= counts->unreported;
	}
}

/* The position of the oldest record in the ring. */
_Requires_lock_held_(queue.lock)
static VOID MarkOldest(_Out_ struct queue_mark *mark)
{
	ULONG i;

	mark->number = queue.tail_number;
	mark->position = queue.tail;
	for (i = 0; i < VIGIL_TYPE_MAX; i++) {
		mark->passed[i] = queue.type[i].passed;
		mark->reported[i] = queue.type[i].reported;
	}
	mark->seq = SumMark(mark);
}

_Use_decl_annotations_
NTSTATUS StreamSeek(struct stream *stream, ULONG to)
{
	NTSTATUS status = STATUS_SUCCESS;
	struct queue_mark mark;
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	switch (to) {
	case VIGIL_SEEK_UNREAD:
		Place(stream, &queue.front);
		break;
	case VIGIL_SEEK_OLDEST:
		MarkOldest(&mark);
		Place(stream, &mark);
		break;
	case VIGIL_SEEK_NOW:
		MarkNewest(&mark);
		Place(stream, &mark);
		break;
	default:
		status = STATUS_INVALID_PARAMETER;
		break;
	}
	KeReleaseInStackQueuedSpinLock(&held);
	return status;
}

/* Counts records that were overwritten before the stream reached them as lost. */
_Requires_lock_held_(queue.lock)
static VOID CatchUp(_Inout_ struct stream *stream)
{
	struct queue_mark *at = &stream->at;
	ULONG i;

	if (at->number >= queue.tail_number)
		return;
	for (i = 0; i < VIGIL_TYPE_MAX; i++) {
		UINT64 overwritten = queue.type[i].passed - at->passed[i];
		UINT64 refused = queue.type[i].reported - at->reported[i];

		stream->lost[0][i] += overwritten;
		stream->lost[1][i] += refused;
		stream->lost_count += overwritten + refused;
		at->passed[i] += overwritten;
		at->reported[i] += refused;
	}
	at->number = queue.tail_number;
	at->position = queue.tail;
}

/* Attaches a new stream, catches up, and pins the records to be copied. Returns the number
 * after the newest record. */
_IRQL_requires_max_(DISPATCH_LEVEL)
static UINT64 Pin(_Inout_ struct stream *stream)
{
	UINT64 head;
	KLOCK_QUEUE_HANDLE held;

	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	if (!stream->attached)
		Place(stream, &queue.front);
	CatchUp(stream);
	stream->pin = stream->at.number;
	RingSettle();
	head = queue.head_number;
	KeReleaseInStackQueuedSpinLock(&held);
	return head;
}

_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID Unpin(_Inout_ struct stream *stream, _In_ const struct copied *copied)
{
	struct queue_mark *at = &stream->at;
	KLOCK_QUEUE_HANDLE held;
	ULONG i;

	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	for (i = 0; i < VIGIL_TYPE_MAX; i++) {
		at->passed[i] += copied->passed[i];
		at->reported[i] += copied->reported[i];
		stream->lost_count += copied->reported[i];
		queue.type[i].delivered += copied->fresh[i];
		queue.queued -= copied->fresh[i];
	}
	stream->delivered_count += copied->records;
	at->number = copied->number;
	at->position = copied->position;
	at->seq = copied->seq;
	stream->wanted = copied->wanted;
	if (at->number > queue.front.number)
		queue.front = *at;
	stream->pin = NO_PIN;
	RingSettle();
	KeReleaseInStackQueuedSpinLock(&held);
}

/* Counts a record as delivered to this stream, and if it is the first delivery, in all. */
static VOID Count(_Inout_ struct copied *copied, _In_ struct slot *slot,
		  _In_ const struct vigil_header *header)
{
	copied->seq = header->seq;
	if (header->type == VIGIL_EVENT_LOST) {
		const struct vigil_lost_body *lost = (const struct vigil_lost_body *)(header + 1);

		copied->reported[lost->type] += lost->count;
		return;
	}
	copied->passed[header->type]++;
	copied->records++;
	if (InterlockedCompareExchange(&slot->state, SLOT_READ, SLOT_READY) == SLOT_READY)
		copied->fresh[header->type]++;
}

/* Copies records that are committed, pinned and fit. */
static VOID Copy(_In_ UINT64 head, _Out_writes_bytes_(room) PUCHAR buffer, _In_ ULONG room,
		 _Inout_ struct copied *copied)
{
	while (copied->number < head && copied->bytes < COPY_AT_ONCE) {
		struct slot *slot = SlotAt(copied->number);
		const struct vigil_header *header;

		if (LoadAcquire(&slot->state) == SLOT_RESERVED)
			break;
		header = RecordAt(slot);
		if (header->size > room - copied->bytes) {
			copied->wanted = header->size;
			break;
		}
		RtlCopyMemory(buffer + copied->bytes, header, header->size);
		copied->bytes += header->size;
		Count(copied, slot, header);
		copied->number++;
		copied->position += slot->size;
	}
}

_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID PutHeader(_Out_ struct vigil_header *header, _In_ UINT16 type, _In_ ULONG size,
		      _In_ UINT64 seq)
{
	LARGE_INTEGER wall;
	UINT64 mono;

	TimeNow(&wall, &mono);
	RtlZeroMemory(header, size);
	header->size = size;
	header->type = type;
	header->fixed = (UINT16)size;
	header->version = VIGIL_RECORD_VERSION;
	header->encoding = VIGIL_UTF16LE;
	header->cpu = ProcessorNow();
	header->seq = seq;
	header->time = TimeUnix(wall.QuadPart);
	header->mono = mono * 100;
}

/* Writes the STATUS record that begins a stream; it is not counted. */
_IRQL_requires_max_(DISPATCH_LEVEL)
static VOID PutGreeting(_In_ const struct stream *stream,
			_Out_writes_bytes_(STATUS_RECORD) PUCHAR buffer)
{
	struct vigil_header *header = (struct vigil_header *)buffer;
	struct vigil_status_body *body = (struct vigil_status_body *)(header + 1);
	struct vigil_driver_statistics ledger;

	RtlZeroMemory(&ledger, sizeof(ledger));
	QueueLedger(&ledger);
	PutHeader(header, VIGIL_EVENT_STATUS, STATUS_RECORD, stream->at.seq);
	body->state = VIGIL_STATUS_STARTED;
	body->types = SettingGet(VIGIL_SETTING_EVENTS);
	body->machine = queue_machine;
	body->produced = ledger.produced;
	body->delivered = ledger.delivered;
	body->dropped = ledger.dropped;
}

/* Writes LOST records for records that CatchUp found missing, as many as fit. They have
 * the numbers of the first missing records. */
_IRQL_requires_max_(DISPATCH_LEVEL)
static BOOLEAN PutLost(_Inout_ struct stream *stream, _Out_writes_bytes_(room) PUCHAR buffer,
		       _In_ ULONG room, _Inout_ struct copied *copied)
{
	ULONG reason, type;

	for (reason = 0; reason < 2; reason++) {
		for (type = 0; type < VIGIL_TYPE_MAX; type++) {
			PUCHAR place = buffer + copied->bytes;
			struct vigil_lost_body *body = (PVOID)(place + sizeof(struct vigil_header));

			if (stream->lost[reason][type] == 0)
				continue;
			if (room - copied->bytes < LOST_RECORD) {
				copied->wanted = LOST_RECORD;
				return FALSE;
			}
			PutHeader((struct vigil_header *)place, VIGIL_EVENT_LOST, LOST_RECORD,
				  ++copied->seq);
			body->count = stream->lost[reason][type];
			body->type = (UINT16)type;
			body->reason = reason == 0 ? VIGIL_LOSS_OVERWRITTEN : VIGIL_LOSS_QUEUE_FULL;
			stream->lost[reason][type] = 0;
			copied->bytes += LOST_RECORD;
		}
	}
	return TRUE;
}

/* Writes the first STATUS of a stream that has records and has not started. */
_IRQL_requires_max_(DISPATCH_LEVEL)
static BOOLEAN Greet(_Inout_ struct stream *stream, _Out_writes_bytes_(room) PUCHAR buffer,
		     _In_ ULONG room, _Inout_ struct copied *copied)
{
	if (stream->greeted)
		return TRUE;
	if (room < STATUS_RECORD) {
		copied->wanted = STATUS_RECORD;
		return FALSE;
	}
	PutGreeting(stream, buffer);
	copied->bytes += STATUS_RECORD;
	stream->greeted = TRUE;
	return TRUE;
}

/* One pass: first STATUS, losses, records. FALSE: no more records are available. */
_IRQL_requires_max_(DISPATCH_LEVEL)
static BOOLEAN TakeOnce(_Inout_ struct stream *stream, _Out_writes_bytes_(room) PUCHAR buffer,
			_In_ ULONG room, _Out_ struct copied *copied)
{
	UINT64 head = Pin(stream);

	RtlZeroMemory(copied, sizeof(*copied));
	copied->number = stream->at.number;
	copied->position = stream->at.position;
	copied->seq = stream->at.seq;
	if ((copied->number != head || stream->lost_count != 0) &&
	    Greet(stream, buffer, room, copied) && PutLost(stream, buffer, room, copied))
		Copy(head, buffer, room, copied);
	Unpin(stream, copied);
	return copied->wanted == 0 && copied->bytes >= COPY_AT_ONCE;
}

_Use_decl_annotations_
NTSTATUS StreamTake(struct stream *stream, PUCHAR buffer, ULONG room, ULONG *taken)
{
	struct copied copied;
	BOOLEAN more;

	*taken = 0;
	do {
		more = TakeOnce(stream, buffer + *taken, room - *taken, &copied);
		*taken += copied.bytes;
	} while (more);
	return *taken == 0 && copied.wanted != 0 ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

_Use_decl_annotations_
UINT64 StreamDelay(struct stream *stream, ULONG room, UINT64 *fill)
{
	ULONG batch = SettingGet(VIGIL_SETTING_BATCH_BYTES);
	UINT64 patience = (UINT64)SettingGet(VIGIL_SETTING_BATCH_MS) * 10000;
	UINT64 now, delay = 0, age, born;
	LARGE_INTEGER wall;
	KLOCK_QUEUE_HANDLE held;

	*fill = STREAM_IDLE;
	TimeNow(&wall, &now);
	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	if (!stream->attached)
		Place(stream, &queue.front);
	if (stream->at.number >= queue.tail_number) {
		const struct slot *slot = SlotAt(stream->at.number);

		*fill = stream->at.position + (batch < room ? batch : room);
		if (stream->at.number == queue.head_number) {
			*fill = queue.head + 1;
			delay = STREAM_IDLE;
		} else if (LoadAcquire(&slot->state) == SLOT_RESERVED) {
			*fill = STREAM_IDLE;
			delay = LOOK_AGAIN;
		} else if (queue.head < *fill) {
			born = RecordAt(slot)->mono / 100;
			age = now > born ? now - born : 0;
			delay = age < patience ? patience - age : 0;
		}
	}
	KeReleaseInStackQueuedSpinLock(&held);
	return delay;
}

_Use_decl_annotations_
VOID StreamLedger(const struct stream *stream, struct vigil_reader *reply)
{
	const struct queue_mark *at = &stream->at;
	UINT64 passed = 0, reported = 0, overrun = 0, refused = 0;
	KLOCK_QUEUE_HANDLE held;
	ULONG i;

	KeAcquireInStackQueuedSpinLock(&queue.lock, &held);
	for (i = 0; i < VIGIL_TYPE_MAX && stream->attached; i++) {
		const struct type_counts *counts = &queue.type[i];
		BOOLEAN behind = at->number < queue.tail_number;

		passed += behind ? counts->passed : at->passed[i];
		reported += behind ? counts->reported : at->reported[i];
		overrun += behind ? counts->passed - at->passed[i] : 0;
		overrun += behind ? counts->reported - at->reported[i] : 0;
		refused += counts->refused;
	}
	reply->started = stream->attached;
	if (stream->attached) {
		reply->produced = queue.seq - stream->begin;
		reply->delivered = stream->delivered_count;
		reply->lost = stream->lost_count + overrun;
		reply->queued = queue.seq - refused - passed;
		reply->unreported = refused - reported;
		reply->next_seq = at->seq + 1;
		reply->wanted = stream->wanted;
	}
	KeReleaseInStackQueuedSpinLock(&held);
}
