/* SPDX-License-Identifier: MIT */
/* control.c - requests by device control: one table, one function for each. */
#include "control.h"

#include "names.h"
#include "process.h"
#include "processes.h"
#include "queue.h"
#include "record.h"
#include "routines.h"
#include "rules.h"
#include "seeds.h"
#include "settings.h"
#include "snapshot.h"
#include "thread.h"
#include "threads.h"

#include <vigil/control.h>
#include <vigil/version.h>

#define TYPES_RECORDED \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_DRIVER_LOAD) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_DENIED) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_LOST) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_SNAPSHOT) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_SNAPSHOT) | VIGIL_TYPE_BIT(VIGIL_EVENT_SNAPSHOT_END) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_STATUS))

/* Serializes changes: otherwise two changes with `keep` could leave one of them in force
 * and the other in the registry. An event, because registry calls are made while it is held. */
static KEVENT changing;

/* One request while it is being served. The reply is built in a separate struct and
 * copied over the request at the end, because they share the buffer. */
struct request {
	struct reader *reader;
	PVOID buffer;
	ULONG in, out;
	ULONG written;
};

/* Sends `bytes` of the reply, or only its head if the buffer is too small. */
VIGIL_PAGE
static NTSTATUS Reply(_Inout_ struct request *request, _Inout_ struct vigil_control *reply,
		      _In_ ULONG bytes)
{
	PAGED_CODE();

	reply->version = VIGIL_CONTROL_VERSION;
	reply->size = bytes;
	if (request->out < sizeof(*reply))
		return STATUS_BUFFER_TOO_SMALL;
	request->written = request->out < bytes ? (ULONG)sizeof(*reply) : bytes;
	RtlCopyMemory(request->buffer, reply, request->written);
	return STATUS_SUCCESS;
}

VIGIL_PAGE
static NTSTATUS OnHello(_Inout_ struct request *request)
{
	struct vigil_hello reply;

	PAGED_CODE();

	RtlZeroMemory(&reply, sizeof(reply));
	reply.record_version = VIGIL_RECORD_VERSION;
	reply.record_max = VIGIL_RECORD_MAX;
	reply.types = TYPES_RECORDED;
	reply.machine = queue_machine;
	reply.driver_version = VIGIL_VERSION_NUMBER;
	if (ProcessSubsystems())
		reply.features |= VIGIL_FEATURE_SUBSYSTEMS;
	if (nt.PsGetProcessStartKey != NULL)
		reply.features |= VIGIL_FEATURE_START_KEYS;
	if (SettingGet(VIGIL_SETTING_SEED_DEVICES) != 0)
		reply.features |= VIGIL_FEATURE_SEED_DEVICES;
	if (nt.KeQueryInterruptTimePrecise != NULL)
		reply.features |= VIGIL_FEATURE_PRECISE_TIME;
	return Reply(request, &reply.head, sizeof(reply));
}

VIGIL_PAGE
static NTSTATUS OnStatistics(_Inout_ struct request *request)
{
	struct vigil_driver_statistics reply;

	PAGED_CODE();

	RtlZeroMemory(&reply, sizeof(reply));
	QueueLedger(&reply);
	RulesCount(&reply);
	ProcessesCount(&reply.processes, &reply.untracked);
	reply.unnamed = NamesMissing();
	reply.seed_cut = SeedsCut();
	reply.readers = ReadersOpen();
	reply.untracked_threads = ThreadsUntracked();
	return Reply(request, &reply.head, sizeof(reply));
}

VIGIL_PAGE
static NTSTATUS OnSettings(_Inout_ struct request *request)
{
	struct vigil_settings reply;

	PAGED_CODE();

	SettingsQuery(&reply);
	return Reply(request, &reply.head, sizeof(reply));
}

VIGIL_PAGE
static NTSTATUS OnSettingsSet(_Inout_ struct request *request)
{
	struct vigil_settings wanted;
	NTSTATUS status;

	PAGED_CODE();

	RtlCopyMemory(&wanted, request->buffer, sizeof(wanted));
	/* Rules depend on the filter manager's names: other spellings would evade them. */
	if ((wanted.mask & (1u << VIGIL_SETTING_FILTER_NAMES)) != 0 &&
	    wanted.value[VIGIL_SETTING_FILTER_NAMES] == 0 && RulesLoaded())
		return STATUS_INVALID_DEVICE_STATE;
	status = SettingsChange(&wanted);
	if (!NT_SUCCESS(status))
		return status;
	ThreadSettle();
	QueueSettle();
	ReadersWake();
	RecordStatus(VIGIL_STATUS_CHANGED, L"settings");
	return STATUS_SUCCESS;
}

VIGIL_PAGE
static NTSTATUS OnRules(_Inout_ struct request *request)
{
	PAGED_CODE();

	if (request->out < sizeof(struct vigil_control_rules))
		return STATUS_BUFFER_TOO_SMALL;
	return RulesQuery(request->buffer, request->out, &request->written);
}

VIGIL_PAGE
static NTSTATUS OnRulesSet(_Inout_ struct request *request)
{
	PAGED_CODE();

	return RulesSet(request->buffer, request->in);
}

VIGIL_PAGE
static NTSTATUS OnRulesClear(_Inout_ struct request *request)
{
	struct vigil_control_rules none;

	PAGED_CODE();

	RtlCopyMemory(&none, request->buffer, sizeof(none));
	none.count = 0;
	return RulesSet(&none, sizeof(none));
}

VIGIL_PAGE
static NTSTATUS OnSnapshot(_Inout_ struct request *request)
{
	NTSTATUS status;

	PAGED_CODE();

	UNREFERENCED_PARAMETER(request);
	/* The thread must not be suspended meanwhile: processes that end during a snapshot
	 * are kept until it is complete, and no other snapshot can be taken. */
	KeEnterCriticalRegion();
	status = SnapshotPrepare();
	if (NT_SUCCESS(status))
		status = SnapshotTake();
	KeLeaveCriticalRegion();
	return status;
}

VIGIL_PAGE
static NTSTATUS OnReader(_Inout_ struct request *request)
{
	struct vigil_reader reply;

	PAGED_CODE();

	RtlZeroMemory(&reply, sizeof(reply));
	StreamLedger(&request->reader->stream, &reply);
	return Reply(request, &reply.head, sizeof(reply));
}

VIGIL_PAGE
static NTSTATUS OnSeek(_Inout_ struct request *request)
{
	struct vigil_seek seek;
	NTSTATUS status;

	PAGED_CODE();

	RtlCopyMemory(&seek, request->buffer, sizeof(seek));
	if (seek.reserved != 0)
		return STATUS_INVALID_PARAMETER;
	if (!ReaderHold(request->reader))
		return STATUS_DEVICE_BUSY;
	status = StreamSeek(&request->reader->stream, seek.to);
	ReaderRelease(request->reader);
	return status;
}

static const struct {
	ULONG code;
	ULONG least, most; /* bytes of the request */
	NTSTATUS (*serve)(struct request *request);
	BOOLEAN changes; /* the values in force and in the registry */
} table[] = {
	{ VIGIL_CONTROL_HELLO, 8, 8, OnHello, FALSE },
	{ VIGIL_CONTROL_STATISTICS, 8, 8, OnStatistics, FALSE },
	{ VIGIL_CONTROL_SETTINGS, 8, 8, OnSettings, FALSE },
	{ VIGIL_CONTROL_SETTINGS_SET, sizeof(struct vigil_settings), sizeof(struct vigil_settings),
	  OnSettingsSet, TRUE },
	{ VIGIL_CONTROL_RULES, 8, 8, OnRules, FALSE },
	{ VIGIL_CONTROL_RULES_SET, sizeof(struct vigil_control_rules), VIGIL_RULES_BYTES_MAX,
	  OnRulesSet, TRUE },
	{ VIGIL_CONTROL_RULES_CLEAR, sizeof(struct vigil_control_rules),
	  sizeof(struct vigil_control_rules), OnRulesClear, TRUE },
	{ VIGIL_CONTROL_SNAPSHOT, 8, 8, OnSnapshot, FALSE },
	{ VIGIL_CONTROL_READER, 8, 8, OnReader, FALSE },
	{ VIGIL_CONTROL_SEEK, sizeof(struct vigil_seek), sizeof(struct vigil_seek), OnSeek, FALSE },
};

_Use_decl_annotations_
VIGIL_INIT
VOID ControlStart(VOID)
{
	KeInitializeEvent(&changing, SynchronizationEvent, TRUE);
}

/* Serves a request that changes something, one at a time. The critical region keeps its
 * thread from being suspended here while others wait. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static NTSTATUS ServeAlone(_In_ NTSTATUS (*serve)(struct request *request),
			   _Inout_ struct request *request)
{
	NTSTATUS status;

	PAGED_CODE();

	KeEnterCriticalRegion();
	(VOID) KeWaitForSingleObject(&changing, Executive, KernelMode, FALSE, NULL);
	status = serve(request);
	KeSetEvent(&changing, IO_NO_INCREMENT, FALSE);
	KeLeaveCriticalRegion();
	return status;
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS ControlRequest(struct reader *reader, ULONG code, PVOID buffer, ULONG in, ULONG out,
			ULONG *written)
{
	struct vigil_control head;
	struct request request;
	NTSTATUS status;
	ULONG i;

	PAGED_CODE();

	*written = 0;
	for (i = 0; i < RTL_NUMBER_OF(table) && table[i].code != code; i++)
		;
	if (i == RTL_NUMBER_OF(table))
		return STATUS_INVALID_DEVICE_REQUEST;
	if (in < sizeof(head))
		return STATUS_INVALID_PARAMETER;
	RtlCopyMemory(&head, buffer, sizeof(head));
	if (head.version != VIGIL_CONTROL_VERSION)
		return STATUS_REVISION_MISMATCH;
	if (head.size != in || in < table[i].least || in > table[i].most)
		return STATUS_INVALID_PARAMETER;

	request.reader = reader;
	request.buffer = buffer;
	request.in = in;
	request.out = out;
	request.written = 0;
	status = table[i].changes ? ServeAlone(table[i].serve, &request) : table[i].serve(&request);
	if (NT_SUCCESS(status))
		*written = request.written;
	return status;
}
