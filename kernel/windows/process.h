/* SPDX-License-Identifier: MIT */
/* process.h - processes: created, denied, ended. */
#ifndef VIGIL_PROCESS_H
#define VIGIL_PROCESS_H

#include "nt.h"

/* Notifications may arrive after it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ProcessStart(VOID);

/* No notification is running after it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ProcessStop(VOID);

/* Whether pico processes are reported as well. */
BOOLEAN ProcessSubsystems(VOID);

#endif /* VIGIL_PROCESS_H */
