/* SPDX-License-Identifier: MIT */
/* process.c - processes: created, denied, ended. */
#include "process.h"

#include "identity.h"
#include "names.h"
#include "processes.h"
#include "record.h"
#include "routines.h"
#include "rules.h"
#include "snapshot.h"
#include "trace.h"

#define NOTIFY_SUBSYSTEMS 0 /* PsCreateProcessNotifySubsystems */
#define SYSTEM_PID        4u

static volatile LONG subsystems;

/* Everything that is reported about a new process. */
struct birth {
	struct process_state state;
	struct process_user user;
	struct file_name name;
	struct judgement judgement;
};

/* The identity of the process; no failure here affects the start. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID Gather(_In_ PEPROCESS process, _In_ HANDLE pid, _In_ PPS_CREATE_NOTIFY_INFO info,
		   _Out_ struct birth *birth)
{
	PAGED_CODE();

	RtlZeroMemory(birth, sizeof(*birth));
	IdentityUser(process, &birth->user);
	birth->state.id.pid = IdOf(pid);
	birth->state.id.start_key = IdentityStartKey(process);
	birth->state.parent.pid = IdOf(info->ParentProcessId);
	birth->state.parent.start_key = ProcessesStartKey(birth->state.parent.pid);
	birth->state.start = IdentityCreated(process);
	NameResolve(info->FileObject, process, info->ImageFileName,
		    (info->Flags & CREATE_FILE_OPEN_NAME) != 0, &birth->name);
	birth->state.reason = IdentityReason(&birth->name.path, &birth->user);
}

VIGIL_PAGE
static VOID FillBody(_In_ const struct birth *birth, _In_ ULONG flags,
		     _Out_ struct vigil_process_body *body)
{
	PAGED_CODE();

	RecordClearProcess(body);
	body->process = birth->state.id;
	body->parent = birth->state.parent;
	body->start = TimeUnix((LONGLONG)birth->state.start);
	body->session = birth->user.session;
	body->integrity = birth->user.integrity;
	body->ns_pid = body->process.pid;
	if ((flags & CREATE_SUBSYSTEM) != 0)
		body->attributes |= VIGIL_PROCESS_SUBSYSTEM;
	if (body->process.pid == SYSTEM_PID)
		body->attributes |= VIGIL_PROCESS_KERNEL;
}

VIGIL_PAGE
static VOID AddStrings(_Inout_ struct record *record, _In_ const struct birth *birth,
		       _In_ const PS_CREATE_NOTIFY_INFO *info)
{
	PAGED_CODE();

	RecordString(record, VIGIL_PART_IMAGE, birth->name.source, &birth->name.path);
	RecordString(record, VIGIL_PART_COMMAND_LINE, VIGIL_PART_ORIGIN_NOTIFY, info->CommandLine);
	RecordBytes(record, VIGIL_PART_USER, VIGIL_PART_ORIGIN_KERNEL, birth->user.sid,
		    birth->user.sid_length);
	if (birth->name.partial)
		record->flags |= VIGIL_RECORD_INCOMPLETE;
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID SendCreate(_In_ const struct birth *birth, _In_ const PS_CREATE_NOTIFY_INFO *info)
{
	struct vigil_process_body body;
	struct record record;

	PAGED_CODE();

	FillBody(birth, info->Flags, &body);
	RecordBegin(&record, VIGIL_EVENT_PROCESS_CREATE, &body, sizeof(body));
	AddStrings(&record, birth, info);
	RecordSend(&record);
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID SendDenied(_In_ const struct birth *birth, _In_ const PS_CREATE_NOTIFY_INFO *info)
{
	struct vigil_denied_body body;
	struct record record;

	PAGED_CODE();

	RtlZeroMemory(&body, sizeof(body));
	FillBody(birth, info->Flags, &body.process);
	body.hits = birth->judgement.hits;
	body.verdict = NT_SUCCESS(info->CreationStatus) ? birth->judgement.verdict
							: (UINT32)VIGIL_VERDICT_DENY;
	body.status = (UINT32)info->CreationStatus;
	RecordBegin(&record, VIGIL_EVENT_PROCESS_DENIED, &body, sizeof(body));
	AddStrings(&record, birth, info);
	RecordString(&record, VIGIL_PART_RULE, VIGIL_PART_ORIGIN_KERNEL, &birth->judgement.id);
	RecordSend(&record);
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID Judge(_Inout_ struct birth *birth, _In_ const PS_CREATE_NOTIFY_INFO *info)
{
	struct start start;

	PAGED_CODE();

	start.path = &birth->name.path;
	start.spelled = info->ImageFileName;
	start.known = birth->name.unique;
	start.chosen = birth->name.source == VIGIL_PART_ORIGIN_NOTIFY;
	start.user = birth->user.sid;
	start.user_length = birth->user.sid_length;
	start.creator = IdOf(info->CreatingThreadId.UniqueProcess);
	start.parent = birth->state.parent.pid;
	RulesJudge(&start, &birth->judgement);
}

/*
 * Judges the start and reports it as a creation or as refused. The rules are already in
 * the kernel, because a notification must not wait for user mode. A start that another
 * driver has refused stays refused, and is reported without a rule.
 */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID OnCreate(_In_ PEPROCESS process, _In_ HANDLE pid, _Inout_ PPS_CREATE_NOTIFY_INFO info)
{
	struct birth birth;
	BOOLEAN refused;

	PAGED_CODE();

	Gather(process, pid, info, &birth);
	(VOID) ProcessesAdd(&birth.state);
	Judge(&birth, info);
	if (birth.judgement.verdict == VIGIL_VERDICT_DENY && NT_SUCCESS(info->CreationStatus))
		info->CreationStatus = STATUS_ACCESS_DENIED;

	refused = !NT_SUCCESS(info->CreationStatus);
	if (refused)
		ProcessesRefuse(birth.state.id.pid);
	else
		SendCreate(&birth, info);
	if (refused || birth.judgement.verdict != 0)
		SendDenied(&birth, info);
	TraceProcess(birth.state.parent.pid, birth.state.id.pid, &birth.name.path);
	RulesRelease(&birth.judgement);
	NameRelease(&birth.name);
}

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID OnExit(_In_ PEPROCESS process, _In_ HANDLE pid)
{
	UINT64 created = IdentityCreated(process), mono;
	struct process_state known;
	struct process_times times;
	struct vigil_exit_body body;
	struct record record;
	LARGE_INTEGER wall;
	HANDLE handle;
	BOOLEAN early;

	PAGED_CODE();

	RtlZeroMemory(&body, sizeof(body));
	handle = IdentityOpen(process);
	IdentityTimes(handle, &times);
	body.code = (UINT32)(nt.PsGetProcessExitStatus != NULL ? nt.PsGetProcessExitStatus(process)
							       : IdentityExitStatus(handle));
	IdentityClose(handle);
	body.process.pid = IdOf(pid);
	body.process.start_key = IdentityStartKey(process);
	body.start = TimeUnix((LONGLONG)created);
	body.user_time = times.user * 100;
	body.system_time = times.kernel * 100;
	TimeNow(&wall, &mono);
	if ((UINT64)wall.QuadPart > created)
		body.lifetime = ((UINT64)wall.QuadPart - created) * 100;
	RecordBegin(&record, VIGIL_EVENT_PROCESS_EXIT, &body, sizeof(body));

	/* A snapshot either has reported this process before its end is reported, or
	 * leaves that to this function. */
	SnapshotEnter();
	early = ProcessesRemove(body.process.pid, &known);
	body.parent = known.parent;
	if (!known.refused) { /* otherwise PROCESS_DENIED has reported that it never runs */
		if (early)
			SnapshotReportEarly(&body);
		RecordSend(&record);
	}
	SnapshotLeave();
	TraceProcess(known.parent.pid, body.process.pid, NULL);
}

_Function_class_(PCREATE_PROCESS_NOTIFY_ROUTINE_EX)
_IRQL_requires_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID NTAPI OnProcess(_Inout_ PEPROCESS process, _In_ HANDLE pid,
			    _Inout_opt_ PPS_CREATE_NOTIFY_INFO info)
{
	PAGED_CODE();

	if (info != NULL)
		OnCreate(process, pid, info);
	else
		OnExit(process, pid);
}

/* Ex2 (Windows 10 1703) includes pico processes. Both require an image linked with
 * FORCE_INTEGRITY (WDK: PsSetCreateProcessNotifyRoutineEx). */
_Use_decl_annotations_
VIGIL_INIT
NTSTATUS ProcessStart(VOID)
{
	StoreRelease(&subsystems, nt.PsSetCreateProcessNotifyRoutineEx2 != NULL);
	if (nt.PsSetCreateProcessNotifyRoutineEx2 == NULL)
		return PsSetCreateProcessNotifyRoutineEx(OnProcess, FALSE);
	return nt.PsSetCreateProcessNotifyRoutineEx2(NOTIFY_SUBSYSTEMS, (PVOID)(ULONG_PTR)OnProcess,
						     FALSE);
}

_Use_decl_annotations_
VIGIL_PAGE
VOID ProcessStop(VOID)
{
	PAGED_CODE();

	if (ProcessSubsystems())
		(VOID) nt.PsSetCreateProcessNotifyRoutineEx2(NOTIFY_SUBSYSTEMS,
							     (PVOID)(ULONG_PTR)OnProcess, TRUE);
	else
		(VOID) PsSetCreateProcessNotifyRoutineEx(OnProcess, TRUE);
}

_Use_decl_annotations_
BOOLEAN ProcessSubsystems(VOID)
{
	return LoadAcquire(&subsystems) != 0;
}
