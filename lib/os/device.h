/* SPDX-License-Identifier: MIT */
/* device.h - opens the device of vigil.sys and sends requests to it (include/vigil/control.h). */
#ifndef VIGIL_OS_DEVICE_H
#define VIGIL_OS_DEVICE_H

#include <vigil/control.h>
#include <vigil/vigil.h>

#include "os/os_windows.h"

/* The services, as the service manager names them: the driver, and its reader. */
#define DEVICE_DRIVER_SERVICE L"vigil"
#define DEVICE_READER_SERVICE L"VigilService"

struct device {
	HANDLE handle; /* opened for overlapped I/O */
	HANDLE event;  /* signaled when the request ends */
	struct vigil_hello hello;
};

/* Opens \\.\Vigil and checks that both sides use the same version of the interface. write: also
 * to change settings and rules. On failure nothing stays open. */
enum vigil_code device_open(struct device *device, bool write, struct vigil_error *error);

/* Closes the device; does nothing if it is not open (all zero). */
void device_close(struct device *device);

/* Sends a request, whose head it fills in, and receives the reply, of which *got is the length
 * in bytes (got may be NULL). Returns a Windows error code; 0: success. */
DWORD device_ask(struct device *device, uint32_t code, struct vigil_control *request,
		 uint32_t request_bytes, void *reply, uint32_t reply_bytes, uint32_t *got);

#endif /* VIGIL_OS_DEVICE_H */
