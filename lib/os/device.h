/* SPDX-License-Identifier: MIT */
/* device.h - the device of vigil.sys: opened, and asked (include/vigil/control.h). */
#ifndef VIGIL_OS_DEVICE_H
#define VIGIL_OS_DEVICE_H

#include <vigil/control.h>
#include <vigil/vigil.h>

#include "os/os_windows.h"

struct device {
	HANDLE handle; /* opened for overlapped use */
	HANDLE event;  /* of the request under way */
	struct vigil_hello hello;
};

/* Opens \\.\Vigil and makes sure that both sides speak the same version. write: also
 * to change settings and rules. On failure nothing stays open. */
enum vigil_code device_open(struct device *device, bool write, struct vigil_error *error);

/* May be called for one that is not open (all zero). */
void device_close(struct device *device);

/* Sends a request, whose head is filled in here, and takes the reply, of which *got
 * bytes came (got may be NULL). The error of Windows, 0: none. */
DWORD device_ask(struct device *device, uint32_t code, struct vigil_control *request,
		 uint32_t request_bytes, void *reply, uint32_t reply_bytes, uint32_t *got);

#endif /* VIGIL_OS_DEVICE_H */
