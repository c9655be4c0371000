/* SPDX-License-Identifier: MIT */
/* process.h - processes: created, denied, ended. */
#ifndef VIGIL_PROCESS_H
#define VIGIL_PROCESS_H

#include "nt.h"

/* From its return on the notifications may come. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ProcessStart(VOID);

/* None runs any more when it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ProcessStop(VOID);

/* Whether pico processes are seen, too. */
BOOLEAN ProcessSubsystems(VOID);

#endif /* VIGIL_PROCESS_H */
