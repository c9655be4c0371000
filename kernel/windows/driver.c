/* SPDX-License-Identifier: MIT */
/*
 * driver.c - vigil.sys: what begins when, and what ends.
 *
 *	routines.c   kernel routines that not every Windows has
 *	settings.c   parameters, from the registry
 *	queue.c      the ring of records: reserve, fill, commit
 *	stream.c     the readers' places in it
 *	reader.c     open handles, pended reads, the thread that answers them
 *	processes.c  what is kept of every living process
 *	rules.c      which processes may not start (ruleset.c: one set)
 *	process.c    thread.c  image.c: the notifications
 *	identity.c   names.c  record.c: what they tell, and how
 *	snapshot.c   what ran before
 *	trace.c      tables in the debugger
 *	device.c     the devices (control.c: requests, seeds.c: the book's formats)
 */
#include "nt.h"

#include "control.h"
#include "device.h"
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

DRIVER_INITIALIZE DriverEntry;

/* The I/O manager calls it with no handle open and no request under way. */
_Function_class_(DRIVER_UNLOAD)
VIGIL_PAGE
static VOID NTAPI Unload(_In_ PDRIVER_OBJECT driver)
{
	PAGED_CODE();

	UNREFERENCED_PARAMETER(driver);
	ImageStop();
	ThreadStop();
	ProcessStop();
	DevicesStop();
	RulesStop();
	ReadersStop();
	ProcessesStop();
	QueueStop();
	SettingsStop();
}

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

/*
 * Everything a notification touches is there before it is registered. Processes
 * come before threads: one whose creation was seen has its first thread awaited.
 */
_Use_decl_annotations_
VIGIL_INIT
NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
	BOOLEAN snapshot;
	NTSTATUS status;

	RoutinesStart();
	status = SettingsStart(registry_path);
	if (!NT_SUCCESS(status))
		return status;
	status = QueueStart();
	if (!NT_SUCCESS(status))
		goto settings;
	queue_machine = BootTime();
	ProcessesStart();
	SnapshotStart();
	status = ReadersStart();
	if (!NT_SUCCESS(status))
		goto processes;
	RulesStart();
	ControlStart();
	status = DevicesStart(driver);
	if (!NT_SUCCESS(status))
		goto rules;
	snapshot = SettingGet(VIGIL_SETTING_SNAPSHOT) != 0 && NT_SUCCESS(SnapshotPrepare());
	status = ProcessStart();
	if (!NT_SUCCESS(status))
		goto devices;
	status = ThreadStart();
	if (!NT_SUCCESS(status))
		goto process;
	ProcessesArm();
	status = ImageStart();
	if (!NT_SUCCESS(status))
		goto thread;

	/* Without a list of what runs the sensor still tells what happens. */
	if (snapshot && !NT_SUCCESS(SnapshotTake()))
		RecordStatus(VIGIL_STATUS_WARNING, L"No snapshot of what runs could be taken");
	driver->DriverUnload = Unload;
	DevicesOpen();
	return STATUS_SUCCESS;

thread:
	ThreadStop();
process:
	ProcessStop();
devices:
	DevicesStop();
rules:
	RulesStop();
	ReadersStop();
processes:
	ProcessesStop();
	QueueStop();
settings:
	SettingsStop();
	return status;
}
