/* SPDX-License-Identifier: MIT */
/* record.c - one record: described on the stack, written once into the queue. */
#include "record.h"

#include "pooltags.h"
#include "processes.h"
#include "queue.h"
#include "routines.h"
#include "settings.h"

#define ALIGN8(size) (((ULONG)(size) + 7u) & ~7u)

#define STAGE_BYTES 1024u /* on the stack: sufficient for the strings of most records */

_Use_decl_annotations_
VOID RecordBegin(struct record *record, UINT16 type, const VOID *body, UINT16 body_size)
{
	record->type = type;
	record->flags = 0;
	record->body = body;
	record->body_size = body_size;
	record->actor.pid = IdOf(PsGetCurrentProcessId());
	record->actor.tid = IdOf(PsGetCurrentThreadId());
	record->actor.start_key = ProcessesStartKey(record->actor.pid);
	record->mono = 0;
	record->parts = 0;
}

_Use_decl_annotations_
VOID RecordBytes(struct record *record, UINT16 kind, UINT8 source, const VOID *value, ULONG length)
{
	struct record_part *part = &record->part[record->parts];

	NT_ASSERT(record->parts < RECORD_PARTS);
	if (length == 0)
		return;
	part->kind = kind;
	part->source = source;
	part->flags = 0;
	part->length = part->original = length;
	part->value = value;
	record->parts++;
}

_Use_decl_annotations_
VOID RecordString(struct record *record, UINT16 kind, UINT8 source, PCUNICODE_STRING string)
{
	if (string == NULL || string->Buffer == NULL)
		return;
	RecordBytes(record, kind, source, string->Buffer, string->Length & ~1u);
}

static ULONG SizeOf(_In_ const struct record *record)
{
	ULONG size = (ULONG)sizeof(struct vigil_header) + record->body_size, i;

	for (i = 0; i < record->parts; i++)
		size += ALIGN8(sizeof(struct vigil_part) + record->part[i].length);
	return size;
}

/* Truncates the longest part until the record has at most `limit` bytes: a path keeps its
 * end, a command line its beginning. */
static ULONG Cut(_Inout_ struct record *record, _In_ ULONG limit)
{
	ULONG size = SizeOf(record), i;

	while (size > limit) {
		struct record_part *longest = &record->part[0];
		ULONG excess = ALIGN8(size - limit);

		for (i = 1; i < record->parts; i++)
			if (record->part[i].length > longest->length)
				longest = &record->part[i];
		if (excess > longest->length / 2) /* others may have to be truncated as well */
			excess = ALIGN8(longest->length / 2);
		longest->length -= excess;
		if (longest->kind == VIGIL_PART_COMMAND_LINE) {
			longest->flags |= VIGIL_PART_FLAG_CUT;
		} else {
			longest->flags |= VIGIL_PART_FLAG_CUT_HEAD;
			longest->value += excess;
		}
		size = SizeOf(record);
	}
	return size;
}

/*
 * Copies the strings into nonpaged memory, because they are written into the ring at
 * DISPATCH_LEVEL. Without memory, long strings are truncated to the buffer on the stack.
 * The caller frees *memory. Returns the size of the record.
 */
_IRQL_requires_max_(DISPATCH_LEVEL)
static ULONG Stage(_Inout_ struct record *record, _Out_writes_bytes_(STAGE_BYTES) PUCHAR stack,
		   _Out_ PUCHAR *memory)
{
	ULONG fixed = (ULONG)sizeof(struct vigil_header) + record->body_size;
	ULONG size = Cut(record, VIGIL_RECORD_MAX), i;
	PUCHAR to = stack;

	*memory = NULL;
	if (size - fixed > STAGE_BYTES) {
		*memory = PoolNonPaged(size - fixed, TAG_RECORD);
		if (*memory != NULL)
			to = *memory;
		else
			size = Cut(record, fixed + STAGE_BYTES);
	}
	for (i = 0; i < record->parts; i++) {
		struct record_part *part = &record->part[i];

		RtlCopyMemory(to, part->value, part->length);
		part->value = to;
		to += part->length;
	}
	return size;
}

/* When a record was made, for its head. */
struct moment {
	UINT64 time, mono; /* ns */
	UINT16 cpu;
};

/*
 * Writes every byte of the record, including zeros between the parts. Heads are filled
 * in place: if they were built elsewhere and copied, each copy would wait for the narrow
 * stores before it.
 */
_IRQL_requires_(DISPATCH_LEVEL)
static VOID Write(_In_ const struct record *record, _In_ ULONG size,
		  _In_ const struct moment *moment, _In_ const struct queue_slot *slot)
{
	struct vigil_header *header = slot->record;
	PUCHAR place = (PUCHAR)(header + 1);
	ULONG i;

	header->size = size;
	header->type = record->type;
	header->fixed = (uint16_t)(sizeof(*header) + record->body_size);
	header->version = VIGIL_RECORD_VERSION;
	header->encoding = VIGIL_UTF16LE;
	header->cpu = moment->cpu;
	header->flags = record->flags | slot->flags;
	header->seq = slot->seq;
	header->time = moment->time;
	header->mono = moment->mono;
	header->actor = record->actor;
	RtlCopyMemory(place, record->body, record->body_size);
	place += record->body_size;
	for (i = 0; i < record->parts; i++) {
		const struct record_part *from = &record->part[i];
		struct vigil_part *part = (struct vigil_part *)place;
		ULONG used = (ULONG)sizeof(*part) + from->length;

		/* Zeros up to the next multiple of 8; the value overwrites the first of them. */
		RtlZeroMemory(place + ALIGN8(used) - 8, 8);
		part->kind = from->kind;
		part->source = from->source;
		part->flags = from->flags;
		part->length = from->length;
		part->original = from->original;
		RtlCopyMemory(part + 1, from->value, from->length);
		place += ALIGN8(used);
	}
}

_Use_decl_annotations_
VOID RecordSend(struct record *record)
{
	UCHAR stack[STAGE_BYTES];
	struct queue_slot slot;
	struct moment moment;
	LARGE_INTEGER wall;
	PUCHAR memory;
	ULONG size, i;
	KIRQL irql;

	if (record->type != VIGIL_EVENT_STATUS && !SettingRecords(record->type))
		return;
	size = Stage(record, stack, &memory);

	/* Readers wait for a reserved record: its producer, which may have any priority, must
	 * not be preempted. */
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	moment.cpu = ProcessorNow();
	TimeNow(&wall, &moment.mono);
	moment.time = TimeUnix(wall.QuadPart);
	record->mono = moment.mono;
	moment.mono *= 100;
	if (QueueReserve(record->type, size, moment.time, moment.mono, &slot)) {
		Write(record, size, &moment, &slot);
		QueueCommit(&slot);
	}
	KeLowerIrql(irql);
	for (i = 0; i < record->parts; i++)
		record->part[i].value = NULL; /* it was a temporary copy */
	if (memory != NULL)
		ExFreePoolWithTag(memory, TAG_RECORD);
}

_Use_decl_annotations_
VOID RecordStatus(UINT32 state, PCWSTR text)
{
	struct vigil_driver_statistics ledger;
	struct vigil_status_body body;
	struct record record;
	UNICODE_STRING words;

	RtlZeroMemory(&ledger, sizeof(ledger));
	RtlZeroMemory(&body, sizeof(body));
	QueueLedger(&ledger);
	body.state = state;
	body.types = SettingGet(VIGIL_SETTING_EVENTS);
	body.machine = queue_machine;
	body.produced = ledger.produced;
	body.delivered = ledger.delivered;
	body.dropped = ledger.dropped;
	RtlInitUnicodeString(&words, text);
	RecordBegin(&record, VIGIL_EVENT_STATUS, &body, sizeof(body));
	RecordString(&record, VIGIL_PART_TEXT, VIGIL_PART_ORIGIN_KERNEL, &words);
	RecordSend(&record);
}
