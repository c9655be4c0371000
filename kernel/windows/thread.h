/* SPDX-License-Identifier: MIT */
/* thread.h - threads: created, ended, and created by other processes. */
#ifndef VIGIL_THREAD_H
#define VIGIL_THREAD_H

#include "nt.h"

/* Notifications may arrive after it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ThreadStart(VOID);

/* Call when settings have changed, one call at a time. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ThreadSettle(VOID);

/* No notification is running after it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ThreadStop(VOID);

#endif /* VIGIL_THREAD_H */
