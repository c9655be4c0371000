/* SPDX-License-Identifier: MIT */
/* query.c - ZwQueryInformationProcess, ...Thread, and the list of processes. */
#include "sim.h"

static NTSTATUS give(const void *data, ULONG size, PVOID information, ULONG length, PULONG needed)
{
	if (needed)
		*needed = size;
	if (length < size)
		return STATUS_INFO_LENGTH_MISMATCH;
	memcpy(information, data, size);
	return STATUS_SUCCESS;
}

/* A UNICODE_STRING followed by its buffer. */
static NTSTATUS give_string(PCUNICODE_STRING s, PVOID information, ULONG length, PULONG needed)
{
	PUNICODE_STRING out = information;
	ULONG size = (ULONG)sizeof(*out) + s->Length;

	if (needed)
		*needed = size;
	if (length < size)
		return STATUS_INFO_LENGTH_MISMATCH;
	*out = (UNICODE_STRING){ s->Length, s->Length, (PWCH)(out + 1) };
	memcpy(out + 1, s->Buffer, s->Length);
	return STATUS_SUCCESS;
}

static NTSTATUS give_basic(PEPROCESS p, PVOID information, ULONG length, PULONG needed)
{
	PROCESS_BASIC_INFORMATION basic = { .ExitStatus = p->exit_status,
					    .AffinityMask = 15,
					    .BasePriority = 8,
					    .UniqueProcessId = (ULONG_PTR)p->pid,
					    .InheritedFromUniqueProcessId = (ULONG_PTR)p->parent };

	return give(&basic, sizeof(basic), information, length, needed);
}

static NTSTATUS give_times(PEPROCESS p, PVOID information, ULONG length, PULONG needed)
{
	KERNEL_USER_TIMES times = { .CreateTime.QuadPart = p->created,
				    .ExitTime.QuadPart = p->exited };

	return give(&times, sizeof(times), information, length, needed);
}

static NTSTATUS answer(PEPROCESS p, PROCESSINFOCLASS type, PVOID information, ULONG length,
		       PULONG needed)
{
	ULONG_PTR number = 0;
	ULONG small = 0;
	UCHAR protection = p->is_protected ? 0x61 : 0;

	switch (type) {
	case ProcessBasicInformation:
		return give_basic(p, information, length, needed);
	case ProcessTimes:
		return give_times(p, information, length, needed);
	case ProcessDebugPort:
		number = p->debugged ? ~(ULONG_PTR)0 : 0;
		return give(&number, sizeof(number), information, length, needed);
	case ProcessWow64Information:
		number = p->wow64;
		return give(&number, sizeof(number), information, length, needed);
	case ProcessSessionInformation:
		return give(&p->session, sizeof(p->session), information, length, needed);
	case ProcessImageFileName:
	case ProcessImageFileNameWin32:
		return give_string(&p->image, information, length, needed);
	case ProcessCommandLineInformation:
		if (version_now() > NTSIM_WIN81)
			return STATUS_INVALID_INFO_CLASS;
		if (!p->has_command)
			return STATUS_NOT_FOUND;
		return give_string(&p->command, information, length, needed);
	case ProcessProtectionInformation:
		if (version_now() > NTSIM_WIN81)
			return STATUS_INVALID_INFO_CLASS;
		return give(&protection, sizeof(protection), information, length, needed);
	case ProcessSubsystemInformation:
		if (version_now() > NTSIM_WIN10_1703)
			return STATUS_INVALID_INFO_CLASS;
		small = p->pico;
		return give(&small, sizeof(small), information, length, needed);
	default:
		return STATUS_INVALID_INFO_CLASS;
	}
}

NTSTATUS ZwQueryInformationProcess(HANDLE handle, PROCESSINFOCLASS type, PVOID information,
				   ULONG length, PULONG needed)
{
	PEPROCESS p;
	NTSTATUS status;

	need_irql("ZwQueryInformationProcess", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (fault("ZwQueryInformationProcess"))
		return STATUS_INSUFFICIENT_RESOURCES;
	if (handle == NtCurrentProcess()) {
		p = current_process();
		object_ref(p);
	} else {
		p = handle_object_for(handle, OBJECT_PROCESS, "ZwQueryInformationProcess");
	}
	klock();
	status = answer(p, type, information, length, needed);
	kunlock();
	object_unref(p);
	return status;
}

NTSTATUS ZwQueryInformationThread(HANDLE handle, THREADINFOCLASS type, PVOID information,
				  ULONG length, PULONG needed)
{
	PETHREAD t;
	NTSTATUS status;

	need_irql("ZwQueryInformationThread", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (fault("ZwQueryInformationThread"))
		return STATUS_INSUFFICIENT_RESOURCES;
	if (handle == NtCurrentThread()) {
		t = current_thread();
		object_ref(t);
	} else {
		t = handle_object_for(handle, OBJECT_THREAD, "ZwQueryInformationThread");
	}
	if (type == ThreadQuerySetWin32StartAddress) {
		status = give(&t->start, sizeof(t->start), information, length, needed);
	} else if (type == ThreadBasicInformation) {
		THREAD_BASIC_INFORMATION basic = { .ExitStatus = t->exit_status,
						   .ClientId = { t->process->pid, t->tid },
						   .Priority = 8 };

		status = give(&basic, sizeof(basic), information, length, needed);
	} else if (type == ThreadTimes) {
		KERNEL_USER_TIMES times = { .CreateTime.QuadPart = t->created };

		status = give(&times, sizeof(times), information, length, needed);
	} else {
		status = STATUS_INVALID_INFO_CLASS;
	}
	object_unref(t);
	return status;
}

/* ---- the list of processes: the idle process, then each with its threads and name ---- */

/* Where every thread of user mode begins: RtlUserThreadStart in ntdll.dll. Only the
 * extended list gives the address that its creator asked for. */
#define USER_THREAD_START ((PVOID)(ULONG_PTR)0x7ffd00052a10)

static ULONG thread_size(SYSTEM_INFORMATION_CLASS type)
{
	return type == SystemExtendedProcessInformation
		   ? (ULONG)sizeof(SYSTEM_EXTENDED_THREAD_INFORMATION)
		   : (ULONG)sizeof(SYSTEM_THREAD_INFORMATION);
}

static UNICODE_STRING last_component(PCUNICODE_STRING s)
{
	USHORT count = s->Length / 2u, from = count;

	while (from && s->Buffer[from - 1] != '\\')
		from--;
	return (UNICODE_STRING){ (USHORT)((count - from) * 2), (USHORT)((count - from) * 2),
				 s->Buffer + from };
}

static ULONG entry_size(PEPROCESS p, SYSTEM_INFORMATION_CLASS type)
{
	ULONG size = offsetof(SYSTEM_PROCESS_INFORMATION, Threads);

	if (!p)
		return size;
	size += p->running * thread_size(type);
	size += last_component(&p->image).Length + 2u;
	return (ULONG)ALIGN_UP_BY(size, 8);
}

static void fill_threads(PSYSTEM_PROCESS_INFORMATION out, PEPROCESS p,
			 SYSTEM_INFORMATION_CLASS type)
{
	char *at = (char *)out->Threads;

	for (PETHREAD t = p->threads; t; t = t->next) {
		if (!t->alive || out->NumberOfThreads == p->running)
			continue;
		*(PSYSTEM_THREAD_INFORMATION)(void *)at =
		    (SYSTEM_THREAD_INFORMATION){ .CreateTime.QuadPart = t->created,
						 .StartAddress =
						     t->system ? t->start : USER_THREAD_START,
						 .ClientId = { p->pid, t->tid },
						 .Priority = 8 };
		if (type == SystemExtendedProcessInformation)
			((PSYSTEM_EXTENDED_THREAD_INFORMATION)(void *)at)->Win32StartAddress =
			    t->start;
		out->NumberOfThreads++;
		at += thread_size(type);
	}
}

static void fill_entry(PSYSTEM_PROCESS_INFORMATION out, PEPROCESS p, SYSTEM_INFORMATION_CLASS type)
{
	UNICODE_STRING name;
	PWCH text;

	memset(out, 0, entry_size(p, type));
	if (!p)
		return;
	fill_threads(out, p, type);
	name = last_component(&p->image);
	text = (PWCH)(void *)((char *)out + offsetof(SYSTEM_PROCESS_INFORMATION, Threads) +
			      p->running * thread_size(type));
	memcpy(text, name.Buffer, name.Length);
	out->ImageName = (UNICODE_STRING){ name.Length, (USHORT)(name.Length + 2), text };
	out->CreateTime.QuadPart = p->created;
	out->BasePriority = 8;
	out->UniqueProcessId = p->pid;
	out->InheritedFromUniqueProcessId = p->parent;
	out->SessionId = p->session;
}

static ULONG list_size(SYSTEM_INFORMATION_CLASS type)
{
	ULONG size = entry_size(NULL, type);

	for (PEPROCESS p = processes; p; p = p->next)
		size += entry_size(p, type);
	return size;
}

static void fill_list(PVOID information, SYSTEM_INFORMATION_CLASS type)
{
	PSYSTEM_PROCESS_INFORMATION out = information;

	fill_entry(out, NULL, type);
	out->NextEntryOffset = entry_size(NULL, type);
	for (PEPROCESS p = processes; p; p = p->next) {
		out = (void *)((char *)out + out->NextEntryOffset);
		fill_entry(out, p, type);
		out->NextEntryOffset = p->next ? entry_size(p, type) : 0;
	}
}

/* KeSetSystemTime moves BootTime and BootTimeBias by the step of the clock. */
static NTSTATUS give_time_of_day(PVOID information, ULONG length, PULONG needed)
{
	LONGLONG step = clock_steps();
	SYSTEM_TIMEOFDAY_INFORMATION time = { .BootTime.QuadPart = boot_time() + step,
					      .CurrentTime.QuadPart = ntsim_now(),
					      .BootTimeBias = (ULONGLONG)step };

	return give(&time, sizeof(time), information, length, needed);
}

NTSTATUS ZwQuerySystemInformation(SYSTEM_INFORMATION_CLASS type, PVOID information, ULONG length,
				  PULONG needed)
{
	ULONG size;
	NTSTATUS status = STATUS_SUCCESS;

	need_irql("ZwQuerySystemInformation", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (type != SystemProcessInformation && type != SystemExtendedProcessInformation &&
	    type != SystemTimeOfDayInformation)
		return STATUS_INVALID_INFO_CLASS;
	if (fault("ZwQuerySystemInformation"))
		return STATUS_INSUFFICIENT_RESOURCES;
	if (type == SystemTimeOfDayInformation)
		return give_time_of_day(information, length, needed);
	klock();
	size = list_size(type);
	if (needed)
		*needed = size;
	if (length < size)
		status = STATUS_INFO_LENGTH_MISMATCH;
	else
		fill_list(information, type);
	kunlock();
	return status;
}

/* ---- small ones ---- */

NTSTATUS ObQueryNameString(PVOID object, PVOID information, ULONG length, PULONG needed)
{
	UNICODE_STRING empty = { 0, 0, NULL };
	enum object_type type = object_type(object, "ObQueryNameString");

	need_irql("ObQueryNameString", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (fault("ObQueryNameString"))
		return STATUS_INSUFFICIENT_RESOURCES;
	if (type == OBJECT_FILE)
		return give_string(&FILE_(object)->image, information, length, needed);
	if (type == OBJECT_DEVICE)
		return give_string(&DEVICE(object)->name, information, length, needed);
	return give(&empty, sizeof(empty), information, length, needed);
}

NTSTATUS IoQueryFileDosDeviceName(PFILE_OBJECT file, POBJECT_NAME_INFORMATION *name)
{
	PCUNICODE_STRING image = &FILE_(file)->image;
	ULONG size = (ULONG)sizeof(**name) + image->Length;

	need_irql("IoQueryFileDosDeviceName", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (fault("IoQueryFileDosDeviceName"))
		return STATUS_INSUFFICIENT_RESOURCES;
	*name = pool_special(size, true, 0x206d6e4f, "IoQueryFileDosDeviceName");
	return give_string(image, *name, size, NULL);
}

NTSTATUS IoQueryFullDriverPath(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
	(void)driver, (void)path;
	return STATUS_NOT_SUPPORTED;
}

NTSTATUS ZwWaitForSingleObject(HANDLE handle, BOOLEAN alertable, PLARGE_INTEGER timeout)
{
	PETHREAD t = handle_object_for(handle, OBJECT_THREAD, "ZwWaitForSingleObject");
	NTSTATUS status = KeWaitForSingleObject(t, UserRequest, KernelMode, alertable, timeout);

	object_unref(t);
	return status;
}

NTSTATUS ExUuidCreate(GUID *guid)
{
	for (size_t i = 0; i < sizeof(*guid); i++)
		((UCHAR *)guid)[i] = (UCHAR)ntsim_random(256);
	return STATUS_SUCCESS;
}

ULONG RtlRandomEx(PULONG seed)
{
	*seed = *seed * 0x7fffffed + 0x7fffffc3;
	return *seed & 0x7fffffff;
}
