// SPDX-License-Identifier: MIT
// test_cxx.cc - a driver may be C++, as books have them: the headers compile under any
// spelling of their names, and the routines link.
#include <Ntifs.h>
#include <FltKernel.h>
#include <NTSTRSAFE.H>
#include <WdmSec.h>
#include <dontuse.h>

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

	WCHAR text[8];
	char narrow[8];
	wcscpy_s(text, L"ab");
	wcscat_s(text, L"cd");
	DbgPrint("%ws", text);
	swprintf_s(text, L"%d-%d", 1, 2);
	DbgPrint(" %ws", text);
	wcsncpy_s(text, L"efgh", 2);
	strcpy_s(narrow, "ij");
	DbgPrint(" %ws %s\n", text, narrow);
	return STATUS_SUCCESS;
}
