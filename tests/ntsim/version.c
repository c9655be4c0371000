/* SPDX-License-Identifier: MIT */
/* version.c - which routines the simulated Windows exports, and what it says of itself. */
#include "sim.h"
#include <fltKernel.h>
#include <wdmsec.h>

#define EXPORT(routine, oldest) \
	{ \
#routine, (void *)(uintptr_t)(routine), oldest \
	}

static const struct export
{
	const char *name;
	void *address;
	enum ntsim_version oldest;
}
exports[] = {
	EXPORT(ExAllocatePool2, NTSIM_WIN10_2004),
	EXPORT(ExAllocatePoolWithTag, NTSIM_WIN7),
	EXPORT(ExFreePoolWithTag, NTSIM_WIN7),
	EXPORT(ExAcquirePushLockExclusive, NTSIM_WIN10_1703),
	EXPORT(IoQueueWorkItemEx, NTSIM_WIN7),
	EXPORT(KeAreAllApcsDisabled, NTSIM_WIN7),
	EXPORT(KeQueryInterruptTime, NTSIM_WIN7),
	EXPORT(KeQueryInterruptTimePrecise, NTSIM_WIN81),
	EXPORT(KeQuerySystemTimePrecise, NTSIM_WIN81),
	EXPORT(KeQueryUnbiasedInterruptTime, NTSIM_WIN7),
	EXPORT(KeQueryUnbiasedInterruptTimePrecise, NTSIM_WIN10_1703),
	EXPORT(KeGetCurrentProcessorNumberEx, NTSIM_WIN7),
	EXPORT(KeQueryActiveProcessorCountEx, NTSIM_WIN7),
	EXPORT(KeQueryMaximumProcessorCountEx, NTSIM_WIN7),
	EXPORT(KeSetCoalescableTimer, NTSIM_WIN7),
	EXPORT(MmCopyMemory, NTSIM_WIN81),
	EXPORT(PsGetProcessCreateTimeQuadPart, NTSIM_WIN7),
	EXPORT(PsGetProcessExitStatus, NTSIM_WIN7),
	EXPORT(PsGetProcessImageFileName, NTSIM_WIN7),
	EXPORT(PsGetProcessInheritedFromUniqueProcessId, NTSIM_WIN7),
	EXPORT(PsGetProcessSessionId, NTSIM_WIN7),
	EXPORT(PsGetProcessSessionIdEx, NTSIM_WIN7),
	EXPORT(PsGetProcessStartKey, NTSIM_WIN10_1703),
	EXPORT(PsGetProcessWow64Process, NTSIM_WIN7),
	EXPORT(PsGetProcessDebugPort, NTSIM_WIN7),
	EXPORT(PsGetThreadCreateTime, NTSIM_WIN7),
	EXPORT(PsGetThreadExitStatus, NTSIM_WIN7),
	EXPORT(PsGetThreadProcess, NTSIM_WIN7),
	EXPORT(PsIsProcessBeingDebugged, NTSIM_WIN7),
	EXPORT(PsIsProtectedProcess, NTSIM_WIN7),
	EXPORT(PsIsProtectedProcessLight, NTSIM_WIN81),
	EXPORT(PsIsSystemProcess, NTSIM_WIN7),
	EXPORT(PsReferenceProcessFilePointer, NTSIM_WIN7),
	EXPORT(PsSetCreateProcessNotifyRoutine, NTSIM_WIN7),
	EXPORT(PsSetCreateProcessNotifyRoutineEx, NTSIM_WIN7),
	EXPORT(PsSetCreateProcessNotifyRoutineEx2, NTSIM_WIN10_1703),
	EXPORT(PsSetCreateThreadNotifyRoutine, NTSIM_WIN7),
	EXPORT(PsSetCreateThreadNotifyRoutineEx, NTSIM_WIN10_1607),
	EXPORT(PsSetLoadImageNotifyRoutine, NTSIM_WIN7),
	EXPORT(PsSetLoadImageNotifyRoutineEx, NTSIM_WIN10_1703),
	EXPORT(PsLookupProcessByProcessId, NTSIM_WIN7),
	EXPORT(PsLookupThreadByThreadId, NTSIM_WIN7),
	EXPORT(PsReferencePrimaryToken, NTSIM_WIN7),
	EXPORT(PsDereferencePrimaryToken, NTSIM_WIN7),
	EXPORT(RtlGetVersion, NTSIM_WIN7),
	EXPORT(SeLocateProcessImageName, NTSIM_WIN7),
	EXPORT(SeQueryInformationToken, NTSIM_WIN7),
	EXPORT(FsRtlIsNameInExpression, NTSIM_WIN7),
	EXPORT(ZwQueryInformationProcess, NTSIM_WIN7),
	EXPORT(ZwQueryInformationThread, NTSIM_WIN7),
	EXPORT(ZwQuerySystemInformation, NTSIM_WIN7),
	EXPORT(ZwSetSecurityObject, NTSIM_WIN7),
};

static enum ntsim_version version;

void version_boot(enum ntsim_version wanted)
{
	version = wanted;
}

enum ntsim_version version_now(void)
{
	return version;
}

/* The enumeration begins with the newest. */
void need_version(const char *routine, enum ntsim_version oldest)
{
	if (version > oldest)
		ntsim_bugcheck(NTSIM_VERSION, "%s does not exist on the simulated Windows",
			       routine);
}

static void *find(const char *name)
{
	for (size_t i = 0; i < sizeof(exports) / sizeof(exports[0]); i++) {
		if (strcmp(exports[i].name, name) == 0)
			return version > exports[i].oldest ? NULL : exports[i].address;
	}
	return NULL;
}

PVOID MmGetSystemRoutineAddress(PUNICODE_STRING name)
{
	char text[128];
	size_t count = name->Length / 2u;

	need_irql("MmGetSystemRoutineAddress", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (count >= sizeof(text))
		return NULL;
	for (size_t i = 0; i < count; i++)
		text[i] = (char)name->Buffer[i];
	text[count] = 0;
	return find(text);
}

/* The filter manager's exports are all as old as Windows 7. */
PVOID FltGetRoutineAddress(PCSTR name)
{
	static const struct export flt[] = {
		EXPORT(FltGetFileNameInformationUnsafe, NTSIM_WIN7),
		EXPORT(FltReleaseFileNameInformation, NTSIM_WIN7),
		EXPORT(FltParseFileNameInformation, NTSIM_WIN7),
	};

	for (size_t i = 0; i < sizeof(flt) / sizeof(flt[0]); i++) {
		if (strcmp(flt[i].name, name) == 0)
			return flt[i].address;
	}
	return NULL;
}

NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW information)
{
	static const ULONG numbers[][3] = {
		[NTSIM_WIN11] = { 10, 0, 22631 },      [NTSIM_WIN10_2004] = { 10, 0, 19041 },
		[NTSIM_WIN10_1703] = { 10, 0, 15063 }, [NTSIM_WIN10_1607] = { 10, 0, 14393 },
		[NTSIM_WIN81] = { 6, 3, 9600 },        [NTSIM_WIN7] = { 6, 1, 7601 },
	};

	need_irql("RtlGetVersion", PASSIVE_LEVEL, PASSIVE_LEVEL);
	information->dwMajorVersion = numbers[version][0];
	information->dwMinorVersion = numbers[version][1];
	information->dwBuildNumber = numbers[version][2];
	information->dwPlatformId = 2;
	information->szCSDVersion[0] = 0;
	return STATUS_SUCCESS;
}

BOOLEAN RtlIsNtDdiVersionAvailable(ULONG wanted)
{
	static const ULONG ddi[] = { 0x0A00000C, 0x0A000008, 0x0A000003, 0x06030000, 0x06010000 };

	return wanted <= ddi[version];
}

/* ---- fatal ends ---- */

void ntsim_assert(const char *expression, const char *file, int line)
{
	ntsim_bugcheck(NTSIM_ASSERT, "%s:%d: %s", file, line, expression);
}

void KeBugCheckEx(ULONG code, ULONG_PTR a, ULONG_PTR b, ULONG_PTR c, ULONG_PTR d)
{
	if (code == 0x139)
		ntsim_bugcheck(NTSIM_LIST, "fail fast %llu: corrupt list entry %#llx",
			       (unsigned long long)a, (unsigned long long)b);
	ntsim_bugcheck(NTSIM_DRIVER_BUGCHECK, "KeBugCheckEx(%#x, %#llx, %#llx, %#llx, %#llx)", code,
		       (unsigned long long)a, (unsigned long long)b, (unsigned long long)c,
		       (unsigned long long)d);
}

VOID ExRaiseStatus(NTSTATUS status)
{
	ntsim_bugcheck(NTSIM_FAULT, "ExRaiseStatus(%#x): nothing catches it", (unsigned)status);
}

VOID DbgBreakPoint(VOID)
{
	ntsim_bugcheck(NTSIM_ASSERT, "DbgBreakPoint");
}
