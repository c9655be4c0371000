/* SPDX-License-Identifier: MIT */
/* error.h - how a function of the library says why it failed. */
#ifndef VIGIL_CORE_ERROR_H
#define VIGIL_CORE_ERROR_H

#include <vigil/vigil.h>

#if defined(__MINGW32__)
#define VIGIL_PRINTF(at, first) __attribute__((format(gnu_printf, at, first)))
#elif defined(__GNUC__)
#define VIGIL_PRINTF(at, first) __attribute__((format(printf, at, first)))
#else
#define VIGIL_PRINTF(at, first)
#endif

/* Fills error, which may be NULL, and returns code: `return vigil_fail(...)`. What the
 * arguments insert is made visible (message.h). */
VIGIL_PRINTF(3, 4)
enum vigil_code vigil_fail(struct vigil_error *error, enum vigil_code code, const char *format,
			   ...);

/* The code of a system call that failed with `reason`, an errno: the same cause has the same
 * code everywhere. otherwise: where the reason has no code of its own. */
enum vigil_code vigil_code_of(int reason, enum vigil_code otherwise);

/* The same for a file to read: one that is not there is the caller's mistake. */
enum vigil_code vigil_code_of_input(int reason);

#endif /* VIGIL_CORE_ERROR_H */
