/* SPDX-License-Identifier: MIT */
/*
 * guard.h - detects that a buffer on the stack was overrun, in builds by GCC and clang.
 *
 * Visual Studio's /GS has its own, which GsDriverEntry starts.
 */
#ifndef VIGIL_GUARD_H
#define VIGIL_GUARD_H

#include "nt.h"

#if !defined(__GNUC__)
#define VIGIL_UNGUARDED
#define GuardStart(driver) UNREFERENCED_PARAMETER(driver)
#else
/* A function that is on the stack while the guard is set: it would find another one. */
#define VIGIL_UNGUARDED __attribute__((no_stack_protector))

/* Sets the guard, before any other code of the driver runs. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID GuardStart(_In_ const VOID *driver);
#endif

#endif /* VIGIL_GUARD_H */
