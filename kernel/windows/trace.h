/* SPDX-License-Identifier: MIT */
/*
 * trace.h - process and thread events as tables in the debugger (setting Trace).
 *
 * Each table is one DbgPrint, so that tables of several
 * processors do not mix; one call carries at most 512 bytes (WDK: DbgPrint).
 */
#ifndef VIGIL_TRACE_H
#define VIGIL_TRACE_H

#include "nt.h"

#define TRACE_MAX 512

/* `image` is NULL for the end of a process. */
_IRQL_requires_max_(APC_LEVEL)
VOID TraceProcess(_In_ UINT32 parent, _In_ UINT32 pid, _In_opt_ PCUNICODE_STRING image);

_IRQL_requires_max_(APC_LEVEL)
VOID TraceThread(_In_ UINT32 pid, _In_ UINT32 tid, _In_ BOOLEAN create);

/* Prints whether a notify routine was registered. Returns `status`. */
_IRQL_requires_max_(PASSIVE_LEVEL)
NTSTATUS TraceRegistered(_In_ PCSTR routine, _In_ NTSTATUS status);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID TraceUnloaded(VOID);

#endif /* VIGIL_TRACE_H */
