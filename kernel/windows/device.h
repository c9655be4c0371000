/* SPDX-License-Identifier: MIT */
/* device.h - the devices, their names and protection, and the dispatch routines. */
#ifndef VIGIL_DEVICE_H
#define VIGIL_DEVICE_H

#include "nt.h"

/* Creates \\.\Vigil and, if the setting is on, the seed devices. Only SYSTEM
 * and administrators may open them. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS DevicesStart(_Inout_ PDRIVER_OBJECT driver);

/* Makes the devices available for opening: the last step of DriverEntry. */
VOID DevicesOpen(VOID);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID DevicesStop(VOID);

#endif /* VIGIL_DEVICE_H */
