/* SPDX-License-Identifier: MIT */
/*
 * driver.c - vigil.sys: the order in which its parts start and stop.
 *
 *	guard.c      the end of a function whose buffer on the stack was overrun
 *	routines.c   kernel routines that not every Windows has
 *	settings.c   parameters, from the registry
 *	queue.c      the ring of records: reserve, fill, commit
 *	stream.c     the readers' places in it
 *	reader.c     open handles, pended reads, the thread that answers them
 *	processes.c  state of every living process (threads.c: of every thread)
 *	rules.c      which processes must not start (ruleset.c: one set)
 *	process.c    thread.c  image.c: the notifications
 *	identity.c   names.c  record.c: what they report, and how
 *	snapshot.c   what already ran
 *	trace.c      tables in the debugger
 *	device.c     the devices (control.c: requests, seeds.c: the book's formats)
 */
#include "nt.h"

#include "control.h"
#include "device.h"
#include "guard.h"
#include "image.h"
#include "process.h"
#include "processes.h"
#include "queue.h"
#include "reader.h"
#include "record.h"
#include "routines.h"
#include "rules.h"
#include "settings.h"
#include "snapshot.h"
#include "thread.h"
#include "threads.h"
#include "trace.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static struct {
	PDRIVER_OBJECT driver;
	PUNICODE_STRING registry_path;
	BOOLEAN snapshot; /* a snapshot is prepared */
} loading;

/* The time of the boot, which identifies it. KeSetSystemTime moves the boot time
 * and its bias by each step of the clock; the difference stays the same. */
VIGIL_INIT
static UINT64 BootTime(VOID)
{
	struct {
		LARGE_INTEGER boot, now, zone;
		ULONG zone_id, reserved;
		ULONGLONG boot_bias, sleep_bias;
	} time; /* SystemTimeOfDayInformation */
	ULONG used;

	RtlZeroMemory(&time, sizeof(time));
	if (nt.ZwQuerySystemInformation == NULL ||
	    !NT_SUCCESS(nt.ZwQuerySystemInformation(3, &time, sizeof(time), &used)))
		return 0;
	return (UINT64)time.boot.QuadPart - time.boot_bias;
}

VIGIL_INIT
static NTSTATUS StartSettings(VOID)
{
	return SettingsStart(loading.registry_path);
}

VIGIL_INIT
static NTSTATUS StartTables(VOID)
{
	queue_machine = BootTime();
	ProcessesStart();
	ThreadsStart();
	return SnapshotStart();
}

VIGIL_PAGE
static VOID StopTables(VOID)
{
	PAGED_CODE();

	SnapshotStop();
	ThreadsStop();
	ProcessesStop();
}

VIGIL_INIT
static NTSTATUS StartRules(VOID)
{
	RulesStart();
	ControlStart();
	return STATUS_SUCCESS;
}

VIGIL_INIT
static NTSTATUS StartDevices(VOID)
{
	return DevicesStart(loading.driver);
}

/* Whatever starts from here on is reported by a notification, or by the snapshot. */
VIGIL_INIT
static NTSTATUS StartProcesses(VOID)
{
	loading.snapshot = SettingGet(VIGIL_SETTING_SNAPSHOT) != 0 && NT_SUCCESS(SnapshotPrepare());
	return TraceRegistered("process", ProcessStart());
}

VIGIL_INIT
static NTSTATUS StartThreads(VOID)
{
	return TraceRegistered("thread", ThreadStart());
}

/*
 * Started in this order, stopped in reverse. Everything that a notification uses is
 * initialized before it is registered. Processes come before threads: after the creation
 * of a process was reported, its first thread is expected.
 */
static const struct {
	PCSTR name;
	NTSTATUS (*start)(VOID);
	VOID (*stop)(VOID);
} steps[] = {
	{ "settings", StartSettings, SettingsStop },
	{ "queue", QueueStart, QueueStop },
	{ "tables", StartTables, StopTables },
	{ "readers", ReadersStart, ReadersStop },
	{ "rules", StartRules, RulesStop },
	{ "devices", StartDevices, DevicesStop },
	{ "process notifications", StartProcesses, ProcessStop },
	{ "thread notifications", StartThreads, ThreadStop },
	{ "image notifications", ImageStart, ImageStop },
};

/* Stops the first `count` parts. */
VIGIL_PAGE
static VOID Stop(_In_ ULONG count)
{
	PAGED_CODE();

	while (count-- > 0)
		steps[count].stop();
}

/* The I/O manager calls this with no handle open and no request in progress. */
_Use_decl_annotations_
VIGIL_PAGE
static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
	PAGED_CODE();

	UNREFERENCED_PARAMETER(driver);
	TraceUnloaded();
	Stop(RTL_NUMBER_OF(steps));
}

_Use_decl_annotations_
VIGIL_INIT
VIGIL_UNGUARDED
NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
	NTSTATUS status;
	ULONG i;

	GuardStart(driver);
	loading.driver = driver;
	loading.registry_path = registry_path;
	RoutinesStart();
	for (i = 0; i < RTL_NUMBER_OF(steps); i++) {
		status = steps[i].start();
		if (NT_SUCCESS(status))
			continue;
		DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL,
			   "vigil: not loaded, the %s failed: 0x%08X\n", steps[i].name,
			   (ULONG)status);
		Stop(i);
		return status;
	}

	/* Without a list of running processes the sensor still reports new events. */
	if (loading.snapshot && !NT_SUCCESS(SnapshotTake()))
		RecordStatus(VIGIL_STATUS_WARNING, L"No snapshot of what runs could be taken");
	driver->DriverUnload = Unload;
	DevicesOpen();
	return STATUS_SUCCESS;
}
