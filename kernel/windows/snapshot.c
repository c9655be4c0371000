/* SPDX-License-Identifier: MIT */
/* snapshot.c - existing processes: a record for each process and its threads. */
#include "snapshot.h"

#include "identity.h"
#include "pooltags.h"
#include "processes.h"
#include "record.h"
#include "routines.h"
#include "threads.h"

#define SYSTEM_PID          4u
#define PLAIN_LIST_CLASS    5  /* SystemProcessInformation */
#define EXTENDED_LIST_CLASS 57 /* SystemExtendedProcessInformation, Windows Vista */
#define IMAGE_NAME_CLASS    27 /* ProcessImageFileName */
#define COMMAND_LINE_CLASS  60 /* ProcessCommandLineInformation, Windows 8.1 */
#define LIST_TRIES          8
#define LIST_SLACK          (32u << 10) /* allowance for processes that start between two tries */
#define LIST_MAX            (64u << 20)
#define NAME_BYTES          (sizeof(UNICODE_STRING) + 65536u)

/* The entries of the two lists of processes, as on every Windows since Vista. */
struct listed_thread {
	LARGE_INTEGER kernel_time, user_time, create_time;
	ULONG wait_time;
	PVOID start_address; /* of a user thread: always the same routine in ntdll */
	CLIENT_ID id;
	LONG priority, base_priority;
	ULONG context_switches, state, wait_reason;
};

/* In the extended list. */
struct extended_thread {
	struct listed_thread thread;
	PVOID stack_base, stack_limit;
	PVOID win32_start_address; /* as requested by its creator */
	PVOID teb;
	ULONG_PTR reserved[3];
};

struct listed_process {
	ULONG next, threads;
	LARGE_INTEGER private_size;
	ULONG hard_faults, threads_high;
	ULONGLONG cycles;
	LARGE_INTEGER create_time, user_time, kernel_time;
	UNICODE_STRING name;
	LONG base_priority;
	HANDLE pid, parent_pid;
	ULONG handles, session;
	ULONG_PTR key;
	SIZE_T sizes[2];
	ULONG page_faults;
	SIZE_T more_sizes[9];
	LARGE_INTEGER transfers[6];
	struct listed_thread thread[1];
};
#if defined(_WIN64) || defined(__LP64__)
VIGIL_STATIC_ASSERT(listed_process_name, FIELD_OFFSET(struct listed_process, name) == 56);
VIGIL_STATIC_ASSERT(listed_process_pid, FIELD_OFFSET(struct listed_process, pid) == 80);
VIGIL_STATIC_ASSERT(listed_process_thread, FIELD_OFFSET(struct listed_process, thread) == 256);
VIGIL_STATIC_ASSERT(listed_thread_size, sizeof(struct listed_thread) == 80);
VIGIL_STATIC_ASSERT(extended_thread_size, sizeof(struct extended_thread) == 136);
#endif

/* The memory of a snapshot while it is taken. */
struct snapshot {
	ULONG number;
	UINT64 began; /* threads created later have had their notification */
	PUCHAR list;
	ULONG list_bytes;
	ULONG thread_bytes;         /* of an entry: struct extended_thread, or the plain one */
	PUCHAR image, command_line; /* NAME_BYTES each */
	UINT64 processes, threads;
};

static struct {
	ERESOURCE reporting; /* keeps a process's PROCESS_SNAPSHOT record before its exit */
	volatile LONG busy;
	ULONG number; /* of the prepared snapshot */
	UINT64 began;
} state;

_Use_decl_annotations_
VIGIL_INIT
NTSTATUS SnapshotStart(VOID)
{
	RtlZeroMemory(&state, sizeof(state));
	return ExInitializeResourceLite(&state.reporting);
}

_Use_decl_annotations_
VIGIL_PAGE
VOID SnapshotStop(VOID)
{
	PAGED_CODE();

	(VOID) ExDeleteResourceLite(&state.reporting);
}

_Use_decl_annotations_
VOID SnapshotEnter(VOID)
{
	KeEnterCriticalRegion();
	(VOID) ExAcquireResourceSharedLite(&state.reporting, TRUE);
}

_IRQL_requires_max_(APC_LEVEL)
_Acquires_lock_(_Global_critical_region_) static VOID EnterAlone(VOID)
{
	KeEnterCriticalRegion();
	(VOID) ExAcquireResourceExclusiveLite(&state.reporting, TRUE);
}

_Use_decl_annotations_
VOID SnapshotLeave(VOID)
{
	ExReleaseResourceLite(&state.reporting);
	KeLeaveCriticalRegion();
}

_Use_decl_annotations_
NTSTATUS SnapshotPrepare(VOID)
{
	LARGE_INTEGER wall;
	UINT64 mono;

	if (InterlockedCompareExchange(&state.busy, 1, 0) != 0)
		return STATUS_DEVICE_BUSY;
	TimeNow(&wall, &mono);
	state.began = (UINT64)wall.QuadPart;
	EnterAlone();
	state.number = ProcessesSnapshotBegin();
	SnapshotLeave();
	return STATUS_SUCCESS;
}

_IRQL_requires_max_(APC_LEVEL)
static VOID Finish(VOID)
{
	EnterAlone();
	ProcessesSnapshotEnd();
	SnapshotLeave();
	StoreRelease(&state.busy, 0);
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID Release(_In_ struct snapshot *snapshot)
{
	PAGED_CODE();

	if (snapshot->list != NULL)
		ExFreePoolWithTag(snapshot->list, TAG_SNAPSHOT);
	if (snapshot->image != NULL)
		ExFreePoolWithTag(snapshot->image, TAG_SNAPSHOT);
	if (snapshot->command_line != NULL)
		ExFreePoolWithTag(snapshot->command_line, TAG_SNAPSHOT);
}

/* Reads the list of processes; it may have grown since its length was queried. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static NTSTATUS GetList(_Inout_ struct snapshot *snapshot, _In_ ULONG kind)
{
	ULONG size = 256u << 10, used = 0, tries;
	NTSTATUS status = STATUS_PROCEDURE_NOT_FOUND;

	PAGED_CODE();

	if (nt.ZwQuerySystemInformation == NULL)
		return status;
	for (tries = 0; tries < LIST_TRIES; tries++) {
		snapshot->list = PoolPaged(size, TAG_SNAPSHOT);
		if (snapshot->list == NULL)
			return STATUS_INSUFFICIENT_RESOURCES;
		status = nt.ZwQuerySystemInformation(kind, snapshot->list, size, &used);
		if (NT_SUCCESS(status)) {
			snapshot->list_bytes = used <= size ? used : size;
			return STATUS_SUCCESS;
		}
		ExFreePoolWithTag(snapshot->list, TAG_SNAPSHOT);
		snapshot->list = NULL;
		if (status != STATUS_INFO_LENGTH_MISMATCH || size >= LIST_MAX)
			break;
		size = (used > size ? used : size) + LIST_SLACK;
	}
	return status;
}

/* The extended list, or else the plain one, which lacks start addresses. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static NTSTATUS GetAnyList(_Inout_ struct snapshot *snapshot)
{
	PAGED_CODE();

	snapshot->thread_bytes = sizeof(struct extended_thread);
	if (NT_SUCCESS(GetList(snapshot, EXTENDED_LIST_CLASS)))
		return STATUS_SUCCESS;
	snapshot->thread_bytes = sizeof(struct listed_thread);
	return GetList(snapshot, PLAIN_LIST_CLASS);
}

/* The string that the query returns after its head. Empty if there is none. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID QueryString(_In_opt_ HANDLE process, _In_ ULONG kind,
			_Out_writes_bytes_(NAME_BYTES) PUCHAR buffer, _Out_ PUNICODE_STRING string)
{
	ULONG used = 0;

	PAGED_CODE();

	RtlZeroMemory(string, sizeof(*string));
	if (process == NULL || nt.ZwQueryInformationProcess == NULL ||
	    !NT_SUCCESS(nt.ZwQueryInformationProcess(process, kind, buffer, NAME_BYTES, &used)))
		return;
	RtlCopyMemory(string, buffer, sizeof(*string));
	if ((PUCHAR)string->Buffer < buffer ||
	    (SIZE_T)((PUCHAR)string->Buffer - buffer) > NAME_BYTES - string->Length)
		RtlZeroMemory(string, sizeof(*string));
}

/* Builds the record of one process; sends it under the lock if it is claimed. */
struct existing {
	struct process_state state;
	struct process_user user;
	UNICODE_STRING image, command_line;
	ULONG session;
};

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static BOOLEAN Describe(_In_ const struct snapshot *snapshot,
			_In_ const struct listed_process *listed, _Out_ struct existing *existing)
{
	struct process_state parent;
	struct process_times times;
	PEPROCESS process;
	HANDLE handle;

	PAGED_CODE();

	RtlZeroMemory(existing, sizeof(*existing));
	if (!NT_SUCCESS(PsLookupProcessByProcessId(listed->pid, &process)))
		return FALSE;
	handle = IdentityOpen(process);
	IdentityTimes(handle, &times);
	existing->state.id.pid = IdOf(listed->pid);
	existing->state.id.start_key = IdentityStartKey(process);
	existing->state.start = (UINT64)listed->create_time.QuadPart;
	existing->state.parent.pid = IdOf(listed->parent_pid);
	/* The parent's PID may belong to another process by now, except System's: it is the
	 * parent only if it is older. */
	if (ProcessesFind(existing->state.parent.pid, &parent) &&
	    (parent.id.pid == SYSTEM_PID || parent.start <= existing->state.start))
		existing->state.parent.start_key = parent.id.start_key;
	existing->session = listed->session;
	IdentityUser(process, &existing->user);
	QueryString(handle, IMAGE_NAME_CLASS, snapshot->image, &existing->image);
	QueryString(handle, COMMAND_LINE_CLASS, snapshot->command_line, &existing->command_line);
	existing->state.reason = IdentityReason(&existing->image, &existing->user);
	IdentityClose(handle);
	ObDereferenceObject(process);
	/* The exit status is not reliable: a process may end with STATUS_PENDING. */
	return times.exit == 0;
}

VIGIL_PAGE
static VOID FillBody(_In_ const struct existing *existing, _Out_ struct vigil_process_body *body)
{
	PAGED_CODE();

	RecordClearProcess(body);
	body->process = existing->state.id;
	body->parent = existing->state.parent;
	body->start = TimeUnix((LONGLONG)existing->state.start);
	body->session = existing->session;
	body->integrity = existing->user.integrity;
	body->ns_pid = body->process.pid;
	if (body->process.pid == SYSTEM_PID)
		body->attributes |= VIGIL_PROCESS_KERNEL;
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID ReportProcess(_Inout_ struct snapshot *snapshot,
			  _In_ const struct listed_process *listed)
{
	struct existing existing;
	struct vigil_process_body body;
	struct record record;

	PAGED_CODE();

	if (!Describe(snapshot, listed, &existing))
		return;
	FillBody(&existing, &body);
	RecordBegin(&record, VIGIL_EVENT_PROCESS_SNAPSHOT, &body, sizeof(body));
	RecordString(&record, VIGIL_PART_IMAGE, VIGIL_PART_ORIGIN_QUERY, &existing.image);
	RecordString(&record, VIGIL_PART_COMMAND_LINE, VIGIL_PART_ORIGIN_QUERY,
		     &existing.command_line);
	RecordBytes(&record, VIGIL_PART_USER, VIGIL_PART_ORIGIN_QUERY, existing.user.sid,
		    existing.user.sid_length);
	EnterAlone();
	if (ProcessesSnapshotClaim(snapshot->number, &existing.state)) {
		RecordSend(&record);
		snapshot->processes++;
	}
	SnapshotLeave();
}

/* Start address of a thread; 0: unknown. Only the extended list has it for user-mode
 * threads. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static UINT64 ListedStart(_In_ const struct snapshot *snapshot,
			  _In_ const struct listed_thread *thread)
{
	PAGED_CODE();

	if (IdOf(thread->id.UniqueProcess) == SYSTEM_PID)
		return (UINT64)(ULONG_PTR)thread->start_address;
	if (snapshot->thread_bytes != sizeof(struct extended_thread))
		return 0;
	return (UINT64)(ULONG_PTR)CONTAINING_RECORD(thread, struct extended_thread, thread)
	    ->win32_start_address;
}

/* Reports threads older than the notifications. One that ends meanwhile may be reported
 * after its end. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID ReportThreads(_Inout_ struct snapshot *snapshot,
			  _In_ const struct listed_process *listed, _In_ ULONG room)
{
	UINT64 key = ProcessesStartKey(IdOf(listed->pid));
	struct vigil_thread_body body;
	struct record record;
	PETHREAD thread;
	ULONG i;

	PAGED_CODE();

	for (i = 0; i < listed->threads && i < room; i++) {
		const struct listed_thread *one =
		    (const PVOID)((PUCHAR)listed->thread + (SIZE_T)i * snapshot->thread_bytes);

		if ((UINT64)one->create_time.QuadPart > snapshot->began ||
		    !NT_SUCCESS(PsLookupThreadByThreadId(one->id.UniqueThread, &thread)))
			continue;
		ObDereferenceObject(thread);
		RtlZeroMemory(&body, sizeof(body));
		body.thread.pid = IdOf(listed->pid);
		body.thread.tid = IdOf(one->id.UniqueThread);
		body.thread.start_key = key;
		body.start_address = ListedStart(snapshot, one);
		body.ns_tid = body.thread.tid;
		if (body.thread.pid == SYSTEM_PID)
			body.attributes |= VIGIL_THREAD_KERNEL;
		RecordBegin(&record, VIGIL_EVENT_THREAD_SNAPSHOT, &body, sizeof(body));
		RecordSend(&record);
		ThreadsAddExisting(&body.thread, body.start_address,
				   (UINT64)one->create_time.QuadPart);
		snapshot->threads++;
	}
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID ReportAll(_Inout_ struct snapshot *snapshot)
{
	const ULONG head = FIELD_OFFSET(struct listed_process, thread);
	struct vigil_snapshot_body body;
	struct record record;
	ULONG at = 0;

	PAGED_CODE();

	while (snapshot->list_bytes - at >= head) {
		const struct listed_process *listed = (const PVOID)(snapshot->list + at);
		ULONG left = snapshot->list_bytes - at - head;

		/* 0 is the idle process, which is not a process. The creation of a process
		 * is reported with its first thread: one without a thread is not complete
		 * yet. System starts some that never have a thread (Secure System). */
		if (listed->pid != NULL &&
		    (listed->threads != 0 || IdOf(listed->parent_pid) == SYSTEM_PID)) {
			ReportProcess(snapshot, listed);
			ReportThreads(snapshot, listed, left / snapshot->thread_bytes);
		}
		if (listed->next < head || listed->next > snapshot->list_bytes - at)
			break;
		at += listed->next;
	}
	RtlZeroMemory(&body, sizeof(body));
	body.processes = snapshot->processes;
	body.threads = snapshot->threads;
	RecordBegin(&record, VIGIL_EVENT_SNAPSHOT_END, &body, sizeof(body));
	RecordSend(&record);
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS SnapshotTake(VOID)
{
	struct snapshot snapshot;
	NTSTATUS status;

	PAGED_CODE();

	RtlZeroMemory(&snapshot, sizeof(snapshot));
	snapshot.number = state.number;
	snapshot.began = state.began;
	snapshot.image = PoolPaged(NAME_BYTES, TAG_SNAPSHOT);
	snapshot.command_line = PoolPaged(NAME_BYTES, TAG_SNAPSHOT);
	status = STATUS_INSUFFICIENT_RESOURCES;
	if (snapshot.image != NULL && snapshot.command_line != NULL)
		status = GetAnyList(&snapshot);
	if (NT_SUCCESS(status))
		ReportAll(&snapshot);
	Finish();
	Release(&snapshot);
	return status;
}

_Use_decl_annotations_
VOID SnapshotReportEarly(const struct vigil_exit_body *exit)
{
	struct vigil_process_body body;
	struct record record;

	RecordClearProcess(&body);
	body.process = exit->process;
	body.parent = exit->parent;
	body.start = exit->start;
	body.session = body.integrity = VIGIL_UNKNOWN;
	body.ns_pid = body.process.pid;
	body.attributes = VIGIL_PROCESS_ENDED_EARLY;
	RecordBegin(&record, VIGIL_EVENT_PROCESS_SNAPSHOT, &body, sizeof(body));
	RecordSend(&record);
}
