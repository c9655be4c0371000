/* SPDX-License-Identifier: MIT */
/* seeds.c - formats for the sample clients of "Windows Kernel Programming". */
#include "seeds.h"

/* The book's numbers and offsets; its structs have the layout of C++ on x64. */
enum item_type {
	ITEM_PROCESS_CREATE = 1,
	ITEM_PROCESS_EXIT = 2,
	ITEM_THREAD_CREATE = 3,
	ITEM_THREAD_EXIT = 4,
	ITEM_IMAGE_LOAD = 5
};

struct item {
	INT16 type;
	UINT16 size;
	UINT32 zero;
	INT64 time; /* 100 ns since 1601 */
	union {
		struct {
			UINT32 pid, parent_pid, creator_tid, creator_pid;
			UINT16 length; /* characters of the command line that follows directly */
			WCHAR command_line[3];
		} process;
		struct {
			UINT32 pid, code;
		} exit;
		struct {
			UINT32 tid, pid, code, zero;
		} thread;
		struct {
			UINT32 pid, size;
			UINT64 base;
			WCHAR name[301];
			UINT16 zero[3];
		} image;
	} u;
};

struct remote_item {
	INT64 time;
	UINT32 creator_pid, creator_tid, pid, tid;
};

#define ITEM_HEAD        FIELD_OFFSET(struct item, u)
#define ITEM_PROCESS     40u
#define COMMAND_LINE_AT  34u
#define COMMAND_LINE_MAX (0xfffeu - ITEM_PROCESS) /* the size is a UINT16 */
#define NAME_CHARACTERS  300u
#define UNIX_EPOCH       116444736000000000ll

/* Limit of records converted by one read: most records may be of no use to the device,
 * and producers may be as fast as it is. The read then returns 0 bytes. */
#define REFILLS 64u

VIGIL_STATIC_ASSERT(item_head, ITEM_HEAD == 16);
VIGIL_STATIC_ASSERT(item_command_line,
		    FIELD_OFFSET(struct item, u.process.command_line) == COMMAND_LINE_AT);
VIGIL_STATIC_ASSERT(item_name, FIELD_OFFSET(struct item, u.image.name) == 32);
VIGIL_STATIC_ASSERT(item_size, sizeof(struct item) == 640);
VIGIL_STATIC_ASSERT(remote_item_size, sizeof(struct remote_item) == 24);

static volatile LONG cut;

_Use_decl_annotations_
UINT64 SeedsCut(VOID)
{
	return (ULONG)LoadAcquire(&cut);
}

/* The value of a part and its bytes; NULL if the record has none. The record comes from
 * this driver, so its parts are valid. */
static const UCHAR *Part(_In_ const struct vigil_header *record, _In_ UINT16 kind,
			 _Out_ ULONG *length)
{
	const UCHAR *at = (const UCHAR *)record + record->fixed;
	const UCHAR *end = (const UCHAR *)record + record->size;

	*length = 0;
	while (at < end) {
		struct vigil_part part;

		RtlCopyMemory(&part, at, sizeof(part));
		if (part.kind == kind) {
			*length = part.length;
			return at + sizeof(part);
		}
		at += (sizeof(part) + part.length + 7u) & ~7u;
	}
	return NULL;
}

static ULONG PutProcess(_In_ const struct vigil_header *record, _Inout_ struct item *item,
			_Out_writes_bytes_(room) PUCHAR place, _In_ ULONG room)
{
	const struct vigil_process_body *body = (const PVOID)(record + 1);
	ULONG length, size;
	const UCHAR *line = Part(record, VIGIL_PART_COMMAND_LINE, &length);

	if (length > COMMAND_LINE_MAX) {
		length = COMMAND_LINE_MAX;
		InterlockedIncrement(&cut);
	}
	size = ITEM_PROCESS + length;
	if (size > room)
		return size;
	item->type = ITEM_PROCESS_CREATE;
	item->size = (UINT16)size;
	item->u.process.pid = body->process.pid;
	item->u.process.parent_pid = body->parent.pid;
	item->u.process.creator_tid = record->actor.tid;
	item->u.process.creator_pid = record->actor.pid;
	item->u.process.length = (UINT16)(length / sizeof(WCHAR));
	RtlZeroMemory(place, size);
	RtlCopyMemory(place, item, COMMAND_LINE_AT);
	if (line != NULL)
		RtlCopyMemory(place + COMMAND_LINE_AT, line, length);
	return size;
}

static ULONG PutImage(_In_ const struct vigil_header *record, _Inout_ struct item *item)
{
	const struct vigil_image_body *body = (const PVOID)(record + 1);
	ULONG length;
	const UCHAR *name = Part(record, VIGIL_PART_IMAGE, &length);

	item->type = ITEM_IMAGE_LOAD;
	item->u.image.pid = body->process.pid;
	item->u.image.size = (UINT32)body->size;
	item->u.image.base = body->base;
	/* A long path keeps its end, the file's own name. */
	if (length > NAME_CHARACTERS * sizeof(WCHAR)) {
		name += length - NAME_CHARACTERS * sizeof(WCHAR);
		length = NAME_CHARACTERS * sizeof(WCHAR);
		InterlockedIncrement(&cut);
	}
	if (name != NULL)
		RtlCopyMemory(item->u.image.name, name, length);
	return sizeof(*item);
}

static ULONG PutThread(_In_ const struct vigil_header *record, _Inout_ struct item *item)
{
	const struct vigil_thread_body *body = (const PVOID)(record + 1);

	item->u.thread.tid = body->thread.tid;
	item->u.thread.pid = body->thread.pid;
	if (record->type == VIGIL_EVENT_THREAD_CREATE) {
		item->type = ITEM_THREAD_CREATE;
		return 24;
	}
	item->type = ITEM_THREAD_EXIT;
	item->u.thread.code = body->code;
	return 32;
}

static ULONG PutSysMon(_In_ const struct vigil_header *record,
		       _Out_writes_bytes_(room) PUCHAR place, _In_ ULONG room)
{
	struct item item;
	ULONG size;

	RtlZeroMemory(&item, sizeof(item));
	item.time = (INT64)(record->time / 100) + UNIX_EPOCH;
	switch (record->type) {
	case VIGIL_EVENT_PROCESS_CREATE:
		return PutProcess(record, &item, place, room);
	case VIGIL_EVENT_PROCESS_EXIT:
		item.type = ITEM_PROCESS_EXIT;
		item.u.exit.pid = ((const struct vigil_exit_body *)(record + 1))->process.pid;
		item.u.exit.code = ((const struct vigil_exit_body *)(record + 1))->code;
		size = 24;
		break;
	case VIGIL_EVENT_THREAD_CREATE:
	case VIGIL_EVENT_THREAD_EXIT:
		size = PutThread(record, &item);
		break;
	case VIGIL_EVENT_IMAGE_LOAD:
		size = PutImage(record, &item);
		break;
	default:
		return 0;
	}
	item.size = (UINT16)size;
	if (size <= room)
		RtlCopyMemory(place, &item, size);
	return size;
}

/* The book's detector shows threads created by another process if neither of the two is a
 * system process; it also shows those whose origin vigil cannot determine. */
static ULONG PutKDetector(_In_ const struct vigil_header *record,
			  _Out_writes_bytes_(room) PUCHAR place, _In_ ULONG room)
{
	const struct vigil_thread_body *body = (const PVOID)(record + 1);
	struct remote_item item;

	if (record->type != VIGIL_EVENT_REMOTE_THREAD || body->origin == VIGIL_ORIGIN_SYSTEM)
		return 0;
	item.time = (INT64)(record->time / 100) + UNIX_EPOCH;
	item.creator_pid = record->actor.pid;
	item.creator_tid = record->actor.tid;
	item.pid = body->thread.pid;
	item.tid = body->thread.tid;
	if (sizeof(item) <= room)
		RtlCopyMemory(place, &item, sizeof(item));
	return sizeof(item);
}

_Use_decl_annotations_
ULONG SeedConvert(enum device_kind kind, const struct vigil_header *record, PUCHAR item, ULONG room)
{
	return kind == DEVICE_SYSMON ? PutSysMon(record, item, room)
				     : PutKDetector(record, item, room);
}

/* Refills the scratch buffer when it is used up. FALSE: the stream has no more records,
 * or this read has reached its limit. */
_IRQL_requires_max_(PASSIVE_LEVEL)
static BOOLEAN Refill(_Inout_ struct reader *reader, _Inout_ ULONG *refills)
{
	if (reader->scratch_at < reader->scratch_end)
		return TRUE;
	if (++*refills > REFILLS)
		return FALSE;
	reader->scratch_at = 0;
	if (!NT_SUCCESS(StreamTake(&reader->stream, reader->scratch, VIGIL_RECORD_MAX,
				   &reader->scratch_end)))
		reader->scratch_end = 0;
	return reader->scratch_end != 0;
}

_Use_decl_annotations_
NTSTATUS SeedRead(struct reader *reader, PUCHAR buffer, ULONG room, ULONG *taken)
{
	NTSTATUS status = STATUS_SUCCESS;
	ULONG refills = 0;

	*taken = 0;
	/* Two reads at once on one handle: the second returns 0 bytes. */
	if (!ReaderHold(reader))
		return STATUS_SUCCESS;
	while (Refill(reader, &refills)) {
		const struct vigil_header *record =
		    (const PVOID)(reader->scratch + reader->scratch_at);
		ULONG size = SeedConvert(reader->kind, record, buffer + *taken, room - *taken);

		if (size > room - *taken) {
			if (*taken == 0)
				status = STATUS_BUFFER_TOO_SMALL;
			break;
		}
		*taken += size;
		reader->scratch_at += record->size;
	}
	ReaderRelease(reader);
	return status;
}
