/* SPDX-License-Identifier: MIT */
/* driver.c - the machine's start and end, and the driver's. */
#include "sim.h"

#define SERVICE L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\vigil"

static struct ntsim_config config;
static struct block *driver_block;
static PDRIVER_OBJECT driver;
static DRIVER_EXTENSION extension;
static bool unloading;
static LONG open_files;

const struct ntsim_config *config_now(void)
{
	return &config;
}

PDRIVER_OBJECT ntsim_driver(void)
{
	return driver;
}

void ntsim_boot(const struct ntsim_config *wanted)
{
	config = wanted ? *wanted : (struct ntsim_config){ 0 };
	driver = NULL;
	unloading = false;
	open_files = 0;
	report_boot();
	fault_boot();
	sched_boot(config.preempt);
	memory_boot(config.fill);
	irql_boot(config.processors);
	version_boot(config.version);
	lock_boot();
	timer_boot(config.real_time);
	security_boot();
	device_boot();
	irp_boot();
	notify_boot();
	registry_boot();
	log_boot();
	flt_boot(config.system_busy);
	work_boot();
	sync_boot();
	process_boot();
}

void ntsim_shutdown(void)
{
	if (driver)
		ntsim_bugcheck(NTSIM_MISUSE, "shutdown with the driver loaded");
	work_shutdown();
	timer_shutdown();
	process_shutdown();
	registry_shutdown();
	log_shutdown();
	object_shutdown();
	memory_shutdown();
	host_forget();
}

/* ---- its devices and files ---- */

void driver_device_added(PDEVICE_OBJECT device)
{
	if (!driver)
		ntsim_bugcheck(NTSIM_MISUSE, "a device without a driver");
	klock();
	device->NextDevice = driver->DeviceObject;
	driver->DeviceObject = device;
	kunlock();
}

void driver_device_removed(PDEVICE_OBJECT device)
{
	PDEVICE_OBJECT *link = &driver->DeviceObject;

	klock();
	while (*link && *link != device)
		link = &(*link)->NextDevice;
	if (*link)
		*link = device->NextDevice;
	kunlock();
}

bool driver_file_opened(void)
{
	bool ok;

	klock();
	ok = driver && !unloading;
	if (ok)
		open_files++;
	kunlock();
	return ok;
}

void driver_file_gone(void)
{
	klock();
	open_files--;
	kwake();
	kunlock();
}

/* ---- load and unload ---- */

static NTSTATUS default_dispatch(PDEVICE_OBJECT device, PIRP irp)
{
	(void)device;
	irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
	irp->IoStatus.Information = 0;
	IoCompleteRequest(irp, IO_NO_INCREMENT);
	return STATUS_INVALID_DEVICE_REQUEST;
}

static void make_driver(void)
{
	driver_block = block_new(BLOCK_OBJECT, sizeof(*driver), "driver object");
	driver = (void *)driver_block->data;
	memset(driver, 0, sizeof(*driver));
	driver->Type = 4;
	driver->Size = sizeof(*driver);
	driver->DriverExtension = &extension;
	RtlInitUnicodeString(&driver->DriverName, L"\\Driver\\vigil");
	for (int i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
		driver->MajorFunction[i] = default_dispatch;
	extension = (DRIVER_EXTENSION){ .DriverObject = driver };
}

static NTSTATUS call_entry(PDRIVER_INITIALIZE entry)
{
	struct block *path_block = block_new(BLOCK_STRING, sizeof(SERVICE) - 2, "registry path");
	UNICODE_STRING path = { sizeof(SERVICE) - 2, sizeof(SERVICE) - 2,
				(PWCH)(void *)path_block->data };
	struct call call;
	NTSTATUS status;

	memcpy(path.Buffer, SERVICE, path.Length);
	call_begin(&call, "DriverEntry");
	status = entry(driver, &path);
	call_end(&call);
	block_free(path_block); /* gone after DriverEntry: a driver that keeps it must copy */
	return status;
}

/* What a driver must have given back, also after a DriverEntry that failed. */
static void look_for_leftovers(void)
{
	notify_unload();
	work_unload();
	timer_unload();
	irp_unload();
	device_unload();
	handle_unload();
	object_unload();
	flt_unload();
	sync_unload();
	lock_unload();
	pool_unload();
}

static void forget_driver(void)
{
	driver = NULL;
	unloading = false;
	block_free(driver_block);
}

/* The load and unload run in the System process. */
static PETHREAD enter_system(void)
{
	PETHREAD old = current_thread();

	object_ref(old);
	pose_as(PsInitialSystemProcess->threads);
	self()->previous_mode = KernelMode;
	return old;
}

static void leave_system(PETHREAD old)
{
	self()->previous_mode = UserMode;
	pose_as(old);
	object_unref(old);
}

NTSTATUS ntsim_load(PDRIVER_INITIALIZE entry)
{
	PETHREAD old = enter_system();
	NTSTATUS status;

	if (driver)
		ntsim_bugcheck(NTSIM_MISUSE, "a driver is loaded already");
	make_driver();
	status = call_entry(entry);
	if (NT_SUCCESS(status)) {
		for (PDEVICE_OBJECT d = driver->DeviceObject; d; d = d->NextDevice)
			d->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING; /* the I/O manager does */
		sync_release(driver);
	} else {
		look_for_leftovers();
		forget_driver();
	}
	leave_system(old);
	return status;
}

static bool all_closed(void *argument)
{
	(void)argument;
	return open_files == 0;
}

void ntsim_unload(void)
{
	PETHREAD old = enter_system();
	struct call call;

	if (!driver)
		ntsim_bugcheck(NTSIM_MISUSE, "no driver is loaded");
	klock();
	unloading = true;
	kwait(all_closed, NULL, FOREVER);
	kunlock();
	sync_acquire(driver);
	if (driver->DriverUnload) {
		call_begin(&call, "DriverUnload");
		driver->DriverUnload(driver);
		call_end(&call);
	}
	look_for_leftovers();
	forget_driver();
	leave_system(old);
}
