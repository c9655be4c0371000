/* SPDX-License-Identifier: MIT */
/* control.h - requests by device control: see include/vigil/control.h. */
#ifndef VIGIL_WINDOWS_CONTROL_H
#define VIGIL_WINDOWS_CONTROL_H

#include "nt.h"
#include "reader.h"

VOID ControlStart(VOID);

/* `buffer` contains the request and receives the reply, as with METHOD_BUFFERED;
 * it may be NULL if both are empty. *written: bytes of the reply. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ControlRequest(_Inout_ struct reader *reader, _In_ ULONG code,
			_Inout_updates_bytes_(in > out ? in : out) PVOID buffer, _In_ ULONG in,
			_In_ ULONG out, _Out_ ULONG *written);

#endif /* VIGIL_WINDOWS_CONTROL_H */
