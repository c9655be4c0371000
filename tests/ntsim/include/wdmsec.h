/* SPDX-License-Identifier: MIT */
/* wdmsec.h - devices with a security descriptor. */
#ifndef NTSIM_WDMSEC_H
#define NTSIM_WDMSEC_H

#include "wdm.h"

NTSIM_BEGIN
NTSTATUS WdmlibIoCreateDeviceSecure(PDRIVER_OBJECT driver, ULONG extension_size,
				    PUNICODE_STRING name, DEVICE_TYPE type, ULONG characteristics,
				    BOOLEAN exclusive, PCUNICODE_STRING sddl, LPCGUID guid,
				    PDEVICE_OBJECT *device);
NTSIM_END
#define IoCreateDeviceSecure WdmlibIoCreateDeviceSecure

static const UNICODE_STRING SDDL_DEVOBJ_SYS_ALL_ADM_ALL __attribute__((unused)) =
    RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)");
static const UNICODE_STRING SDDL_DEVOBJ_KERNEL_ONLY __attribute__((unused)) =
    RTL_CONSTANT_STRING(L"D:P");

#endif
