/* SPDX-License-Identifier: MIT */
#include "os/device.h"

#include <stdio.h>

#include "core/error.h"

static enum vigil_code cannot_open(DWORD why, struct vigil_error *error)
{
	char words[300];

	switch (why) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "the driver vigil.sys is not running. As administrator: `vigil "
				  "service install` once, then `vigil service start`; `vigil "
				  "doctor` reports what is missing.");
	case ERROR_ACCESS_DENIED:
		return vigil_fail(error, VIGIL_ERROR_PRIVILEGE,
				  "only administrators may open the sensor. Run this from a "
				  "terminal that was started with \"Run as administrator\".");
	case ERROR_TOO_MANY_OPEN_FILES:
		return vigil_fail(error, VIGIL_ERROR_SYSTEM,
				  "the driver has its maximum number of readers. End another "
				  "client of it, or raise its setting `Readers`.");
	default:
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot open the sensor: %s",
				  os_error_text(why, words, sizeof(words)));
	}
}

static enum vigil_code check_version(struct device *device, struct vigil_error *error)
{
	struct vigil_control request;
	char words[300];
	uint32_t got = 0;
	DWORD why = device_ask(device, VIGIL_CONTROL_HELLO, &request, sizeof(request),
			       &device->hello, sizeof(device->hello), &got);

	if (why == ERROR_REVISION_MISMATCH ||
	    (!why &&
	     (got < sizeof(device->hello) || device->hello.record_version != VIGIL_RECORD_VERSION)))
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "the running driver has another version than this program "
				  "(%s). Install the vigil.sys that came with it: `vigil service "
				  "install`.",
				  VIGIL_VERSION);
	if (why)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "the driver does not answer: %s",
				  os_error_text(why, words, sizeof(words)));
	return VIGIL_OK;
}

enum vigil_code device_open(struct device *device, bool write, struct vigil_error *error)
{
	enum vigil_code code;
	DWORD why;

	*device =
	    (struct device){ .handle = CreateFileW(L"\\\\.\\Vigil",
						   GENERIC_READ | (write ? GENERIC_WRITE : 0),
						   FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
						   OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL) };
	why = GetLastError();
	if (device->handle == INVALID_HANDLE_VALUE) {
		device->handle = NULL;
		return cannot_open(why, error);
	}
	device->event = CreateEventW(NULL, TRUE, FALSE, NULL);
	code = device->event
		   ? check_version(device, error)
		   : vigil_fail(error, VIGIL_ERROR_MEMORY, "cannot create an event: out of memory");
	if (code < 0)
		device_close(device);
	return code;
}

void device_close(struct device *device)
{
	if (device->handle)
		CloseHandle(device->handle);
	if (device->event)
		CloseHandle(device->event);
	*device = (struct device){ 0 };
}

DWORD device_ask(struct device *device, uint32_t code, struct vigil_control *request,
		 uint32_t request_bytes, void *reply, uint32_t reply_bytes, uint32_t *got)
{
	OVERLAPPED overlapped = { .hEvent = device->event };
	DWORD bytes = 0;

	request->version = VIGIL_CONTROL_VERSION;
	request->size = request_bytes;
	if (!DeviceIoControl(device->handle, code, request, request_bytes, reply, reply_bytes, NULL,
			     &overlapped) &&
	    GetLastError() != ERROR_IO_PENDING)
		return GetLastError();
	if (!GetOverlappedResult(device->handle, &overlapped, &bytes, TRUE))
		return GetLastError();
	if (got)
		*got = bytes;
	return 0;
}
