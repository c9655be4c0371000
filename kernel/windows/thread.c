/* SPDX-License-Identifier: MIT */
/* thread.c - threads: created, ended, and created by other processes. */
#include "thread.h"

#include "identity.h"
#include "processes.h"
#include "record.h"
#include "routines.h"
#include "settings.h"
#include "threads.h"
#include "trace.h"

#define NOTIFY_SUBSYSTEMS   1 /* PsCreateThreadNotifySubsystems: all threads, pico too */
#define START_ADDRESS_CLASS 9 /* ThreadQuerySetWin32StartAddress */

/*
 * Start address of the thread; 0 if it cannot be queried: thread handles and Zw queries
 * need PASSIVE_LEVEL, and this may run at APC_LEVEL (WDK: PCREATE_THREAD_NOTIFY_ROUTINE).
 * No documented routine returns it without a handle. The new thread could query itself
 * without one, but a thread that was created suspended may never run.
 */
_IRQL_requires_max_(APC_LEVEL)
VIGIL_PAGE
static UINT64 StartAddress(_In_ HANDLE tid)
{
	PVOID address = NULL;
	PETHREAD thread;
	HANDLE handle;
	ULONG used;

	PAGED_CODE();

	if (nt.ZwQueryInformationThread == NULL || KeAreAllApcsDisabled() ||
	    !NT_SUCCESS(PsLookupThreadByThreadId(tid, &thread)))
		return 0;
	if (NT_SUCCESS(ObOpenObjectByPointer(thread, OBJ_KERNEL_HANDLE, NULL,
					     THREAD_QUERY_INFORMATION, NULL, KernelMode,
					     &handle))) {
		if (!NT_SUCCESS(nt.ZwQueryInformationThread(handle, START_ADDRESS_CLASS, &address,
							    sizeof(address), &used)))
			address = NULL;
		ZwClose(handle);
	}
	ObDereferenceObject(thread);
	return (UINT64)(ULONG_PTR)address;
}

/* A process by its PID, for queries; the caller dereferences it. NULL: it has ended, or all
 * APCs are disabled, so that queries are not permitted. */
_IRQL_requires_max_(APC_LEVEL)
VIGIL_PAGE
static PEPROCESS LookUp(_In_ UINT32 pid)
{
	PEPROCESS process;

	PAGED_CODE();

	if (KeAreAllApcsDisabled() ||
	    !NT_SUCCESS(PsLookupProcessByProcessId((HANDLE)(ULONG_PTR)pid, &process)))
		return NULL;
	return process;
}

/* The reason why this remote thread may be legitimate. It is reported in any case. */
_IRQL_requires_max_(APC_LEVEL)
VIGIL_PAGE
static UINT8 Reason(_In_ UINT32 pid, _In_ UINT32 creator)
{
	UINT8 reason = VIGIL_REASON_NONE;
	struct process_state maker;
	PEPROCESS process;

	PAGED_CODE();

	if (ProcessesFind(creator, &maker)) {
		reason = maker.reason;
	} else if ((process = LookUp(creator)) != NULL) {
		/* Older than the driver, and not in a snapshot. */
		reason = IdentityReasonOf(process);
		ObDereferenceObject(process);
	}
	if (reason == VIGIL_REASON_NONE && (process = LookUp(pid)) != NULL) {
		if (IdentityDebugged(process))
			reason = VIGIL_REASON_DEBUGGER;
		ObDereferenceObject(process);
	}
	return reason;
}

/* Whether threads that a process creates in itself are recorded. */
static BOOLEAN OwnWanted(VOID)
{
	return SettingRecords(VIGIL_EVENT_THREAD_CREATE) || SettingRecords(VIGIL_EVENT_THREAD_EXIT);
}

/* Writes a second record for a thread that another process created, or may have. */
_IRQL_requires_max_(APC_LEVEL)
VIGIL_PAGE
static VOID SendRemote(_In_ UINT32 creator, _In_ const struct process_state *target,
		       _Inout_ struct vigil_thread_body *body)
{
	struct record record;

	PAGED_CODE();

	body->reason = Reason(body->thread.pid, creator);
	RecordBegin(&record, VIGIL_EVENT_REMOTE_THREAD, body, sizeof(*body));
	if (target->parent.pid == creator && target->parent.start_key == record.actor.start_key)
		body->attributes |= VIGIL_THREAD_PARENT_CREATOR;
	if (body->origin == VIGIL_ORIGIN_UNKNOWN)
		record.flags |= VIGIL_RECORD_INCOMPLETE;
	RecordSend(&record);
}

/* Whether another process created the thread, or may have. */
static BOOLEAN MayBeRemote(_In_ UINT32 creator, _In_ const struct vigil_thread_body *body)
{
	return body->origin != VIGIL_ORIGIN_FIRST && body->origin != VIGIL_ORIGIN_LOCAL &&
	       body->thread.pid != creator;
}

/* Runs in the context of the creator. */
_IRQL_requires_max_(APC_LEVEL)
VIGIL_PAGE
static VOID OnCreate(_In_ HANDLE pid, _In_ HANDLE tid)
{
	UINT32 creator = IdOf(PsGetCurrentProcessId());
	struct process_state target;
	struct vigil_thread_body body;
	struct record record;
	BOOLEAN remote;

	PAGED_CODE();

	RtlZeroMemory(&body, sizeof(body));
	body.origin = (UINT8)ProcessesJudge(IdOf(pid), IdOf(tid), creator, &target);
	if (target.refused && body.origin == VIGIL_ORIGIN_FIRST)
		return; /* PROCESS_DENIED has reported that it never runs */
	body.thread.pid = IdOf(pid);
	body.thread.tid = IdOf(tid);
	body.thread.start_key = target.id.start_key;
	if (body.thread.start_key == 0)
		body.thread.start_key = ProcessesStartKey(body.thread.pid);
	remote = MayBeRemote(creator, &body);
	if (remote || OwnWanted())
		body.start_address = StartAddress(tid);
	body.ns_tid = body.thread.tid;
	if (body.origin == VIGIL_ORIGIN_SYSTEM && body.thread.pid == creator)
		body.attributes |= VIGIL_THREAD_KERNEL;
	RecordBegin(&record, VIGIL_EVENT_THREAD_CREATE, &body, sizeof(body));
	RecordSend(&record);
	ThreadsAdd(&body.thread, &record.actor, body.start_address, record.mono);
	if (remote)
		SendRemote(creator, &target, &body);
}

/* The state stored at the creation of the thread. */
VIGIL_PAGE
static VOID FillPast(_In_ const struct thread_state *state,
		     _Inout_ struct vigil_thread_end_body *body)
{
	LARGE_INTEGER wall;
	UINT64 mono;

	PAGED_CODE();

	body->thread.start_address = state->start_address;
	body->creator = state->creator;
	TimeNow(&wall, &mono);
	if (state->created != 0 && mono > state->created)
		body->lifetime = (mono - state->created) * 100;
}

/* Runs in the context of the ending thread. */
_IRQL_requires_max_(APC_LEVEL)
VIGIL_PAGE
static VOID OnExit(_In_ HANDLE pid, _In_ HANDLE tid)
{
	struct vigil_thread_end_body body;
	struct thread_state state;
	struct record record;
	PETHREAD thread;

	PAGED_CODE();

	if (!SettingRecords(VIGIL_EVENT_THREAD_EXIT) || ProcessesNeverRuns(IdOf(pid), IdOf(tid)))
		return;
	RtlZeroMemory(&body, sizeof(body));
	ThreadsRemove(IdOf(tid), &state);
	FillPast(&state, &body);
	body.thread.thread.pid = IdOf(pid);
	body.thread.thread.tid = IdOf(tid);
	body.thread.thread.start_key = ProcessesStartKey(IdOf(pid));
	body.thread.ns_tid = IdOf(tid);
	body.thread.code = VIGIL_UNKNOWN;
	RecordBegin(&record, VIGIL_EVENT_THREAD_EXIT, &body, sizeof(body));
	if (nt.PsGetThreadExitStatus != NULL &&
	    NT_SUCCESS(PsLookupThreadByThreadId(tid, &thread))) {
		body.thread.code = (UINT32)nt.PsGetThreadExitStatus(thread);
		ObDereferenceObject(thread);
	} else {
		record.flags |= VIGIL_RECORD_INCOMPLETE;
	}
	RecordSend(&record);
}

/* Whether thread events are requested. */
static BOOLEAN Wanted(VOID)
{
	return OwnWanted() || SettingRecords(VIGIL_EVENT_REMOTE_THREAD) ||
	       SettingGet(VIGIL_SETTING_TRACE) != 0;
}

_Function_class_(PCREATE_THREAD_NOTIFY_ROUTINE)
_IRQL_requires_max_(APC_LEVEL)
VIGIL_PAGE
static VOID NTAPI OnThread(_In_ HANDLE pid, _In_ HANDLE tid, _In_ BOOLEAN create)
{
	PAGED_CODE();

	if (!Wanted())
		return;
	if (create)
		OnCreate(pid, tid);
	else
		OnExit(pid, tid);
	TraceThread(IdOf(pid), IdOf(tid), create);
}

static BOOLEAN armed; /* the last result of Wanted() in this function */

/* First threads are expected only while notifications are processed. The setting is
 * checked first: a thread that is not processed is never expected. */
_Use_decl_annotations_
VIGIL_PAGE
VOID ThreadSettle(VOID)
{
	BOOLEAN wanted = Wanted();

	PAGED_CODE();

	if (wanted && !armed)
		ProcessesArm();
	else if (!wanted && armed)
		ProcessesDisarm();
	armed = wanted;
	if (!SettingRecords(VIGIL_EVENT_THREAD_EXIT))
		ThreadsClear();
}

/* From Windows 10 1703 on, the Ex routine also reports threads of pico processes; earlier
 * versions have the routine but not this kind. Its other kind, NonSystem, runs in the
 * context of the new thread, where the creator is unknown. */
_Use_decl_annotations_
VIGIL_INIT
NTSTATUS ThreadStart(VOID)
{
	NTSTATUS status = STATUS_PROCEDURE_NOT_FOUND;

	armed = FALSE;
	if (nt.PsSetCreateThreadNotifyRoutineEx != NULL)
		status = nt.PsSetCreateThreadNotifyRoutineEx(NOTIFY_SUBSYSTEMS,
							     (PVOID)(ULONG_PTR)OnThread);
	if (!NT_SUCCESS(status))
		status = PsSetCreateThreadNotifyRoutine(OnThread);
	if (NT_SUCCESS(status))
		ThreadSettle();
	return status;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID ThreadStop(VOID)
{
	PAGED_CODE();

	(VOID) PsRemoveCreateThreadNotifyRoutine(OnThread);
}
