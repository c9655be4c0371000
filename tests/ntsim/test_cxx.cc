// SPDX-License-Identifier: MIT
// test_cxx.cc - a driver may be C++: the headers compile, and the routines link.
#include <fltKernel.h>
#include <ntstrsafe.h>
#include <wdmsec.h>

extern "C" DRIVER_INITIALIZE cxx_entry;

extern "C" NTSTATUS cxx_entry(PDRIVER_OBJECT driver, PUNICODE_STRING)
{
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Cxx");
	LIST_ENTRY head;
	LONG count = 0;

	InitializeListHead(&head);
	InterlockedIncrement(&count);
	driver->DriverUnload = nullptr;
	DbgPrint("%wZ %d\n", &name, count);
	return STATUS_SUCCESS;
}
