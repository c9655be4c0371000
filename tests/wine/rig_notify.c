/* SPDX-License-Identifier: MIT */
/* rig_notify.c - who has registered for notifications, and the calls. */
#include "rig_parts.h"

#define ROUTINES   8
#define TEB_OF_TEB 0x30       /* TEB.NtTib.Self (x64) */
#define HAS_FILE   (1u << 10) /* IMAGE_INFO.ExtendedInfoPresent */

/* Calls hold the lock shared, so removing a routine waits for them, as Windows
 * does. */
static ERESOURCE lock;
static PVOID routines[NOTIFY_KINDS][ROUTINES];
static volatile LONG64 fired;

static const enum notify_kind kinds[RIG_EVENTS] = {
	[RIG_PROCESS_CREATE] = NOTIFY_PROCESS, [RIG_PROCESS_EXIT] = NOTIFY_PROCESS,
	[RIG_THREAD_CREATE] = NOTIFY_THREAD,   [RIG_THREAD_EXIT] = NOTIFY_THREAD,
	[RIG_IMAGE_LOAD] = NOTIFY_IMAGE,
};

/* -- whose thread this seems to be ------------------------------------------ */

struct pose {
	LIST_ENTRY link;
	ULONG64 teb; /* of the thread that really runs */
	CLIENT_ID actor;
};

static KSPIN_LOCK poses_lock;
static LIST_ENTRY poses;

static VOID PoseBegin(struct pose *pose)
{
	KIRQL irql;

	pose->teb = __readgsqword(TEB_OF_TEB);
	KeAcquireSpinLock(&poses_lock, &irql);
	InsertTailList(&poses, &pose->link);
	KeReleaseSpinLock(&poses_lock, irql);
}

static VOID PoseEnd(struct pose *pose)
{
	KIRQL irql;

	KeAcquireSpinLock(&poses_lock, &irql);
	RemoveEntryList(&pose->link);
	KeReleaseSpinLock(&poses_lock, irql);
}

BOOLEAN NotifyActor(CLIENT_ID *actor)
{
	ULONG64 teb = __readgsqword(TEB_OF_TEB);
	const LIST_ENTRY *link;
	BOOLEAN found = FALSE;
	KIRQL irql;

	KeAcquireSpinLock(&poses_lock, &irql);
	for (link = poses.Flink; link != &poses && !found; link = link->Flink) {
		const struct pose *pose = CONTAINING_RECORD(link, struct pose, link);

		found = pose->teb == teb;
		if (found)
			*actor = pose->actor;
	}
	KeReleaseSpinLock(&poses_lock, irql);
	return found;
}

/* -- who is registered ------------------------------------------------------ */

VOID NotifyStart(VOID)
{
	ExInitializeResourceLite(&lock);
	KeInitializeSpinLock(&poses_lock);
	InitializeListHead(&poses);
}

VOID NotifyStop(VOID)
{
	ExDeleteResourceLite(&lock);
}

VOID NotifyCount(struct rig_counts *counts)
{
	ULONG kind, i;

	ExAcquireResourceSharedLite(&lock, TRUE);
	for (kind = 0; kind < NOTIFY_KINDS; kind++)
		for (i = 0; i < ROUTINES; i++)
			counts->routines[kind] += routines[kind][i] != NULL;
	ExReleaseResourceLite(&lock);
	counts->fired = (ULONG64)InterlockedCompareExchange64(&fired, 0, 0);
}

/* Statuses as the pages of the WDK have them. */
NTSTATUS NotifyAdd(enum notify_kind kind, PVOID routine)
{
	NTSTATUS status = STATUS_INVALID_PARAMETER;
	ULONG i, place = ROUTINES;

	ExAcquireResourceExclusiveLite(&lock, TRUE);
	for (i = 0; i < ROUTINES && routines[kind][i] != routine; i++)
		if (routines[kind][i] == NULL && place == ROUTINES)
			place = i;
	if (i == ROUTINES && place != ROUTINES) {
		routines[kind][place] = routine;
		status = STATUS_SUCCESS;
	}
	ExReleaseResourceLite(&lock);
	return status;
}

NTSTATUS NotifyRemove(enum notify_kind kind, PVOID routine)
{
	NTSTATUS status =
	    kind == NOTIFY_PROCESS ? STATUS_INVALID_PARAMETER : STATUS_PROCEDURE_NOT_FOUND;
	ULONG i;

	ExAcquireResourceExclusiveLite(&lock, TRUE);
	for (i = 0; i < ROUTINES; i++) {
		if (routines[kind][i] == routine) {
			routines[kind][i] = NULL;
			status = STATUS_SUCCESS;
		}
	}
	ExReleaseResourceLite(&lock);
	return status;
}

/* -- the calls -------------------------------------------------------------- */

/* All that one notification needs. */
struct notification {
	const struct rig_fire *fire;
	HANDLE pid, tid;
	CLIENT_ID actor;
	PEPROCESS process;
	struct rig_file file;
	UNICODE_STRING opened, device, command;
	NTSTATUS creation_status;
};

static PUNICODE_STRING OrNull(UNICODE_STRING *string)
{
	return string->Length != 0 ? string : NULL;
}

static VOID CallProcess(PCREATE_PROCESS_NOTIFY_ROUTINE_EX routine, struct notification *n)
{
	const struct rig_fire *fire = n->fire;
	PS_CREATE_NOTIFY_INFO info;

	if (fire->event == RIG_PROCESS_EXIT) {
		routine(n->process, n->pid, NULL);
		return;
	}
	RtlZeroMemory(&info, sizeof(info));
	info.Size = sizeof(info);
	info.FileOpenNameAvailable = TRUE;
	info.ParentProcessId =
	    fire->parent != 0 ? (HANDLE)(ULONG_PTR)fire->parent : n->actor.UniqueProcess;
	info.CreatingThreadId = n->actor;
	info.FileObject = &n->file.object;
	info.ImageFileName = OrNull(&n->opened);
	info.CommandLine = OrNull(&n->command);
	info.CreationStatus = n->creation_status;
	routine(n->process, n->pid, &info);
	n->creation_status = info.CreationStatus;
}

static VOID CallImage(PLOAD_IMAGE_NOTIFY_ROUTINE routine, struct notification *n)
{
	IMAGE_INFO_EX image;

	RtlZeroMemory(&image, sizeof(image));
	image.Size = sizeof(image);
	image.FileObject = &n->file.object;
	image.ImageInfo.Properties = IMAGE_ADDRESSING_MODE_32BIT | HAS_FILE;
	image.ImageInfo.ImageBase = (PVOID)(ULONG_PTR)n->fire->base;
	image.ImageInfo.ImageSize = n->fire->size;
	routine(OrNull(&n->device), n->pid, &image.ImageInfo);
}

static VOID CallOne(PVOID routine, struct notification *n)
{
	union {
		PVOID address;
		PCREATE_PROCESS_NOTIFY_ROUTINE_EX process;
		PCREATE_THREAD_NOTIFY_ROUTINE thread;
		PLOAD_IMAGE_NOTIFY_ROUTINE image;
	} call = { routine };

	switch (kinds[n->fire->event]) {
	case NOTIFY_PROCESS:
		CallProcess(call.process, n);
		break;
	case NOTIFY_THREAD:
		call.thread(n->pid, n->tid, n->fire->event == RIG_THREAD_CREATE);
		break;
	default:
		CallImage(call.image, n);
	}
	InterlockedIncrement64(&fired);
}

static ULONG CallAll(struct notification *n)
{
	PVOID *registered = routines[kinds[n->fire->event]];
	struct pose pose = { .actor = n->actor };
	ULONG called = 0, i;

	PoseBegin(&pose);
	ExAcquireResourceSharedLite(&lock, TRUE);
	for (i = 0; i < ROUTINES; i++) {
		if (registered[i] != NULL) {
			CallOne(registered[i], n);
			called++;
		}
	}
	ExReleaseResourceLite(&lock);
	PoseEnd(&pose);
	return called;
}

static VOID Cut(PUNICODE_STRING string, PWCH *text, ULONG bytes)
{
	string->Buffer = *text;
	string->Length = string->MaximumLength = (USHORT)bytes;
	*text += bytes / sizeof(WCHAR);
}

NTSTATUS NotifyFire(const struct rig_fire *fire, PWCH text, HANDLE pid, HANDLE tid,
		    struct rig_answer *answer)
{
	struct notification n;
	NTSTATUS status;
	ULONG i = 0;

	RtlZeroMemory(&n, sizeof(n));
	n.fire = fire;
	n.pid = (HANDLE)(ULONG_PTR)fire->pid;
	n.tid = (HANDLE)(ULONG_PTR)fire->tid;
	n.actor.UniqueProcess = fire->actor_pid != 0 ? (HANDLE)(ULONG_PTR)fire->actor_pid : pid;
	n.actor.UniqueThread = fire->actor_pid != 0 ? (HANDLE)(ULONG_PTR)fire->actor_tid : tid;
	Cut(&n.opened, &text, fire->opened_bytes);
	Cut(&n.device, &text, fire->device_bytes);
	Cut(&n.command, &text, fire->command_bytes);
	if (kinds[fire->event] == NOTIFY_PROCESS) {
		status = PsLookupProcessByProcessId(n.pid, &n.process);
		if (!NT_SUCCESS(status))
			return status;
	}
	SupplyFile(&n.file, &n.opened, &n.device);
	do
		answer->called += CallAll(&n);
	while (++i < fire->repeat);
	answer->creation_status = n.creation_status;
	SupplyFileEnd(&n.file);
	if (n.process != NULL)
		ObDereferenceObject(n.process);
	return STATUS_SUCCESS;
}
