/* SPDX-License-Identifier: MIT */
/* record.c - one record: described on the stack, written once into the queue. */
#include "record.h"

#include "processes.h"
#include "queue.h"
#include "routines.h"
#include "settings.h"

#define ALIGN8(size) (((ULONG)(size) + 7u) & ~7u)

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

/* Cuts the longest part until the record fits: a path keeps its end, a command
 * line its beginning. */
static ULONG Cut(_Inout_ struct record *record)
{
	ULONG size = SizeOf(record), i;

	while (size > VIGIL_RECORD_MAX) {
		struct record_part *longest = &record->part[0];
		ULONG excess = ALIGN8(size - VIGIL_RECORD_MAX);

		for (i = 1; i < record->parts; i++)
			if (record->part[i].length > longest->length)
				longest = &record->part[i];
		longest->length -= excess;
		if (longest->kind == VIGIL_COMMAND_LINE) {
			longest->flags |= VIGIL_PART_CUT;
		} else {
			longest->flags |= VIGIL_PART_CUT_HEAD;
			longest->value += excess;
		}
		size = SizeOf(record);
	}
	return size;
}

/* When a record was made, for its head. */
struct moment {
	UINT64 time, mono; /* ns */
	UINT16 cpu;
};

/*
 * Writes every byte of the record, zeros between the parts included. Heads are
 * filled in where they lie: built beside and copied, each copy waits for the
 * narrow stores before it.
 */
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

		/* Up to the next multiple of 8; the value goes over what it needs. */
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
	struct queue_slot slot;
	struct moment moment;
	LARGE_INTEGER wall;
	ULONG size;

	if (record->type != VIGIL_STATUS && !SettingRecords(record->type))
		return;
	size = Cut(record);
	moment.cpu = ProcessorNow();
	TimeNow(&wall, &moment.mono);
	moment.time = TimeUnix(wall.QuadPart);
	moment.mono *= 100;

	/* Between reservation and commit this thread must not be suspended, for
	 * readers wait at the record: no kernel APC may stop it. It may still be
	 * preempted, and may wait for a page of a string. */
	KeEnterCriticalRegion();
	if (QueueReserve(record->type, size, moment.time, moment.mono, &slot)) {
		Write(record, size, &moment, &slot);
		QueueCommit(&slot);
	}
	KeLeaveCriticalRegion();
}

_Use_decl_annotations_
VOID RecordStatus(UINT32 state, PCWSTR text)
{
	struct vigil_driver_statistics ledger;
	struct vigil_status body;
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
	RecordBegin(&record, VIGIL_STATUS, &body, sizeof(body));
	RecordString(&record, VIGIL_TEXT, VIGIL_SOURCE_KERNEL, &words);
	RecordSend(&record);
}
