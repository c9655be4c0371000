/* SPDX-License-Identifier: MIT */
/* psquery.c - the Ps routines: what a driver asks of processes and threads it has a pointer to. */
#include "sim.h"

PEPROCESS PsGetCurrentProcess(VOID)
{
	ntsim_point();
	return current_process();
}

PEPROCESS IoGetCurrentProcess(VOID)
{
	return PsGetCurrentProcess();
}

PETHREAD PsGetCurrentThread(VOID)
{
	ntsim_point();
	return current_thread();
}

PKTHREAD KeGetCurrentThread(VOID)
{
	return PsGetCurrentThread();
}

/* The thread's own process, also while it is attached to another. */
HANDLE PsGetCurrentProcessId(VOID)
{
	ntsim_point();
	return current_thread()->process->pid;
}

HANDLE PsGetCurrentThreadId(VOID)
{
	ntsim_point();
	return current_thread()->tid;
}

HANDLE PsGetProcessId(PEPROCESS process)
{
	object_type(process, "PsGetProcessId");
	return process->pid;
}

HANDLE PsGetThreadId(PETHREAD thread)
{
	object_type(thread, "PsGetThreadId");
	return thread->tid;
}

HANDLE PsGetThreadProcessId(PETHREAD thread)
{
	object_type(thread, "PsGetThreadProcessId");
	return thread->process->pid;
}

PEPROCESS PsGetThreadProcess(PETHREAD thread)
{
	object_type(thread, "PsGetThreadProcess");
	return thread->process;
}

PEPROCESS IoThreadToProcess(PETHREAD thread)
{
	return PsGetThreadProcess(thread);
}

PEPROCESS PsGetCurrentThreadProcess(VOID)
{
	return current_thread()->process;
}

HANDLE PsGetCurrentThreadProcessId(VOID)
{
	return current_thread()->process->pid;
}

HANDLE PsGetProcessInheritedFromUniqueProcessId(PEPROCESS process)
{
	object_type(process, "PsGetProcessInheritedFromUniqueProcessId");
	return process->parent;
}

/* The lookup and the reference are one step: a process may end at any moment. */
NTSTATUS PsLookupProcessByProcessId(HANDLE id, PEPROCESS *process)
{
	PEPROCESS p;

	need_irql("PsLookupProcessByProcessId", PASSIVE_LEVEL, APC_LEVEL);
	*process = NULL;
	if (fault("PsLookupProcessByProcessId"))
		return STATUS_INVALID_PARAMETER;
	klock();
	p = process_find(id);
	if (p)
		object_driver_ref(p);
	kunlock();
	*process = p;
	return p ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS PsLookupThreadByThreadId(HANDLE id, PETHREAD *thread)
{
	PETHREAD t;

	need_irql("PsLookupThreadByThreadId", PASSIVE_LEVEL, APC_LEVEL);
	*thread = NULL;
	if (fault("PsLookupThreadByThreadId"))
		return STATUS_INVALID_PARAMETER;
	klock();
	t = thread_find(id);
	if (t)
		object_driver_ref(t);
	kunlock();
	*thread = t;
	return t ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

ULONGLONG PsGetProcessStartKey(PEPROCESS process)
{
	need_version("PsGetProcessStartKey", NTSIM_WIN10_1703);
	need_irql("PsGetProcessStartKey", PASSIVE_LEVEL, DISPATCH_LEVEL);
	object_type(process, "PsGetProcessStartKey");
	return process->start_key;
}

LONGLONG PsGetProcessCreateTimeQuadPart(PEPROCESS process)
{
	object_type(process, "PsGetProcessCreateTimeQuadPart");
	return process->created;
}

LONGLONG PsGetThreadCreateTime(PETHREAD thread)
{
	object_type(thread, "PsGetThreadCreateTime");
	return thread->created;
}

NTSTATUS PsGetProcessExitStatus(PEPROCESS process)
{
	need_irql("PsGetProcessExitStatus", PASSIVE_LEVEL, APC_LEVEL);
	object_type(process, "PsGetProcessExitStatus");
	return process->exit_status;
}

NTSTATUS PsGetThreadExitStatus(PETHREAD thread)
{
	need_irql("PsGetThreadExitStatus", PASSIVE_LEVEL, APC_LEVEL);
	object_type(thread, "PsGetThreadExitStatus");
	return thread->exit_status;
}

ULONG PsGetProcessSessionId(PEPROCESS process)
{
	object_type(process, "PsGetProcessSessionId");
	return process->session;
}

ULONG PsGetProcessSessionIdEx(PEPROCESS process)
{
	return PsGetProcessSessionId(process);
}

/* The file's own name, cut to 15 bytes. It lives as long as the process. */
PCHAR PsGetProcessImageFileName(PEPROCESS process)
{
	static _Thread_local char name[16];
	USHORT count = process->image.Length / sizeof(WCHAR), start = 0, i;

	object_type(process, "PsGetProcessImageFileName");
	for (i = 0; i < count; i++) {
		if (process->image.Buffer[i] == '\\')
			start = (USHORT)(i + 1);
	}
	for (i = 0; i < 15 && start + i < count; i++)
		name[i] = (char)process->image.Buffer[start + i];
	name[i] = 0;
	return name;
}

BOOLEAN PsIsProcessBeingDebugged(PEPROCESS process)
{
	object_type(process, "PsIsProcessBeingDebugged");
	return process->debugged;
}

PVOID PsGetProcessDebugPort(PEPROCESS process)
{
	return PsIsProcessBeingDebugged(process) ? process : NULL;
}

PVOID PsGetProcessWow64Process(PEPROCESS process)
{
	object_type(process, "PsGetProcessWow64Process");
	return process->wow64 ? process : NULL;
}

PVOID PsGetProcessSectionBaseAddress(PEPROCESS process)
{
	object_type(process, "PsGetProcessSectionBaseAddress");
	return (PVOID)0x140000000;
}

BOOLEAN PsIsProtectedProcess(PEPROCESS process)
{
	object_type(process, "PsIsProtectedProcess");
	return process->is_protected;
}

BOOLEAN PsIsProtectedProcessLight(PEPROCESS process)
{
	need_version("PsIsProtectedProcessLight", NTSIM_WIN81);
	return PsIsProtectedProcess(process);
}

BOOLEAN PsIsSystemProcess(PEPROCESS process)
{
	object_type(process, "PsIsSystemProcess");
	return process->system;
}

BOOLEAN PsIsSystemThread(PETHREAD thread)
{
	object_type(thread, "PsIsSystemThread");
	return thread->system;
}

BOOLEAN PsIsThreadTerminating(PETHREAD thread)
{
	object_type(thread, "PsIsThreadTerminating");
	return !thread->alive || thread->exit_status != STATUS_PENDING;
}

NTSTATUS PsAcquireProcessExitSynchronization(PEPROCESS process)
{
	object_type(process, "PsAcquireProcessExitSynchronization");
	return process->running ? STATUS_SUCCESS : STATUS_PROCESS_IS_TERMINATING;
}

VOID PsReleaseProcessExitSynchronization(PEPROCESS process)
{
	object_type(process, "PsReleaseProcessExitSynchronization");
}

NTSTATUS PsReferenceProcessFilePointer(PEPROCESS process, PFILE_OBJECT *file)
{
	need_irql("PsReferenceProcessFilePointer", PASSIVE_LEVEL, PASSIVE_LEVEL);
	object_type(process, "PsReferenceProcessFilePointer");
	if (!process->file || fault("PsReferenceProcessFilePointer"))
		return STATUS_UNSUCCESSFUL;
	object_driver_ref(process->file);
	*file = process->file;
	return STATUS_SUCCESS;
}

NTSTATUS SeLocateProcessImageName(PEPROCESS process, PUNICODE_STRING *name)
{
	PUNICODE_STRING s;

	need_irql("SeLocateProcessImageName", PASSIVE_LEVEL, PASSIVE_LEVEL);
	object_type(process, "SeLocateProcessImageName");
	*name = NULL;
	if (fault("SeLocateProcessImageName"))
		return STATUS_INSUFFICIENT_RESOURCES;
	s = pool_special(sizeof(*s) + process->image.Length, true, 0x6e507350,
			 "SeLocateProcessImageName");
	s->Length = s->MaximumLength = process->image.Length;
	s->Buffer = (PWCH)(s + 1);
	memcpy(s->Buffer, process->image.Buffer, process->image.Length);
	*name = s;
	return STATUS_SUCCESS;
}

VOID KeStackAttachProcess(PEPROCESS process, PRKAPC_STATE state)
{
	need_irql("KeStackAttachProcess", PASSIVE_LEVEL, DISPATCH_LEVEL);
	object_type(process, "KeStackAttachProcess");
	state->Reserved[0] = self()->attached;
	self()->attached = process;
}

VOID KeUnstackDetachProcess(PRKAPC_STATE state)
{
	self()->attached = state->Reserved[0];
}

KPROCESSOR_MODE ExGetPreviousMode(VOID)
{
	return self()->previous_mode;
}

KPRIORITY KeSetPriorityThread(PKTHREAD thread, KPRIORITY priority)
{
	object_type(thread, "KeSetPriorityThread");
	(void)priority;
	return 8;
}
