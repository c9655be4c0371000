/* SPDX-License-Identifier: MIT */
/* fire_notify.c - asking the rig to notify. */
#include "fire.h"

#include <stdlib.h>
#include <string.h>

static HANDLE rig = INVALID_HANDLE_VALUE;

void die(const char *what)
{
	fprintf(stderr, "fire: %s: error %lu\n", what, GetLastError());
	exit(99);
}

void notify_open(void)
{
	rig = CreateFileW(RIG_DEVICE, GENERIC_READ | GENERIC_WRITE,
			  FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
	if (rig == INVALID_HANDLE_VALUE)
		die("rig.sys is not started");
}

/* C:\dir\file as the object manager is asked for it, and as the device has it. */
static void name_both(const WCHAR *path, WCHAR *opened, WCHAR *device)
{
	WCHAR drive[3] = { path[0], L':', 0 };

	wcscpy(opened, L"\\??\\");
	wcsncat(opened, path, MAX_PATH);
	if (QueryDosDeviceW(drive, device, MAX_PATH) == 0)
		die("QueryDosDevice");
	wcsncat(device, path + 2, MAX_PATH);
}

static size_t append(char *place, const WCHAR *text, uint32_t *bytes)
{
	size_t size = wcslen(text) * sizeof(WCHAR);

	memcpy(place, text, size);
	*bytes = (uint32_t)size;
	return size;
}

struct rig_answer notify(const struct rig_fire *fire, const WCHAR *path, const WCHAR *command)
{
	WCHAR opened[MAX_PATH + 8] = L"", device[2 * MAX_PATH + 8] = L"";
	struct rig_answer answer;
	struct rig_fire *request;
	size_t size = sizeof(*request);
	DWORD used;

	if (path != NULL)
		name_both(path, opened, device);
	if (command == NULL)
		command = L"";
	request =
	    malloc(size + sizeof(opened) + sizeof(device) + (wcslen(command) + 1) * sizeof(WCHAR));
	if (request == NULL)
		die("memory");
	*request = *fire;
	size += append((char *)request + size, opened, &request->opened_bytes);
	size += append((char *)request + size, device, &request->device_bytes);
	size += append((char *)request + size, command, &request->command_bytes);
	if (!DeviceIoControl(rig, RIG_FIRE, request, (DWORD)size, &answer, sizeof(answer), &used,
			     NULL))
		die("RIG_FIRE");
	free(request);
	return answer;
}

void notify_thread(enum rig_event event, DWORD pid, DWORD tid, DWORD by_pid, DWORD by_tid)
{
	struct rig_fire fire = {
		.event = event, .pid = pid, .tid = tid, .actor_pid = by_pid, .actor_tid = by_tid
	};

	notify(&fire, NULL, NULL);
}

/* It stands in the image's head, where it is mapped. */
static DWORD size_of_image(HANDLE process, const void *base)
{
	const char *place = base;
	IMAGE_NT_HEADERS64 headers;
	IMAGE_DOS_HEADER dos;
	SIZE_T got;

	if (!ReadProcessMemory(process, place, &dos, sizeof(dos), &got) ||
	    !ReadProcessMemory(process, place + dos.e_lfanew, &headers, sizeof(headers), &got))
		return 0;
	return headers.OptionalHeader.SizeOfImage;
}

void notify_image(HANDLE process, DWORD pid, DWORD tid, const void *base, const WCHAR *path)
{
	struct rig_fire fire = { .event = RIG_IMAGE_LOAD,
				 .pid = pid,
				 .actor_pid = pid,
				 .actor_tid = tid,
				 .base = (uintptr_t)base };

	fire.size = size_of_image(process, base);
	notify(&fire, path, NULL);
}

void notify_counts(struct rig_counts *counts)
{
	DWORD used;

	if (!DeviceIoControl(rig, RIG_COUNTS, NULL, 0, counts, sizeof(*counts), &used, NULL))
		die("RIG_COUNTS");
}

void path_of(HANDLE process, WCHAR path[MAX_PATH])
{
	DWORD count = MAX_PATH;

	if (!QueryFullProcessImageNameW(process, 0, path, &count))
		die("QueryFullProcessImageName");
}
