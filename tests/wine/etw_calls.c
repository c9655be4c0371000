/* SPDX-License-Identifier: MIT */
/* etw_calls.c - replaces ETW's functions in a copy of the command, because Wine's do nothing: what
 * would be sent is written to the file that ETW_CALLS names, one event a line in hexadecimal. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>

#include <evntprov.h>

static FILE *calls;

static BOOLEAN WINAPI say_enabled(REGHANDLE handle, UCHAR level, ULONGLONG keyword)
{
	(void)handle;
	(void)keyword;
	return level <= 4;
}

static void put_bytes(const EVENT_DATA_DESCRIPTOR *data)
{
	const unsigned char *bytes = (const void *)(uintptr_t)data->Ptr;

	fprintf(calls, " %lu:", data->Reserved);
	for (ULONG i = 0; i < data->Size; i++)
		fprintf(calls, "%02x", bytes[i]);
}

static ULONG WINAPI write_event(REGHANDLE handle, PCEVENT_DESCRIPTOR event, LPCGUID activity,
				LPCGUID related, ULONG count, PEVENT_DATA_DESCRIPTOR data)
{
	(void)handle;
	(void)activity;
	(void)related;
	if (!calls)
		calls = fopen(getenv("ETW_CALLS"), "wb");
	if (!calls)
		return ERROR_FILE_NOT_FOUND;
	fprintf(calls, "%u %u %llu", event->Channel, event->Level, event->Keyword);
	for (ULONG i = 0; i < count; i++)
		put_bytes(&data[i]);
	fputc('\n', calls);
	fflush(calls);
	return ERROR_SUCCESS;
}

/* The pointers through which the command calls these functions of advapi32.dll. */
BOOLEAN(WINAPI *__imp_EventProviderEnabled)(REGHANDLE, UCHAR, ULONGLONG) = say_enabled;
ULONG(WINAPI *__imp_EventWriteTransfer)
(REGHANDLE, PCEVENT_DESCRIPTOR, LPCGUID, LPCGUID, ULONG, PEVENT_DATA_DESCRIPTOR) = write_event;
