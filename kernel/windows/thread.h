/* SPDX-License-Identifier: MIT */
/* thread.h - threads: created, ended, and those made by other processes. */
#ifndef VIGIL_THREAD_H
#define VIGIL_THREAD_H

#include "nt.h"

/* From its return on the notifications may come. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ThreadStart(VOID);

/* Call when settings have changed, one call at a time. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ThreadSettle(VOID);

/* None runs any more when it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ThreadStop(VOID);

#endif /* VIGIL_THREAD_H */
