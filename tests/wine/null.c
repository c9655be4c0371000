/* SPDX-License-Identifier: MIT */
/* null.c - null.sys, a driver that does nothing: for its load to be seen. */
#include <ntifs.h>

DRIVER_INITIALIZE DriverEntry;

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
	UNREFERENCED_PARAMETER(driver);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
	UNREFERENCED_PARAMETER(registry_path);
	driver->DriverUnload = Unload;
	return STATUS_SUCCESS;
}
